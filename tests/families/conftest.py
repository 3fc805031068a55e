"""Each test of the battery runs for every family of the registry."""

import pytest
import torch
from ase import Atoms
from small_models import NAMES, model_of, rattled

from nearsight.models.model import Model


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(params=NAMES, scope="module")
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def model(name: str) -> Model:
    return model_of(name)


@pytest.fixture
def atoms() -> Atoms:
    return rattled()
