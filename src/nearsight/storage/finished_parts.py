"""Finished parts beside an unfinished output, so that a killed run goes on where it was."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nearsight.errors import CorruptFileError
from nearsight.storage.kept import partial_of, remove_kept
from nearsight.storage.netcdf import write_dataset
from nearsight.storage.provenance import config_hash, provenance
from nearsight.storage.reading import LAYOUT, read_dataset
from nearsight.storage.temporary import sweep_inside

if TYPE_CHECKING:
    import xarray as xr


class FinishedParts:
    """Numbered data sets in ``.NAME.partial`` beside the output.

    They lie in a folder named by a hash of all that they follow from: nothing is taken over from
    other inputs, other settings or another version of nearsight.

    Args:
        out: the output.
        made_from: what the parts follow from, as JSON has it.

    Attributes:
        folder: where they lie; removed by :meth:`remove`.
    """

    def __init__(self, out: Path, made_from: Mapping[str, Any]) -> None:
        made_with = provenance()
        self._records = {"title", "settings", "config_hash", LAYOUT, *made_with}
        tied = {name: made_with[name] for name in ("nearsight_version", "git_commit", "packages")}
        self._home = partial_of(out)
        self.folder = self._home / config_hash({**made_from, **tied})[:16]
        if self._home.is_dir() and not self.folder.is_dir():
            remove_kept(self._home)
        sweep_inside(self._home)

    def read(self, number: int) -> "xr.Dataset | None":
        """A part, ``None`` where there is none that is whole."""
        path = self.place(number).with_suffix(".nc")
        if not path.is_file():
            return None
        try:
            found = read_dataset(path).drop_encoding()
        except CorruptFileError:
            return None
        # What was written along the way says how this file was made, not what is in it.
        found.attrs = {k: v for k, v in found.attrs.items() if k not in self._records}
        return found

    def write(self, number: int, part: "xr.Dataset", title: str) -> None:
        """Keep a part.

        Args:
            number: its place.
            part: every variable carries ``units`` and ``long_name``.
            title: one line on what it is.
        """
        write_dataset(part, self.place(number).with_suffix(".nc"), title=title)

    def place(self, number: int) -> Path:
        """The path of a part without its ending: a folder for what it needs to go on, if any."""
        return self.folder / f"{number:06d}"

    def remove(self) -> None:
        """Delete all of them; the output holds them now."""
        remove_kept(self._home)
