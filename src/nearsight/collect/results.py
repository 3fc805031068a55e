"""The files of a study as they are read to be joined: those that fit, and why the others do not."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

import xarray as xr

from nearsight.config import Study
from nearsight.lineage.origins import Origins
from nearsight.lineage.products import collected, files_of
from nearsight.storage import (
    NOT_APPLICABLE,
    Kind,
    empty_dataset,
    read_dataset,
    read_kind,
    why_failed,
)

NOT_TRAINED = "not trained by this study: the model was given to it"
"""Why a given model has no history and no card."""


class Results:
    """Reads files of a study's folder that were made from what lies beside them.

    Args:
        study: what the settings of files are compared with.
        folder: of its results.
    """

    def __init__(self, study: Study, folder: Path) -> None:
        self._folder = folder
        files = files_of(study)
        self._known, self._given = {file.path for file in files}, study.models
        self._chain = Origins(study, folder, files)

    def read(
        self, home: str, files: Mapping[str, str], kinds: Mapping[str, Kind] = MappingProxyType({})
    ) -> dict[str, xr.Dataset]:
        """Contents of the files of a variant or data set, by the keys of ``files``.

        Args:
            home: folder within the study's, with slashes.
            files: names of NetCDF files in it.
            kinds: what files of these names must be.

        Returns:
            Datasets; of a file that is missing or stale one without variables, with the reason.

        Raises:
            CorruptFileError: a file is there but cannot be read.
        """
        return {key: self._read(home, name, kinds.get(name)) for key, name in files.items()}

    def path(self, home: str, name: str) -> Path | None:
        """A file that is there and not stale."""
        path = self._folder / home / name
        return path if path.is_file() and not self.why_stale(home, [name]) else None

    def why_stale(self, home: str, names: Iterable[str]) -> str:
        """Why the first of some files that is stale is so, and what to do; empty where none is."""
        for name in names:
            stale = self._chain.stale(f"{home}/{name}")
            if stale is not None:
                return f"{stale.reason}; make {self._folder / stale.root} anew"
        return ""

    def standing(self, home: str, names: Iterable[str]) -> tuple[str, str]:
        """How a variant ended, as in the study table, and why if not ``ok``.

        Args:
            home: its folder within the study's.
            names: the NetCDF files that are joined, in the order of their stages.
        """
        chosen = list(names)
        stale = self.why_stale(home, ["model.safetensors", "card.json", *chosen])
        if stale:
            return "stale", stale
        attributes = [self._read(home, name).attrs for name in chosen]
        reason = next((why for a in attributes if (why := why_failed(a))), "")
        if any(a.get("status") == "diverged" for a in attributes):
            return "diverged", reason
        return ("failed" if reason else "ok"), reason

    def _read(self, home: str, name: str, kind: Kind | None = None) -> xr.Dataset:
        path = self._folder / home / name
        if home.rpartition("/")[2] in self._given and f"{home}/{name}" not in self._known:
            return empty_dataset(NOT_TRAINED, NOT_APPLICABLE)
        if not path.is_file():
            return empty_dataset(f"{name} is missing: the stage did not run or crashed")
        stale = self.why_stale(home, [name])
        if stale:
            return empty_dataset(stale)
        return read_dataset(path) if kind is None else read_kind(path, kind)


def inputs_of(study: Study, folder: Path) -> dict[str, Path]:
    """The files of a study that are there to be joined, by their path within its folder."""
    paths = {file.path: folder / file.path for file in collected(study)}
    return {name: path for name, path in paths.items() if path.is_file()}
