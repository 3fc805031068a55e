"""All checks of a data set, in the order in which one needs the other."""

from nearsight.data.checks.conservation import check_conservation
from nearsight.data.checks.duplicates import check_duplicates
from nearsight.data.checks.finding import Finding
from nearsight.data.checks.integrity import check_integrity
from nearsight.data.checks.magnitudes import check_magnitudes
from nearsight.data.checks.reference import check_reference
from nearsight.data.engine import LEVEL_OF_THEORY
from nearsight.data.frames import Frames
from nearsight.errors import DataError

_NAMED = 3


def check_frames(frames: Frames, *, n_reference: int = 3) -> list[Finding]:
    """Check a data set.

    Whole arrays first; then magnitudes that give away mixed-up units, net force and torque, copies
    across subsets; last, for data of the embedded engine's level of theory, some frames are
    labelled again and their forces compared with finite differences of the energy.

    Args:
        frames: energies in eV, forces in eV/Å, positions in Å; as they claim to be.
        n_reference: frames to label again; 0 leaves the engine out.

    Returns:
        Errors and warnings; empty if nothing was found.
    """
    findings = check_integrity(frames)
    if any(finding.error for finding in findings):
        # Numbers that are missing or not finite would only produce further, misleading findings.
        return findings
    findings += check_magnitudes(frames)
    if frames.has_forces:
        findings += check_conservation(frames)
    findings += check_duplicates(frames)
    same_level = frames.attributes.get("level_of_theory") == LEVEL_OF_THEORY
    if same_level and n_reference and not any(finding.error for finding in findings):
        findings += check_reference(frames, n_reference)
    return findings


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
