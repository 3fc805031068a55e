"""All histograms of a structure from one visit to each walk."""

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from chains import EveryWalk, MakeChain

from nearsight.explain import Chain
from nearsight.explain.walks import histogram as room
from nearsight.explain.walks.extent import MEANING, distinct_atoms, walk_range
from nearsight.explain.walks.histogram import bin_distances, histograms, sum_cells
from nearsight.explain.walks.meeting import Meeting

EDGES = np.array([0.5, 1.5, 2.5, 3.5])
EVERY = tuple(MEANING)


def by_hand(chain: Chain, every_walk: EveryWalk, by: str) -> np.ndarray:
    """(2, depth + 1, range + 1) with walks outside all bins last."""
    found = np.zeros((2, chain.depth + 1, len(EDGES)))
    for walk, value in every_walk(chain).items():
        atoms = np.array([walk])
        far = walk_range(atoms, chain.distance.numpy(), by)[0]
        inside = EDGES[0] <= far < EDGES[-1]
        cell = np.searchsorted(EDGES, far, side="right") - 1 if inside else len(EDGES) - 1
        found[:, distinct_atoms(atoms)[0] - 1, cell] += value, abs(value)
    return found


def test_one_pass_fills_what_separate_ones_fill(chain: Chain, every_walk: EveryWalk) -> None:
    found = histograms(chain, EDGES, EVERY, pairs=True)
    for by, table in zip(EVERY, found.ranges, strict=True):
        expected = by_hand(chain, every_walk, by)
        np.testing.assert_allclose(table, expected, rtol=1e-9, atol=1e-9)
        np.testing.assert_array_equal(table, histograms(chain, EDGES, [by]).ranges[0])
        np.testing.assert_allclose(table.sum(-1), found.orders, rtol=1e-9, atol=1e-9)
    alone = histograms(chain)
    np.testing.assert_allclose(alone.orders, found.orders, rtol=1e-12, atol=1e-12)
    assert alone.ranges == ()
    assert not alone.pair_absolute.any()


def test_large_molecules_are_counted_by_the_atoms_of_a_meeting(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = histograms(chain, EDGES, EVERY, pairs=True)
    monkeypatch.setattr(room, "SMALL", 0)
    found = histograms(chain, EDGES, EVERY, pairs=True)
    for one, other in zip(found.ranges, expected.ranges, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(found.orders, expected.orders)
    np.testing.assert_array_equal(found.pair_absolute, expected.pair_absolute)


def test_each_walk_is_visited_once_whatever_is_asked_for(
    make_chain: MakeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits, meetings = [], room.meetings

    def counted(chain: Chain) -> Iterator[Meeting]:
        visits.append(chain)
        return meetings(chain)

    monkeypatch.setattr(room, "meetings", counted)
    histograms(make_chain(), EDGES, EVERY, pairs=True)
    assert len(visits) == 1


@pytest.mark.parametrize("chunk", [1, 13, 10**6])
def test_the_size_of_pieces_does_not_matter(
    make_chain: MakeChain, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = make_chain(depth=4, spread=0.9)
    expected = histograms(chain, EDGES, EVERY, pairs=True)
    monkeypatch.setattr(room, "CHUNK", chunk)
    found = histograms(chain, EDGES, EVERY, pairs=True)
    for one, other in zip(found.ranges, expected.ranges, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(found.pair_absolute, expected.pair_absolute, rtol=1e-12)


def test_pairs_are_of_walks_on_two_atoms_and_the_diagonal_of_constant_ones(
    chain: Chain, every_walk: EveryWalk
) -> None:
    expected = np.zeros((chain.n_atoms, chain.n_atoms))
    for walk, value in every_walk(chain).items():
        if len(set(walk)) <= 2:
            expected[min(walk), max(walk)] += abs(value)
    found = histograms(chain, EDGES, ["hop"], pairs=True)
    np.testing.assert_allclose(found.pair_absolute, expected, rtol=1e-9, atol=1e-12)
    constant, two = np.trace(found.pair_absolute), np.triu(found.pair_absolute, 1).sum()
    np.testing.assert_allclose(found.orders[1, :2], [constant, two], rtol=1e-9)
    assert not np.tril(found.pair_absolute, -1).any()


def test_nested_ranges(make_chain: MakeChain) -> None:
    """No step and no way from the start is longer than the walk is wide."""
    chain = make_chain(depth=3, spread=0.9)
    fine = np.linspace(0, 8, 30)
    found = histograms(chain, fine, ["diameter", "start", "hop", "ends"])
    wide, start, hop, ends = (np.cumsum(x[1, :, :-1], axis=1) for x in found.ranges)
    slack = 1e-9 * found.orders[1].sum()
    assert (wide <= start + slack).all()
    assert (wide <= hop + slack).all()
    assert (start <= ends + slack).all()


def test_a_bin_holds_its_lower_edge(make_chain: MakeChain) -> None:
    chain = make_chain(n_atoms=2, spread=0.5)
    apart = chain.distance[0, 1].item()
    (table,) = histograms(chain, np.array([0.0, apart, 2 * apart]), ["diameter"]).ranges
    assert table[1, 1, 0] == 0
    assert table[1, 1, 1] > 0
    (table,) = histograms(chain, np.array([0.0, apart]), ["diameter"]).ranges
    assert table[1, 1].tolist() == [0, table[1, 1, 1]]
    assert table[1, 1, 1] > 0


def test_bins_are_ordered_as_distances_are(make_chain: MakeChain) -> None:
    chain = make_chain(n_atoms=7)
    bins = bin_distances(chain, EDGES)
    assert (bins.diagonal() == 0).all()
    order = chain.distance.flatten().argsort()
    assert (bins.flatten()[order].diff() >= 0).all()
    assert bins.max() <= len(EDGES)


def test_edges_may_be_every_other_one(make_chain: MakeChain) -> None:
    """PyTorch warns of a copy where boundaries are not contiguous."""
    chain, twice = make_chain(n_atoms=4), np.repeat(EDGES, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.equal(bin_distances(chain, twice[::2]), bin_distances(chain, EDGES))


@pytest.mark.parametrize("seed", [0, 1])
def test_cells_take_signed_and_absolute_sums(seed: int) -> None:
    random = np.random.default_rng(seed)
    cell, value = random.integers(0, 6, 200), random.normal(size=200)
    value[:5] = 0.0
    signed, absolute = sum_cells(torch.from_numpy(cell), torch.from_numpy(value), 8).numpy()
    for k in range(8):
        assert signed[k] == pytest.approx(value[cell == k].sum(), abs=1e-12)
        assert absolute[k] == pytest.approx(np.abs(value[cell == k]).sum(), abs=1e-12)
    assert (absolute >= np.abs(signed) - 1e-12).all()


def test_sums_are_in_double_precision_whatever_the_chain(make_chain: MakeChain) -> None:
    chain = make_chain(spread=0.5).to(dtype=torch.float32)
    found = histograms(chain, EDGES, ["hop"], pairs=True)
    for table in (found.orders, found.ranges[0], found.pair_absolute):
        assert table.dtype == np.float64
    np.testing.assert_allclose(found.ranges[0].sum(-1), found.orders, rtol=1e-12, atol=1e-9)
