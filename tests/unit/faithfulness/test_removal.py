"""What is left when messages are taken away: all of them, none, and what lies between."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from probed_model import Probed

from nearsight.faithfulness.removal import ORDERS, Removal, fractions, remove
from nearsight.models.ablation import connected_pairs

SETTINGS: dict[str, Any] = {"n_steps": 4, "n_random": 3, "seed": 0}


def maps(n_atoms: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Importances without a tie."""
    random = np.random.default_rng(seed)
    found = {}
    for name in ORDERS[:-1]:
        square = random.normal(size=(n_atoms, n_atoms))
        found[name] = square + square.T
    return found


def removal(probed: Probed, atoms: Atoms, importance: Mapping[str, np.ndarray]) -> Removal:
    return remove(*probed.network, atoms, importance, **SETTINGS)


@pytest.fixture(scope="module")
def atoms(probed: Probed) -> Atoms:
    return probed.structures[0]


@pytest.fixture(scope="module")
def whole(probed: Probed, atoms: Atoms) -> Removal:
    return removal(probed, atoms, maps(len(atoms)))


@pytest.mark.parametrize("n_steps", [1, 4, 20])
def test_fractions_begin_at_nothing_and_end_at_everything(n_steps: int) -> None:
    found = fractions(n_steps)
    assert (len(found), found[0], found[-1]) == (n_steps + 1, 0.0, 1.0)
    steps = np.diff(found)
    assert (steps > 0).all()
    np.testing.assert_allclose(np.diff(steps), 2 / n_steps**2, atol=1e-12)


def test_nothing_gone_changes_nothing(whole: Removal) -> None:
    assert (whole.energy[:, 0] == 0).all()
    assert (whole.force[:, 0] == 0).all()
    assert whole.energy.shape == whole.force.shape == (len(ORDERS), SETTINGS["n_steps"] + 1)


def test_everything_gone_is_the_same_in_every_order(whole: Removal) -> None:
    for values in (whole.energy[:, -1], whole.force[:, -1]):
        np.testing.assert_allclose(values, values[0], rtol=1e-9)
        assert values[0] > 0


def test_everything_gone_leaves_atoms_alone(probed: Probed, atoms: Atoms, whole: Removal) -> None:
    """The energy left is that of the same atoms, each at a place of its own."""
    potential = probed.model.potential(atoms.numbers, dtype=torch.float64)
    apart = atoms.positions + 50.0 * np.arange(len(atoms))[:, None]
    places = torch.as_tensor(np.stack([atoms.positions, apart]))
    (here, alone), force = (values.numpy() for values in potential(places))
    np.testing.assert_allclose(whole.energy[:, -1], abs(here - alone), rtol=1e-6)
    np.testing.assert_allclose(whole.force[:, -1], np.sqrt((force[0] ** 2).mean()), rtol=1e-6)


def test_only_the_order_of_importances_counts(probed: Probed, atoms: Atoms, whole: Removal) -> None:
    """Any growing function of them gives the same curves; the random order does not see them."""
    grown = {name: np.exp(values) * 7 for name, values in maps(len(atoms)).items()}
    found = removal(probed, atoms, grown)
    np.testing.assert_array_equal(found.energy, whole.energy)
    np.testing.assert_array_equal(found.force, whole.force)
    other = removal(probed, atoms, maps(len(atoms), seed=1))
    np.testing.assert_array_equal(other.energy[-1], whole.energy[-1])
    assert not np.allclose(other.energy[:-1, 1:-1], whole.energy[:-1, 1:-1])


def test_one_pair_at_a_time_by_its_definition(probed: Probed, atoms: Atoms) -> None:
    """With as many steps as squares allow, each curve is that of the pairs in its own order."""
    from nearsight.models.ablation import ablate

    importance = maps(len(atoms), seed=3)
    variant = probed.model.variant
    pairs = connected_pairs(atoms.positions, variant.pair_cutoff)
    n_steps = 5
    found = remove(
        probed.model.network,
        probed.model.variant,
        atoms,
        importance,
        n_steps=n_steps,
        n_random=1,
        seed=0,
    )
    assert found.n_connected == len(pairs)
    i, j = pairs.T
    for row, name in enumerate(ORDERS[:-1]):
        order = np.argsort(-importance[name][i, j])
        for step, fraction in enumerate(fractions(n_steps)):
            kept = np.ones((2, len(pairs)), dtype=bool)
            kept[1, order[: round(fraction * len(pairs))]] = False
            energy, _ = ablate(
                probed.model.network, variant, atoms.numbers, atoms.positions, pairs, kept
            )
            assert found.energy[row, step] == pytest.approx(abs(energy[1] - energy[0]), abs=1e-10)


def test_random_orders_are_averaged(probed: Probed, atoms: Atoms) -> None:
    importance = maps(len(atoms))
    named = slice(0, len(ORDERS) - 1)
    several = remove(
        probed.model.network, probed.model.variant, atoms, importance, n_steps=4, n_random=2, seed=5
    )
    one = remove(
        probed.model.network, probed.model.variant, atoms, importance, n_steps=4, n_random=1, seed=5
    )
    other = remove(
        probed.model.network, probed.model.variant, atoms, importance, n_steps=4, n_random=1, seed=6
    )
    np.testing.assert_allclose(several.energy[named], one.energy[named], rtol=1e-10)
    assert not np.allclose(several.energy[-1], one.energy[-1], rtol=1e-3)
    assert not np.allclose(one.energy[-1], other.energy[-1], rtol=1e-3)
    again = remove(
        probed.model.network, probed.model.variant, atoms, importance, n_steps=4, n_random=2, seed=5
    )
    np.testing.assert_array_equal(again.energy, several.energy)


def test_the_frame_of_reference_does_not_matter(
    probed: Probed, atoms: Atoms, whole: Removal
) -> None:
    moved = atoms.copy()
    moved.rotate(73, (1, 2, 3))
    moved.translate((5, -3, 2))
    found = removal(probed, moved, maps(len(atoms)))
    np.testing.assert_allclose(found.energy, whole.energy, rtol=1e-6, atol=1e-10)
    np.testing.assert_allclose(found.force, whole.force, rtol=1e-6, atol=1e-10)


@pytest.mark.parametrize("far", [Atoms("O"), Atoms("OH", positions=[[0, 0, 0], [0, 0, 30.0]])])
def test_without_a_message_nothing_can_change(probed: Probed, far: Atoms) -> None:
    found = removal(probed, far, maps(len(far)))
    assert found.n_connected == 0
    np.testing.assert_allclose(found.energy, 0, atol=1e-13)  # masks differ by rounding alone
    np.testing.assert_allclose(found.force, 0, atol=1e-13)


def test_a_single_pair_is_gone_from_the_middle_on(probed: Probed) -> None:
    hydroxyl = molecule("OH")
    found = removal(probed, hydroxyl, maps(2))
    assert found.n_connected == 1
    gone = fractions(SETTINGS["n_steps"]) > 0.5
    for curve in found.energy:
        np.testing.assert_allclose(curve[~gone], 0, atol=1e-13)
        np.testing.assert_allclose(curve[gone], curve[-1], rtol=1e-10)
        assert curve[-1] > 1e-6
