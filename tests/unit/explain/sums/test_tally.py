"""All sums of a structure at once, against each by itself; nothing is drawn or visited twice."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from chains import EveryWalk, MakeChain

from nearsight.errors import ConfigError
from nearsight.explain import Chain, balance, bodies, decay, pairs
from nearsight.explain.sums import tally as room
from nearsight.explain.sums.tally import RANGES, Tally, tally

EDGES = np.array([0.0, 1.0, 2.0, 3.0, 12.0])
WITH: dict[str, dict[str, Any]] = {
    "enumeration": {"method": "enumeration"},
    "sampling": {"method": "sampling", "n_samples": 300, "seed": 7},
}


def counted(function: Callable[..., Any]) -> tuple[list[str], Callable[..., Any]]:
    """Calls so far, and the function that counts them."""
    calls: list[str] = []

    def count(*given: Any, **named: Any) -> Any:
        calls.append(function.__name__)
        return function(*given, **named)

    return calls, count


@pytest.mark.parametrize("method", WITH)
def test_ranges_are_what_decay_gives_alone(chain: Chain, method: str) -> None:
    found = tally(chain, edges=EDGES, **WITH[method])
    assert tuple(found.ranges) == RANGES == ("diameter", "hop")
    for by, sums in found.ranges.items():
        alone = decay(chain, EDGES, by=by, **WITH[method])
        for name, values in (
            ("relevance", sums.signed),
            ("absolute", sums.absolute),
            ("total", sums.total),
            ("relevance_error", sums.signed_error),
            ("absolute_error", sums.absolute_error),
            ("total_error", sums.total_error),
        ):
            np.testing.assert_array_equal(values[..., :-1], alone[name], err_msg=f"{by} {name}")


@pytest.mark.parametrize("method", ["enumeration", "patterns", "sampling"])
def test_sums_by_body_order_do_not_depend_on_what_else_is_asked(chain: Chain, method: str) -> None:
    asked, alone = (
        tally(chain, edges=edges, method=method, n_samples=300) for edges in (EDGES, None)
    )
    assert not alone.ranges
    for name in ("signed", "absolute", "signed_error", "absolute_error", "pair_absolute"):
        one, other = getattr(asked, name), getattr(alone, name)
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-10, err_msg=name)
    assert asked.n_walks == alone.n_walks


def test_by_patterns_totals_by_reach_alone_are_known(chain: Chain, every_walk: EveryWalk) -> None:
    found = tally(chain, edges=EDGES, method="patterns")
    reach, width = found.ranges["hop"], found.ranges["diameter"]
    assert reach.total.sum() == pytest.approx(sum(every_walk(chain).values()), rel=1e-9)
    np.testing.assert_allclose(
        reach.total, tally(chain, edges=EDGES, method="enumeration").ranges["hop"].total, atol=1e-8
    )
    for unknown in (reach.signed, reach.absolute, width.signed, width.total, found.absolute):
        assert np.isnan(unknown).all()


@pytest.mark.parametrize(("method", "draws"), [("sampling", 1), ("enumeration", 0)])
def test_walks_are_drawn_once(
    make_chain: MakeChain, method: str, draws: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, count = counted(room.sample)
    monkeypatch.setattr(room, "sample", count)
    tally(make_chain(), edges=EDGES, method=method, n_samples=50)
    assert len(calls) == draws


@pytest.mark.parametrize("method", ["enumeration", "patterns", "sampling"])
def test_exact_pairs_that_are_known_are_not_computed_again(
    make_chain: MakeChain, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = make_chain()
    exact = pairs(chain, "exact")["relevance"].to_numpy()
    expected = tally(chain, method=method, n_samples=50)
    calls, count = counted(room.pairs)
    monkeypatch.setattr(room, "pairs", count)
    found = tally(chain, exact=exact, method=method, n_samples=50)
    assert not calls
    np.testing.assert_array_equal(found.signed, expected.signed)


def test_one_and_two_bodies_are_exact_by_every_method(chain: Chain) -> None:
    exact = pairs(chain, "exact")["relevance"].to_numpy()
    expected = [np.trace(exact), np.triu(exact, 1).sum()]
    total = balance(chain)["walks"].item()
    for method in ("enumeration", "patterns", "sampling"):
        found = tally(chain, method=method, n_samples=50)
        np.testing.assert_allclose(found.signed[:2], expected, rtol=1e-8)
        assert (found.signed_error[:2] == 0).all()
        rest = total - sum(expected)
        assert found.remainder == pytest.approx(rest, rel=1e-8, abs=1e-8 * abs(total))


def test_estimated_orders_lie_within_their_errors_over_seeds(make_chain: MakeChain) -> None:
    chain = make_chain(spread=0.8)
    exact = tally(chain, edges=EDGES, method="enumeration")
    offs = []
    for seed in range(60):
        drawn = tally(chain, edges=EDGES, method="sampling", n_samples=400, seed=seed)
        offs.append((drawn.signed[2:] - exact.signed[2:]) / drawn.signed_error[2:])
        offs.append((drawn.absolute[2:] - exact.absolute[2:]) / drawn.absolute_error[2:])
    share = (np.abs(offs) < 1.96).mean()
    assert 0.9 < share < 0.99


def test_absolute_sums_of_pairs_need_every_walk(make_chain: MakeChain) -> None:
    sums: dict[str, Tally] = {m: tally(make_chain(), method=m, n_samples=50)
                              for m in ("enumeration", "patterns", "sampling")}  # fmt: skip
    square = sums["enumeration"].pair_absolute
    np.testing.assert_array_equal(square, square.T)
    exact = pairs(make_chain(), "exact")["relevance"].to_numpy()
    assert (square >= np.abs(exact) - 1e-12).all()
    assert np.isnan(sums["patterns"].pair_absolute).all()
    assert np.isnan(sums["sampling"].pair_absolute).all()


def test_a_method_that_there_is_not(make_chain: MakeChain) -> None:
    with pytest.raises(ConfigError, match="'guess'"):
        tally(make_chain(), method="guess")


def test_bodies_are_the_tally_with_labels(make_chain: MakeChain) -> None:
    chain = make_chain(depth=2)
    found, table = tally(chain, method="enumeration"), bodies(chain, method="enumeration")
    np.testing.assert_array_equal(table["relevance"], found.signed)
    np.testing.assert_array_equal(table["absolute"], found.absolute)
    assert table["remainder"].item() == found.remainder
    assert table.attrs["n_walks"] == found.n_walks
    assert table.attrs["absolute_note"] == ""
