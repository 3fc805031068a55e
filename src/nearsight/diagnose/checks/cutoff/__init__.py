"""What happens at the cutoff, and how rough energies and forces are."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.diagnose.answering import answer, sentence
from nearsight.diagnose.asking import reason_of
from nearsight.diagnose.check import Check, Result
from nearsight.diagnose.checks.cutoff.crossings import (
    Crossing,
    crossings_per_ps,
    known_crossings,
)
from nearsight.diagnose.checks.cutoff.figure import draw
from nearsight.diagnose.checks.cutoff.findings import (
    jump_findings,
    no_answer,
    noise_findings,
    nothing_found,
)
from nearsight.diagnose.checks.cutoff.rounding import Rounding, places, roundings
from nearsight.diagnose.checks.cutoff.scan import Scan, scan_for_jumps
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.subject import Subject
from nearsight.diagnose.telling import two_digits
from nearsight.labels import variable


def run(subject: Subject) -> Result:
    """Take pairs through the cutoff, or look for one, and measure noise."""
    cutoff = subject.model.cutoff
    scan = None if cutoff is not None else scan_for_jumps(subject)
    crossings = known_crossings(subject, cutoff) if cutoff is not None else []
    if scan is not None:
        crossings = scan.crossings
    findings = _jumps(crossings, scan, subject)
    rough, difference = roundings(subject)
    findings += noise_findings(rough, difference)
    return Result(findings, _table(_finite(crossings), scan, rough, cutoff))


def _finite(crossings: Sequence[Crossing]) -> list[Crossing]:
    return [crossing for crossing in crossings if np.isfinite(crossing.jump.curvature)]


def _jumps(crossings: Sequence[Crossing], scan: Scan | None, subject: Subject) -> list[Finding]:
    finite = _finite(crossings)
    if finite:
        distance = finite[0].distance
        rate = crossings_per_ps(subject.structures, distance)
        return jump_findings(finite, rate, searched=scan is not None)
    if scan is not None and np.isfinite(scan.energy).any():
        return nothing_found(scan)
    moved = "pairs moved to the cutoff" if scan is None else f"{scan.probe.name} beside a molecule"
    atoms = subject.structures[0]
    numbers = [*atoms.numbers, *(() if scan is None else scan.probe.atomic_number)]
    failure = reason_of(subject, np.array(numbers))
    return no_answer(f"the model gave no finite number for {moved}{failure}")


def _table(
    crossings: Sequence[Crossing],
    scan: Scan | None,
    rough: Mapping[str, Rounding],
    cutoff: float | None,
) -> xr.Dataset:
    columns = {**_crossing_columns(crossings), **_noise_columns(rough)}
    columns["cutoff"] = variable(
        (), np.nan if cutoff is None else cutoff, units.LENGTH, "cutoff that the model says it has"
    )
    if scan is not None:
        columns |= {
            "scan_gap": variable("scan", scan.gap, units.LENGTH, "probe to the nearest atom"),
            "scan_energy": variable("scan", scan.energy, units.ENERGY, "energy along the way"),
            "scan_slope": variable("scan", scan.slope, units.FORCE, "slope along the way"),
        }
    return xr.Dataset(
        columns,
        coords={
            "precision": variable("precision", list(rough), "", "arithmetic of the model"),
            "place": variable("place", places(), units.LENGTH, "way of the atom that moves most"),
        },
        attrs={"probe": "" if scan is None else scan.probe.name},
    )


def _noise_columns(rough: Mapping[str, Rounding]) -> dict[str, xr.Variable]:
    mev_a, mev = units.MEV_PER_ANGSTROM, units.MEV
    return {
        "force_noise": variable(
            "precision", [r.force for r in rough.values()], mev_a, "noise of a force component"
        ),
        "energy_noise": variable(
            "precision", [r.energy for r in rough.values()], mev, "noise of the energy"
        ),
        "rest": variable(
            ("precision", "place"), [r.rest for r in rough.values()], mev,
            "energy along a line less a polynomial of degree eight",
        ),
    }  # fmt: skip


def _crossing_columns(crossings: Sequence[Crossing]) -> dict[str, xr.Variable]:
    """Nothing where nothing was taken through a cutoff."""
    if not crossings:
        return {}
    most = max(len(crossing.offset) for crossing in crossings)

    def of(name: str) -> np.ndarray:
        rows = np.full((len(crossings), most), np.nan)
        for row, crossing in zip(rows, crossings, strict=True):
            row[: len(crossing.offset)] = getattr(crossing, name)
        return rows

    along = ("crossing", "point")
    jumps = {
        f"{name}{ending}": variable(
            "crossing", [getattr(c.jump, f"{name}{ending}") for c in crossings], unit,
            f"{'error of the ' if ending else ''}jump of the {name}, beyond less inside",
        )
        for name, unit in (
            ("energy", units.ENERGY), ("slope", units.FORCE), ("curvature", units.HESSIAN),
        )
        for ending in ("", "_error")
    }  # fmt: skip
    return {
        **{f"jump_{name}": column for name, column in jumps.items()},
        "moved": variable("crossing", [c.text for c in crossings], "", "what was moved"),
        "distance": variable(
            "crossing", [c.distance for c in crossings], units.LENGTH, "where sides meet"
        ),
        "offset": variable(along, of("offset"), units.LENGTH, "distance from there"),
        "crossing_energy": variable(along, of("energy"), units.ENERGY, "energy less its mean"),
        "crossing_slope": variable(along, of("slope"), units.FORCE, "slope of the energy"),
    }


def _well(found: Mapping[str, Finding]) -> str:
    rough = found.get("force_noise")
    noise = f"; forces are rough by {two_digits(rough.value)} meV/Å" if rough else ""
    hidden = [f.reason for f in found.values() if f.verdict == Verdict.NOT_APPLICABLE]
    if hidden:
        return sentence(f"{hidden[0]}{noise}")
    return f"Nothing jumps that matters: {found['energy_jump'].reason}{noise}."


def _gist(findings: Sequence[Finding]) -> str:
    said = answer(findings, _well)
    grave = {finding.quantity for finding in findings if finding.verdict == Verdict.WARN}
    # What it is not is worth saying: this one is in all networks with a cosine cutoff.
    return f"{said} Energy and force do not jump." if grave == {"curvature_jump"} else said


CHECK = Check(
    name="cutoff",
    title="Cutoff and precision",
    question="Is the energy smooth where atoms leave the cutoff, and how rough are its numbers?",
    run=run,
    draw=draw,
    gist=_gist,
)
