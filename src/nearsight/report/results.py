"""A finished study as a page reads it: settings, tables, and where the files of a model lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import xarray as xr

from nearsight.aims.declaration import Table
from nearsight.aims.interface import Aim
from nearsight.aims.registry import AIMS
from nearsight.collect.tables import read_table
from nearsight.config import Study
from nearsight.config.loading import load_study
from nearsight.errors import ConfigError, MissingFileError

STUDY_FILE = "study.json"
MODEL_FILE = "model.safetensors"


@dataclass(frozen=True)
class Results:
    """A study and the folder of its results.

    Attributes:
        folder: holds ``study.json``.
        study: its settings.
    """

    folder: Path
    study: Study

    @property
    def aim(self) -> Aim:
        """What the study is for."""
        return AIMS[self.study.aim]

    @cached_property
    def tables(self) -> Mapping[str, xr.Dataset]:
        """Tables that are there, by name; the main one is.

        Raises:
            MissingFileError: the main table is not there.
            CorruptFileError: one cannot be read.
        """
        found = {}
        for table in self.aim.spec.tables:
            path = self.folder / table.place
            if path.is_file():
                found[table.name] = read_table(path, table.name, self.study.aim)
        if self.main_table.name not in found:
            raise MissingFileError(
                f"{self.folder / self.main_table.place}: no such file: make it with nearsight "
                "collect, or let the study finish"
            )
        return found

    @property
    def main_table(self) -> Table:
        """The table with a row for each network."""
        return self.aim.spec.tables[0]

    @property
    def main(self) -> xr.Dataset:
        """Its content."""
        return self.tables[self.main_table.name]

    def of_model(self, model: str, name: str) -> Path:
        """Path of a file of a model, ``data set/variant``."""
        return self.folder / model / name

    def of_data(self, model: str, name: str) -> Path:
        """Path of a file of the data set that a model stands on."""
        return self.folder / model.partition("/")[0] / name


def read_results(path: Path) -> Results:
    """A study by its folder, or by the ``study.json`` in it.

    Raises:
        MissingFileError: no such file.
        ConfigError: it is none of a study.
    """
    file = path / STUDY_FILE if path.is_dir() else path
    if file.name != STUDY_FILE:
        raise ConfigError(f"{path}: expected the folder of a study's results, with {STUDY_FILE}")
    if not file.is_file():
        raise MissingFileError(f"{file}: no such file: {path} holds no results of a study")
    return Results(file.parent, load_study(file))
