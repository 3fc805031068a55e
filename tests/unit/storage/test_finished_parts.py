"""Parts of a killed run are taken over whole, or not at all."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from nearsight.labels import variable
from nearsight.storage import FinishedParts, partial_of, provenance
from nearsight.storage import finished_parts as room

MADE_FROM = {"inputs": {"model": "abc"}, "seed": 0}


@pytest.fixture
def part() -> xr.Dataset:
    numbers = variable("x", np.arange(4.0), "eV", "energies")
    return xr.Dataset({"energy": numbers}, attrs={"unit_of_x": "none"})


def begun(folder: Path, **changes: object) -> FinishedParts:
    return FinishedParts(folder / "out.nc", {**MADE_FROM, **changes})


def test_a_part_comes_back_as_it_was(tmp_path: Path, part: xr.Dataset) -> None:
    begun(tmp_path).write(3, part, "a part")

    xr.testing.assert_identical(begun(tmp_path).read(3), part)
    assert begun(tmp_path).read(2) is None


def test_nothing_is_taken_over_from_another_run(tmp_path: Path, part: xr.Dataset) -> None:
    first = begun(tmp_path)
    first.write(0, part, "a part")
    other = begun(tmp_path, seed=1)

    assert other.read(0) is None
    assert not first.folder.exists()


@pytest.mark.parametrize("name", ["nearsight_version", "git_commit", "packages"])
def test_nothing_is_taken_over_from_another_version(
    name: str, tmp_path: Path, part: xr.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(tmp_path).write(0, part, "a part")
    monkeypatch.setattr(room, "provenance", lambda: {**provenance(), name: "another"})

    assert begun(tmp_path).read(0) is None


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_part_that_was_cut_is_none(share: float, tmp_path: Path, part: xr.Dataset) -> None:
    finished = begun(tmp_path)
    finished.write(0, part, "a part")
    (path,) = finished.folder.iterdir()
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])

    assert finished.read(0) is None


def test_a_part_may_keep_a_folder_and_all_of_it_goes(tmp_path: Path, part: xr.Dataset) -> None:
    finished = begun(tmp_path)
    finished.write(7, part, "a part")
    finished.place(7).mkdir()
    (finished.place(7) / "000000.json").write_text("{}", encoding="utf-8")
    finished.remove()

    assert not partial_of(tmp_path / "out.nc").exists()
    assert list(tmp_path.iterdir()) == []


def test_what_a_user_has_put_there_stays(tmp_path: Path, part: xr.Dataset) -> None:
    finished = begun(tmp_path)
    finished.write(0, part, "a part")
    (finished.folder / "notes.txt").write_text("mine", encoding="utf-8")
    begun(tmp_path, seed=1)

    assert [p.name for p in finished.folder.iterdir()] == ["notes.txt"]
