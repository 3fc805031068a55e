"""A result is what it was written as, or one line says which variable is not."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from nearsight.errors import CorruptFileError
from nearsight.labels import variable
from nearsight.storage import (
    LAYOUT,
    Kind,
    empty_dataset,
    is_netcdf,
    read_dataset,
    read_kind,
    write_dataset,
)

KIND = Kind(
    name="list of ends",
    verb="nearsight md",
    variables={
        "time": (("replica",), "f"),
        "which": (("end",), "i"),
        "how": (("replica",), "i"),
        "event": (("replica",), "b"),
        "name": (("replica",), "s"),
    },
    attributes={"rule": frozenset({"a", "b"}), "strength": (int, float)},
    index={"which": "replica"},
    counted=("which",),
    flags=("how",),
    known=("time",),
    filled=("replica",),
)


def ends() -> xr.Dataset:
    flags = {"flag_values": np.array([0, 1], dtype="i1"), "flag_meanings": "survived bond"}
    return xr.Dataset(
        {
            "time": variable("replica", [1.0, 2.0, 3.0], "fs", "time of the end"),
            "which": variable("end", [0, 2], "1", "replica of the end"),
            "how": variable("replica", np.array([0, 1, 1], dtype="i1"), "1", "kind", **flags),
            "event": variable("replica", [True, False, True], "1", "ended by a rule"),
            "name": variable("replica", ["x", "y", "z"], "", "name"),
        },
        attrs={"status": "ok", "reason": "", "rule": "a", "strength": 0.1},
    )


def written(dataset: xr.Dataset, folder: Path) -> Path:
    path = folder / "ends.nc"
    write_dataset(dataset, path, title="ends")
    return path


def changed(path: Path, change: xr.Dataset | None = None, **variables: object) -> Path:
    """The file with variables or attributes put in by another program, its own record kept."""
    dataset = (read_dataset(path) if change is None else change).drop_encoding()
    dataset.assign(variables).to_netcdf(path)  # type: ignore[arg-type]
    return path


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = written(ends(), tmp_path)
    assert is_netcdf(path)
    xr.testing.assert_equal(read_kind(path, KIND), ends())


def test_more_variables_do_no_harm(tmp_path: Path) -> None:
    path = changed(written(ends(), tmp_path), more=("replica", [1.0, 2.0, 3.0]))
    assert "more" in read_dataset(path)


def test_a_lost_variable(tmp_path: Path) -> None:
    path = written(ends(), tmp_path)
    changed(path, read_dataset(path).drop_vars("time"))
    with pytest.raises(CorruptFileError, match=r"ends\.nc: has lost its variable 'time'"):
        read_dataset(path)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (("end", [1.0, 2.0]), r"time has dimensions \(end\), not \(replica\) as written"),
        ((("replica", "end"), np.ones((3, 2))), r"time has dimensions \(replica, end\)"),
        (("replica", [1, 2, 3]), "time is of type int64, not real numbers"),
        (("replica", ["a", "b", "c"]), "time is of type .*, not real numbers"),
    ],
)
def test_a_variable_that_is_another(values: object, told: str, tmp_path: Path) -> None:
    path = changed(written(ends(), tmp_path), time=values)
    with pytest.raises(CorruptFileError, match=told):
        read_dataset(path)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"time": 1}', "[" * 5000, "\u2603"])
def test_a_record_that_cannot_be_read(text: str, tmp_path: Path) -> None:
    path = written(ends(), tmp_path)
    changed(path, read_dataset(path).assign_attrs({LAYOUT: text}))
    with pytest.raises(CorruptFileError, match="attribute 'layout' cannot be read"):
        read_dataset(path)


BROKEN = {
    "no variable": (lambda d: d.drop_vars("event"), "it has no variable 'event'"),
    "dimensions": (lambda d: d.rename(end="last"), r"which has dimensions \(last\), not \(end\)"),
    "type": (lambda d: d.assign(event=("replica", [1.0, 0.0, 1.0])), "event is of type float64"),
    "none": (lambda d: d.isel(replica=[], end=[]), "dimension replica is empty"),
    "attribute": (lambda d: d.assign_attrs(strength="x"), "attribute 'strength' is 'x'"),
    "choice": (lambda d: d.assign_attrs(rule="c"), "attribute 'rule' is 'c'"),
    "no attribute": (lambda d: d.drop_attrs(deep=False), "attribute 'rule' is None"),
    "place": (lambda d: d.assign(which=("end", [0, 3])), "which counts places of replica"),
    "negative": (lambda d: d.assign(which=("end", [0, -1])), "which counts places of replica"),
    "meaning": (lambda d: d.assign(how=d["how"] + np.int8(5)), "that its flag_meanings do not"),
    "nan": (lambda d: d.assign(time=d["time"] * np.nan), "time is not finite"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_of_another_kind(name: str, tmp_path: Path) -> None:
    """Made by hand or by another program: there is no record to compare with."""
    change, told = BROKEN[name]
    with xr.set_options(keep_attrs=True):
        broken = change(ends())
    path = tmp_path / "ends.nc"
    broken.to_netcdf(path)
    with pytest.raises(CorruptFileError, match=rf"ends\.nc: no list of ends: .*{told}") as caught:
        read_kind(path, KIND)
    assert str(caught.value).endswith("; make one with nearsight md")
    assert "\n" not in str(caught.value)


def test_a_stage_that_had_nothing_to_work_on(tmp_path: Path) -> None:
    path = written(empty_dataset("training diverged"), tmp_path)
    assert read_kind(path, KIND).attrs["reason"] == "training diverged"
    changed(path, read_dataset(path).assign_attrs(reason=3))
    with pytest.raises(CorruptFileError, match="has status failed and no reason"):
        read_kind(path, KIND)


def test_more_declared_than_a_file_can_hold(tmp_path: Path) -> None:
    path = tmp_path / "huge.nc"
    with h5py.File(path, "w") as file:
        file.create_dataset("energy", shape=(1 << 45,), dtype="f8", chunks=(1 << 20,))
    with pytest.raises(CorruptFileError, match=r"huge\.nc: declares 2\.8e\+14 bytes of values"):
        read_dataset(path)
