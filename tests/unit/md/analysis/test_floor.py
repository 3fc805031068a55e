"""The floor of errors of distributions: halves of blocks, and what it means for a run's length."""

import numpy as np
import pytest

from nearsight.md.analysis.distances import distribution_error
from nearsight.md.analysis.floor import FEWEST, block_length, blocks_of, split_half_floor

WIDTH = 0.1
N_BINS = 30


def floor_of(frames: np.ndarray, length: int, n_splits: int = 300) -> tuple[float, float, float]:
    """Of frames (frame, bin) in blocks of so many."""
    sums = frames.reshape(-1, length, frames.shape[1]).sum(axis=1)
    found, reason = split_half_floor(
        sums, length, WIDTH, n_splits=n_splits, confidence=0.95, seed=0
    )
    assert reason == ""
    return found


def draw(rng: np.random.Generator, n: int, runs: int = 1) -> np.ndarray:
    """(frame, bin) h(r) of frames of 20 distances; each frame stays as it is for ``runs`` frames.

    So there are n / runs independent ones.
    """
    distance = np.clip(rng.normal(1.5, 0.4, (n // runs, 20)), 0, 2.99)
    rows = [np.bincount((row / WIDTH).astype(int), minlength=N_BINS) for row in distance]
    return np.repeat(np.array(rows) / 20 / WIDTH, runs, axis=0)


def test_floor_is_what_a_run_of_a_third_of_the_independent_frames_shows():
    """4/n = 1/m + 1/n at m = n/3: the same mean error, by simulation; longer runs lie below."""
    rng, n = np.random.default_rng(0), 240
    floors, thirds, wholes = [], [], []
    for _ in range(60):
        data = draw(rng, n)
        floors.append(floor_of(data, 1, n_splits=20)[0])
        for m, errors in ((n // 3, thirds), (4 * n, wholes)):
            run = draw(rng, m).mean(axis=0)
            errors.append(float(distribution_error(run, data.mean(axis=0), WIDTH)))
    # Means of 60 draws whose spread is a sixth of themselves: three standard errors are 7 %.
    assert np.mean(thirds) == pytest.approx(np.mean(floors), rel=0.1)
    assert np.mean(wholes) < 0.7 * np.mean(floors)


def test_frames_that_resemble_their_neighbours_need_blocks():
    """Dealt one by one, like frames fall into both halves and hide how far these differ."""
    rng = np.random.default_rng(1)
    data = draw(rng, 400, runs=20)
    truth = np.mean([
        distribution_error(draw(rng, 200, 20).mean(axis=0), draw(rng, 200, 20).mean(axis=0), WIDTH)
        for _ in range(200)
    ])  # fmt: skip
    blocks, single = floor_of(data, 50), floor_of(data, 1)
    assert single[0] < 0.4 * truth
    assert blocks[0] == pytest.approx(truth, rel=0.25)
    assert blocks[1] < blocks[0] < blocks[2]


def test_four_blocks_have_three_ways_to_halve():
    rng = np.random.default_rng(2)
    data = draw(rng, 40)
    sums = data.reshape(4, 10, N_BINS).sum(axis=1)
    each = [
        distribution_error(sums[[0, k]].sum(0) / 20, sums[others].sum(0) / 20, WIDTH)
        for k, others in ((1, [2, 3]), (2, [1, 3]), (3, [1, 2]))
    ]
    value, low, high = floor_of(data, 10, n_splits=3000)
    assert value == pytest.approx(np.mean(each), rel=0.02)
    assert (low, high) == (pytest.approx(min(each)), pytest.approx(max(each)))


def test_halves_hold_the_same_number_of_blocks():
    """Of an odd number one block is left out, another one each time."""
    sums = np.eye(5)[:, :, None].repeat(2, axis=2).reshape(5, 10)
    value, low, high = split_half_floor(
        sums, 1, 0.5, n_splits=100, confidence=0.95, seed=0
    )[0]  # fmt: skip
    # Two blocks against two others, and nothing in common.
    assert value == low == high == pytest.approx(2.0)


def test_too_few_blocks_have_a_reason():
    found, reason = split_half_floor(
        np.ones((FEWEST - 1, 4)), 1, WIDTH, n_splits=10, confidence=0.95, seed=0
    )
    assert np.isnan(found).all()
    assert reason == "3 blocks of data, needs 4 to halve them"


@pytest.mark.parametrize(
    ("counts", "length", "n_blocks"),
    [
        ([150, 150, 150, 150], 150, 4),
        ([160], 20, 8),
        ([100, 100], 25, 8),
        ([150, 150, 150, 30], 30, 16),
        ([10, 9, 8, 9, 10], 8, 5),
        ([3], 1, 3),
    ],
)
def test_blocks_are_of_one_trajectory_and_of_one_length(
    counts: list[int], length: int, n_blocks: int
):
    rng = np.random.default_rng(0)
    source = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    order, found = blocks_of(source)
    assert (block_length(source), found) == (length, n_blocks)
    assert sorted(order) == list(range(len(source)))
    for k in range(n_blocks):
        block = order[k * length : (k + 1) * length]
        assert len(set(source[block])) == 1
        assert (np.diff(block) > 0).all()
