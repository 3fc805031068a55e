"""NetCDF of several groups is whole or absent, and says what is wrong with it in one line."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from nearsight.errors import CorruptFileError, DataError, MissingFileError
from nearsight.labels import variable
from nearsight.storage import read_groups, write_groups


@pytest.fixture
def groups() -> dict[str, xr.Dataset]:
    energies = variable("time", np.arange(5.0), "eV", "energy")
    return {
        "/": xr.Dataset({"text": variable((), "words", "", "words")}),
        "/one/a": xr.Dataset({"energy": energies}),
        "/one/b": xr.Dataset({"energy": variable("time", np.arange(3.0), "eV", "energy")}),
        "/two": xr.Dataset(attrs={"status": "ok"}),
    }


def test_groups_come_back_as_they_were(tmp_path: Path, groups: dict[str, xr.Dataset]) -> None:
    write_groups(groups, tmp_path / "g.nc", title="groups", settings={"seed": 1})
    found = read_groups(tmp_path / "g.nc")

    assert set(groups) <= set(found)
    for name, dataset in groups.items():
        assert dict(found[name].sizes) == dict(dataset.sizes)
        for column in dataset.variables:
            np.testing.assert_array_equal(found[name][column], dataset[column])
            assert found[name][column].attrs == dataset[column].attrs
    assert found["/"].attrs["title"] == "groups"
    assert found["/"].attrs["settings"] == '{"seed": 1}'
    assert found["/two"].attrs["status"] == "ok"


def test_groups_of_one_file_may_differ_in_size(
    tmp_path: Path, groups: dict[str, xr.Dataset]
) -> None:
    write_groups(groups, tmp_path / "g.nc", title="groups")

    found = read_groups(tmp_path / "g.nc")
    assert (found["/one/a"].sizes["time"], found["/one/b"].sizes["time"]) == (5, 3)


def test_inputs_are_named_with_their_checksums(
    tmp_path: Path, groups: dict[str, xr.Dataset]
) -> None:
    (tmp_path / "input").write_text("x", encoding="utf-8")
    write_groups(groups, tmp_path / "g.nc", title="t", inputs={"data": tmp_path / "input"})

    assert '"data": "2d711642b726b04401627ca9fbac32f5' in read_groups(tmp_path / "g.nc")["/"].inputs


def test_a_variable_without_units_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    bare = xr.Dataset({"energy": ("time", np.zeros(2))})

    with pytest.raises(ValueError, match="'energy' lacks long_name, units"):
        write_groups({"/a": bare}, tmp_path / "g.nc", title="t")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_file_that_was_cut_ends_in_a_line(
    share: float, tmp_path: Path, groups: dict[str, xr.Dataset]
) -> None:
    path = tmp_path / "g.nc"
    write_groups(groups, path, title="t")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])

    with pytest.raises(CorruptFileError, match=r"g\.nc"):
        read_groups(path)


def test_what_is_absent_or_no_netcdf_ends_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"absent\.nc: no such file"):
        read_groups(tmp_path / "absent.nc")
    (tmp_path / "text.nc").write_text("words", encoding="utf-8")
    with pytest.raises(CorruptFileError, match=r"text\.nc"):
        read_groups(tmp_path / "text.nc")


def test_a_group_that_has_lost_a_variable_is_refused(
    tmp_path: Path, groups: dict[str, xr.Dataset]
) -> None:
    import h5py

    path = tmp_path / "g.nc"
    write_groups(groups, path, title="t")
    with h5py.File(path, "a") as file:
        del file["one/a/energy"]

    with pytest.raises(CorruptFileError, match="has lost its variable 'energy'"):
        read_groups(path)


def test_a_file_is_not_made_of_itself(tmp_path: Path, groups: dict[str, xr.Dataset]) -> None:
    path = tmp_path / "g.nc"
    write_groups(groups, path, title="t")
    before = path.read_bytes()

    with pytest.raises(DataError, match=r"g\.nc: the data that it is made from"):
        write_groups(groups, path, title="t", inputs={"data": path})
    assert path.read_bytes() == before


def test_more_declared_than_a_file_can_hold(tmp_path: Path) -> None:
    import h5py

    path = tmp_path / "huge.nc"
    with h5py.File(path, "w") as file:
        file.create_dataset("one/energy", shape=(1 << 45,), dtype="f8", chunks=(1 << 20,))

    with pytest.raises(CorruptFileError, match=r"huge\.nc: declares 2\.8e\+14 bytes of values"):
        read_groups(path)
