"""What is told about symmetry."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.diagnose.asking import OWN
from nearsight.diagnose.checks.symmetry.motions import KINDS, WORDS
from nearsight.diagnose.checks.symmetry.thresholds import ENERGY, FORCE
from nearsight.diagnose.finding import Finding, measured
from nearsight.diagnose.telling import two_digits

_NOTHING = "gave no finite number where it was asked"
ADVICE: Mapping[str, str] = {
    "gradient": "take forces as the derivative of the energy, not from a head of their own; until "
    "then do not run NVE with it, and trust no energy conservation. Where they agree in double "
    "precision it is rounding: run it in double",
    "again": "something is drawn at random or remembered from call to call: switch off dropout "
    "(eval mode), and let nothing of the last call into the next",
    "permutation": "the order of atoms enters: make what the model reads a function of elements "
    "and positions",
    "rotation": "use rotation-invariant inputs, or an equivariant network; a model that learned "
    "this from turned copies alone needs more of them",
    "reflection": "the model tells mirror images apart: use distances and angles without signs, "
    "or add mirrored copies to the data",
    "translation": "absolute coordinates enter: use differences of positions",
    "far_1e3": "take the mean position off in double precision before positions become single",
    "far_1e4": "take the mean position off in double precision before positions become single",
    "net_force": "absolute coordinates enter, or forces are no gradient: molecules will drift",
    "net_torque": "orientations enter, or forces are no gradient: molecules will begin to spin",
    "energy": "see the motion that is named; energies of one molecule must not depend on where it "
    "lies",
}


def findings_of(table: xr.Dataset, failure: str = "") -> list[Finding]:
    """Findings of every precision, that of dynamics first.

    Args:
        table: what was measured.
        failure: why the model gave no number, where it did not, with a colon before it.
    """
    found = []
    for precision in table["precision"].to_numpy().astype(str):
        found += _of_precision(table.sel(precision=precision), precision)
    silent = [finding for finding in found if _NOTHING in finding.reason]
    return [
        replace(finding, reason=finding.reason + failure) if finding in silent else finding
        for finding in found
    ]


def _of_precision(table: xr.Dataset, precision: str) -> list[Finding]:
    ending, where = ("", "") if precision == OWN else (f"_{precision}", f" in {precision}")
    forces = [
        measured(
            f"{kind}{ending}",
            f"largest change of a force, {WORDS[kind]}{where}",
            value := float(table["force_change"].sel(motion=kind).max(skipna=False)),
            units.MEV_PER_ANGSTROM,
            threshold=FORCE,
            reason=_said(f"{WORDS[kind]}{where}, a force changes by up to", value, "meV/Å"),
            advice=ADVICE[kind],
        )
        for kind in KINDS
    ]
    nets = [
        measured(
            f"{name}{ending}",
            f"{text}{where}",
            value := float(table[name].max(skipna=False)),
            units.MEV_PER_ANGSTROM,
            threshold=FORCE,
            reason=_said(f"{text}{where} is", value, "meV/Å"),
            advice=ADVICE[name],
        )
        for name, text in (
            ("net_force", "the sum of all forces"),
            ("net_torque", "the net torque, as a force at the radius of gyration,"),
        )
    ]
    return [_gradient(table, ending, where), *forces, *nets, _energy(table, ending, where)]


def _gradient(table: xr.Dataset, ending: str, where: str) -> Finding:
    error, allowed = np.abs(table["slope_error"].to_numpy()), table["slope_allowed"].to_numpy()
    value = float(np.max(np.maximum(error - allowed, 0.0)))
    if np.isnan(value):
        reason = f"the model{where} {_NOTHING}"
    else:
        k, rms = int(np.argmax(error)), float(np.sqrt(np.mean(error**2)))
        reason = (
            f"force and slope of the energy{where} differ by up to {two_digits(error[k])} meV/Å "
            f"(rms {two_digits(rms)}) on {len(error)} atoms; noise of "
            f"the energy alone may make {two_digits(float(allowed[k]))} meV/Å of it"
        )
    return measured(
        f"gradient{ending}",
        f"difference of force and slope of the energy{where}, beyond what its noise may make",
        value,
        units.MEV_PER_ANGSTROM,
        threshold=FORCE,
        reason=reason,
        advice=ADVICE["gradient"],
    )


def _energy(table: xr.Dataset, ending: str, where: str) -> Finding:
    by_motion = table["energy_change"].max("structure", skipna=False).to_numpy()
    value = float(np.max(by_motion))
    worst = "" if np.isnan(value) else f" ({WORDS[KINDS[int(np.argmax(by_motion))]]})"
    said = _said(f"under these motions{where} the energy changes by up to", value, "meV")
    return measured(
        f"energy{ending}",
        f"largest change of the energy under these motions{where}",
        value,
        units.MEV,
        threshold=ENERGY,
        reason=f"{said}{worst}",
        advice=ADVICE["energy"],
    )


def _said(before: str, value: float, unit: str) -> str:
    if np.isnan(value):
        return f"{before} an unknown amount: the model {_NOTHING}"
    return f"{before} {two_digits(value)} {unit}"
