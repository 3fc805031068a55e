"""What a reader of a file of relevance may count on, and what it refuses."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from ase import Atoms
from ase.build import molecule
from chains import MakeNetwork

from nearsight.config import Explain
from nearsight.errors import NearsightError
from nearsight.explain import explain
from nearsight.explain.file.relevance_kind import RELEVANCE
from nearsight.storage import read_kind, write_dataset


@pytest.fixture
def relevance(make_network: MakeNetwork) -> xr.Dataset:
    structures: list[Atoms] = [molecule("H2O"), molecule("CH3OH")]
    return explain(make_network("schnet").double(), structures, Explain())


def read(table: xr.Dataset, path: Path) -> xr.Dataset:
    write_dataset(table, path, title="test")
    return read_kind(path, RELEVANCE)


def test_what_explain_gives_is_of_the_kind(relevance: xr.Dataset, tmp_path: Path) -> None:
    found = read(relevance, tmp_path / "relevance.nc")
    np.testing.assert_array_equal(found["relevance"], relevance["relevance"])


def changed(table: xr.Dataset, name: str, values: object) -> xr.Dataset:
    old = table.variables[name]
    return table.drop_vars(name).assign({name: (old.dims, np.asarray(values), old.attrs)})


FAULTS: dict[str, tuple[Callable[[xr.Dataset], xr.Dataset], str]] = {
    "no distances": (lambda t: t.drop_vars("distance"), "distance"),
    "a distance unknown": (
        lambda t: changed(t, "distance", t["distance"].to_numpy() * np.nan), "distance",
    ),
    "atoms as reals": (lambda t: changed(t, "atom", t["atom"].to_numpy() * 1.0), "atom"),
    "another rule": (lambda t: t.assign_attrs(rule="alpha-beta"), "rule"),
    "no rule": (lambda t: t.drop_attrs(deep=False).assign_attrs(
        {k: v for k, v in t.attrs.items() if k != "rule"}), "rule"),
    "a structure that is not there": (
        lambda t: changed(t, "structure", t.variables["structure"].values + 5), "structure",
    ),
    "no pair": (lambda t: t.isel(pair=slice(0, 0)), "pair"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_another_file_is_refused_with_what_is_wrong(
    relevance: xr.Dataset, tmp_path: Path, fault: str
) -> None:
    spoil, word = FAULTS[fault]
    with pytest.raises(NearsightError, match=word) as refused:
        read(spoil(relevance), tmp_path / "relevance.nc")
    assert "relevance.nc" in str(refused.value)
