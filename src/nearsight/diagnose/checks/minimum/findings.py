"""What minima and modes mean."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from ase.data import chemical_symbols

from nearsight.diagnose.answering import first_sentence
from nearsight.diagnose.finding import Finding, Threshold, Verdict, measured, not_applicable, told
from nearsight.diagnose.telling import number, sentences
from nearsight.units import LENGTH, MEV, MEV_PER_EV, ONE, WAVENUMBER

RMSD = Threshold(
    warn=0.125,
    fail=0.5,
    source="0.125 Å, below which CREST takes two geometries for one conformer (Pracht, Bohle, "
    "Grimme, Phys. Chem. Chem. Phys. 22, 7169 (2020)); four times that is our choice of a failure. "
    "GFN1-xTB is off from GFN2-xTB by 0.13 Å on alanine dipeptide",
)
BOND = Threshold(
    warn=0.02,
    fail=0.05,
    source="our choice: GFN1-xTB is off from GFN2-xTB by 0.010 Å at most on alanine dipeptide",
)
IMAGINARY = Threshold(
    warn=-20.0,
    fail=-50.0,
    source="our choice: at residual forces of 0.005 eV/Å a flat torsion of some 20 cm⁻¹ cannot be "
    "told from one that goes downhill",
    smaller_is_better=False,
)
FREQUENCY = Threshold(
    warn=34.0,
    fail=100.0,
    source="34 cm⁻¹, what scaled B3LYP/6-31G(d) is off from experiment (Scott and Radom, J. Phys. "
    "Chem. 100, 16502 (1996)); three times that is our choice of a failure. "
    "GFN1-xTB is off from GFN2-xTB by 20 cm⁻¹ on alanine dipeptide",
)
_ADVICE = "train on geometries near minima too: frames of hot dynamics are seldom near one"


def findings_of(table: xr.Dataset, note: str = "") -> list[Finding]:
    """Findings on the minima of a table.

    Args:
        table: of :func:`nearsight.diagnose.checks.minimum.running.run`.
        note: on levels of theory.
    """
    relaxations = _relaxations(table)
    if table["broken"].to_numpy()[0] or not table["converged"].to_numpy()[0]:
        why = f"modes are those of the minimum near {_start(table)}, and none was found there"
        return [relaxations, _missing("lowest_mode", why)]
    found = [relaxations, _lowest(table)]
    why = _why_not_beside(table)
    if why:
        return [*found, _missing("rmsd", why)]
    found += [_rmsd(table, note), _bonds(table), _downhill(table)]
    if "reference_frequency" in table:
        return [*found, *_modes(table)]
    return [*found, _missing("frequencies", "the two minima have not as many modes")]


def gist(findings: Sequence[Finding]) -> str:
    """The answer in words."""
    by_name = {finding.quantity: finding for finding in findings}
    wanted = ("rmsd", "bond_length", "frequencies", "lowest_mode")
    first = by_name["relaxations"]
    bad = [] if first.verdict == Verdict.PASS else [first]
    shown = [by_name[name] for name in wanted if name in by_name]
    # What is worst comes first; what could not be told comes last.
    shown.sort(key=lambda finding: -finding.verdict.gravity)
    return sentences(*(first_sentence(f.reason) for f in (bad + shown)[:4]))


def _relaxations(table: xr.Dataset) -> Finding:
    broken = table["broken"].to_numpy().astype(str)
    converged = table["converged"].to_numpy().astype(bool)
    ran_away = np.array([bool(text) for text in broken])
    stuck = ~converged & ~ran_away
    count = len(broken)
    text = "relaxations that end at no minimum of the same molecule"
    if not (ran_away | stuck).any():
        verdict, reason = Verdict.PASS, f"all {count} relaxations end at a minimum"
    elif ran_away.any():
        verdict = Verdict.FAIL
        first = broken[ran_away][0]
        reason = f"{ran_away.sum()} of {count} relaxations run away: {first}"
    else:
        verdict = Verdict.WARN
        force = float(np.nanmax(table["largest_force"].to_numpy()[stuck]))
        reason = (
            f"{stuck.sum()} of {count} relaxations end at no minimum in "
            f"{int(table['steps'].to_numpy()[stuck].max())} steps; forces of {number(force)} eV/Å "
            "are left"
        )
    return Finding(
        quantity="relaxations",
        text=text,
        value=float((ran_away | stuck).sum()),
        unit=ONE,
        verdict=verdict,
        reason=f"{reason}.",
        advice="" if verdict == Verdict.PASS else "look at the frames unsound_relaxations",
    )


def _lowest(table: xr.Dataset) -> Finding:
    modes = table["frequency"].to_numpy()
    if not len(modes):
        return _missing("lowest_mode", "there is no finite Hessian at the minimum")
    value = float(modes.min())
    imaginary = int((modes < IMAGINARY.warn).sum())
    lowest = f"The lowest of {len(modes)} modes has"
    plain = f"{lowest} {number(value)} cm⁻¹, none is imaginary."
    if value < 0:
        plain = f"{lowest} {-value:.0f}i cm⁻¹, too little to be told from a flat one."
    which = (
        f"{imaginary} of {len(modes)} modes {'is' if imaginary == 1 else 'are'} imaginary, the "
        f"strongest at {-value:.0f}i cm⁻¹."
    )
    return measured(
        "lowest_mode",
        "lowest frequency at the model's minimum, imaginary ones as negative numbers",
        value,
        WAVENUMBER,
        threshold=IMAGINARY,
        reason=which if imaginary else plain,
        advice=_ADVICE,
    )


def _rmsd(table: xr.Dataset, note: str) -> Finding:
    value = float(table["rmsd"])
    return measured(
        "rmsd",
        "root mean square distance of atoms of the model's minimum and the reference's",
        value,
        LENGTH,
        threshold=RMSD,
        reason=sentences(
            f"From {table.attrs['reference']}'s minimum the model moves its atoms by "
            f"{number(value)} Å.",
            note,
        ),
        advice=_ADVICE,
    )


def _bonds(table: xr.Dataset) -> Finding:
    text = "largest deviation of a bond length"
    difference = (table["bond_length"] - table["reference_bond_length"]).to_numpy()
    if not len(difference):
        return not_applicable("bond_length", text, LENGTH, "there are no bonds")
    worst = int(np.abs(difference).argmax())
    atoms = table["bond_atoms"].to_numpy()[worst]
    names = "-".join(f"{chemical_symbols[int(table['atomic_number'][a])]}{a}" for a in atoms)
    mean = float(np.abs(difference).mean())
    return measured(
        "bond_length",
        text,
        float(abs(difference[worst])),
        LENGTH,
        threshold=BOND,
        reason=(
            f"Bonds are off by {number(mean)} Å on average, {names} most, by "
            f"{difference[worst]:+.3f} Å."
        ),
        advice=_ADVICE,
    )


def _downhill(table: xr.Dataset) -> Finding:
    value = float(table["downhill"]) * MEV_PER_EV
    return told(
        "downhill",
        "what the model gains by moving from the reference's minimum to its own",
        value,
        MEV,
        reason=f"the model's minimum is {number(value)} meV below the reference's, by the model.",
    )


def _modes(table: xr.Dataset) -> list[Finding]:
    own, beside = (table[name].to_numpy() for name in ("frequency", "reference_frequency"))
    difference = own - beside
    mean, worst = float(np.abs(difference).mean()), int(np.abs(difference).argmax())
    text = "mean absolute deviation of harmonic frequencies, modes in order of frequency"
    said = f"{beside[worst]:.0f} cm⁻¹ by the reference, {own[worst]:.0f} by the model"
    return [
        measured(
            "frequencies",
            text,
            mean,
            WAVENUMBER,
            threshold=FREQUENCY,
            reason=(
                f"Frequencies are off by {number(mean)} cm⁻¹ on average, by "
                f"{number(float(difference.mean()))} with sign."
            ),
            advice=_ADVICE,
        ),
        told(
            "worst_mode",
            "largest deviation of a frequency",
            float(difference[worst]),
            WAVENUMBER,
            reason=f"the worst mode has {said}.",
        ),
    ]


def _start(table: xr.Dataset) -> str:
    """Where the first relaxation begins."""
    beside = table.attrs["reference"] and not table.attrs["reference_trouble"]
    return f"{table.attrs['reference']}'s" if beside else "the first structure"


def _why_not_beside(table: xr.Dataset) -> str:
    if not table.attrs["reference"]:
        return "there is no reference: give one with --reference"
    trouble = str(table.attrs["reference_trouble"])
    return f"the reference itself has no minimum here: {trouble}" if trouble else ""


def _missing(name: str, reason: str) -> Finding:
    texts = {
        "lowest_mode": ("lowest frequency at the model's minimum", WAVENUMBER),
        "rmsd": ("distance of the model's minimum from the reference's", LENGTH),
        "frequencies": ("mean absolute deviation of harmonic frequencies", WAVENUMBER),
    }
    return not_applicable(name, *texts[name], reason)
