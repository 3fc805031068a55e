"""All families in one study, through the command line: one row each, whatever a family lacks."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from ase import Atoms
from ase.build import molecule
from ase.calculators.morse import MorsePotential
from small_models import NAMES, frames_of, small
from typer.testing import CliRunner

from nearsight.cli import app
from nearsight.config import Study
from nearsight.config.feeding import settings_of
from nearsight.data.frames import SUBSETS, write_frames
from nearsight.families import registry
from nearsight.families.family import Family
from nearsight.storage import read_dataset

WITHOUT_WALKS = "painn"
"""In this study it has none: the stand-in for a family that is not written as a chain."""

UNITS = {"energy_unit": "eV", "length_unit": "angstrom"}

pytestmark = pytest.mark.slow


def water() -> list[Atoms]:
    """A Morse cluster in the shape of water, near its rest."""
    rng = np.random.default_rng(0)
    rest = molecule("H2O")
    found = []
    for _ in range(40):
        atoms = Atoms(rest.numbers, positions=rest.positions + rng.normal(0, 0.05, (3, 3)))
        atoms.calc = MorsePotential(epsilon=2.0, r0=1.0, rho0=3.0)
        found.append(atoms)
    return found


def write_data(path: Path) -> None:
    structures = water()
    frames = replace(
        frames_of(structures),
        energy=np.array([atoms.get_potential_energy() for atoms in structures]),
        force=np.concatenate([atoms.get_forces() for atoms in structures]),
        subset=np.repeat(np.arange(len(SUBSETS)), [24, 6, 10]),
        attributes={"level_of_theory": "Morse"},
    )
    write_frames(frames, path, title="water")


def study() -> Study:
    sizes = [small(name, n_train=20).model_dump() for name in NAMES]
    axes = ("cutoff", "depth", "features", "lmax")
    return Study.model_validate(
        {
            "name": "families",
            "datasets": {"water": {"source": "import", "file": "water.xyz", **UNITS}},
            "variants": [
                {"family": own["family"]} | {a: [own[a]] for a in axes if a in own} for own in sizes
            ],
            "every_variant": {"n_train": [20], "seed": [3]},
            "training": {"max_epochs": 3, "batch_size": 5},
            "explain": {"n_structures": 2},
            "respond": {"n_structures": 2},
            "dynamics": {
                "duration": 0.01,
                "replicas": 3,
                "write_interval": 5,
                "temperature": 100.0,
            },
            "statistics": {"n_bootstrap": 100, "least_pairs": 1},
        }
    )


def run(*arguments: object) -> None:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, f"{arguments}: {result.output} {result.exception!r}"


def run_variant(asked: Study, data: Path, home: Path, variant: str) -> None:
    """Every stage of one model, as the rules call them."""

    def fed(stage: str, section: object) -> list[str]:
        return ["--settings", json.dumps(settings_of(section, stage))]

    model, dynamics, trajectories = (home / n for n in ("model.safetensors", "dynamics.nc", "t"))
    made = {name: home / f"{name}.nc" for name in ("relevance", "response", "faithfulness")}
    run("train", data, "--variant", variant, *fed("train", asked.training), "--out", model)
    run("explain", model, data, *fed("explain", asked.explain), "--out", made["relevance"])
    run("respond", data, "--model", model, *fed("respond", asked.respond), "--out",
        made["response"])  # fmt: skip
    run("faithfulness", model, data, "--relevance", made["relevance"], "--response",
        made["response"], *fed("faithfulness", asked.faithfulness), "--out",
        made["faithfulness"])  # fmt: skip
    run("md", data, "--model", model, *fed("dynamics", asked.dynamics), "--trajectories",
        trajectories, "--out", dynamics)  # fmt: skip
    run("stability", dynamics, "--trajectories", trajectories, "--data", data,
        *fed("stability", asked.statistics), "--out", home / "stability.nc")  # fmt: skip
    run("failures", model, data, "--dynamics", dynamics, "--trajectories", trajectories,
        *fed("failures", asked.failures), "--allow-no-yardstick",
        "--out", home / "failures.nc")  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("families")
    asked, data = study(), folder / "water" / "data.nc"
    data.parent.mkdir()
    (folder / "study.json").write_text(asked.model_dump_json())
    write_data(data)
    whole = registry.family

    def family(name: str) -> Family:
        return replace(whole(name), walks=None) if name == WITHOUT_WALKS else whole(name)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(registry, "family", family)
        for variant in asked.variants_of("water").values():
            home = data.parent / variant.id
            home.mkdir()
            run_variant(asked, data, home, variant.model_dump_json())
        run("collect", folder / "study.json", "--out", folder / "tables" / "table.nc")
        yield folder


@pytest.fixture(scope="module")
def table(results: Path) -> xr.Dataset:
    return read_dataset(results / "tables" / "table.nc")


def test_every_family_has_its_row_and_none_failed(table: xr.Dataset) -> None:
    assert table.sizes["model"] == len(NAMES)
    assert set(table["family"].to_numpy()) == set(NAMES)
    assert (table["status"] == "ok").all()
    assert (table["reason"] == "").all()


def test_axes_of_one_family_are_unknown_of_the_others(table: xr.Dataset) -> None:
    known = {
        str(family): bool(np.isfinite(value))
        for family, value in zip(table["family"].to_numpy(), table["lmax"].to_numpy(), strict=True)
    }
    assert known == {name: name == "so3net" for name in NAMES}


@pytest.mark.parametrize("column", ["force_mae", "energy_mae", "n_replicas"])
def test_all_of_them_train_and_move(table: xr.Dataset, column: str) -> None:
    assert np.isfinite(table[column]).all()


def test_relevance_is_unknown_where_there_are_no_walks(table: xr.Dataset) -> None:
    without = table["family"].to_numpy() == WITHOUT_WALKS
    found = np.isfinite(table["conservation_error"].to_numpy())
    assert (found == ~without).all()


@pytest.mark.parametrize("file", ["relevance", "faithfulness"])
def test_files_without_relevance_say_why(results: Path, file: str) -> None:
    for place in sorted((results / "water").glob(f"*/{file}.nc")):
        attributes = read_dataset(place).attrs
        if place.parent.name.startswith(WITHOUT_WALKS):
            assert attributes["status"] == "not_applicable"
            assert f"family {WITHOUT_WALKS} is not written as a chain" in attributes["reason"]
        else:
            assert attributes["status"] == "ok"
