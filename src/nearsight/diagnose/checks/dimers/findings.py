"""What interaction curves mean."""

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
from nearsight.diagnose.telling import number, sentences
from nearsight.units import BOLTZMANN, LENGTH, MEV, MEV_PER_ANGSTROM, MEV_PER_EV, MEV_PER_KCAL

WALL = 0.1
"""eV, four times the thermal energy at 300 K: what the reference has above it is a wall that is
seldom visited."""
THERMAL = BOLTZMANN * 300 * MEV_PER_EV
"""meV at 300 K."""
FLOOR = 1e-6
"""eV/Å below which a force is none."""

ENERGY_OFF = Threshold(
    warn=MEV_PER_KCAL,
    fail=3 * MEV_PER_KCAL,
    source="1 kcal/mol, the accuracy chemists ask for (Pople, Rev. Mod. Phys. 71, 1267 (1999)); "
    "three times that, over half of a hydrogen bond of water, is our choice of a failure. GFN1-xTB "
    "is off from GFN2-xTB by 3 (methane) to 87 meV (alanine dipeptide)",
)
FORCE_OFF = Threshold(
    warn=3 * MEV_PER_KCAL,
    fail=10 * MEV_PER_KCAL,
    source="3 and 10 kcal/mol/Å, our choice: at contact two levels of theory differ, GFN1-xTB from "
    "GFN2-xTB by 31 (methane) to 218 meV/Å (alanine dipeptide)",
)
MISSING = Threshold(
    warn=THERMAL / 10,
    fail=THERMAL,
    source="our choice: thermal energy at 300 K, below which an attraction does not hold two "
    "molecules together; a tenth of it still adds up over many neighbours",
)
ALONE = (
    "The data that are known of this model hold single molecules alone: it extrapolates here, so "
    "nothing in this check is worse than a warning."
)
UNKNOWN = (
    "Whether the model has ever seen two molecules together is not known here, so nothing in this "
    "check is worse than a warning."
)
_ADVICE = (
    "train on dimers and clusters too, or do not use the model for more than one molecule at once"
)
_ONLY_WALL = "model and reference both have a number nowhere but on the reference's wall."
_LONGER = "a longer cutoff, or explicit long-range terms; more layers do not join two molecules"


def findings_of(table: xr.Dataset, seen: bool | None, note: str = "") -> list[Finding]:
    """Findings on all dimers of a table.

    Where the model is not known to have seen two molecules together, a failure is a warning: it was
    not made for this, and that is said.

    Args:
        table: of a model, with the reference beside it or not.
        seen: whether it has seen molecules together; None where that is not known.
        note: on levels of theory.
    """
    found = []
    for name in table["dimer"].to_numpy().tolist():
        part = table.sel(dimer=name)
        if not _answers(part["interaction"]):
            found.append(_no_number(name, part))
        elif "reference_interaction" in table and _answers(part["reference_interaction"]):
            found += [_energy(name, part), _force(name, part), _reach(name, part)]
        else:
            found += [_lowest(name, part)]
    caveat = _caveat(seen)
    found = [finding if seen else no_worse_than_a_warning(finding) for finding in found]
    first = replace(found[0], reason=sentences(found[0].reason, caveat, note))
    return [first, *found[1:]]


def gist(findings: Sequence[Finding]) -> str:
    """The answer in words."""
    energies = [
        f
        for f in findings
        if f.quantity.endswith("_energy") and f.verdict != Verdict.NOT_APPLICABLE
    ]
    if not energies:
        return findings[0].reason
    good = [f for f in energies if f.verdict == Verdict.PASS]
    worst = max(energies, key=lambda finding: np.nan_to_num(finding.value, nan=np.inf))
    others = [
        f for f in findings if f not in energies and f.verdict in (Verdict.WARN, Verdict.FAIL)
    ]
    silent = [f for f in others if f.quantity.endswith("_reach")]
    # A force that is off is told where no energy is, nor a reach.
    pushed = [] if silent or worst.verdict != Verdict.PASS else others
    last = max(silent or pushed, key=lambda f: f.value).reason if silent or pushed else ""
    count = f"{len(good)} of {len(energies)} dimers are within 1 kcal/mol of the reference"
    unsure = any(text in findings[0].reason for text in (ALONE, UNKNOWN))
    untrained = "; it has not been shown to know two molecules" if unsure else ""
    return sentences(
        f"{count}{untrained}.", first_sentence(worst.reason), first_sentence(last) if last else ""
    )


def reach_of(part: xr.Dataset) -> float:
    """Largest separation (Å) at which the model has a force; zero where it has none at all."""
    floor = max(FLOOR, 10 * float(part["noise"]))
    felt = np.abs(part["force"].to_numpy()) > floor
    return float(part["separation"].to_numpy()[felt].max()) if felt.any() else 0.0


def _energy(name: str, part: xr.Dataset) -> Finding:
    own, beside = part["interaction"], part["reference_interaction"]
    value, where = _largest(own - beside, beside)
    if np.isnan(value):
        text = f"{_title(part)} dimer: deviation of the interaction energy"
        return not_applicable(f"{name}_energy", text, MEV, f"{_title(part)}: {_ONLY_WALL}")
    reason = (
        f"{_title(part)}: {_well(own)} (reference: {_well(beside)}); at most "
        f"{number(value)} meV off, at {number(where)} Å."
    )
    text = f"{_title(part)} dimer: largest deviation of the interaction energy"
    return measured(
        f"{name}_energy", text, value, MEV, threshold=ENERGY_OFF, reason=reason, advice=_ADVICE
    )


def _force(name: str, part: xr.Dataset) -> Finding:
    beside = part["reference_force"]
    value, where = _largest(part["force"] - beside, part["reference_interaction"])
    if np.isnan(value):
        text = f"{_title(part)} dimer: deviation of the force along the axis"
        reason = f"{_title(part)}: {_ONLY_WALL}"
        return not_applicable(f"{name}_force", text, MEV_PER_ANGSTROM, reason)
    at = part.sel(separation=where, method="nearest")
    own, other = (float(at[n]) * MEV_PER_EV for n in ("force", "reference_force"))
    reason = (
        f"{_title(part)}: at most {number(value)} meV/Å off along the axis, at "
        f"{number(where)} Å, where it has {own:+.0f} and the reference {other:+.0f} "
        "(plus pushes apart)."
    )
    text = f"{_title(part)} dimer: largest deviation of the force along the axis"
    return measured(
        f"{name}_force",
        text,
        value,
        MEV_PER_ANGSTROM,
        threshold=FORCE_OFF,
        reason=reason,
        advice=_ADVICE,
    )


def _reach(name: str, part: xr.Dataset) -> Finding:
    reach, grid = reach_of(part), part["separation"].to_numpy()
    text = f"{_title(part)} dimer: what the reference still has where the model has nothing"
    beyond = grid > reach
    energy = np.abs(part["reference_interaction"].to_numpy()) * MEV_PER_EV
    missing = float(np.nanmax(energy[beyond])) if np.isfinite(energy[beyond]).any() else 0.0
    if not beyond.any():
        reason = f"{_title(part)}: it feels the other molecule up to {grid[-1]:g} Å and further."
    elif not reach:
        reason = (
            f"{_title(part)}: no interaction at all; the reference has up to {number(missing)} meV."
        )
    else:
        reason = (
            f"{_title(part)}: no interaction at all from {number(float(grid[beyond][0]))} Å on, "
            f"where the reference still has up to {number(missing)} meV."
        )
    return measured(
        f"{name}_reach", text, missing, MEV, threshold=MISSING, reason=reason, advice=_LONGER
    )


def _lowest(name: str, part: xr.Dataset) -> Finding:
    reach = reach_of(part)
    reason = (
        f"{_title(part)}: {_well(part['interaction'])}; it feels the other molecule up to "
        f"{number(reach)} Å. There is no reference{_failed(part)} to say whether that is right."
    )
    text = f"{_title(part)} dimer: largest separation at which the model has a force"
    return told(f"{name}_reach", text, reach, LENGTH, reason=reason)


def _no_number(name: str, part: xr.Dataset) -> Finding:
    return Finding(
        quantity=f"{name}_energy",
        text=f"{_title(part)} dimer: largest deviation of the interaction energy",
        value=float("nan"),
        unit=MEV,
        verdict=Verdict.FAIL,
        reason=f"{_title(part)}: the model gives no finite energy of two molecules.",
        advice="see whether it takes two molecules at all",
    )


def _answers(energy: xr.DataArray) -> bool:
    return bool(np.isfinite(energy).any())


def _failed(part: xr.Dataset) -> str:
    return " with a number" if "reference_interaction" in part else ""


def _largest(difference: xr.DataArray, level: xr.DataArray) -> tuple[float, float]:
    """Largest size in meV (or meV/Å) off the wall, and the separation (Å) where it is."""
    sizes = np.abs(difference.to_numpy()) * MEV_PER_EV
    counted = np.where(level.to_numpy() <= WALL, sizes, np.nan)
    if not np.isfinite(counted).any():
        return float("nan"), float("nan")
    where = int(np.nanargmax(counted))
    return float(counted[where]), float(difference["separation"][where])


def _well(energy: xr.DataArray) -> str:
    where = int(np.nanargmin(energy.to_numpy()))
    depth = -float(energy[where]) * MEV_PER_EV
    if depth < 1:
        return "not bound"
    return f"bound by {number(depth)} meV at {number(float(energy['separation'][where]))} Å"


def _caveat(seen: bool | None) -> str:
    if seen is None:
        return UNKNOWN
    return "" if seen else ALONE


def _title(part: xr.Dataset) -> str:
    return str(part["dimer_title"].item())
