"""Laws of dealing frames to subsets, and of what a frame of a series is worth."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from hypothesis import given, settings
from hypothesis import strategies as st
from solvable import frames_of

from nearsight.config import Split
from nearsight.data.autocorrelation import (
    SHORTEST,
    energy_autocorrelation,
    statistical_inefficiency,
)
from nearsight.data.frames import Frames, join_frames
from nearsight.data.named_molecules import KNOWN, count_atoms, plain, smiles_of
from nearsight.data.split import assign_published_test, assign_subsets, choose_training
from nearsight.data.subsets import SUBSETS, empty_subsets, how_to_split
from nearsight.errors import DataError, MissingFileError, MoleculeError

WATER = molecule("H2O")


def series(energy: np.ndarray, source: object = 0) -> Frames:
    return frames_of([WATER] * len(energy), energy=energy, source=source)


# What a frame is worth.


@settings(max_examples=40)
@given(
    values=st.lists(st.floats(-100, 100), min_size=3, max_size=30),
    shift=st.floats(-1e3, 1e3),
    scale=st.floats(0.01, 100),
)
def test_zero_and_unit_of_the_energy_say_nothing(
    values: list[float], shift: float, scale: float
) -> None:
    one = np.array(values)
    if one.std() < 1e-3:
        return
    assert statistical_inefficiency(scale * one + shift) == pytest.approx(
        statistical_inefficiency(one), rel=1e-3
    )
    # Time may run backwards.
    assert statistical_inefficiency(one[::-1]) == pytest.approx(statistical_inefficiency(one))


def test_a_short_series_by_hand() -> None:
    """1, 1, -1, -1 about zero: rho(1) = (1 - 1 + 1)/3 and rho(2) = -1 ends the sum."""
    assert statistical_inefficiency(np.array([1.0, 1, -1, -1])) == pytest.approx(
        1 + 2 * (1 - 1 / 4) / 3
    )
    assert statistical_inefficiency(np.array([1.0, -1, 1, -1])) == 1.0


@pytest.mark.parametrize("times", [2, 5, 10])
def test_a_series_that_is_repeated_is_worth_no_more(times: int) -> None:
    """Each value so many times: as many frames, no more of them independent."""
    one = np.random.default_rng(0).standard_normal(4000)
    assert statistical_inefficiency(np.repeat(one, times)) == pytest.approx(times, rel=0.1)


def test_a_drift_leaves_little() -> None:
    assert statistical_inefficiency(np.arange(100.0)) > 30


def test_sources_are_averaged_and_short_ones_left_out() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.standard_normal(50), np.repeat(rng.standard_normal(20), 3)
    both = series(np.concatenate([one, other]), np.repeat([0, 1], [50, 60]))
    expected = np.mean([statistical_inefficiency(one), statistical_inefficiency(other)])
    assert energy_autocorrelation(both) == pytest.approx(expected)
    short = series(rng.standard_normal(SHORTEST - 1), 5)
    assert energy_autocorrelation(join_frames([both, short])) == pytest.approx(expected)
    assert np.isnan(energy_autocorrelation(short))


def test_a_source_that_stands_still_says_nothing() -> None:
    moving = np.random.default_rng(2).standard_normal(30)
    both = series(np.concatenate([moving, np.full(30, -3.0)]), np.repeat([0, 1], 30))
    assert energy_autocorrelation(both) == statistical_inefficiency(moving)


def test_molecules_of_one_size_are_still_several() -> None:
    mixed = frames_of([WATER, Atoms("H2O", positions=WATER.positions)] * 10, energy=np.arange(20.0))
    assert np.isnan(energy_autocorrelation(mixed))


# Splits.


@settings(max_examples=25)
@given(
    n_frames=st.integers(70, 200),
    block=st.integers(1, 6),
    seed=st.integers(0, 2**31 - 1),
)
def test_every_frame_is_dealt_once_and_stays_as_it_is(n_frames: int, block: int, seed: int) -> None:
    frames = series(np.random.default_rng(0).standard_normal(n_frames))
    dealt = assign_subsets(frames, Split(block=block, seed=seed))
    assert np.array_equal(dealt.energy, frames.energy)
    assert np.array_equal(dealt.position, frames.position)
    parts = [np.flatnonzero(dealt.subset == flag) for flag in range(len(SUBSETS))]
    assert sorted(np.concatenate(parts).tolist()) == list(range(n_frames))
    assert all(len(part) for part in parts)
    # Whatever was dealt before is dealt anew.
    again = assign_subsets(dealt, Split(block=block, seed=seed))
    assert np.array_equal(again.subset, dealt.subset)


@given(n_train=st.integers(1, 40), seed=st.integers(0, 99))
def test_training_frames_are_different_ones_of_train(n_train: int, seed: int) -> None:
    frames = assign_subsets(series(np.arange(100.0)), Split(block=2))
    chosen = choose_training(frames, n_train, seed)
    assert len(set(chosen.tolist())) == n_train
    assert (frames.subset[chosen] == 0).all()


def test_test_frames_of_a_file_keep_their_order_and_labels() -> None:
    frames, test = series(np.arange(40.0)), series(-np.arange(7.0), [3, 3, 3, 4, 4, 4, 4])
    both = assign_published_test(frames, test, Split(block=4, validation=0.25))
    assert both.energy.tolist() == [*range(40), *(-np.arange(7.0))]
    assert set(both.source[:40]) & set(both.source[40:]) == set()
    assert both.source[40:].tolist() == [4, 4, 4, 5, 5, 5, 5]
    assert "split_leak" not in both.attributes


def test_sets_of_other_properties_are_not_joined() -> None:
    one = series(np.arange(3.0))
    other = Frames(**{**vars(one), "properties": {"gap": np.zeros(3)}})
    with pytest.raises(DataError, match="different properties cannot be joined"):
        join_frames([one, other])
    with pytest.raises(DataError, match="0 data sets to join"):
        join_frames([])
    assert len(join_frames([other, other]).properties["gap"]) == 6


@pytest.mark.parametrize(
    ("subset", "empty", "words"),
    [
        ([0, 1, 2], [], ""),
        ([0, 0], ["validation", "test"], "subsets validation and test hold 0 frames"),
        ([0, 1], ["test"], "subset test holds 0 frames"),
        ([], list(SUBSETS), "subsets train and validation and test hold"),
    ],
)
def test_empty_subsets_are_named_with_what_to_do(
    subset: list[int], empty: list[str], words: str
) -> None:
    assert empty_subsets(np.array(subset)) == empty
    if empty:
        assert how_to_split(empty).startswith(words)
        assert "--split '{block: 10}'" in how_to_split(empty)


# Names.


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_atoms_are_counted_without_building(name: str) -> None:
    assert count_atoms(name) == count_atoms(KNOWN[name]) >= 3
    for other in (name.upper(), name.replace("_", " "), name.replace("_", "-"), f"  {name} "):
        assert plain(other) == name
        assert smiles_of(other) == KNOWN[name]


@pytest.mark.parametrize(("smiles", "count"), [("C", 5), ("O", 3), ("[H][H]", 2), ("C" * 12, 38)])
def test_hydrogens_count(smiles: str, count: int) -> None:
    assert count_atoms(smiles) == count


def test_what_is_no_molecule_is_shown() -> None:
    with pytest.raises(MoleculeError, match=r"molecule 'nonsense': neither a path ending in \.xyz"):
        count_atoms("nonsense")
    with pytest.raises(MissingFileError, match=r"none\.xyz: no such file"):
        count_atoms("none.xyz")
