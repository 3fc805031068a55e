"""Tests as columns of a table: a row per test."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.aims.stability.association.finding import TEXT, Finding
from nearsight.collect.yardsticks import Levels, level_coordinates
from nearsight.labels import variable

PLACE = {
    "dataset": "data set",
    "family": "family",
    "outcome": "what the descriptor is put against",
    "descriptor": "descriptor of a model",
    "direction": "sign that is tested, stated beforehand",
}
"""What tells one test from another."""
Further = Mapping[str, tuple[Sequence[float] | Sequence[str], str]]
"""Columns by name: values and what they are."""
_LOWER, _UPPER = "lower bound of: ", "upper bound of: "


def table_of_tests(
    dim: str,
    places: Sequence[Mapping[str, str]],
    found: Sequence[Finding],
    further: Further,
    levels: Mapping[str, Levels],
) -> xr.Dataset:
    """A table with a row per test.

    Args:
        dim: what a row is called.
        places: of each test, by the names of :data:`PLACE`.
        found: its numbers.
        further: columns by name: values and what they are.
        levels: of theory, by data set.
    """
    text = {
        name: variable(dim, [place[name] for place in places], "", what)
        for name, what in PLACE.items()
    }
    along = level_coordinates(levels, dim, [place["dataset"] for place in places])
    rows = [one.columns() for one in found]
    numbers = {
        name: variable(dim, [float(row[name]) for row in rows], units.ONE, _text(name))
        for name in Finding().columns()
    }
    extra = {
        name: variable(dim, np.asarray(values), _unit(values), what)
        for name, (values, what) in further.items()
    }
    number = variable(dim, np.arange(len(rows)), units.ONE, f"number of the {dim}")
    return xr.Dataset({**text, **numbers, **extra, **along}, coords={dim: number})


def _text(name: str) -> str:
    base = name.removesuffix("_low").removesuffix("_high")
    label = {"": "", "_low": _LOWER, "_high": _UPPER}[name.removeprefix(base)]
    return label + TEXT[base]


def _unit(values: Sequence[float] | Sequence[str]) -> str:
    return "" if values and isinstance(values[0], str) else units.ONE
