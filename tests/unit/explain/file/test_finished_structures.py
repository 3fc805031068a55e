"""Finished structures are kept beside the output, and taken over only where they belong."""

from pathlib import Path

import pytest
import torch
import xarray as xr
from ase import Atoms
from ase.build import molecule
from chains import MakeNetwork

import nearsight.explain.relevance as room
from nearsight.config import Explain
from nearsight.errors import DataError, ModelError
from nearsight.explain import Chain, explain
from nearsight.explain.file.finished_structures import FinishedStructures


@pytest.fixture
def structures(ethanol: Atoms):
    return [molecule("H2O"), Atoms("C"), ethanol, molecule("CH3OH")]


@pytest.fixture
def network(make_network: MakeNetwork):
    return make_network("painn").double()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch):
    """Formulas of the structures that were linearised, in order."""
    formulas, linearize = [], room.linearize

    def count(network: torch.nn.Module, structure: Atoms, **options: object) -> Chain:
        formulas.append(str(structure.symbols))
        return linearize(network, structure, **options)

    monkeypatch.setattr(room, "linearize", count)
    return formulas


def partial(folder: Path, structures: list[Atoms], **settings: object):
    model = folder / "weights"
    model.write_bytes(b"weights")
    out = folder / "relevance.nc"
    return FinishedStructures(
        out, model={"model": model}, structures=structures, settings=settings, interval=0
    )


def test_finished_structures_are_not_explained_again(
    network: torch.nn.Module, structures: list[Atoms], tmp_path: Path, counted: list[str]
):
    expected = explain(network, structures, Explain())
    fresh = explain(network, structures, Explain(), finished=partial(tmp_path, structures))
    assert len(counted) == 8
    kept = partial(tmp_path, structures)
    (kept.folder / "000002.nc").unlink()
    (kept.folder / "000003.nc").write_bytes(b"\x89HDF cut short")
    resumed = explain(network, structures, Explain(), finished=kept)
    assert counted[8:] == [str(s.symbols) for s in structures[2:]]
    xr.testing.assert_identical(fresh, expected)
    xr.testing.assert_identical(resumed, expected)
    for name in expected.variables:
        assert resumed[name].dtype == expected[name].dtype
    kept.remove()
    assert not list(tmp_path.glob(".*"))


def test_an_error_keeps_what_is_finished(
    network: torch.nn.Module, structures: list[Atoms], tmp_path: Path, counted: list[str]
):
    strange = [*structures[:3], Atoms([110])]
    model = tmp_path / "weights"
    model.write_bytes(b"weights")

    def slow() -> FinishedStructures:
        return FinishedStructures(
            tmp_path / "r.nc", model={"model": model}, structures=strange, settings={}, interval=1e9
        )

    for expected in (4, 1):
        counted.clear()
        with pytest.raises(ModelError, match="structure 3: nuclear charge 110"), slow() as finished:
            explain(network, strange, Explain(), finished=finished)
        assert len(counted) == expected
        assert len(list(finished.folder.glob("*.nc"))) == 3


@pytest.mark.parametrize("change", ["settings", "structures", "model", "charge"])
def test_nothing_is_taken_over_from_another_run(
    structures: list[Atoms], tmp_path: Path, change: str
):
    first = partial(tmp_path, structures, vector="flow")
    first.write(0, xr.Dataset(attrs={"x": 1}))
    same = partial(tmp_path, [s.copy() for s in structures], vector="flow")
    assert same.read(0).attrs == {"x": 1}
    changed, settings = [s.copy() for s in structures], {"vector": "flow"}
    if change == "settings":
        settings = {"vector": "detach"}
    elif change == "structures":
        changed[1].positions += 1e-9
    elif change == "charge":
        changed[1].info["total_charge"] = 1.0
    other = partial(tmp_path, changed, **settings)
    if change == "model":
        (tmp_path / "weights").write_bytes(b"others")
        other = FinishedStructures(
            tmp_path / "relevance.nc", model={"model": tmp_path / "weights"},
            structures=changed, settings=settings,
        )  # fmt: skip
    assert other.read(0) is None
    assert not first.folder.exists()


def test_a_fault_in_the_last_structure_is_found_first(
    network: torch.nn.Module, structures: list[Atoms], counted: list[str]
):
    structures[-1].positions[0] = structures[-1].positions[1]
    with pytest.raises(DataError, match="structure 3: CH4O: atoms 0 and 1 are at one place"):
        explain(network, structures, Explain())
    assert not counted
