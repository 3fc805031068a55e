"""The rules on many atoms against the same rules from tables of all pairs."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from dimers import frames_of
from drops import N_WATERS, NUMBERS, water
from hypothesis import given, settings
from hypothesis import strategies as st

from nearsight.config import Dynamics
from nearsight.families.neighbors import MANY_ATOMS
from nearsight.md.rules import reference_guards as module
from nearsight.md.rules.guards import EndKind, Guards
from nearsight.md.rules.many_atoms import PairLimits, largest, loneliest
from nearsight.md.rules.positions import Geometry, look_at_geometry
from nearsight.md.rules.reference_guards import reference_guards

LIMITS = Dynamics(isolation=2.5)


def guards_of(position: np.ndarray, *, tables: bool) -> Guards:
    """By the way of many atoms, or by that of few."""
    with pytest.MonkeyPatch.context() as patched:
        if tables:
            patched.setattr(module, "MANY_ATOMS", 10**6)
        return reference_guards(frames_of(position, NUMBERS), LIMITS)


@pytest.fixture(scope="module")
def pair() -> tuple[Guards, Guards]:
    reference = water(5)
    return guards_of(reference, tables=False), guards_of(reference, tables=True)


def test_the_reference_has_the_same_bonds(pair: tuple[Guards, Guards]) -> None:
    many, few = pair
    assert len(NUMBERS) > MANY_ATOMS
    assert many.many is not None
    assert few.many is None
    assert many.contact.numel() == 0
    assert len(many.bond) == 2 * N_WATERS
    for name in ("bond", "bond_length", "bond_limits"):
        assert torch.equal(getattr(many, name), getattr(few, name))
    torch.testing.assert_close(many.closest(), few.closest(), rtol=1e-15, atol=0)
    torch.testing.assert_close(many.many.breaks, few.breaks[tuple(few.bond.T)], rtol=1e-15, atol=0)


def test_a_bond_that_only_the_mean_shows_is_found() -> None:
    """Near in a few frames and far in others: what counts is the mean over all."""
    position = np.repeat(water(1, noise=0.0), 4, axis=0)
    for frame, length in enumerate((0.8, 1.3, 1.0, 1.5)):
        position[frame, 1] = position[frame, 0] + [length, 0, 0]
    many, few = (guards_of(position, tables=tables) for tables in (False, True))
    assert torch.equal(many.bond, few.bond)
    assert [0, 1] in many.bond.tolist()
    assert torch.equal(many.bond_length, few.bond_length)


def looks(
    pair: tuple[Guards, Guards], position: np.ndarray, beyond: torch.Tensor | None = None
) -> tuple[Geometry | None, Geometry | None]:
    here = torch.from_numpy(position)
    before = torch.zeros((len(here), 3), dtype=torch.bool) if beyond is None else beyond
    many, few = (look_at_geometry(here, before, guards) for guards in pair)
    return many, few


def same(many: Geometry | None, few: Geometry | None) -> None:
    assert (many is None) == (few is None)
    if many is None or few is None:
        return
    assert torch.equal(many.crossed, few.crossed)
    assert torch.equal(many.ending.kind, few.ending.kind)
    assert torch.equal(many.ending.atoms, few.ending.atoms)
    assert torch.equal(many.bond[many.crossed.any(1)], few.bond[many.crossed.any(1)])


def test_the_reference_breaks_no_rule(pair: tuple[Guards, Guards]) -> None:
    assert looks(pair, water(3)) == (None, None)


@given(
    noise=st.sampled_from([0.02, 0.06, 0.15, 0.4, 1.5]), seed=st.integers(0, 10**6),
    told=st.booleans(),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_what_is_told_is_what_tables_of_all_pairs_tell(
    pair: tuple[Guards, Guards], noise: float, seed: int, told: bool
) -> None:
    same(*looks(pair, water(3, noise, seed), torch.full((3, 3), told)))


def test_each_rule_by_itself(pair: tuple[Guards, Guards]) -> None:
    position = water(6, noise=0.0)
    middle = position[0].mean(0)
    position[0, 4] = position[0, 0] + [0.0, 0.0, 0.3]  # H of another molecule onto O
    position[1, 5] = position[1, 7] + [0.0, 0.72, 0.0]  # two H of two molecules
    position[2, 3:6] += 400.0 * (position[2, 3] - middle)  # a whole molecule: nobody alone
    position[3, 1] += 300.0  # H alone
    position[4, 2, 1] = np.nan
    many, few = looks(pair, position)
    same(many, few)
    assert many is not None
    kinds = [EndKind(k) for k in many.ending.kind.tolist()]
    assert kinds == [
        EndKind.CLOSE_CONTACT, EndKind.TOPOLOGY, EndKind.SURVIVED, EndKind.TOPOLOGY,
        EndKind.NOT_FINITE, EndKind.SURVIVED,
    ]  # fmt: skip
    assert many.ending.atoms[0].tolist() == [0, 4]
    assert many.crossed[3].all()
    assert not many.crossed[4].any()


def test_an_atom_that_has_left_is_named(pair: tuple[Guards, Guards]) -> None:
    """Where no bond breaks a rule before: atoms without bonds."""
    argon = frames_of(
        4.0 * np.stack(np.meshgrid(*[np.arange(5.0)] * 3), -1).reshape(1, -1, 3), [18] * 125
    )
    loose = replace(reference_guards(argon, Dynamics(isolation=4.5)), energy_deviation=np.inf)
    position = torch.from_numpy(argon.position.reshape(1, 125, 3)).repeat(3, 1, 1)
    position[1, 60] += torch.tensor([0.0, 500.0, 0.0])
    position[2, 10, 0] -= 1.0
    seen = look_at_geometry(position, torch.zeros((3, 3), dtype=torch.bool), loose)
    assert seen is not None
    assert seen.ending.kind.tolist() == [0, EndKind.ISOLATED, 0]
    assert seen.ending.atoms.tolist() == [[-1, -1], [60, -1], [-1, -1]]
    assert not seen.crossed.any()
    assert seen.bond.tolist() == [[-1, -1]] * 3


def test_limits_and_loneliness_of_a_few_by_hand() -> None:
    limits = PairLimits(torch.tensor([1.0, 1.0, 2.0]), torch.tensor([[0, 1]]), 0.5, 1.5, 2.0)
    assert limits.closest().tolist() == [[0, 1, 4.5], [1, 0, 4.5], [4.5, 4.5, 0]]
    assert limits.breaks.tolist() == [4.0]
    position = torch.tensor([[[0.0, 0, 0], [0.9, 0, 0], [0, 4.0, 0]]], dtype=torch.float64)
    near = limits.near(position)
    assert near.pair.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert near.forms.tolist()[:2] == [-np.inf, 0.5]
    torch.testing.assert_close(near.contact[:2].float(), torch.tensor([0.1, -2.5]))
    length = torch.tensor([[0.9]], dtype=torch.float64)
    for isolation, gone in ((3.9, True), (4.1, False), (0.5, True)):
        found, atom = loneliest(position, limits.bond, length, isolation)
        assert (bool(found), int(atom)) == (gone, 2)
    none = torch.empty((0, 2), dtype=torch.int64)
    assert PairLimits(torch.ones(3), none, 0.5, 1.5, 2.0).near(position).forms.isfinite().all()


def test_the_largest_excess_names_the_pair() -> None:
    rows, pairs = torch.tensor([0, 0, 2]), torch.tensor([[0, 1], [1, 2], [3, 4]])
    excess = torch.tensor([0.1, 0.2, -0.5])
    more = (torch.tensor([2]), torch.tensor([[5, 6]]), torch.tensor([0.3]))
    holds, atoms = largest(3, [(rows, pairs, excess), more])
    assert holds.tolist() == [True, False, True]
    assert atoms.tolist() == [[1, 2], [-1, -1], [5, 6]]
