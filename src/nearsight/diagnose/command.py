"""A diagnosis from what was asked for to its folder."""

from collections.abc import Sequence
from pathlib import Path

from nearsight.diagnose.check import Check
from nearsight.diagnose.document import Document
from nearsight.diagnose.finished import FinishedChecks
from nearsight.diagnose.given import Given
from nearsight.diagnose.registry import CHECKS, check, every_check
from nearsight.diagnose.running import diagnose
from nearsight.diagnose.writing import document_of, write_document, write_frames, write_tables
from nearsight.errors import ConfigError
from nearsight.storage import atomic_path
from nearsight.storage.names import DIAGNOSIS_TABLES, is_of_diagnosis


def chosen_checks(names: Sequence[str] | None) -> list[Check]:
    """Checks by name, all by default, in the order of the registry.

    Raises:
        ConfigError: there is none of a name.
    """
    for name in names or ():
        if name not in CHECKS:
            raise ConfigError(f"--check {name}: expected one of {', '.join(CHECKS)}")
    return [check(name) for name in CHECKS if name in names] if names else every_check()


def diagnosed_into(out: Path, given: Given, checks: Sequence[Check]) -> Document:
    """Make a diagnosis, going on where an earlier run was killed, and write its folder.

    Args:
        out: the folder; it appears, or is replaced, once it is whole.
        given: what was asked for.
        checks: to be made, in their order.

    Returns:
        The document that stands in ``diagnosis.json``.
    """
    made_from = {**given.made_from, "checks": [one.name for one in checks]}
    finished = FinishedChecks(out, made_from)
    diagnosed = diagnose(given.subjects, checks, finished)
    document = document_of(diagnosed, given)
    with atomic_path(out, ours=is_of_diagnosis) as folder:
        folder.mkdir()
        write_tables(document, diagnosed, folder / DIAGNOSIS_TABLES, given.inputs)
        write_document(document, folder)
        write_frames(diagnosed, folder)
    finished.remove()
    return document
