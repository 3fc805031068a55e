"""Results without Snakemake's records of them, as those that came from another machine.

Snakemake sees a changed setting by what it wrote down of the last run, in ``.snakemake``. Where
that did not come along with the results, it sees nothing, and says that nothing is to be done.
"""

from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nearsight.config import Study, load_study
from nearsight.errors import NearsightError

_METADATA = Path(".snakemake") / "metadata"
# Snakemake cuts names that are longer than file systems take.
_LONGEST = 254


def unseen_changes(study: Study, written: Path) -> str:
    """What changed in a study since its results were made, if Snakemake cannot see it.

    Args:
        study: as it is to be run.
        written: its ``study.json``, relative to the working folder; may be absent.

    Returns:
        A warning that says what to do; empty where Snakemake sees for itself, or nothing changed.
    """
    if not written.is_file() or has_record(written):
        return ""
    try:
        before = load_study(written)
    except NearsightError:
        return ""  # damaged, or of another version: whoever reads it says so
    changed = sorted(_differences(before.model_dump(), study.model_dump(), ""))
    if not changed:
        return ""
    return (
        f"{written} was written with other values of {', '.join(changed)}, and there is no record "
        "in .snakemake of how these results were made, so that nothing is run anew for it: add "
        f"--forcerun study_file, and ask `nearsight verify {written.parent}` what is then stale"
    )


def has_record(path: Path) -> bool:
    """Whether Snakemake has a record of a file, by the name that it gives records."""
    name = urlsafe_b64encode(str(path).encode()).decode()
    parts = [name[i : i + _LONGEST] for i in range(0, len(name), _LONGEST)]
    return _METADATA.joinpath(*(f"@{part}" for part in parts[:-1]), parts[-1]).is_file()


def _differences(before: Any, now: Any, key: str) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for name in before.keys() | now.keys():
            inner = f"{key}.{name}" if key else str(name)
            yield from _differences(before.get(name), now.get(name), inner)
    elif before != now:
        yield key
