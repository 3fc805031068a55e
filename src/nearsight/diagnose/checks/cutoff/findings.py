"""What is told about the cutoff and about precision."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nearsight import units
from nearsight.diagnose.asking import OWN
from nearsight.diagnose.checks.cutoff.crossings import Crossing
from nearsight.diagnose.checks.cutoff.edges import SIGMAS, Jump
from nearsight.diagnose.checks.cutoff.rounding import Difference, Rounding, heating
from nearsight.diagnose.checks.cutoff.scan import FURTHEST, NEAREST, Scan
from nearsight.diagnose.checks.cutoff.thresholds import (
    CURVATURE_JUMP,
    DIFFERENCE,
    ENERGY_JUMP,
    FORCE_NOISE,
    SLOPE_JUMP,
)
from nearsight.diagnose.finding import Finding, Threshold, measured, not_applicable, told
from nearsight.diagnose.telling import two_digits

SINGLE = 1e-5
"""meV/Å: forces of a calculator in double precision are less noisy (alanine dipeptide, 22 atoms:
GFN1-xTB of tblite 7e-10; networks of the demo in single precision 1e-3)."""


@dataclass(frozen=True)
class _Kind:
    quantity: str
    text: str
    unit: str
    in_words: str
    threshold: Threshold
    of: Callable[[Jump], tuple[float, float]]
    advice: str


_KINDS = (
    _Kind(
        "energy_jump", "jump of the energy", units.MEV, "meV", ENERGY_JUMP,
        lambda j: (1e3 * j.energy, 1e3 * j.energy_error),
        "multiply messages by a function that vanishes at the cutoff; NVE cannot conserve the "
        "energy until then",
    ),
    _Kind(
        "slope_jump", "jump of the force", units.MEV_PER_ANGSTROM, "meV/Å", SLOPE_JUMP,
        lambda j: (1e3 * j.slope, 1e3 * j.slope_error),
        "take a cutoff function whose slope vanishes at the cutoff as well; shorter steps do not "
        "help",
    ),
    _Kind(
        "curvature_jump", "jump of the curvature", units.HESSIAN, "eV/Å²", CURVATURE_JUMP,
        lambda j: (j.curvature, j.curvature_error),
        "for Hessians and vibrations take a cutoff function with two vanishing derivatives (a "
        "polynomial envelope, a mollifier), or a cutoff at which less is left to be cut",
    ),
)  # fmt: skip


def jump_findings(
    crossings: Sequence[Crossing], rate: float, *, searched: bool = False
) -> list[Finding]:
    """The largest jump of each kind beyond three errors; no verdict where these may hide a fail.

    Args:
        crossings: pairs, or a probe, taken through the cutoff; at least one that is finite.
        rate: crossings in a ps; NaN where it is not known.
        searched: whether the places are those that stood out in a search.
    """
    found = []
    count = "a pair is" if len(crossings) == 1 else f"{len(crossings)} pairs are"
    where = f"where {count} taken through {_places(crossings)}"
    if searched:
        where = f"at {_places(crossings)}, where it would be first ({crossings[0].text})"
    for kind in _KINDS:
        rows = np.array([kind.of(crossing.jump) for crossing in crossings])
        beyond = np.maximum(np.abs(rows[:, 0]) - SIGMAS * rows[:, 1], 0.0)
        k = int(np.nanargmax(beyond)) if (beyond > 0).any() else int(np.nanargmax(rows[:, 1]))
        size, error = abs(rows[k, 0]), rows[k, 1]
        said = (
            f"{kind.text} of {two_digits(size)} ± {two_digits(error)} {kind.in_words} at "
            f"{crossings[k].distance:.2f} Å ({crossings[k].text})"
            if beyond[k] > 0
            else f"no {kind.text} beyond {two_digits(SIGMAS * error)} {kind.in_words} {where}"
        )
        if kind.quantity == "energy_jump" and beyond[k] > 0 and rate > 0:
            said += (
                f"; about {rate:.0f} pairs a ps pass there at 300 K, which lets the energy of NVE "
                f"walk by {two_digits(size * math.sqrt(rate))} meV in a ps"
            )
        if beyond[k] == 0 and SIGMAS * error > kind.threshold.fail:
            found.append(_hidden(kind, said))
            continue
        value = float(beyond[k])
        found.append(
            measured(
                kind.quantity, f"{kind.text} at the cutoff, beyond three errors", value, kind.unit,
                threshold=kind.threshold, reason=said, advice=kind.advice,
                low=value, high=float(size + SIGMAS * error),
            )
        )  # fmt: skip
    return found


def _hidden(kind: _Kind, said: str) -> Finding:
    reason = (
        f"{said}, but one may be hidden that fails, from {kind.threshold.fail:g} "
        f"{kind.in_words} on: ask the model in double precision, if it can"
    )
    return not_applicable(kind.quantity, f"{kind.text} at the cutoff", kind.unit, reason)


def nothing_found(scan: Scan) -> list[Finding]:
    """Nothing stands out between the nearest and the furthest place of a probe.

    Args:
        scan: of a probe, without crossings.
    """
    way = f"{scan.probe.name} drawn from {NEAREST:g} to {FURTHEST:g} Å away from structure 0"
    said = {
        "energy_jump": f"no jump of the energy, with {way}: one of more than "
        f"{two_digits(scan.seen)} meV would have stood out",
        "slope_jump": f"no jump of the force stands out, with {way}",
        "curvature_jump": f"no kink of the force stands out, with {way}",
    }
    found = [
        measured(
            kind.quantity, f"{kind.text}, searched for", 0.0, kind.unit,
            threshold=kind.threshold, reason=said[kind.quantity],
        )
        for kind in _KINDS
    ]  # fmt: skip
    energy = _KINDS[0]
    if scan.seen > energy.threshold.fail:
        found[0] = _hidden(energy, said[energy.quantity])
    return found


def no_answer(reason: str) -> list[Finding]:
    """The model gave no numbers where jumps are looked for."""
    return [not_applicable(kind.quantity, kind.text, kind.unit, reason) for kind in _KINDS]


def noise_findings(found: Mapping[str, Rounding], difference: Difference | None) -> list[Finding]:
    """Noise in the precision of dynamics, and single against double where there are both.

    Args:
        found: by precision, that of dynamics first.
        difference: of forces between the two.
    """
    precision, rounding = next(iter(found.items()))
    where = "" if precision == OWN else f" in {precision}"
    noise = rounding.force
    if math.isnan(noise):
        reason = "the model gave no finite forces along a line through the first structure"
        return [not_applicable("force_noise", "noise of forces", units.MEV_PER_ANGSTROM, reason)]
    kind = ""
    if precision == OWN:
        kind = (
            "; that is what single precision, or a loosely converged field, looks like"
            if noise > SINGLE
            else "; the model computes in double precision"
        )
    reason = (
        f"forces{where} are rough by {two_digits(noise)} meV/Å (rms), which would heat a hydrogen "
        f"atom by {two_digits(heating(noise))} meV a ps at steps of 0.5 fs{kind}"
    )
    findings = [
        measured(
            "force_noise", f"noise of force components{where}", noise, units.MEV_PER_ANGSTROM,
            threshold=FORCE_NOISE, reason=reason,
            advice="compute in double precision, or converge the field further",
        ),
        told(
            "energy_noise", f"noise of the energy{where}", rounding.energy, units.MEV,
            reason=f"the energy{where} is rough by {two_digits(rounding.energy)} meV (rms)",
        ),
    ]  # fmt: skip
    return findings if difference is None else [*findings, _difference(difference)]


def _difference(difference: Difference) -> Finding:
    return measured(
        "precision", "largest difference of a force component between single and double precision",
        difference.largest, units.MEV_PER_ANGSTROM, threshold=DIFFERENCE,
        reason=f"forces in single and in double precision differ by up to "
        f"{two_digits(difference.largest)} meV/Å (rms {two_digits(difference.rms)})",
        advice="run dynamics in float64",
    )  # fmt: skip


def _places(crossings: Sequence[Crossing]) -> str:
    places = sorted({round(crossing.distance, 2) for crossing in crossings})
    return " and ".join(f"{place:g} Å" for place in places)
