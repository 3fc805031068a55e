"""Tables as text: each says what the NetCDF file beside it says."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from nearsight.aims.specs import AIMS
from nearsight.collect.csv import write_csv
from nearsight.config import Study
from nearsight.storage import read_dataset


@dataclass(frozen=True)
class Beside:
    """A table as text, within the study's folder.

    Attributes:
        path: of the text.
        source: of the NetCDF file with the same content.
    """

    path: str
    source: str

    def text(self, source: Path) -> bytes:
        """What the text should be.

        Raises:
            CorruptFileError: the NetCDF file cannot be read.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "table.csv"
            write_csv(read_dataset(source), path)
            return path.read_bytes()


def beside_tables(study: Study) -> list[Beside]:
    """Tables of a study as text."""
    return [Beside(table.csv_place, table.place) for table in AIMS[study.aim].tables if table.csv]
