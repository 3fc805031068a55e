"""A force field of somebody else's beside a trained network, for real: GFN1-xTB on water.

Its jobs are those that the workflow plans, carried out by their own commands.
"""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_results import HOME, STUDY, make_results, run

from nearsight.aims.specs import AIMS
from nearsight.collect.models import given_models
from nearsight.config import validate
from nearsight.config.study import Study
from nearsight.data.frames import SUBSETS, read_frames
from nearsight.errors import StaleFileError
from nearsight.storage import read_dataset
from nearsight.verification import survey
from nearsight.workflow.given import given_jobs

pytestmark = pytest.mark.slow

XTB = {
    "calculator": "tblite.ase:TBLite",
    "arguments": {"method": "GFN1-xTB", "verbosity": 0},
    "level_of_theory": "GFN1-xTB",
}
EMT = {"calculator": "ase.calculators.emt:EMT"}
NEW = Path("results/small")


def document(models: dict[str, Any]) -> dict[str, Any]:
    return {**STUDY, "models": models}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Results of a trained network and of three given models; one is that network's own file."""
    home = tmp_path_factory.mktemp("given")
    patch = pytest.MonkeyPatch()
    (home / NEW).mkdir(parents=True)
    patch.chdir(home / NEW)
    make_results(home / NEW)
    patch.chdir(home)
    models = {"gfn1": XTB, "metal": EMT, "twin": {"file": str(NEW / HOME / "model.safetensors")}}
    (NEW / "study.json").write_text(json.dumps(document(models)), encoding="utf-8")
    for job in given_jobs(validate(Study, document(models), "study")):
        run(*shlex.split(job.command("water")))
    run("collect", NEW / "study.json", "--out", NEW / "tables/decay_vs_stability.nc")
    yield home
    patch.undo()


@pytest.fixture(scope="module")
def table(folder: Path) -> Any:
    return read_dataset(folder / NEW / "tables/decay_vs_stability.nc").set_index(model="variant")


def test_every_row_ended_well(table: Any) -> None:
    assert table["status"].to_numpy().tolist() == ["ok"] * 4
    assert table["reason"].to_numpy().tolist() == [""] * 4


def test_where_there_are_no_walks_relevance_does_not_apply_and_is_no_failure(
    folder: Path,
) -> None:
    for name in ("gfn1", "metal"):
        for file in ("relevance.nc", "faithfulness.nc"):
            found = read_dataset(folder / NEW / "water" / name / file)
            assert found.attrs["status"] == "not_applicable", file
            assert "calculator" in found.attrs["reason"]


def test_a_file_that_the_study_trained_itself_gives_the_numbers_of_its_variant(
    table: Any,
) -> None:
    """The same network by two ways: as trained, and as given."""
    trained, twin = (table.sel(model=name) for name in (HOME.name, "twin"))
    for name in ("force_mae", "energy_mae", "response_exponent", "survival", "heating",
                 "effective_body_order", "relevance_tail_share"):  # fmt: skip
        np.testing.assert_array_equal(trained[name], twin[name], err_msg=name)
    for axis in ("cutoff", "depth"):
        assert float(trained[axis]) == float(twin[axis])
    assert np.isnan(twin["seed"])
    assert str(twin["origin"].item()) == "file"


def test_errors_are_those_of_the_calculator_on_the_labels(folder: Path, table: Any) -> None:
    """By ASE alone, frame by frame; the labels are noise, the errors are their distance."""
    from tblite.ase import TBLite

    frames = read_frames(folder / NEW / "water/data.nc").of_subset(SUBSETS[2])
    errors = []
    for k in range(len(frames)):
        atoms = frames.atoms(k)
        atoms.calc = TBLite(method="GFN1-xTB", verbosity=0)
        first = frames.first_atom[k]
        errors.append(np.abs(atoms.get_forces() - frames.force[first : first + len(atoms)]).mean())
    assert float(table["force_mae"].sel(model="gfn1")) == pytest.approx(
        1000 * np.mean(errors), rel=1e-6
    )


def test_its_level_of_theory_stands_beside_its_errors(folder: Path) -> None:
    text = pd.read_csv(folder / NEW / "tables/decay_vs_stability.csv").set_index("model")
    row = text.loc["water/gfn1"]
    assert row["origin"] == "calculator"
    assert row["model_level_of_theory"] == "GFN1-xTB"
    found = read_dataset(folder / NEW / "water/gfn1/evaluation.nc").attrs
    assert found["level_of_theory"] == "GFN1-xTB"
    assert found["calculator_package"].startswith("tblite ")


def test_no_file_is_at_fault_and_none_is_unknown(folder: Path) -> None:
    made = [one for one in survey(folder / NEW).findings if "water/" in one.path]
    of_given = [one for one in made if any(f"/{name}/" in one.path for name in
                ("gfn1", "metal", "twin"))]  # fmt: skip
    assert [str(one) for one in of_given] == []


def test_another_calculator_in_the_study_makes_its_rows_stale(folder: Path) -> None:
    other = {**XTB, "arguments": {"method": "IPEA1-xTB", "verbosity": 0}}
    path = folder / NEW / "study.json"
    kept = path.read_text(encoding="utf-8")
    try:
        models = {**json.loads(kept)["models"], "gfn1": other}
        path.write_text(json.dumps(document(models)), encoding="utf-8")
        run("collect", path, "--out", folder / "tables/other.nc")
    finally:
        path.write_text(kept, encoding="utf-8")
    found = read_dataset(folder / "tables/other.nc").set_index(model="variant")
    assert found["status"].to_numpy().tolist() == ["ok", "stale", "ok", "ok"]
    reason = str(found["reason"].sel(model="gfn1").item())
    assert "calculator_arguments" in reason
    assert "IPEA1-xTB" in reason
    assert np.isnan(found["force_mae"].sel(model="gfn1"))


def test_its_stages_refuse_files_of_another_calculator(folder: Path) -> None:
    home = NEW / "water/gfn1"
    asked = ("failures", "ase.calculators.emt:EMT", NEW / "water/data.nc", "--dynamics",
             home / "dynamics.nc", "--trajectories", home / "trajectories")  # fmt: skip
    with pytest.raises(StaleFileError, match="calculator is tblite"):
        run(*asked, "--out", folder / "failures.nc")


def test_tests_leave_them_out_and_say_so_and_figures_show_them(folder: Path) -> None:
    tables = NEW / "tables"
    given = (NEW / "study.json", tables / "curves.nc", tables / "decay_vs_stability.nc")
    run("associate", *given, "--out", tables / "association.nc")
    for name in ("question", "association", "hazards", "sensitivity"):
        found = read_dataset(folder / tables / f"{name}.nc")
        assert found.attrs["given_models_left_out"] == "gfn1, metal, twin"
        if "family" in found:
            assert not {"gfn1", "metal", "twin"} & set(found["family"].to_numpy().tolist())
    run("figures", tables / "curves.nc", tables / "decay_vs_stability.nc", "--out",
        folder / "figures")  # fmt: skip
    shown = (folder / "figures/response_decay.txt").read_text(encoding="utf-8")
    assert all(name in shown for name in ("SchNet", "gfn1", "metal", "twin"))
    assert given_models(read_dataset(folder / tables / "curves.nc")) == ["gfn1", "metal", "twin"]
    sources = ("curves", "decay_vs_stability")
    drawn = {name for name, source in AIMS["stability"].figures.items() if source in sources}
    assert drawn == {path.stem for path in (folder / "figures").iterdir()}
