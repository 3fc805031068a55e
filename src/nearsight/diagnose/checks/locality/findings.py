"""What is told about additivity and reach."""

import math

import numpy as np

from nearsight import units
from nearsight.diagnose.checks.locality.measure import APART, FAR, GAPS, MOVE, NOTICED, Felt, reach
from nearsight.diagnose.finding import Finding, Threshold, measured, not_applicable, told
from nearsight.diagnose.subject import Subject
from nearsight.diagnose.telling import two_digits

ENERGY = Threshold(
    1.0,
    10.0,
    "ml-peg (physicality, extensivity: two slabs 100 Å apart) calls 10 meV bad; a tenth of it is a "
    "choice",
)
"""meV."""
FORCE = Threshold(
    0.5,
    5.0,
    "ml-peg (physicality, locality: atoms 20 to 50 Å away) calls 5 meV/Å bad; a tenth of it is a "
    "choice",
)
"""meV/Å."""
_GLOBAL = (
    "something sums over all atoms (normalisation, attention, an average, a charge that is shared "
    "out): keep it within the cutoff, or do not use the model on more than one molecule"
)


def findings_of(
    subject: Subject, probe: str, distance: np.ndarray, felt: Felt, reference: Felt | None
) -> list[Finding]:
    """All that is told.

    Args:
        subject: that was measured.
        probe: what was put beside the molecule.
        distance: (pair,) Å between the atom that moves and the one that feels it.
        felt: by the model.
        reference: by the reference, where there is one.
    """
    name = "" if subject.reference is None else subject.reference.label
    return [
        _excess(felt, reference, name),
        _excess_force(felt),
        _far(felt, reference, probe, name),
        _reach(subject, distance, felt, reference, name),
    ]


def _excess(felt: Felt, reference: Felt | None, name: str) -> Finding:
    text = f"energy of two copies {APART:g} Å apart less twice that of one"
    if math.isnan(felt.excess):
        return not_applicable("excess", text, units.MEV, "the model gave no energy of two copies")
    reason = f"two copies of structure 0, {APART:g} Å apart, differ from twice one by "
    reason += f"{two_digits(felt.excess)} meV"
    if reference is not None and math.isfinite(reference.excess):
        reason += f" ({name}: {two_digits(reference.excess)} meV)"
    return measured(
        "excess", text, abs(felt.excess), units.MEV, threshold=ENERGY, reason=reason, advice=_GLOBAL
    )


def _excess_force(felt: Felt) -> Finding:
    text = f"largest change of a force by a copy {APART:g} Å away"
    unit = units.MEV_PER_ANGSTROM
    if math.isnan(felt.excess_force):
        return not_applicable("excess_force", text, unit, "the model gave no forces of two copies")
    return measured(
        "excess_force", text, felt.excess_force, unit, threshold=FORCE,
        reason=f"a copy {APART:g} Å away changes a force by up to {two_digits(felt.excess_force)} "
        "meV/Å",
        advice=_GLOBAL,
    )  # fmt: skip


def _far(felt: Felt, reference: Felt | None, probe: str, name: str) -> Finding:
    text = f"largest change of a force by {probe} that is {FAR:g} Å away or more"
    unit = units.MEV_PER_ANGSTROM
    far = np.array(GAPS) >= FAR
    if not np.isfinite(felt.probe[far]).all():
        reason = f"the model gave no forces of the molecule with {probe} beside it"
        return not_applicable("far_probe", text, unit, reason)
    value = float(felt.probe[far].max())
    mean = float(felt.probe_mean[far].mean())
    reason = (
        f"{probe} at {FAR:g} to {GAPS[-1]:g} Å from structure 0 changes a force by up to "
        f"{two_digits(value)} meV/Å (mean over atoms {two_digits(mean)})"
    )
    if reference is not None and np.isfinite(reference.probe[far]).all():
        reason += f"; with {name} by up to {two_digits(float(reference.probe[far].max()))}"
    return measured("far_probe", text, value, unit, threshold=FORCE, reason=reason, advice=_GLOBAL)


def _reach(
    subject: Subject, distance: np.ndarray, felt: Felt, reference: Felt | None, name: str
) -> Finding:
    text = f"furthest atom whose force changes by more than {NOTICED:g} meV/Å"
    if not len(distance):
        return not_applicable("reach", text, units.LENGTH, "the first structure is a single atom")
    if not np.isfinite(felt.move).all():
        return not_applicable("reach", text, units.LENGTH, "the model gave no forces")
    value = reach(distance, felt.move)
    reason = (
        f"a move of one atom by {MOVE:g} Å changes forces by more than {NOTICED:g} meV/Å up to "
        f"{value:.1f} Å away (the molecule spans {distance.max():.1f} Å)"
    )
    if reference is not None and np.isfinite(reference.move).all():
        reason += f"; with {name} up to {reach(distance, reference.move):.1f} Å"
    return told("reach", text, value, units.LENGTH, reason=f"{reason}{_field(subject)}")


def _field(subject: Subject) -> str:
    """How far forces can reach, where that is known.

    Within cutoff × depth an atom's energy sees others, so an atom between two sees both.
    """
    cutoff, depth = subject.model.cutoff, subject.model.depth
    if cutoff is None:
        return "; no cutoff is known"
    if depth is None:
        return f"; the cutoff is {cutoff:g} Å"
    field = f"{cutoff:g} Å × {depth} = {cutoff * depth:g} Å"
    return f"; cutoff × depth is {field}, and forces can reach twice that"
