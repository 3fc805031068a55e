"""A diagnosis from what was asked for to its folder."""

from collections.abc import Callable, Sequence
from pathlib import Path

from nearsight.diagnose.check import Check
from nearsight.diagnose.document import Document
from nearsight.diagnose.finished import FinishedChecks
from nearsight.diagnose.given import Given
from nearsight.diagnose.page import page_of
from nearsight.diagnose.registry import CHECKS, check, every_check
from nearsight.diagnose.running import diagnose
from nearsight.diagnose.writing import (
    document_of,
    read_tables,
    write_document,
    write_frames,
    write_tables,
)
from nearsight.errors import ConfigError
from nearsight.page import write_page
from nearsight.storage import atomic_path
from nearsight.storage.names import DIAGNOSIS_PAGE, DIAGNOSIS_TABLES, is_of_diagnosis


def chosen_checks(names: Sequence[str] | None) -> list[Check]:
    """Checks by name, all by default, in the order of the registry.

    Raises:
        ConfigError: there is none of a name.
    """
    for name in names or ():
        if name not in CHECKS:
            raise ConfigError(f"--check {name}: expected one of {', '.join(CHECKS)}")
    return [check(name) for name in CHECKS if name in names] if names else every_check()


def report_of(tables: Path, out: Path, known: Callable[[str], Check] = check) -> None:
    """The page of a diagnosis from its numbers.

    Args:
        tables: ``diagnosis.nc``.
        out: the page.
        known: from the name of a check to the check.

    Raises:
        MissingFileError, CorruptFileError: there are no such numbers.
    """
    stored = read_tables(tables)
    write_page(page_of(stored.document, stored.tables, stored.structure, known), out)


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
    by_name = {one.name: one for one in checks}
    with atomic_path(out, ours=is_of_diagnosis) as folder:
        folder.mkdir()
        write_tables(document, diagnosed, folder / DIAGNOSIS_TABLES, given)
        write_document(document, folder)
        write_frames(diagnosed, folder)
        report_of(folder / DIAGNOSIS_TABLES, folder / DIAGNOSIS_PAGE, by_name.__getitem__)
    finished.remove()
    return document
