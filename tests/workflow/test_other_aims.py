"""Studies of properties and of accuracy, run to their ends on molecules that the engine labels."""

import os
import re
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms
from key_changes import changed, keys_of, plan
from snakemake_runs import planned_jobs, snakemake

from nearsight.config import ImportedDataset, load_study
from nearsight.data.engine import reference_calculator
from nearsight.data.molecules import build_molecule
from nearsight.storage import check_described, read_dataset
from nearsight.verification import survey

pytestmark = pytest.mark.slow

SMILES = (
    "O", "N", "C", "CC", "CCC", "CO", "CCO", "COC", "C=C", "C#C", "C=O", "CC=O", "CC(C)=O", "CN",
    "CCN", "CNC", "C#N", "CC#N", "OC=O", "CC(=O)O", "NC=O", "CC(N)=O", "C1CC1", "c1ccccc1",
    "CF", "CCF", "OO", "NO", "CCCC", "C1CCC1",
)  # fmt: skip

PROPERTIES = """
name: pooled
aim: properties
datasets:
  small:
    source: import
    file: small.xyz
    energy_unit: eV
    force_key: none
    level_of_theory: GFN2-xTB
    split: {block: 1, validation: 0.15, test: 0.2}
variants:
  - {family: schnet, cutoff: [4.0], depth: [2], features: [8]}
every_variant:
  n_train: [15]
  target: [gap, dipole]
  pooling: [average, dipole]
training: {max_epochs: 20, learning_rate: 1.0e-2, schedule: cosine}
explain: {n_structures: 3}
properties: {longest_alkane: 3}
statistics: {n_bootstrap: 100}
"""

ACCURACY = """
name: accurate
aim: accuracy
datasets:
  ethanol:
    source: import
    file: train.xyz
    test_file: test.xyz
    energy_unit: eV
    split: {block: 2, validation: 0.2}
variants:
  - {family: painn, cutoff: [4.0], depth: [1], features: [8], n_train: [20]}
training: {max_epochs: 10, learning_rate: 1.0e-2}
"""


def labelled(smiles: str) -> tuple[Atoms, dict[str, float]]:
    """A molecule with energy, gap and dipole of GFN2-xTB in eV and debye."""
    atoms = build_molecule(smiles, 0)
    calculator = reference_calculator()
    atoms.calc = calculator
    energy = atoms.get_potential_energy()
    result = calculator._res
    levels, filled = result.get("orbital-energies"), result.get("orbital-occupations")
    n_filled = int((filled > 1).sum())
    gap = 27.211386 * float(levels[n_filled] - levels[n_filled - 1])
    dipole = float(np.linalg.norm(atoms.get_dipole_moment())) / 0.2081943
    return atoms, {"energy": float(energy), "gap": gap, "dipole": dipole}


@pytest.fixture(scope="module")
def pooled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pooled")
    images = []
    for smiles in SMILES:
        atoms, labels = labelled(smiles)
        images.append(Atoms(atoms.numbers, positions=atoms.positions, info=labels))
    ase.io.write(folder / "small.xyz", images, format="extxyz")
    (folder / "study.yaml").write_text(PROPERTIES)
    run = snakemake(
        folder, "--cores", "2", "--config", "variants_per_job=3", config=folder / "study.yaml"
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return folder / "results" / "pooled"


def test_properties_end_in_a_table_and_figures(pooled: Path) -> None:
    table = read_dataset(pooled / "tables" / "properties.nc")
    check_described(table)
    # gap and dipole by average, dipole by charges: charges give no gap.
    assert table.sizes["model"] == 3
    assert not any(table["reason"].to_numpy())
    assert np.isfinite(table["mae"]).all()
    assert np.isfinite(table["size_exponent"]).all()
    assert table["carbon"].to_numpy().tolist() == [1, 2, 3]
    assert ((table["top_share"] > 0) & (table["top_share"] <= 1 + 1e-12)).all()
    for name in ("pooling", "species"):
        assert (pooled / "figures" / f"{name}.svg").stat().st_size > 10_000
    units = dict(zip(table["target"].to_numpy(), table["error_unit"].to_numpy(), strict=True))
    assert units == {"gap": "meV", "dipole": "debye"}


def test_every_file_of_them_is_found_sound(pooled: Path) -> None:
    assert survey(pooled).findings == []


def test_charges_find_the_dipole_of_symmetric_molecules(pooled: Path) -> None:
    """Sum over q r of a head that pools charges is zero where symmetry makes it so."""
    home = next((pooled / "small").glob("*dipole-dipole"))
    alkanes = read_dataset(home / "alkanes.nc")
    # Methane and ethane have no dipole moment; the geometry is relaxed to 0.02 eV/Å.
    assert np.abs(alkanes["output"].to_numpy()[:2]).max() < 0.2
    assert (
        np.abs(alkanes["conservation_error"]).max() < 1e-6 if "conservation_error" in alkanes else 1
    )


def test_second_run_does_nothing(pooled: Path) -> None:
    folder = pooled.parents[1]
    document = load_study(folder / "study.yaml").model_dump(mode="json")
    assert plan(folder, document, "--config", "variants_per_job=3") == set()


EXPLAINED = ["explain_alkanes", "collect", "figures", "study_file"]


@pytest.mark.parametrize(
    ("key", "value", "rules"),
    [
        ("properties.longest_alkane", 4, ["alkanes", *EXPLAINED]),
        ("explain.gamma", 0.2, ["explain", *EXPLAINED]),
        ("explain.n_structures", 4, ["explain", *EXPLAINED[1:]]),
        ("every_variant.target", ["gap", "dipole", "energy"], ["train", "explain", *EXPLAINED]),
        ("every_variant.pooling", ["average", "dipole", "sum"], ["train", "explain", *EXPLAINED]),
        ("statistics.confidence", 0.9, EXPLAINED[1:]),
    ],
)
def test_a_changed_key_of_properties_runs_anew_what_it_feeds(
    pooled: Path, key: str, value: object, rules: list[str]
) -> None:
    study = load_study(pooled.parents[1] / "study.yaml")
    facts = ["--config", "variants_per_job=3"]
    planned = plan(pooled.parents[1], changed(study, key, value), *facts)
    assert {re.sub(r"_small_batch_\d+$", "", rule) for rule in planned} == set(rules)


@pytest.fixture(scope="module")
def accurate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("accurate")
    rng = np.random.default_rng(0)
    start = build_molecule("CCO", 0)
    for name, n_frames in (("train", 30), ("test", 8)):
        images = []
        for _ in range(n_frames):
            atoms = Atoms(start.numbers, positions=start.positions + rng.normal(0, 0.04, (9, 3)))
            atoms.calc = reference_calculator()
            atoms.get_forces()
            images.append(atoms)
        ase.io.write(folder / f"{name}.xyz", images, format="extxyz")
    (folder / "study.yaml").write_text(ACCURACY)
    run = snakemake(folder, "--cores", "2", config=folder / "study.yaml")
    assert run.returncode == 0, run.stdout + run.stderr
    assert planned_jobs(run.stdout + run.stderr)["train"] == 1
    return folder


def test_accuracy_ends_in_a_table_and_a_figure(accurate: Path) -> None:
    results = accurate / "results" / "accurate"
    table = read_dataset(results / "tables" / "accuracy.nc")
    assert table.sizes == {"model": 1, "epoch": 10}
    assert float(table["force_mae"][0]) > 0
    assert float(table["published_force_mae"][0]) == 10.0
    assert (results / "figures" / "accuracy.svg").is_file()
    assert survey(results).findings == []
    data = read_dataset(results / "ethanol" / "data.nc")
    assert np.unique(data["subset"], return_counts=True)[1].tolist() == [24, 6, 8]


def test_there_is_a_table_so_far(accurate: Path) -> None:
    """Of any aim, by the tables that it has."""
    run = snakemake(accurate, "so_far", "--cores", "1", config=accurate / "study.yaml")
    assert run.returncode == 0, run.stdout + run.stderr
    there = accurate / "results" / "accurate" / "so_far"
    made = {path.relative_to(there).as_posix() for path in there.rglob("*.*")}
    tables = {f"tables/accuracy.{ending}" for ending in ("nc", "csv")}
    assert made == tables | {f"figures/accuracy.{ending}" for ending in ("nc", "svg", "png", "txt")}


IMPORT_KEYS = [
    f"datasets.ethanol.{key}"
    for key in keys_of(ImportedDataset(source="import", file="x", energy_unit="eV").model_dump())
    if key not in ("source", "dynamics_temperature")
]


@pytest.mark.parametrize("key", IMPORT_KEYS)
def test_a_changed_key_of_an_import_reads_the_file_anew(accurate: Path, key: str) -> None:
    other = accurate / "other.xyz"
    other.write_text("1\nenergy=0.0\nHe 0 0 0\n")
    # Older than the data set: no time stamp tells that it is another file.
    os.utime(other, (0, 0))
    study = load_study(accurate / "study.yaml")
    rules = {"study_file", "import_data", "check_data", "train", "collect", "figures"}
    assert plan(accurate, changed(study, key)) == rules
