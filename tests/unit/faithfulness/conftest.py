"""A small model with its relevance and response on two molecules."""

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from probed_model import Probed

from nearsight.config import Explain, make_variant
from nearsight.explain import explain
from nearsight.families.registry import build_network
from nearsight.models.energies import build_energy
from nearsight.models.model import Model
from nearsight.respond import autograd_blocks, response


def shaken(name: str, seed: int) -> Atoms:
    atoms = molecule(name)
    atoms.positions += np.random.default_rng(seed).normal(0, 0.05, atoms.positions.shape)
    return atoms


@pytest.fixture(scope="module", params=["schnet", "painn"])
def probed(request: pytest.FixtureRequest) -> Probed:
    variant = make_variant(family=request.param, cutoff=2.5, depth=2, features=8)
    model = Model(build_network(variant), variant, dict.fromkeys((1, 6, 8), 0.0))
    structures = [shaken("CH3OH", 0), shaken("H2O", 1), shaken("CH3OH", 2)]

    def blocks_of(atoms: Atoms) -> np.ndarray:
        numbers = torch.as_tensor(atoms.numbers).long()
        return autograd_blocks(build_energy(model.network, numbers, variant), atoms.positions)

    return Probed(
        model,
        structures,
        explain(model.network, structures, Explain()),
        response(structures[:2], blocks_of, label="test"),
    )
