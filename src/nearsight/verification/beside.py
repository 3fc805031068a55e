"""Tables as text: each says what the NetCDF file beside it says."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from nearsight.collect.csv import write_csv, write_rows
from nearsight.config import Study
from nearsight.storage import read_dataset


@dataclass(frozen=True)
class Beside:
    """A table as text, within the study's folder.

    Attributes:
        path: of the text.
        source: of the NetCDF file with the same content.
        write: how one becomes the other.
    """

    path: str
    source: str
    write: Callable[[xr.Dataset, Path], None]

    def text(self, source: Path) -> bytes:
        """What the text should be.

        Raises:
            CorruptFileError: the NetCDF file cannot be read.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "table.csv"
            self.write(read_dataset(source), path)
            return path.read_bytes()


def beside_tables(study: Study) -> list[Beside]:
    """Tables of a study as text."""
    if study.aim != "stability":
        return [Beside(f"tables/{study.aim}.csv", f"tables/{study.aim}.nc", write_rows)]
    made: dict[str, Callable[[xr.Dataset, Path], None]] = {
        "decay_vs_stability": write_csv, "failures": write_rows, "association": write_rows,
        "question": write_rows, "hazards": write_rows, "sensitivity": write_rows,
    }  # fmt: skip
    return [Beside(f"tables/{n}.csv", f"tables/{n}.nc", write) for n, write in made.items()]
