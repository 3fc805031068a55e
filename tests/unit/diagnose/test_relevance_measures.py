"""Measures of relevance on numbers that are known, and the verdicts on them."""

import numpy as np
import pytest
import xarray as xr

from nearsight.collect.decay.result import Decay
from nearsight.diagnose.checks.relevance.findings import CONSERVATION, REMOVAL, findings_of
from nearsight.diagnose.checks.relevance.measures import (
    Measures,
    agreement,
    by_structure,
    conservation,
    reach,
)
from nearsight.diagnose.checks.relevance.removed import gains
from nearsight.diagnose.finding import Finding, Verdict

RNG = np.random.default_rng(0)
NOTHING = np.empty(0)


def test_reach_is_where_nine_tenths_are() -> None:
    distance = np.arange(1.0, 11.0)
    assert reach(distance, np.ones(10)) == 9
    shuffled = RNG.permutation(10)
    assert reach(distance[shuffled], np.ones(10)) == 9
    assert reach(distance, np.eye(10)[2]) == 3
    steep = 10.0 ** -np.arange(10)
    assert reach(distance, steep) == 1


@pytest.mark.parametrize("size", [NOTHING, np.zeros(3)])
def test_without_relevance_there_is_no_reach(size: np.ndarray) -> None:
    assert np.isnan(reach(np.arange(float(len(size))), size))


def test_what_distance_explains_is_no_agreement() -> None:
    """Both fall with distance, and the rest is noise."""
    distance = np.linspace(1, 8, 400)
    one, other = (10 ** (-distance + RNG.normal(0, 0.5, 400)) for _ in "ab")
    assert abs(agreement(distance, one, other)) < 0.15
    both = 10 ** (-distance + RNG.normal(0, 0.5, 400))
    assert agreement(distance, both, both**2) == pytest.approx(1)
    assert agreement(distance, 1 / both, both) < -0.5


def test_pairs_that_no_walk_connects_are_left_out() -> None:
    distance = np.linspace(1, 8, 40)
    size = RNG.uniform(1, 2, 40)
    response = RNG.uniform(1, 2, 40)
    far = np.concatenate([distance, [20.0, 21.0]])
    more = np.concatenate([size, [0.0, 0.0]]), np.concatenate([response, [9.0, 9.0]])
    assert agreement(far, *more) == agreement(distance, size, response)
    unknown = np.concatenate([size, [1.0, 1.0]]), np.concatenate([response, [np.nan, np.nan]])
    assert agreement(far, *unknown) == agreement(distance, size, response)
    assert np.isnan(agreement(distance[:4], size[:4], response[:4]))


def balanced(error: list[float], walks: list[float]) -> xr.Dataset:
    parts = dict.fromkeys(("bias", "vector", "readout_bias", "leak"), np.ones(len(walks)))
    values = {**parts, "walks": walks, "output": walks, "conservation_error": error}
    return xr.Dataset({name: ("structure_number", value) for name, value in values.items()})


def test_conservation_is_beside_the_sizes_and_the_worst_counts() -> None:
    assert conservation(balanced([0.0, 1e-3], [3.0, 3.0])) == pytest.approx(1e-4)
    assert conservation(balanced([1e-3, 0.0], [-48.0, 3.0])) == pytest.approx(1e-5)
    assert CONSERVATION.judge(1e-15) == Verdict.PASS
    assert CONSERVATION.judge(1e-8) == Verdict.WARN
    assert CONSERVATION.judge(1e-4) == Verdict.FAIL


def test_pairs_by_structure() -> None:
    table = xr.Dataset(
        {
            "distance": ("pair", [1.0, 2.0, 3.0]),
            "relevance": ("pair", [-1.0, 2.0, -3.0]),
            "structure": ("pair", [0, 1, 1]),
        }
    )
    (one, other) = by_structure(table, np.array([7.0, 8.0, 9.0]))
    assert [values.tolist() for values in one] == [[1], [1], [7]]
    assert [values.tolist() for values in other] == [[2, 3], [2, 3], [8, 9]]


def removed(relevance: np.ndarray) -> xr.Dataset:
    """Changes of forces of two structures over four fractions; random orders change linearly."""
    fraction = np.array([0, 0.25, 0.5, 1.0])
    curves = {"relevance": relevance, "response": fraction, "distance": fraction / 2 + fraction**9}
    force = np.stack([*curves.values(), fraction])[:, None] * np.array([2.0, 5.0])[None, :, None]
    return xr.Dataset(
        {
            "removal_force": (("order", "structure_removed", "fraction"), force),
            "order": ("order", [*curves, "random"]),
            "fraction": ("fraction", fraction),
        },
        attrs={"cutoff": np.inf},
    )


def test_gain_is_the_area_above_random() -> None:
    """At once everything: the area of a step less that of a ramp."""
    table = removed(np.array([0, 1.0, 1.0, 1.0]))
    np.testing.assert_allclose(gains(table, "relevance"), 0.875 - 0.5)
    np.testing.assert_allclose(gains(table, "response"), 0)
    assert (gains(table, "distance") < 0).all()


def test_what_is_pushed_beyond_the_whole_change_is_no_merit() -> None:
    beyond, at_once = (removed(np.array([0, height, 1.0, 1.0])) for height in (7.0, 1.0))
    np.testing.assert_allclose(gains(beyond, "relevance"), gains(at_once, "relevance"))


def test_without_a_change_there_is_no_gain() -> None:
    table = removed(np.zeros(4))
    assert np.isnan(gains(table, "relevance")).all()


def found(table: xr.Dataset, why: str = "", share: float = 0.1) -> dict[str, Finding]:
    measures = Measures(
        conservation=1e-15,
        reach=(3.0, 2.9, 3.1),
        decay=Decay(),
        body_order=(np.nan, np.nan, np.nan),
        constants=(share, share, share),
        agreement=(0.3, 0.1, 0.5),
        curves=xr.Dataset(),
    )
    return {finding.quantity: finding for finding in findings_of(measures, table, why)}


def test_relevance_that_knows_nothing_is_a_warning() -> None:
    good = found(removed(np.array([0, 1.0, 1.0, 1.0])))["removal"]
    assert good.verdict == Verdict.PASS
    assert good.value == pytest.approx(0.375)
    assert "37.5" in good.reason
    bad = found(removed(np.array([0, 0.0, 0.0, 1.0])))["removal"]
    assert bad.verdict == Verdict.WARN
    assert "nearsight faithfulness" in bad.advice
    assert REMOVAL.judge(0.0) == Verdict.PASS


def test_what_cannot_be_known_says_why() -> None:
    told = found(removed(np.zeros(4)))
    assert told["removal"].verdict == Verdict.NOT_APPLICABLE
    assert "do not change" in told["removal"].reason
    assert "too many walks" in told["body_order"].reason
    assert told["decay_exponent"].verdict == Verdict.NOT_APPLICABLE
    elsewhere = found(xr.Dataset(attrs={"cutoff": 5.0}), "not of ours")
    assert elsewhere["removal"].reason == "not of ours"
    assert "where the cutoff is 5 Å" in elsewhere["relevance_reach"].reason
    assert "cutoff" not in told["relevance_reach"].reason
