"""Sums by body order and range of walks drawn, against those of every walk."""

import numpy as np
import pytest
import xarray as xr
from chains import EveryWalk, MakeChain

from nearsight.explain import Chain, sample
from nearsight.explain.sums.range_sums import of_drawn_walks, of_every_walk
from nearsight.explain.walks.extent import MEANING, distinct_atoms, walk_range
from nearsight.explain.walks.histogram import histograms

EDGES = np.array([0.5, 1.5, 2.5, 3.5])


def one_of_each(chain: Chain, every_walk: EveryWalk) -> xr.Dataset:
    """Every walk drawn once, with the weight that makes the estimate the sum itself."""
    walks = every_walk(chain)
    return xr.Dataset({
        "walk": (("sample", "step"), np.array(list(walks))),
        "relevance": ("sample", np.array(list(walks.values()))),
        "weight": ("sample", np.ones(len(walks))),
    })  # fmt: skip


@pytest.mark.parametrize("by", MEANING)
def test_every_walk_drawn_once_gives_the_sums(chain: Chain, every_walk: EveryWalk, by: str) -> None:
    drawn = of_drawn_walks(chain, one_of_each(chain, every_walk), EDGES, by)
    exact = of_every_walk(histograms(chain, EDGES, [by]).ranges[0])
    for name in ("signed", "absolute", "total"):
        found, expected = getattr(drawn, name), getattr(exact, name)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9, err_msg=name)
        assert not getattr(exact, f"{name}_error").any()


@pytest.mark.parametrize("by", MEANING)
def test_cells_of_drawn_walks_are_counted_by_hand(make_chain: MakeChain, by: str) -> None:
    chain = make_chain(spread=0.8)
    drawn = sample(chain, 50, seed=3)
    walk, weight, value = (drawn[x].to_numpy() for x in ("walk", "weight", "relevance"))
    order, far = distinct_atoms(walk) - 1, walk_range(walk, chain.distance.numpy(), by)
    sums = of_drawn_walks(chain, drawn, EDGES, by)
    for k in range(chain.depth + 1):
        for bin_ in range(len(EDGES) - 1):
            inside = (order == k) & (EDGES[bin_] <= far) & (far < EDGES[bin_ + 1])
            expected = (weight * value)[inside].sum()
            assert sums.signed[k, bin_] == pytest.approx(expected, rel=1e-10, abs=1e-12)
            terms = np.where(inside, len(weight) * weight * np.abs(value), 0)
            error = terms.std(ddof=1) / np.sqrt(len(weight))
            if inside.any():
                assert sums.absolute_error[k, bin_] == pytest.approx(error, rel=1e-9)
            else:
                assert np.isnan(sums.absolute_error[k, bin_])
        outside = (order == k) & ((far < EDGES[0]) | (far >= EDGES[-1]))
        expected = (weight * value)[outside].sum()
        assert sums.signed[k, -1] == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_totals_are_the_sums_over_body_orders(make_chain: MakeChain) -> None:
    chain = make_chain(spread=0.8)
    for by in MEANING:
        for sums in (
            of_drawn_walks(chain, sample(chain, 200, seed=1), EDGES, by),
            of_every_walk(histograms(chain, EDGES, [by]).ranges[0]),
        ):
            np.testing.assert_allclose(sums.total, sums.signed.sum(axis=0), rtol=1e-9, atol=1e-9)
            assert (np.abs(sums.signed) <= sums.absolute + 1e-9).all()
