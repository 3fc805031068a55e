"""The last good frame: half of what every rule allows, found from the end."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from nearsight.failures.ended import Ended, blamed_pairs, element_pair
from nearsight.failures.last_good import _AT_ONCE, _search, calm, nearest_distances
from nearsight.md.record.reopened import universe_of
from nearsight.md.rules.guards import Guards

LENGTH = 1.2
CONTACT = 0.6
GUARDS = Guards(
    bond=torch.tensor([[0, 1], [1, 2]]),
    bond_length=torch.tensor([LENGTH, LENGTH], dtype=torch.float64),
    bond_limits=torch.tensor([0.25, 0.5, 1.0], dtype=torch.float64),
    main=1,
    contact=torch.full((3, 3), CONTACT, dtype=torch.float64).fill_diagonal_(0),
    forms=torch.zeros((3, 3), dtype=torch.float64),
    breaks=torch.full((3, 3), torch.inf, dtype=torch.float64),
    isolation=2.5,
    energy_deviation=torch.inf,
    temperature_limit=torch.inf,
    temperature_time=0.0,
)
NEAREST = np.array([[np.inf, 1.1, 2.0], [1.1, np.inf, 1.1], [2.0, 1.1, np.inf]])


def trimer(first: float = LENGTH, second: float = LENGTH, ends: float = 2.1) -> np.ndarray:
    """(3, 3) Å with these two bonds and this distance of the atoms at the ends."""
    cosine = (first**2 + second**2 - ends**2) / (2 * first * second)
    return np.array(
        [[first, 0, 0], [0, 0, 0], [second * cosine, second * np.sqrt(1 - cosine**2), 0]]
    )


@pytest.mark.parametrize(
    ("shape", "good"),
    [
        ({}, True),
        ({"first": LENGTH + 0.24}, True),
        ({"first": LENGTH + 0.26}, False),
        ({"second": LENGTH - 0.26, "ends": 2.05}, False),
        # Halfway from a contact at 0.6 Å to the closest in the data, 2 Å.
        ({"ends": 1.31}, True),
        ({"ends": 1.29}, False),
    ],
)
def test_a_good_frame_uses_up_half_of_what_the_rules_allow(shape: dict[str, float], good: bool):
    assert calm(trimer(**shape)[None], GUARDS, NEAREST).tolist() == [good]


def test_no_margin_is_asked_for_where_the_data_are_closer_than_the_rule_allows():
    data = np.where(np.isfinite(NEAREST), 0.5, np.inf)
    assert calm(trimer(ends=0.61)[None], GUARDS, data).tolist() == [True]
    assert calm(trimer(ends=0.59)[None], GUARDS, data).tolist() == [False]


def test_values_that_are_no_numbers_are_not_good():
    position = trimer()
    position[0, 0] = np.nan
    assert calm(position[None], GUARDS, NEAREST).tolist() == [False]


@pytest.mark.parametrize("last", [0, 20, _AT_ONCE - 1, _AT_ONCE, 2 * _AT_ONCE + 4])
def test_the_last_one_is_found_wherever_it_is(last: int):
    bad, n = trimer(first=LENGTH + 0.4), 2 * _AT_ONCE + 5
    position = np.stack([trimer()] * (last + 1) + [bad] * (n - last - 1))
    universe = universe_of(position)
    assert _search(universe, n, np.ones(n, dtype=bool), GUARDS, NEAREST) == last
    # What comes after the frames that count is not looked at.
    assert _search(universe, last, np.ones(n, dtype=bool), GUARDS, NEAREST) == last - 1
    calm_energy = np.arange(n) < last - 3
    assert _search(universe, n, calm_energy, GUARDS, NEAREST) == max(last - 4, -1)


def test_nearest_distances_are_those_of_the_data():
    rng = np.random.default_rng(0)
    position = rng.normal(size=(2 * _AT_ONCE + 1, 4, 3))
    expected = np.linalg.norm(position[:, :, None] - position[:, None], axis=-1).min(axis=0)
    found = nearest_distances(position)
    off = ~np.eye(4, dtype=bool)
    np.testing.assert_allclose(found[off], expected[off])
    assert np.isinf(np.diagonal(found)).all()


def test_guards_without_bonds_have_a_good_frame():
    lone = replace(
        GUARDS,
        bond=torch.empty((0, 2), dtype=torch.int64),
        bond_length=torch.empty(0, dtype=torch.float64),
    )
    assert calm(trimer()[None], lone, NEAREST).tolist() == [True]


def test_pairs_are_those_of_the_rules():
    good = np.array([[0, 0, 0], [1.0, 0, 0], [3.0, 0, 0]])
    causes = ["bond", "isolated", "energy", "not_finite", "topology"]
    atoms = [[2, 0], [2, -1], [-1, -1], [1, -1], [0, 1]]
    ends = Ended(
        replica=np.arange(5),
        cause=np.array(causes),
        time=np.zeros(5),
        atom=np.array(atoms),
        position=np.zeros((5, 3, 3)),
    )
    pair = blamed_pairs(ends, np.tile(good, (5, 1, 1)))
    # The one that has left was next to atom 1.
    assert pair.tolist() == [[0, 2], [1, 2], [-1, -1], [-1, -1], [0, 1]]
    assert [element_pair(one, np.array([1, 8, 6])) for one in pair] == [
        "C-H", "C-O", "", "", "H-O",
    ]  # fmt: skip
