"""All checks of a data set, in the order in which one needs the other."""

from nearsight.data.checks.conservation import check_conservation
from nearsight.data.checks.duplicates import check_duplicates
from nearsight.data.checks.exchange import check_exchange
from nearsight.data.checks.integrity import check_integrity
from nearsight.data.checks.magnitudes import check_magnitudes
from nearsight.data.checks.problems import Finding, Problem, not_checked
from nearsight.data.checks.reference import check_reference
from nearsight.data.checks.stiffness import check_stiffness
from nearsight.data.checks.totals import check_totals
from nearsight.data.checks.work import check_work
from nearsight.data.engine import LEVEL_OF_THEORY
from nearsight.data.frames import Frames
from nearsight.errors import DataError

_NAMED = 3


def check_frames(frames: Frames, *, n_reference: int = 3) -> list[Finding]:
    """Check a data set.

    Whole arrays first; then magnitudes that give away mixed-up units, net force and torque, how
    forces pull at bonds and what work they do, like atoms that change places, copies across
    subsets; last, for data of the embedded engine's level of theory, some frames are labelled again
    and their forces compared with finite differences of the energy.

    Args:
        frames: energies in eV, forces in eV/Å, positions in Å; as they claim to be.
        n_reference: frames to label again; 0 leaves the engine out.

    Returns:
        Errors, warnings, and what was not checked and why.
    """
    findings = check_integrity(frames)
    if any(finding.error for finding in findings):
        # Numbers that are missing or not finite would only produce further, misleading findings.
        return findings
    findings += check_magnitudes(frames)
    if not _same_level(frames):
        findings += check_totals(frames)
    findings += _forces(frames, findings) + check_exchange(frames) + check_duplicates(frames)
    return findings + _again(frames, n_reference, findings)


def _forces(frames: Frames, before: list[Finding]) -> list[Finding]:
    """What forces tell, where there are any and positions are what they should be."""
    what = "forces against bonds and energies"
    if not frames.has_forces:
        return [not_checked(what, "the data set has no forces")]
    found = check_conservation(frames)
    if any(finding.error for finding in found):
        return [*found, not_checked(what, "forces are not those of these positions")]
    if any(finding.problem is Problem.LENGTH_SCALE for finding in before):
        return [*found, not_checked(what, "lengths are not in Å")]
    return found + check_stiffness(frames) + check_work(frames)


def _same_level(frames: Frames) -> bool:
    return frames.attributes.get("level_of_theory") == LEVEL_OF_THEORY


def _again(frames: Frames, n_reference: int, before: list[Finding]) -> list[Finding]:
    """Labels computed again, where the embedded engine is the one that computed them."""
    what = "labels, by computing some again"
    if not _same_level(frames):
        theory = frames.attributes.get("level_of_theory", "unknown")
        reason = f"their level of theory is {theory} and the engine here has {LEVEL_OF_THEORY}"
        return [not_checked(what, reason)]
    if not n_reference:
        return [not_checked(what, "it was not asked for")]
    if any(finding.error for finding in before):
        return [not_checked(what, "there are errors already")]
    return check_reference(frames, n_reference)


def require_forces(frames: Frames, origin: str) -> None:
    """Refuse a data set without forces.

    Raises:
        DataError: no frame has any.
    """
    if not frames.has_forces:
        raise DataError(
            f"{origin}: has no variable force: dynamics need data with forces; name their key when "
            "they are imported (force_key), or give the study another aim"
        )


def raise_errors(findings: list[Finding], origin: str) -> None:
    """Raise if there is an error among the findings.

    Raises:
        DataError: names the first errors.
    """
    errors = [finding for finding in findings if finding.error]
    if errors:
        shown = "; ".join(f"[{e.problem}] {e.message}" for e in errors[:_NAMED])
        rest = f"; and {len(errors) - _NAMED} more" if len(errors) > _NAMED else ""
        raise DataError(f"{origin}: {shown}{rest}")
