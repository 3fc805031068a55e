"""The table of failures: which pairs of elements break by which rule, and how unusual that was."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from nearsight import units
from nearsight.collect.cases import Case
from nearsight.labels import variable

NO_PAIR = "none"
"""In place of a pair of elements where the rule names no pair."""
KEYS = ("dataset", "family", "element_pair", "cause")
_KEYS = {
    "dataset": "data set",
    "family": "family",
    "element_pair": "elements of the pair that broke",
    "cause": "rule that ended the replica",
}
_COUNTS = {
    "n_failures": "replicas that ended so",
    "n_models": "networks among whose replicas there is one",
    "n_labelled": "failures of which the reference engine has the forces in the last good frame",
}
_SHARES = {
    "share": "share of all failures of the family on the data set",
    "share_above_typical": "share of labelled failures whose pair had a larger error of its force"
    " than in 9 of 10 test frames",
}
_MEDIANS = {
    "lead_time": (units.TIME, "time from the last good frame to the end"),
    "pair_force_error": (units.MEV_PER_ANGSTROM, "error of the pair's forces, last good frame"),
    "typical_pair_force_error": (units.MEV_PER_ANGSTROM, "the same of test frames"),
    "pair_force_error_ratio": (units.ONE, "the first over the second"),
    "pair_push": (units.MEV_PER_ANGSTROM, "how much harder the pair is driven apart"),
    "pair_response_ratio": (units.ONE, "response of the pair over that in test frames"),
    "pair_relevance_ratio": (units.ONE, "|relevance| of the pair over that in test frames"),
}
_QUARTILES = (("", 0.5, "median"), ("_q25", 0.25, "lower quartile"), ("_q75", 0.75, "upper"))


def collect_failures(cases: Sequence[Case]) -> xr.Dataset:
    """Failures of all variants by data set, family, elements and rule; the most first.

    Replicas of one network share its faults: ``n_models`` says of how many networks a row tells.
    Medians and quartiles are over failures.

    Args:
        cases: the cases of a study.

    Returns:
        Over ``row``; no row where nothing ended.
    """
    parts = [_of_case(case) for case in cases if case.failures.sizes.get("failure")]
    every = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*KEYS])
    groups = [(key, part) for key, part in every.groupby(list(KEYS))] if len(every) else []
    groups.sort(key=lambda group: (*group[0][:2], -len(group[1]), *group[0][2:]))
    keys = [[str(key[k]) for key, _ in groups] for k in range(len(KEYS))]
    totals = every.groupby(list(KEYS[:2])).size() if len(every) else {}
    columns = {
        name: variable("row", np.array(values, dtype=str), "", _KEYS[name])
        for name, values in zip(KEYS, keys, strict=True)
    }
    counts = [_counts(part) for _, part in groups]
    for name, text in _COUNTS.items():
        values = np.array([found[name] for found in counts], dtype=int)
        columns[name] = variable("row", values, units.ONE, text)
    share = [len(part) / totals[key[:2]] for key, part in groups]
    columns["share"] = variable("row", np.array(share, dtype=float), units.ONE, _SHARES["share"])
    above = np.array([_above(part) for _, part in groups], dtype=float)
    columns["share_above_typical"] = variable(
        "row", above, units.ONE, _SHARES["share_above_typical"]
    )
    for name, (unit, text) in _MEDIANS.items():
        for end, quantile, label in _QUARTILES:
            medians = [part[name].quantile(quantile) for _, part in groups]
            columns[f"{name}{end}"] = variable(
                "row", np.array(medians, dtype=float), unit, f"{label} over failures: {text}"
            )
    reason = "" if groups else "no replica of any network ended, or none was looked at"
    return xr.Dataset(columns, attrs={"reason": reason})


def _of_case(case: Case) -> pd.DataFrame:
    """One row for each failure of a variant."""
    found = case.failures
    pair = found["element_pair"].to_numpy().astype(str)
    error, typical = (
        found[name].to_numpy() for name in ("pair_force_error_good", "typical_pair_force_error")
    )
    return pd.DataFrame(
        {
            "dataset": case.dataset,
            "family": case.variant.family,
            "element_pair": np.where(pair == "", NO_PAIR, pair),
            "cause": found["cause"].to_numpy().astype(str),
            "model": case.id,
            "lead_time": units.FS_PER_PS * (found["end_time"] - found["good_time"]).to_numpy(),
            "pair_force_error": error,
            "typical_pair_force_error": typical,
            "pair_force_error_ratio": _ratio(error, typical),
            "highest_typical": found["typical_pair_force_error_q90"].to_numpy(),
            "pair_push": found["pair_push_good"].to_numpy(),
            **{
                f"pair_{name}_ratio": _ratio(
                    found[f"pair_{name}_good"].to_numpy(),
                    found[f"typical_pair_{name}"].to_numpy(),
                )
                for name in ("response", "relevance")
            },
        }
    )


def _ratio(value: np.ndarray, typical: np.ndarray) -> np.ndarray:
    """|value| over |typical|; NaN where there is none."""
    known = np.abs(typical) > 0
    return np.divide(np.abs(value), np.abs(typical), out=np.full(len(value), np.nan), where=known)


def _counts(part: pd.DataFrame) -> dict[str, int]:
    return {
        "n_failures": len(part),
        "n_models": part["model"].nunique(),
        "n_labelled": int(part["pair_force_error"].notna().sum()),
    }


def _above(part: pd.DataFrame) -> float:
    known = part[part["pair_force_error"].notna() & part["highest_typical"].notna()]
    return float((known["pair_force_error"] > known["highest_typical"]).mean())
