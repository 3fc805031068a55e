"""The failures of a run as a labelled data set."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.failures.ended import Ended, element_pair
from nearsight.failures.last_good import MARGIN, Good
from nearsight.failures.measures import Measures
from nearsight.labels import variable

_QUANTITIES = {
    "force_error": (units.MEV_PER_ANGSTROM, "mean |error| of the components of forces"),
    "pair_force_error": (units.MEV_PER_ANGSTROM, "the same over the atoms of the pair"),
    "pair_push": (
        units.MEV_PER_ANGSTROM,
        "how much harder than the reference the network drives the pair apart",
    ),
    "distance": (units.LENGTH, "distance of the pair"),
    "pair_response": (units.HESSIAN, "norm of the network's Hessian block of the pair"),
    "pair_relevance": (units.ENERGY, "exclusive two-body relevance of the pair"),
}
_MOMENTS = {"good": "in the last good frame", "bad": "in the first bad frame"}
_QUANTILES = (("", "median"), ("_q10", "10 % quantile"), ("_q90", "90 % quantile"))


def to_dataset(
    record: xr.Dataset,
    ends: Ended,
    good: Good,
    pair: np.ndarray,
    at_good: Measures,
    at_bad: Measures,
    typical: Mapping[str, np.ndarray],
    strength: Mapping[str, np.ndarray],
) -> xr.Dataset:
    """Over ``failure``: what ended, at which pair, and its numbers beside typical ones.

    Args:
        record: of the run.
        ends: the failures.
        good: their last good frames.
        pair: (failure, 2) the pair of each.
        at_good: measures in the last good frames.
        at_bad: in the first bad ones.
        typical: (3, failure) by quantity, as :class:`nearsight.failures.typical.Typical` has them.
        strength: (failure,) response and relevance of the pair in the last good frame.
    """
    numbers = record["atomic_number"].to_numpy()
    return xr.Dataset(
        {
            **_what(record, ends, good, pair, numbers),
            **_at("good", good.position, at_good),
            **_at("bad", ends.position, at_bad),
            **{f"{name}_good": _column(name, "good", values) for name, values in strength.items()},
            **_typical(typical),
            "worst_atom": variable(
                "failure", at_good.worst_atom, units.ONE,
                "atom with the largest error of its force in the last good frame, -1 if unknown",
            ),
        },
        attrs={"margin": MARGIN},
    )  # fmt: skip


def _what(
    record: xr.Dataset, ends: Ended, good: Good, pair: np.ndarray, numbers: np.ndarray
) -> dict[str, xr.Variable]:
    time = record["time"].to_numpy()[good.frame] / units.FS_PER_PS
    temperature = record["temperature"].transpose("replica", "time").to_numpy()
    names = np.array([element_pair(one, numbers) for one in pair], dtype=str)
    columns: dict[str, tuple[object, str, str]] = {
        "replica": (ends.replica, units.ONE, "replica"),
        "cause": (ends.cause, "", "rule that ended it"),
        "element_pair": (names, "", "elements of the pair; empty where the rule names none"),
        "end_time": (ends.time, units.PICOSECOND, "time of the end, of the first bad frame"),
        "good_time": (time, units.PICOSECOND, "time of the last good frame"),
        "good_kept": (
            good.kept.astype("i1"),
            units.ONE,
            "1 where the last good frame keeps the margin; 0: no frame does, it is the start",
        ),
        "good_temperature": (
            temperature[ends.replica, good.frame],
            units.TEMPERATURE,
            "kinetic temperature in the last good frame",
        ),
    }
    return {
        **{name: variable("failure", *column) for name, column in columns.items()},
        "pair": variable(("failure", "two"), pair, units.ONE, "atoms of the pair, -1 where none"),
        "end_atom": variable(
            ("failure", "two"), ends.atom, units.ONE, "atoms of the rule, -1 where none"
        ),
        "atomic_number": variable("atom", numbers, units.ONE, "nuclear charge"),
    }


def _at(moment: str, position: np.ndarray, found: Measures) -> dict[str, xr.Variable]:
    text = _MOMENTS[moment]
    names = ("force_error", "pair_force_error", "pair_push", "distance")
    reasons = np.array(list(found.engine.reason), dtype=str)
    return {
        **{f"{name}_{moment}": _column(name, moment, getattr(found, name)) for name in names},
        f"position_{moment}": variable(
            ("failure", "atom", "xyz"), position, units.LENGTH, f"position {text}"
        ),
        f"energy_{moment}": variable(
            "failure", found.model.energy, units.ENERGY, f"the network's energy {text}"
        ),
        f"reference_energy_{moment}": variable(
            "failure", found.engine.energy, units.ENERGY, f"the reference engine's energy {text}"
        ),
        f"reference_reason_{moment}": variable(
            "failure", reasons, "", f"why the reference engine has no energy {text}"
        ),
    }


def _column(name: str, moment: str, values: np.ndarray) -> xr.Variable:
    unit, text = _QUANTITIES[name]
    return variable("failure", values, unit, f"{text}, {_MOMENTS[moment]}")


def _typical(found: Mapping[str, np.ndarray]) -> dict[str, xr.Variable]:
    """Of the same pair of atoms over test frames; of the whole molecule for ``force_error``."""
    return {
        f"typical_{name}{end}": variable(
            "failure",
            row,
            _QUANTITIES[name][0],
            f"{label} over test frames: {_QUANTITIES[name][1]}",
        )
        for name, rows in found.items()
        for row, (end, label) in zip(rows, _QUANTILES, strict=True)
    }
