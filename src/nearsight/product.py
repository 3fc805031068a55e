"""One kind of file of a study: the stage that makes it, and what that stage makes it from."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Product:
    """A file, or a folder of files, that a stage makes for every variant, data set or study.

    Attributes:
        place: path within the study's folder, with ``{dataset}`` and ``{variant}`` in it.
        stage: name of the rule.
        inputs: places of the files it is made from, by the role that it records them under.
        section: of the study file whose keys feed the stage; empty where none do.
        younger: roles that files of earlier versions do not record.
        is_folder: whether it is a folder of trajectories.
        by_yardstick: whether the yardstick of the study takes part.
        frames_of: place of the file that names this one, of frames, by its SHA-256; it may be
            empty.
        known_by: arrays of which such a file has one, unless it has none at all.
    """

    place: str
    stage: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    section: str = ""
    younger: frozenset[str] = frozenset()
    is_folder: bool = False
    by_yardstick: bool = False
    frames_of: str = ""
    known_by: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.place.rpartition("/")[2]


DATA = "{dataset}/data.nc"
HOME = "{dataset}/{variant}/"
"""Folder of a variant on a data set."""
MODEL = f"{HOME}model.safetensors"
OF_NETWORK = {"model": MODEL, "data": DATA}
"""What is made from a network and the data set that it was trained on."""
