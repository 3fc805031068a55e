"""A model whose network is here: one energy, whoever made it, in the precision asked for."""

from pathlib import Path

import numpy as np
import pytest
import torch
from ase.build import molecule
from elsewhere import write_elsewhere

from nearsight.config import make_variant
from nearsight.errors import ConfigError, ModelError
from nearsight.families.registry import build_network
from nearsight.models.model import Model
from nearsight.models.network_model import NetworkModel
from nearsight.models.opening import open_model
from nearsight.models.trained_model import TrainedModel

WATER = molecule("H2O")
POSITION = torch.as_tensor(WATER.positions)
REFERENCES = {1: -13.0, 8: -430.0}


@pytest.fixture(params=["trained", "converted"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> NetworkModel:
    if request.param == "trained":
        variant = make_variant(family="schnet", cutoff=4.0, depth=2, features=8)
        return TrainedModel(Model(build_network(variant), variant, REFERENCES))
    write_elsewhere(tmp_path / "converted", "schnet", unit="kcal/mol", length_unit="bohr")
    opened = open_model(str(tmp_path / "converted"))
    assert isinstance(opened, NetworkModel)
    return opened


def test_energy_and_potential_are_one_function(model: NetworkModel) -> None:
    energy = model.energy(WATER.numbers)(POSITION)
    potential, _ = model.potential(WATER.numbers, precision="float64")(POSITION[None])
    assert float(energy) == pytest.approx(float(potential[0]), rel=1e-13)


def test_the_offset_is_in_the_energy_and_in_no_force(model: NetworkModel) -> None:
    offset = model.offset(WATER.numbers)
    assert offset != 0
    energy, force = model.potential(WATER.numbers, precision="float64")(POSITION[None])
    model.offset = lambda _: offset + 1.0  # type: ignore[method-assign]
    more, same = model.potential(WATER.numbers, precision="float64")(POSITION[None])
    assert float(more - energy) == pytest.approx(1.0, abs=1e-9)
    assert torch.equal(force, same)
    assert float(model.energy(WATER.numbers)(POSITION)) == pytest.approx(float(more), rel=1e-13)


def test_the_precision_is_its_own_where_none_is_asked_for(model: NetworkModel) -> None:
    """Forces as that precision gives them, bit for bit."""
    forces = {
        precision: model.potential(WATER.numbers, precision=precision)(POSITION[None])[1]
        for precision in (None, "float32", "float64")
    }
    own = {"trained": "float32", "converted": "float64"}[model.kind]
    assert torch.equal(forces[None], forces[own])
    assert not torch.equal(forces["float32"], forces["float64"])
    with pytest.raises(ConfigError, match="float16"):
        model.potential(WATER.numbers, precision="float16")


def test_an_element_that_it_does_not_know_is_named(model: NetworkModel) -> None:
    for ask in (model.potential, model.energy):
        with pytest.raises(ModelError, match=r"\bU\b|92|119"):
            ask(np.array([119 if model.kind == "converted" else 92, 1]))
