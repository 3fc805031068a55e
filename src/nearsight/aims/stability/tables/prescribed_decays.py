"""Decays that physics prescribes, fitted as everything else is: what a fit can be trusted with."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.collect.cases import Case
from nearsight.collect.decay.curve import curve
from nearsight.collect.decay.fitted import fit_curve
from nearsight.collect.decay.windows import filled
from nearsight.config import Statistics
from nearsight.labels import banded, variable

CURVES = ("D3 dispersion", "D4 dispersion", "point charges", "bond order")
DAMPED = 5.0
"""Å below which dispersion is damped: its tail begins here."""
LEAST_BOND_ORDER = 1e-7
"""Bond orders below are rounding of the density matrix."""
_NUMBERS = {
    "exponent": (units.ONE, "exponent of a decay that physics prescribes"),
    "length": (units.LENGTH, "exponential decay length of a decay that physics prescribes"),
}


def reference_curves(
    cases: Sequence[Case], edges: np.ndarray, settings: Statistics
) -> dict[str, xr.Variable]:
    """Curves and fits over ``reference`` (data sets in the order of the cases) and ``curve``.

    Args:
        cases: the cases of a study.
        edges: (bin + 1,) Å.
        settings: windows and intervals.

    Returns:
        ``reference_curve(reference, curve, distance)`` with bounds, ``reference_curve_exponent``,
        ``_length`` with bounds, ``reference_curve_power_law_weight``; NaN where not computed.
    """
    files = {case.dataset: case.reference_curves for case in cases}
    n_bins = len(edges) - 1
    shape = (len(files), len(CURVES))
    band = np.full((3, *shape, n_bins), np.nan)
    numbers = {name: np.full((3, *shape), np.nan) for name in _NUMBERS}
    weight = np.full(shape, np.nan)
    for row, table in enumerate(files.values()):
        if "bond_order" not in table:
            continue
        for column, name in enumerate(CURVES):
            shown = curve(normalised(table, name), "value", edges, settings)
            band[:, row, column] = shown.mean, shown.low, shown.high
            windows = filled(shown, settings) & window_of(name, edges, shown.mean)
            fit, exponent, length = fit_curve(shown, windows, settings)
            numbers["exponent"][:, row, column] = exponent
            numbers["length"][:, row, column] = length
            weight[row, column] = fit.power_law_weight
    dims = ("reference", "curve")
    text = "pairwise energy (eV), or bond order (1), of known physics, elements taken out"
    found = {
        "curve": variable("curve", list(CURVES), "", "physics"),
        **banded("reference_curve", band, units.ONE, text, (*dims, "distance")),
        "reference_curve_power_law_weight": variable(
            dims, weight, units.ONE, "Akaike weight of the power law"
        ),
    }
    for name, (unit, label) in _NUMBERS.items():
        found |= banded(f"reference_curve_{name}", numbers[name], unit, label, dims)
    return found


def normalised(table: xr.Dataset, name: str) -> xr.Dataset:
    """A curve as ``value`` over pairs, with the differences between elements taken out.

    Energies are divided by the pair's C6, or product of charges, and multiplied by its mean.
    """
    columns = {
        "D3 dispersion": ("dispersion_d3", "c6"),
        "D4 dispersion": ("dispersion_d4", "c6"),
        "point charges": ("charge_energy", "charge_product"),
    }
    index = table[["structure", "distance"]]
    if name == "bond order":
        return index.assign(value=table["bond_order"])
    energy, strength = (table[column] for column in columns[name])
    return index.assign(value=energy / strength * strength.mean())


def window_of(name: str, edges: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """(bin,) where a curve is what its name says: beyond damping, beyond bonds, above rounding.

    Args:
        name: one of :data:`CURVES`.
        edges: (bin + 1,) Å.
        mean: (bin,) of the curve.
    """
    if "dispersion" in name:
        return edges[:-1] >= DAMPED
    beyond = edges[:-1] >= Statistics().first_shell
    if name == "bond order":
        with np.errstate(invalid="ignore"):
            return beyond & np.logical_and.accumulate(~beyond | (mean > LEAST_BOND_ORDER))
    return beyond
