"""Whether relevance agrees with the response of the same model, at equal distance.

Distance alone correlates at about 0.9 with almost any map of interactions, so a correlation that
does not hold it fixed says nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.collect.decay.bins import bin_index
from nearsight.collect.intervals import NOTHING, Interval, mean_interval
from nearsight.collect.ranks import partial_spearman, spearman
from nearsight.config import Statistics
from nearsight.labels import variable

NAMES = (
    "faithfulness",
    "faithfulness_contains",
    "faithfulness_within_bins",
    "faithfulness_raw",
    "faithfulness_distance_only",
)


@dataclass(frozen=True)
class Pairs:
    """Pairs of one structure that walks reach; Å, magnitudes of relevance (eV), norms (eV/Å²)."""

    distance: np.ndarray
    relevance: np.ndarray
    response: np.ndarray


def faithfulness(
    relevance: xr.Dataset, response: xr.Dataset, edges: np.ndarray, settings: Statistics
) -> tuple[dict[str, Interval], xr.Dataset]:
    """Agreement of relevance and response over the structures that both know.

    Args:
        relevance: table over ``pair``.
        response: the same model's, over ``pair``.
        edges: (bin + 1,) Å.
        settings: level of the intervals.

    Returns:
        Numbers by name (means over structures): ``faithfulness`` is partial given distance, for
        exclusive relevance; ``_contains`` for inclusive relevance; ``_within_bins`` within bins of
        distance; ``_raw`` uncontrolled; ``_distance_only`` the control, -distance against
        response. Curves: ``faithfulness_bin`` with bounds and ``faithfulness_bin_distance``.
    """
    exclusive = [*together(relevance, response, "relevance")]
    if not exclusive:
        return dict.fromkeys(NAMES, NOTHING), xr.Dataset()

    def over_structures(one: Callable[[Pairs], float], pairs: list[Pairs]) -> Interval:
        values = np.array([one(structure) for structure in pairs])
        return mean_interval(values, confidence=settings.confidence, least=-1.0, most=1.0)

    inclusive = [*together(relevance, response, "relevance_contains")]
    numbers = {
        "faithfulness": over_structures(_partial, exclusive),
        "faithfulness_contains": over_structures(_partial, inclusive),
        "faithfulness_within_bins": over_structures(lambda p: _within_bins(p, edges), exclusive),
        "faithfulness_raw": over_structures(lambda p: spearman(p.relevance, p.response), exclusive),
        "faithfulness_distance_only": over_structures(
            lambda p: spearman(-p.distance, p.response), exclusive
        ),
    }
    return numbers, _by_bin(exclusive, edges, settings)


def together(relevance: xr.Dataset, response: xr.Dataset, name: str) -> Iterator[Pairs]:
    """The pairs of each structure that both tables know, where relevance is not exactly zero.

    Args:
        relevance: of a model, over ``pair``.
        response: of the same model, over ``pair``.
        name: of the relevance, exclusive or inclusive.
    """
    if name not in relevance or "norm" not in response:
        return
    own, other = (t.variables["structure"].values for t in (relevance, response))
    for structure in range(int(min(own.max(), other.max())) + 1):
        rows, columns = own == structure, other == structure
        distance = relevance["distance"].to_numpy()[rows]
        size = np.abs(relevance[name].to_numpy()[rows])
        norm = response["norm"].to_numpy()[columns]
        if len(norm) != len(size) or not np.allclose(
            distance, response["distance"].to_numpy()[columns], atol=1e-6
        ):
            # Files of an earlier run, which took other structures.
            return
        reached = size > 0
        yield Pairs(distance[reached], size[reached], norm[reached])


def _partial(pairs: Pairs) -> float:
    return partial_spearman(pairs.relevance, pairs.response, pairs.distance)


def _bins_of(pairs: Pairs, edges: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    index = bin_index(pairs.distance, edges)
    for k in np.unique(index[index >= 0]):
        yield int(k), index == k


def _within_bins(pairs: Pairs, edges: np.ndarray) -> float:
    """Mean over bins, by their number of pairs, of the correlation inside."""
    found = [
        (spearman(pairs.relevance[inside], pairs.response[inside]), inside.sum())
        for _, inside in _bins_of(pairs, edges)
    ]
    known = [(rho, count) for rho, count in found if np.isfinite(rho)]
    if not known:
        return np.nan
    values, counts = zip(*known, strict=True)
    return float(np.average(values, weights=counts))


def _by_bin(structures: list[Pairs], edges: np.ndarray, settings: Statistics) -> xr.Dataset:
    n_bins = len(edges) - 1
    own = np.full((len(structures), n_bins), np.nan)
    control = own.copy()
    for row, pairs in enumerate(structures):
        for k, inside in _bins_of(pairs, edges):
            own[row, k] = spearman(pairs.relevance[inside], pairs.response[inside])
            control[row, k] = spearman(-pairs.distance[inside], pairs.response[inside])
    level = {"confidence": settings.confidence, "least": -1.0, "most": 1.0}
    value, low, high = np.array([mean_interval(column, **level) for column in own.T]).T
    alone = np.array([mean_interval(column, **level)[0] for column in control.T])
    text = "rank correlation of relevance and response within a bin of distance"
    return xr.Dataset(
        {
            "faithfulness_bin": variable(("distance",), value, units.ONE, text),
            "faithfulness_bin_low": variable(
                ("distance",), low, units.ONE, f"lower bound of: {text}"
            ),
            "faithfulness_bin_high": variable(
                ("distance",), high, units.ONE, f"upper bound of: {text}"
            ),
            "faithfulness_bin_distance": variable(
                ("distance",), alone, units.ONE, "the same of closeness instead of relevance"
            ),
        }
    )
