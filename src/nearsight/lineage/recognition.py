"""Whether a file is what its name says, told by its arrays and by what it was made from."""

from nearsight.lineage.given import OF_GIVEN
from nearsight.lineage.products import FIGURES, File
from nearsight.lineage.record import ROLES, Record


def other_kind(file: File, record: Record) -> str:
    """Why a file is not what its name says; empty text where it is.

    A stage that had nothing to work on leaves a file without arrays.
    """
    expected = file.product.known_by
    if expected and record.variables and not expected & record.variables:
        title = record.attributes.get("title", "")
        return (
            f"{record.path}: has no {' or '.join(sorted(expected))}: it is no file of stage "
            f"{file.product.stage}, but {title!r}"
        )
    own = file.inputs.keys() | (OF_GIVEN if file.model is not None else set())
    further = sorted(record.inputs.keys() - own)
    if further and not _may_have_further(file):
        return (
            f"{record.path}: made from a {ROLES.get(further[0], further[0])} too: it is no file of "
            f"stage {file.product.stage}"
        )
    return ""


def _may_have_further(file: File) -> bool:
    """Whether it may record further inputs: files of the user, or of the whole study."""
    return file.product.stage in ("data", FIGURES) or file.is_table
