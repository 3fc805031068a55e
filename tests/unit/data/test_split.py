import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearsight.config import Split
from nearsight.data.frames import SUBSETS, Frames
from nearsight.data.split import (
    assign_published_test,
    assign_subsets,
    choose_training,
    require_blocks,
)
from nearsight.errors import DataError


def _frames(lengths: list[int]) -> Frames:
    n = sum(lengths)
    return Frames(
        atomic_number=np.full(n, 2),
        position=np.zeros((n, 3)),
        force=np.zeros((n, 3)),
        n_atoms=np.ones(n, dtype=int),
        energy=np.random.default_rng(0).standard_normal(n),
        subset=np.zeros(n, dtype=int),
        source=np.repeat(np.arange(len(lengths)), lengths),
        attributes={"level_of_theory": "none"},
    )


@given(
    lengths=st.lists(st.integers(1, 60), min_size=1, max_size=4),
    block=st.integers(1, 15),
    seed=st.integers(0, 9),
)
def test_blocks_stay_whole_and_every_subset_has_its_share(
    lengths: list[int], block: int, seed: int
) -> None:
    settings = Split(block=block, validation=0.2, test=0.3, seed=seed)
    try:
        counts = require_blocks(lengths, settings)
    except DataError:
        with pytest.raises(DataError, match=r"lower split\.block or use more frames"):
            assign_subsets(_frames(lengths), settings)
        return
    frames = assign_subsets(_frames(lengths), settings)
    found = np.zeros(len(SUBSETS), dtype=int)
    for source, length in enumerate(lengths):
        subset = frames.subset[frames.source == source]
        for start in range(0, length, block):
            values = np.unique(subset[start : start + block])
            assert len(values) == 1
            found[values[0]] += 1
    assert tuple(found) == counts
    assert counts[2] == round(0.3 * sum(counts))


def test_seed_decides() -> None:
    frames = _frames([100])
    one = assign_subsets(frames, Split(block=5, seed=1)).subset
    assert np.array_equal(one, assign_subsets(frames, Split(block=5, seed=1)).subset)
    assert not np.array_equal(one, assign_subsets(frames, Split(block=5, seed=2)).subset)


@pytest.mark.parametrize("seed", range(5))
def test_leak_is_counted_as_by_hand(seed: int) -> None:
    frames = assign_subsets(_frames([30, 25]), Split(block=4, seed=seed))
    leaked = 0
    for k in range(len(frames)):
        beside = [j for j in (k - 1, k + 1) if 0 <= j < len(frames)]
        near = any(frames.source[j] == frames.source[k] and frames.subset[j] == 0 for j in beside)
        leaked += frames.subset[k] == 2 and near
    n_test = int((frames.subset == 2).sum())
    assert frames.attributes["split_leak_frames"] == leaked
    assert frames.attributes["split_leak_share"] == leaked / n_test
    assert f"{leaked} of {n_test} test frames" in frames.attributes["split_leak"]


def test_attributes_tell_how_it_was_split(ethanol: Frames) -> None:
    assert ethanol.attributes["split"] == "blocks of 5 frames"
    assert ethanol.attributes["level_of_theory"] == "GFN2-xTB"
    assert ethanol.attributes["energy_autocorrelation_frames"] >= 1


def test_published_test_frames_are_a_source_of_their_own() -> None:
    frames = assign_published_test(
        _frames([30, 10]), _frames([25]), Split(block=5, validation=0.25, seed=3)
    )
    assert np.bincount(frames.subset).tolist() == [30, 10, 25]
    assert (frames.subset[-25:] == SUBSETS.index("test")).all()
    assert np.unique(frames.source, return_counts=True)[1].tolist() == [30, 10, 25]
    for k in range(0, 40, 5):
        assert len(set(frames.subset[k : k + 5])) == 1
    assert "a file of their own" in frames.attributes["split"]
    with pytest.raises(DataError, match="no block for train or validation"):
        assign_published_test(_frames([8]), _frames([5]), Split(block=10, validation=0.25))


def test_longer_blocks_leak_less() -> None:
    frames = _frames([1000])
    shares = [
        assign_subsets(frames, Split(block=b)).attributes["split_leak_share"] for b in (1, 20)
    ]
    assert shares[1] < 0.15 < 0.5 < shares[0]


def test_training_choices_are_nested_and_stay_in_training() -> None:
    frames = assign_subsets(_frames([200]), Split(block=10))
    large, small = (choose_training(frames, n, seed=7) for n in (100, 40))
    assert np.array_equal(large[:40], small)
    assert len(np.unique(large)) == 100
    assert (frames.subset[large] == 0).all()
    assert not np.array_equal(choose_training(frames, 40, seed=8), small)


def test_too_large_a_training_set_names_both_numbers() -> None:
    frames = assign_subsets(_frames([200]), Split(block=10))
    with pytest.raises(DataError, match=r"n_train = 500.* 140 frames"):
        choose_training(frames, 500, seed=0)


def test_too_few_blocks_are_refused_with_advice() -> None:
    with pytest.raises(DataError, match=r"leave no block for validation.*lower split\.block"):
        assign_subsets(_frames([40]), Split(block=20))


@pytest.mark.parametrize("seed", range(4))
def test_atoms_alone_stay_in_train(seed: int) -> None:
    n_atoms = np.where(np.arange(43) < 3, 1, 4)
    mixed = Frames(
        atomic_number=np.full(n_atoms.sum(), 2),
        position=np.zeros((n_atoms.sum(), 3)),
        force=np.zeros((n_atoms.sum(), 3)),
        n_atoms=n_atoms,
        energy=np.random.default_rng(0).standard_normal(43),
        subset=np.zeros(43, dtype=int),
        source=np.array([0, 1, 2] + [3] * 40),
    )
    frames = assign_subsets(mixed, Split(block=1, seed=seed))
    assert (frames.subset[:3] == 0).all()
    assert np.bincount(frames.subset).tolist() == [31, 4, 8]
    both = assign_published_test(mixed, mixed, Split(block=1, seed=seed))
    assert (both.subset[:3] == 0).all()
    with pytest.raises(DataError, match="leave no block for"):
        assign_subsets(mixed.select(np.arange(5)), Split(block=2, seed=seed))
