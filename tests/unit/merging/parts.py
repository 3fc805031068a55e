"""Parts of one study that were made in several places from one data set."""

import shutil
from pathlib import Path
from typing import Any

from study_folder import STUDY, study_of, write_file

from nearsight.config import Study
from nearsight.lineage.products import files_of
from nearsight.storage import write_json


def part_of(**axes: Any) -> Study:
    """The study with other values of its axes, and what it leaves out under ``exclude``."""
    exclude = axes.pop("exclude", [])
    sections = axes.pop("sections", {})
    variants = {**STUDY["variants"], "family": ["schnet"], **axes}
    return study_of(variants=variants, exclude=exclude, **sections)


def write_part(folder: Path, study: Study, start: Path | None = None) -> Path:
    """Files of a study, which starts from the data and the reference of another folder."""
    write_json(study.model_dump(mode="json"), folder / "study.json")
    for file in files_of(study):
        if not file.variant and start is not None and (start / file.path).is_file():
            (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(start / file.path, folder / file.path)
        elif not file.product.is_folder:
            write_file(folder, study, file)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
