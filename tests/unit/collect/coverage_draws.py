"""Descriptors of structures drawn from the set of real Hessians, by the product's own code."""

import sys
from functools import cache
from pathlib import Path

import numpy as np
import xarray as xr

from nearsight.aims.stability.tables.range_shares import range_holding
from nearsight.aims.stability.tables.response_fits import Reference, reference_of, response_of
from nearsight.collect.decay.bins import DistanceBins
from nearsight.collect.decay.curve import Curve, curve_of
from nearsight.collect.decay.deviation import compare_shapes
from nearsight.collect.decay.ratios import DISTANCES, HALF_WIDTH, response_ratio
from nearsight.collect.decay.result import decay_of
from nearsight.collect.decay.windows import relevance_windows
from nearsight.collect.intervals import Interval, mean_interval
from nearsight.collect.shares import (
    CONSTANTS,
    body_order_share,
    constants_shares,
    effective_body_order,
    tail_share,
)
from nearsight.config import Statistics

RANGE_STEP = 0.25


@cache
def coverage_set() -> xr.Dataset:
    return xr.open_dataset(Path(__file__).with_name("coverage_set.nc")).load()


def drawn(rows: np.ndarray) -> xr.Dataset:
    """The structures of these rows, one as often as it is named."""
    return coverage_set().isel(structure=rows)


def bins_of(table: xr.Dataset, sums: np.ndarray) -> DistanceBins:
    edges = table["edge"].to_numpy()
    return DistanceBins(
        edges,
        sums.astype(float),
        table["count"].to_numpy().astype(float),
        table["moments"].to_numpy().astype(float),
        np.full((3, len(edges) - 1), np.nan),
    )


def near(bins: DistanceBins, distance: float) -> DistanceBins:
    """One bin about a distance."""
    edges = bins.edges
    inside = (edges[:-1] >= distance - HALF_WIDTH) & (edges[1:] <= distance + HALF_WIDTH)
    return DistanceBins(
        edges[:2],
        bins.sums[:, inside].sum(axis=1, keepdims=True),
        bins.counts[:, inside].sum(axis=1, keepdims=True),
        bins.moments[:, :, inside].sum(axis=2, keepdims=True),
        np.full((3, 1), np.nan),
    )


def describe(table: xr.Dataset, settings: Statistics) -> dict[str, Interval]:
    """Every descriptor with an interval over structures, by ``model: name``."""
    physics, noise = (
        curve_of(bins_of(table, table[name].to_numpy()), settings)
        for name in ("reference", "asymmetry")
    )
    reference = reference_of(physics, noise, settings)
    found = {
        "reference: exponent": reference.decay.exponent,
        "reference: length": reference.decay.length,
        **{f"reference: exponent {name}": value for name, value in reference.parts.items()},
        **slopes(reference.decay.slope),
    }
    for k, model in enumerate(table["model"].to_numpy()):
        one = table.isel(model=k)
        cutoff = float(model.split("rc")[1].split("~")[0])
        own = {
            **of_response(one, cutoff, reference, settings),
            **of_relevance(one, cutoff, reference, settings),
        }
        found |= {f"{model}: {name}": value for name, value in own.items()}
    return found


def of_response(
    table: xr.Dataset, cutoff: float, reference: Reference, settings: Statistics
) -> dict[str, Interval]:
    bins = bins_of(table, table["response"].to_numpy())
    found = response_of(curve_of(bins, settings), cutoff, settings, reference)
    physics, noise = (bins_of(table, table[n].to_numpy()) for n in ("reference", "asymmetry"))
    ratios = {
        f"ratio {d}": response_ratio(near(bins, d), near(physics, d), near(noise, d), d, settings)[
            0
        ]
        for d in DISTANCES
    }
    return {
        "exponent": found.decay.exponent,
        "length": found.decay.length,
        **found.numbers,
        **ratios,
    }


def slopes(slope: np.ndarray | None) -> dict[str, Interval]:
    assert slope is not None
    return {f"reference: slope, bin {k}": tuple(column) for k, column in enumerate(slope.T)}


def of_relevance(
    table: xr.Dataset, cutoff: float, reference: Reference, settings: Statistics
) -> dict[str, Interval]:
    def fitted(name: str) -> tuple[Curve, dict[str, Interval]]:
        shown = curve_of(bins_of(table, table[name].to_numpy()), settings)
        decay = decay_of(shown, relevance_windows(shown, cutoff, settings), settings)
        return shown, {f"{name} exponent": decay.exponent, f"{name} length": decay.length}

    shown, own = fitted("relevance")
    windows = relevance_windows(shown, cutoff, settings) & reference.windows
    own["relevance deviation"] = compare_shapes(
        shown, reference.decay.curve, windows, settings.confidence
    )
    relevance = as_relevance(table)
    shares = body_order_share(relevance, settings)
    return {
        **own,
        **fitted("relevance_contains")[1],
        "tail share": tail_share(shown, settings),
        **constants_shares(relevance, settings),
        **range_holding(relevance, settings),
        "effective body order": effective_body_order(
            relevance["absolute_bodies"].to_numpy(), settings
        ),
        **{f"body order {k + 1}": tuple(share) for k, share in enumerate(shares)},
        "faithfulness": mean_interval(
            table["faithfulness"].to_numpy().astype(float), confidence=settings.confidence
        ),
    }


def as_relevance(table: xr.Dataset) -> xr.Dataset:
    """What the shares and ranges read of a file of relevance."""
    n = table.sizes["structure"]
    upper = RANGE_STEP * np.arange(1, table.sizes["range"] + 1)
    constants = {name: ("structure", np.zeros(n)) for name in CONSTANTS}
    constants[CONSTANTS[0]] = ("structure", table["constants"].to_numpy().astype(float))
    return xr.Dataset(
        {
            "absolute_bodies": (
                ("structure", "n_atoms"), table["absolute_bodies"].to_numpy().astype(float),
            ),
            "absolute_range": (
                ("structure", "n_atoms", "range"),
                np.pad(
                    table["absolute_range"].to_numpy().astype(float)[:, None],
                    ((0, 0), (0, table.sizes["n_atoms"] - 1), (0, 0)),
                ),
            ),
            "walks": ("structure", table["walks"].to_numpy().astype(float)),
            **constants,
        },
        coords={"range": upper},
    )  # fmt: skip


def coverage(n: int, trials: int, n_bootstrap: int, seed: int) -> dict[str, np.ndarray]:
    """By descriptor (trial, 2): do intervals of n drawn structures hold the truth, or lie above it.

    The truth is the same of all structures, from the same bins: as many pairs per structure are
    asked of them. Structures are drawn with replacement, so that draws are independent. Trials
    where a descriptor is not known are not there.
    """
    size = coverage_set().sizes["structure"]
    least = Statistics().least_pairs * size // n
    truth = describe(drawn(np.arange(size)), Statistics(n_bootstrap=100, least_pairs=least))
    rng = np.random.default_rng(seed)
    held: dict[str, list[tuple[bool, bool]]] = {}
    for _ in range(trials):
        settings = Statistics(n_bootstrap=n_bootstrap, seed=int(rng.integers(2**31)))
        for name, (_, low, high) in describe(drawn(rng.integers(0, size, n)), settings).items():
            known = truth.get(name, (np.nan,))[0]
            if np.isfinite([low, high, known]).all():
                held.setdefault(name, []).append((low <= known <= high, low > known))
    return {name: np.array(rows) for name, rows in held.items()}


def by_descriptor(held: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same with networks, and bins of a slope, together."""
    found: dict[str, list[np.ndarray]] = {}
    for name, rows in held.items():
        kind = name.split(": ")[1].split(", bin")[0]
        kind = f"reference {kind}" if name.startswith("reference: exp") else kind
        found.setdefault(kind, []).append(rows)
    return {kind: np.concatenate(rows) for kind, rows in found.items()}


if __name__ == "__main__":
    for name, rows in by_descriptor(coverage(*map(int, sys.argv[1:5]))).items():
        rates = f"{rows[:, 0].mean():.3f} of {len(rows)}, above {rows[:, 1].mean():.3f}"
        sys.stdout.write(f"{name:40s} {rates}\n")
