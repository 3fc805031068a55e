"""Every table that stands as text too says there what its NetCDF file says."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from study_folder import study_of

from nearsight.aims.specs import AIMS
from nearsight.errors import CorruptFileError
from nearsight.storage import write_dataset
from nearsight.verification.beside import Beside, beside_tables

ONE = Beside("tables/a.csv", "tables/a.nc")


@pytest.mark.parametrize("aim", list(AIMS))
def test_they_are_those_that_the_aim_says(aim: str) -> None:
    expected = {table.csv_place: table.place for table in AIMS[aim].tables if table.csv}
    assert {csv.path: csv.source for csv in beside_tables(study_of(aim=aim))} == expected


def test_curves_have_no_text() -> None:
    assert "tables/curves.csv" not in {csv.path for csv in beside_tables(study_of())}


def test_the_text_follows_from_the_numbers_and_leaves_nothing_behind(tmp_path: Path) -> None:
    described = {"units": "eV", "long_name": "x"}
    content = xr.Dataset({"x": ("row", np.array([1.0, np.nan]), described)})
    write_dataset(content, tmp_path / "a.nc", title="a")
    before = sorted(tmp_path.iterdir())
    assert ONE.text(tmp_path / "a.nc") == b"row,x (eV)\n0,1\n1,\n"
    assert sorted(tmp_path.iterdir()) == before
    (tmp_path / "a.nc").write_bytes(b"no table")
    with pytest.raises(CorruptFileError, match=r"a\.nc"):
        ONE.text(tmp_path / "a.nc")
