"""Whether forces are minus the gradient, and what must not change them does not."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from ase import Atoms

from nearsight import units
from nearsight.diagnose.answering import answer
from nearsight.diagnose.asking import precisions_of, reason_of
from nearsight.diagnose.check import Check, Result
from nearsight.diagnose.checks.symmetry.figure import draw
from nearsight.diagnose.checks.symmetry.findings import findings_of
from nearsight.diagnose.checks.symmetry.measure import Measured, measure
from nearsight.diagnose.checks.symmetry.motions import KINDS
from nearsight.diagnose.finding import Finding, Verdict, not_applicable, worst
from nearsight.diagnose.subject import Subject
from nearsight.diagnose.telling import two_digits
from nearsight.labels import variable


def run(subject: Subject) -> Result:
    """Measure some of the structures in every precision."""
    cheap = subject.model.kind != "calculator"
    most = subject.choose(quick=1, default=3 if cheap else 1, full=10 if cheap else 3)
    structures = [atoms for atoms in subject.structures if len(atoms) > 1][:most]
    if not structures:
        reason = "there is no structure of two atoms or more"
        text = "difference of force and slope of the energy"
        return Result([not_applicable("gradient", text, units.MEV_PER_ANGSTROM, reason)])
    rows = {
        # The same directions and motions in every precision.
        precision: [
            measure(subject, atoms, precision, np.random.default_rng((subject.seed, k)))
            for k, atoms in enumerate(structures)
        ]
        for precision in precisions_of(subject.model)
    }
    table = _table(rows, structures)
    failure = reason_of(subject, structures[-1].numbers)
    return Result(findings_of(table, failure), table)


def _table(rows: Mapping[str, list[Measured]], structures: Sequence[Atoms]) -> xr.Dataset:
    along = ("precision", "structure")
    each = list(rows.values())
    changes = [
        np.array([[[getattr(m, name)[kind] for kind in KINDS] for m in some] for some in each])
        for name in ("force_change", "energy_change")
    ]
    mev_a, mev = units.MEV_PER_ANGSTROM, units.MEV

    def of(name: str) -> np.ndarray:
        return np.array([[getattr(m, name) for m in some] for some in each])

    def by_atom(name: str) -> np.ndarray:
        return np.array([np.concatenate([getattr(m, name) for m in some]) for some in each])

    owners = np.repeat(np.arange(len(structures)), [len(m.slope_error) for m in each[0]])
    return xr.Dataset(
        {
            "slope_error": variable(
                ("precision", "atom"), by_atom("slope_error"), mev_a,
                "force along a random direction of an atom plus slope of the energy along it",
            ),
            "slope_allowed": variable(
                ("precision", "atom"), by_atom("slope_allowed"), mev_a,
                "what noise of the energy may make of it",
            ),
            "force_change": variable(
                (*along, "motion"), changes[0], mev_a, "largest change of a force under a motion"
            ),
            "energy_change": variable(
                (*along, "motion"), changes[1], mev, "change of the energy under a motion"
            ),
            "net_force": variable(along, of("net_force"), mev_a, "norm of the sum of forces"),
            "net_torque": variable(
                along, of("net_torque"), mev_a, "norm of the torque over the radius of gyration"
            ),
            "atom_structure": variable("atom", owners, units.ONE, "structure of an atom"),
        },
        coords={
            "precision": variable("precision", list(rows), "", "arithmetic of the model"),
            "motion": variable("motion", list(KINDS), "", "what was done to the structure"),
        },
    )  # fmt: skip


def _well(found: Mapping[str, Finding]) -> str:
    forces = [f for name, f in found.items() if not name.startswith(("energy", "gradient"))]
    slopes = [f for name, f in found.items() if name.startswith("gradient")]
    largest = max(finding.value for finding in forces)
    return (
        "Forces are minus the gradient of the energy, to within "
        f"{two_digits(max(f.value for f in slopes))} meV/Å beyond its noise, and no motion "
        f"that must not matter changes one by more than {two_digits(largest)} meV/Å, "
        "10,000 Å from the origin included."
    )


def _gist(findings: Sequence[Finding]) -> str:
    # What is told of one precision is not told again of the other.
    first: dict[str, Finding] = {}
    for finding in findings:
        first.setdefault(
            finding.quantity.removesuffix("_float32").removesuffix("_float64"), finding
        )
    grave = [f for f in findings if f not in first.values() and f.verdict != Verdict.PASS]
    told = list(first.values())
    return answer(
        told if worst([f.verdict for f in told]) != Verdict.PASS or not grave else grave, _well
    )


CHECK = Check(
    name="symmetry",
    title="Forces and symmetries",
    question="Are forces minus the gradient of the energy, and unchanged by what must not matter?",
    run=run,
    draw=draw,
    gist=_gist,
)
