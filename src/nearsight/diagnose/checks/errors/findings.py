"""What errors on labelled data mean."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from nearsight.diagnose.answering import first_sentence
from nearsight.diagnose.finding import (
    Finding,
    Threshold,
    Verdict,
    measured,
    no_worse_than_a_warning,
    not_applicable,
    told,
)
from nearsight.diagnose.telling import interval, number, sentences
from nearsight.units import MEV_PER_ANGSTROM, MEV_PER_ATOM, MEV_PER_KCAL, ONE

FORCE = Threshold(
    warn=MEV_PER_KCAL,
    fail=3 * MEV_PER_KCAL,
    source="1 kcal/mol/Å, as papers on such models ask (Chmiela et al., Nat. Commun. 9, 3887 "
    "(2018)); three times that is our choice of a failure",
)
GROWTH = Threshold(
    warn=2.0,
    fail=math.nan,
    source="our choice: errors that double away from the training data, while still on data like "
    "it, are no longer those of interpolation",
)
_COMPARE_LEVELS = (
    "see first whether model and labels are of one level of theory; then look at worst_structures"
)
_TRAIN_MORE = "train longer or on more data; look at the frames worst_structures first"


def energy_threshold(n_atoms: float) -> Threshold:
    """Of the error of the energy per atom (meV), of molecules with so many atoms on average."""
    return Threshold(
        warn=MEV_PER_KCAL / n_atoms,
        fail=3 * MEV_PER_KCAL / n_atoms,
        source="1 kcal/mol for the molecule, the accuracy chemists ask for (Pople, Rev. Mod. Phys. "
        "71, 1267 (1999)), over its number of atoms; three times that is our choice of a failure",
    )


def findings_of(table: xr.Dataset, note: str = "", *, surely: bool = True) -> list[Finding]:
    """Findings on the errors of a table.

    Args:
        table: of :func:`nearsight.diagnose.checks.errors.tables.table_of`.
        note: on levels of theory, and on frames that were seen; empty for none.
        surely: whether model and labels share a level of theory; else failures are warnings.
    """
    found = [*_forces(table)] if "force_mae" in table else []
    found += _energies(table)
    if "force_mae" in table:
        found += [_elements(table), _sizes(table), _novelty(table)]
    if not surely:
        found = [no_worse_than_a_warning(finding, _COMPARE_LEVELS) for finding in found]
    return [replace(found[0], reason=sentences(found[0].reason, note)), *found[1:]]


def gist(findings: Sequence[Finding]) -> str:
    """The answer in words."""
    by_name = {finding.quantity: finding for finding in findings}
    names = ("lost_frames", "force_mae", "energy_mae_per_atom", "novelty")
    shown = [by_name[name] for name in names if name in by_name]
    told_now = [f for f in shown if f.quantity != "novelty" or f.verdict == Verdict.WARN]
    return sentences(*(first_sentence(f.reason) for f in told_now))


def no_labels() -> Finding:
    """Of a diagnosis without labelled data."""
    reason = "there are no labelled data: give them with --labels"
    text = "mean absolute error of force components"
    return not_applicable("force_mae", text, MEV_PER_ANGSTROM, reason)


def lost_frames(lost: np.ndarray, count: int, refusal: str = "") -> Finding:
    """Of frames for which a model has no finite number.

    Args:
        lost: (lost,) their numbers.
        count: of all frames.
        refusal: what the model says of frames that it does not take, which is no failure; empty
            where it takes all.
    """
    where = f"{len(lost)} of {count} frames, the first is frame {lost[0]}"
    return Finding(
        quantity="lost_frames",
        text="labelled frames for which the model gives no finite energy and forces",
        value=float(len(lost)),
        unit=ONE,
        verdict=Verdict.WARN if refusal else Verdict.FAIL,
        reason=f"The model does not take {where}: {refusal}."
        if refusal
        else f"The model gives nothing finite for {where}.",
        advice="look at that frame of the labelled data",
    )


def _forces(table: xr.Dataset) -> list[Finding]:
    mae, rmse = _band(table, "force_mae"), _band(table, "force_rmse")
    size = float(table["mean_force"])
    share = f"{mae[0] / size:.0%} of their mean size" if size else "where all labels are zero"
    reason = (
        f"Force components are off by {interval(*mae)} meV/Å over {table.sizes['frame']} frames, "
        f"{share}."
    )
    return [
        measured(
            "force_mae",
            "mean absolute error of force components",
            mae[0],
            MEV_PER_ANGSTROM,
            threshold=FORCE,
            reason=reason,
            advice=_TRAIN_MORE,
            low=mae[1],
            high=mae[2],
        ),
        told(
            "force_rmse",
            "root mean square error of force components",
            rmse[0],
            MEV_PER_ANGSTROM,
            reason=f"root mean square error of forces: {interval(*rmse)} meV/Å.",
            low=rmse[1],
            high=rmse[2],
        ),
    ]


def _energies(table: xr.Dataset) -> list[Finding]:
    mae, rmse = _band(table, "energy_mae_per_atom"), _band(table, "energy_rmse_per_atom")
    text = "mean absolute error of the energy per atom, up to a constant"
    if math.isnan(mae[0]):
        reason = "every composition occurs once, and there are too few for constants of elements"
        return [not_applicable("energy_mae_per_atom", text, MEV_PER_ATOM, reason)]
    known = np.isfinite(table["energy_error"].to_numpy())
    what, offset = str(table.attrs["constants"]), float(table["energy_offset"])
    left_out = "" if known.all() else f" {int((~known).sum())} frames of single compositions not."
    return [
        measured(
            "energy_mae_per_atom",
            text,
            mae[0],
            MEV_PER_ATOM,
            threshold=energy_threshold(float(table["n_atoms"].to_numpy()[known].mean())),
            reason=f"Energies are off by {interval(*mae)} meV/atom up to {what}.{left_out}",
            advice=_TRAIN_MORE,
            low=mae[1],
            high=mae[2],
        ),
        told(
            "energy_rmse_per_atom",
            "root mean square error of the energy per atom, up to a constant",
            rmse[0],
            MEV_PER_ATOM,
            reason=f"root mean square error of energies: {interval(*rmse)} meV/atom.",
            low=rmse[1],
            high=rmse[2],
        ),
        told(
            "energy_offset",
            "mean of the constants that were taken from energies",
            offset,
            MEV_PER_ATOM,
            reason=(
                f"{number(offset)} meV/atom on average were taken away ({what}): the zero of "
                "energies is a matter of definition, and no force depends on it."
            ),
        ),
    ]


def _elements(table: xr.Dataset) -> Finding:
    mae = table["element_mae"].to_numpy()
    symbols = table["element_symbol"].to_numpy().astype(str)
    worst = int(np.nanargmax(mae))
    listed = ", ".join(f"{s} {number(v)}" for s, v in zip(symbols, mae, strict=True))
    return told(
        "worst_element",
        "mean absolute error of force components on the element where it is largest",
        float(mae[worst]),
        MEV_PER_ANGSTROM,
        reason=f"largest on {symbols[worst]}; by element in meV/Å: {listed}.",
        low=float(table["element_mae_low"][worst]),
        high=float(table["element_mae_high"][worst]),
    )


def _sizes(table: xr.Dataset) -> Finding:
    mae = table["size_mae"].to_numpy()
    size = table["size_force"].to_numpy()
    text = "mean absolute error of force components of the quarter of largest forces"
    if not np.isfinite(mae[[0, -1]]).all():
        reason = "too many forces are of one size for quarters of small and of large ones"
        return not_applicable("large_forces", text, MEV_PER_ANGSTROM, reason)
    return told(
        "large_forces",
        text,
        float(mae[-1]),
        MEV_PER_ANGSTROM,
        reason=(
            f"{number(mae[0])} meV/Å on the quarter of smallest forces (about {number(size[0])} "
            f"eV/Å), {number(mae[-1])} on that of the largest (about {number(size[-1])} eV/Å)."
        ),
        low=float(table["size_mae_low"][-1]),
        high=float(table["size_mae_high"][-1]),
    )


def _novelty(table: xr.Dataset) -> Finding:
    text = "error of the quarter of frames farthest from the training data over the nearest's"
    if "novelty_growth" not in table:
        far = table["novelty"].to_numpy()
        reason = (
            "too few frames have a composition that is in the training data"
            if np.isfinite(far).any()
            else "the training data are not known, or hold none of these compositions"
        )
        return not_applicable("novelty", text, ONE, reason)
    growth = _band(table, "novelty_growth")
    if math.isnan(growth[0]):
        reason = "too many frames are equally far from the training data, or none is off at all"
        return not_applicable("novelty", text, ONE, reason)
    return measured(
        "novelty",
        text,
        growth[0],
        ONE,
        threshold=GROWTH,
        reason=(
            f"Forces are {interval(*growth)} times as far off on the quarter of frames farthest "
            "from the training data as on the nearest."
        ),
        advice="add frames like worst_structures to the training data",
        low=growth[1],
        high=growth[2],
    )


def _band(table: xr.Dataset, name: str) -> tuple[float, float, float]:
    value, low, high = (float(table[f"{name}{end}"]) for end in ("", "_low", "_high"))
    return value, low, high
