"""Networks without some of their messages."""

import numpy as np
import pytest
import torch
from ase.build import molecule

from nearsight.config import make_variant
from nearsight.families.registry import build_network
from nearsight.models.ablation import ablate, connected_pairs
from nearsight.models.model import Model

CUTOFF = 2.0


def model(family: str) -> Model:
    variant = make_variant(family=family, cutoff=CUTOFF, depth=2, features=8)
    return Model(build_network(variant), variant, {1: 0.0, 8: 0.0})


def energy_and_force(of: Model, numbers: np.ndarray, position: np.ndarray):
    energy, force = of.potential(numbers, dtype=torch.float64)(torch.as_tensor(position)[None])
    return energy.item(), force[0].numpy()


def ablated(tried: Model, *arguments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return ablate(tried.network, tried.variant, *arguments)


@pytest.mark.parametrize("family", ["schnet", "painn"])
def test_every_message_kept_is_the_network_itself(family: str) -> None:
    atoms, tried = molecule("H2O2"), model(family)
    pairs = connected_pairs(atoms.positions, CUTOFF)
    kept = np.ones((3, len(pairs)), dtype=bool)
    energy, force = ablated(tried, atoms.numbers, atoms.positions, pairs, kept)
    expected = energy_and_force(tried, atoms.numbers, atoms.positions)
    np.testing.assert_allclose(energy, expected[0], rtol=1e-12)
    np.testing.assert_allclose(force, np.stack(3 * [expected[1]]), atol=1e-12)


@pytest.mark.parametrize("family", ["schnet", "painn"])
def test_a_pair_without_messages_is_a_pair_out_of_reach(family: str) -> None:
    """Three atoms on a line: cut the second bond, and the third atom might as well be far away."""
    tried = model(family)
    numbers = np.array([8, 1, 1])
    position = np.array([[0.0, 0, 0], [1.0, 0, 0], [2.5, 0, 0]])
    pairs = connected_pairs(position, CUTOFF)
    assert pairs.tolist() == [[0, 1], [1, 2]]
    energy, force = ablated(tried, numbers, position, pairs, np.array([[True, False]]))
    expected = energy_and_force(tried, numbers, position + np.diag([0, 0, 50.0]))
    assert energy[0] == pytest.approx(expected[0], rel=1e-12)
    np.testing.assert_allclose(force[0], expected[1], atol=1e-12)
    assert np.abs(force[0][0]).max() > 1e-4


def test_batches_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    variant = make_variant(family="painn", cutoff=5.0, features=8)
    atoms, tried = molecule("CH3OH"), build_network(variant)
    pairs = connected_pairs(atoms.positions, 5.0)
    kept = np.random.default_rng(0).random((7, len(pairs))) < 0.5
    expected = ablate(tried, variant, atoms.numbers, atoms.positions, pairs, kept)
    monkeypatch.setattr("nearsight.models.ablation.VALUES_AT_ONCE", 2 * 2 * len(pairs) * 8)
    found = ablate(tried, variant, atoms.numbers, atoms.positions, pairs, kept)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)
