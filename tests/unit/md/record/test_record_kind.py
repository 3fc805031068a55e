"""What a reader of a record of dynamics may count on, and what it refuses."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from dimers import GUARDS, moving, settings_of, springs, trimers

from nearsight.errors import CorruptFileError
from nearsight.md.record.labelled import to_dataset
from nearsight.md.record.record_kind import ENDS, RECORD
from nearsight.md.record.segments import Memory
from nearsight.md.run.nve import run
from nearsight.md.run.shorter_step import replicas_to_halve, run_halved
from nearsight.storage import read_kind, write_dataset

SETTINGS = settings_of(20)


@pytest.fixture(scope="module")
def table() -> xr.Dataset:
    starts = moving(trimers(2), 0, 0, [0.004, 0.0, 0.0])
    record = run(springs, starts, GUARDS, SETTINGS)
    halved = run_halved(
        replicas_to_halve(record, 1), record, springs, starts, GUARDS, SETTINGS,
        store=Memory(), seconds=np.inf,
    )  # fmt: skip
    return to_dataset(record, starts, SETTINGS, halved)


def read(table: xr.Dataset, path: Path) -> xr.Dataset:
    write_dataset(table, path, title="test")
    return read_kind(path, RECORD)


def spoilt(name: str, change: Callable[[np.ndarray], object]) -> Callable[[xr.Dataset], xr.Dataset]:
    def spoil(table: xr.Dataset) -> xr.Dataset:
        old = table.variables[name]
        values = np.array(change(old.values.copy()))
        return table.assign({name: (old.dims, values, old.attrs)})

    return spoil


def first(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(values: np.ndarray) -> np.ndarray:
        values[(0,) * values.ndim] = value
        return values

    return change


def test_a_record_is_of_its_kind(table: xr.Dataset, tmp_path: Path) -> None:
    found = read(table, tmp_path / "md.nc")
    for name in RECORD.variables:
        np.testing.assert_array_equal(found[name], table[name])


def test_energies_after_an_end_may_be_unknown(table: xr.Dataset, tmp_path: Path) -> None:
    read(spoilt("potential_energy", first(np.nan))(table), tmp_path / "md.nc")


FAULTS: dict[str, tuple[Callable[[xr.Dataset], xr.Dataset], str]] = {
    "end of no kind": (spoilt("end_kind", first(77)), "end_kind has values"),
    "unknown time of an end": (spoilt("end_time", first(np.nan)), "end_time is not finite"),
    "no mass": (lambda table: table.drop_vars("mass"), "no variable 'mass'"),
    "a replica that there is not": (spoilt("halved_replica", first(9)), "counts places of replica"),
    "events as numbers": (spoilt("event", lambda x: x.astype(float)), "event is of type float"),
    "steps as reals": (spoilt("other_step", lambda x: x.astype(float)), "other_step is of type"),
    "time the other way round": (
        lambda table: table.transpose("time", ...), "potential_energy has dimensions",
    ),
    "no frame": (lambda table: table.isel(time=slice(0, 0)), "dimension time is empty"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_another_file_is_refused(table: xr.Dataset, tmp_path: Path, fault: str) -> None:
    spoil, words = FAULTS[fault]
    with pytest.raises(CorruptFileError, match=words) as refused:
        read(spoil(table), tmp_path / "md.nc")
    assert str(refused.value).endswith("make one with nearsight md")


def test_places_of_ends_are_asked_for_by_those_who_show_them(
    table: xr.Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "md.nc"
    write_dataset(table.drop_vars("end_position"), path, title="test")
    read_kind(path, RECORD)
    with pytest.raises(CorruptFileError, match="end_position"):
        read_kind(path, ENDS)
    assert set(RECORD.variables) < set(ENDS.variables)
