"""Files of a model that a study was given: which there are, and of which model they are."""

import json
from pathlib import Path
from typing import Any

import pytest
from study_folder import SCHNET, STUDY, study_of, write_file, write_study

from nearsight.aims.specs import AIMS
from nearsight.collect.results import NOT_TRAINED, Results
from nearsight.config import Study
from nearsight.config.given import TAKEN
from nearsight.lineage.origins import Origins, Stale
from nearsight.lineage.products import File, collected, files_of, tables_of
from nearsight.storage import NOT_APPLICABLE, sha256
from nearsight.verification import survey

XTB = {"calculator": "tblite.ase:TBLite", "arguments": {"method": "GFN1-xTB", "verbosity": 0}}
HOME = "ethanol/mine"
TRAINED_ALONE = {"model.safetensors", "history.nc", "card.json"}


def given(model: dict[str, Any], **changes: Any) -> Study:
    return study_of(models={"mine": model}, **changes)


def files_of_mine(study: Study) -> list[File]:
    return [file for file in files_of(study) if file.variant == "mine"]


def said_of(study: Study) -> dict[str, str]:
    """What a file says that was made by the calculator of a study."""
    model = study.models["mine"]
    arguments = json.dumps(model.arguments, sort_keys=True)
    return {"calculator": model.calculator, "calculator_arguments": arguments}


def write(folder: Path, study: Study, **changed: Any) -> None:
    """All results of a study, its given model's among them."""
    write_study(folder, study)
    for file in files_of_mine(study):
        if not file.product.is_folder:
            write_file(folder, study, file, **(changed if file.model is not None else {}))


def stale(folder: Path, path: str, study: Study) -> Stale | None:
    return Origins(study, folder, files_of(study)).stale(path)


@pytest.mark.parametrize("aim", list(AIMS))
def test_it_has_the_files_of_a_variant_but_for_those_of_a_training(aim: str) -> None:
    study = given(XTB, aim=aim)
    names: dict[str, set[str]] = {}
    for file in files_of(study):
        names.setdefault(file.variant, set()).add(Path(file.path).name)
    variant = SCHNET.partition("/")[2]
    assert names["mine"] == names[variant] - TRAINED_ALONE
    assert "evaluation.nc" in names["mine"]


def test_without_models_there_are_the_files_that_there_were() -> None:
    before, after = files_of(study_of()), files_of(given(XTB))
    assert [file for file in after if file.variant != "mine"] == before
    assert all(file.model is None for file in before)


def test_no_folder_beside_its_own_can_have_its_name() -> None:
    files = files_of(given(XTB))
    beside = {Path(f.path).name for f in files if f.product.is_folder and not f.variant}
    assert "reference_trajectories" in beside
    assert beside <= set(TAKEN)


@pytest.mark.parametrize("aim", list(AIMS))
def test_every_file_stands_after_those_in_the_folder_that_it_is_made_from(aim: str) -> None:
    made: set[str] = set()
    study = given(XTB, aim=aim)
    for file in [*files_of(study), *tables_of(study)]:
        assert set(file.inputs.values()) <= made, file.path
        made.add(file.path)


def test_the_model_itself_lies_elsewhere() -> None:
    for file in files_of_mine(given({"file": "a.safetensors"})):
        assert "model" not in file.inputs
        follows = Path(file.path).name in ("stability.nc", "trajectories", "failures.xyz")
        assert (file.model is None) is follows, file.path


def test_its_stages_have_names_of_their_own_where_they_are_told_other_things() -> None:
    stages = {file.product.stage for file in files_of_mine(given(XTB))}
    assert {"evaluate_given", "respond_given", "dynamics"} <= stages
    assert not {"train", "respond"} & stages


def test_its_results_are_joined_with_the_others() -> None:
    paths = {file.path for file in collected(given(XTB))}
    assert {f"{HOME}/evaluation.nc", f"{HOME}/response.nc", f"{HOME}/stability.nc"} <= paths
    assert f"{HOME}/card.json" not in paths


def test_what_the_calculator_of_the_study_made_is_believed(tmp_path: Path) -> None:
    study = given(XTB)
    write(tmp_path, study, attributes=said_of(study))
    assert [f.path for f in files_of(study) if stale(tmp_path, f.path, study)] == []


@pytest.mark.parametrize(
    ("other", "word"),
    [
        ({**XTB, "arguments": {"method": "GFN2-xTB", "verbosity": 0}}, "calculator_arguments is"),
        ({**XTB, "calculator": "tblite.ase:Other"}, "calculator is"),
        ({"calculator": XTB["calculator"]}, "calculator_arguments is"),
    ],
)
def test_what_another_calculator_made_is_stale(
    tmp_path: Path, other: dict[str, Any], word: str
) -> None:
    before, now = given(XTB), given(other)
    write(tmp_path, before, attributes=said_of(before))
    for name in ("evaluation.nc", "relevance.nc", "response.nc", "dynamics.nc"):
        found = stale(tmp_path, f"{HOME}/{name}", now)
        assert found is not None, name
        assert word in found.reason
        assert found.root == f"{HOME}/{name}"
    follows = stale(tmp_path, f"{HOME}/stability.nc", now)
    assert follows is not None
    assert follows.root == f"{HOME}/dynamics.nc"
    # The trained ones are as they were.
    assert stale(tmp_path, f"{SCHNET}/stability.nc", now) is None


def test_what_was_made_with_another_file_of_the_calculator_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    module = Path("mine.py")
    module.write_text("depth = 1", encoding="utf-8")
    study = given({"calculator": "mine:factory"})
    files = json.dumps({"mine.py": sha256(module)})
    write(tmp_path / "results", study, attributes=said_of(study) | {"calculator_files": files})
    assert stale(tmp_path / "results", f"{HOME}/response.nc", study) is None
    module.write_text("depth = 2", encoding="utf-8")
    found = stale(tmp_path / "results", f"{HOME}/response.nc", study)
    assert found is not None
    assert "another file than mine.py" in found.reason
    module.unlink()
    assert stale(tmp_path / "results", f"{HOME}/response.nc", study) is None


def test_a_row_is_of_one_version_of_the_calculator(tmp_path: Path) -> None:
    """Two may be of two versions on two data sets, as of parts that were merged."""
    study = given(XTB)
    old, new = (said_of(study) | {"calculator_package": f"tblite {n}"} for n in ("0.4", "0.8"))
    write(tmp_path, study, attributes=old)
    assert [f.path for f in files_of(study) if stale(tmp_path, f.path, study)] == []
    (late,) = [f for f in files_of_mine(study) if f.path == f"{HOME}/failures.nc"]
    write_file(tmp_path, study, late, attributes=new)
    chain = Origins(study, tmp_path, files_of(study))
    assert chain.stale(f"{HOME}/evaluation.nc") is None
    found = chain.stale(late.path)
    assert found is not None
    assert "calculator_package is 'tblite 0.8', and of " in found.reason
    assert found.root == late.path


def test_order_of_arguments_makes_no_other_calculator(tmp_path: Path) -> None:
    study = given(XTB)
    write(tmp_path, study, attributes=said_of(study))
    turned = dict(reversed(XTB["arguments"].items()))  # type: ignore[attr-defined]
    assert stale(tmp_path, f"{HOME}/response.nc", given({**XTB, "arguments": turned})) is None


def test_what_was_made_from_the_file_as_it_is_now_is_believed_and_nothing_else(
    tmp_path: Path,
) -> None:
    model = tmp_path / "elsewhere" / "model.safetensors"
    model.parent.mkdir()
    model.write_bytes(b"weights")
    study = given({"file": str(model)})
    folder = tmp_path / "results"
    write(folder, study, inputs={"model": model})
    assert stale(folder, f"{HOME}/dynamics.nc", study) is None
    model.write_bytes(b"others")
    renewed = folder / f"{HOME}/dynamics.nc"
    found = stale(folder, f"{HOME}/dynamics.nc", study)
    assert found is not None
    assert f"{renewed}: made from another network than {model}" in found.reason
    # What is not at hand proves nothing: results are looked at elsewhere too.
    model.unlink()
    assert stale(folder, f"{HOME}/dynamics.nc", study) is None


def test_a_row_is_of_one_file_also_where_that_is_not_at_hand(tmp_path: Path) -> None:
    model = tmp_path / "elsewhere" / "model.safetensors"
    model.parent.mkdir()
    model.write_bytes(b"weights")
    study, folder = given({"file": str(model)}), tmp_path / "results"
    write(folder, study, inputs={"model": model})
    model.write_bytes(b"others")
    (late,) = [f for f in files_of_mine(study) if f.path == f"{HOME}/response.nc"]
    write_file(folder, study, late, inputs={"model": model})
    model.unlink()
    chain = Origins(study, folder, files_of(study))
    assert chain.stale(f"{HOME}/evaluation.nc") is None
    found = chain.stale(late.path)
    assert found is not None
    assert "made from another network than " in found.reason


@pytest.mark.parametrize("changed", ["weights", "hyperparameters"])
def test_both_files_of_a_converted_model_count(tmp_path: Path, changed: str) -> None:
    places = {
        "weights": tmp_path / "weights.safetensors",
        "hyperparameters": tmp_path / "hyperparameters.yaml",
    }
    for role, path in places.items():
        path.write_text(role, encoding="utf-8")
    study = given({"folder": str(tmp_path)})
    folder = tmp_path / "results"
    write(folder, study, inputs=places)
    assert stale(folder, f"{HOME}/response.nc", study) is None
    places[changed].write_text("other", encoding="utf-8")
    found = stale(folder, f"{HOME}/response.nc", study)
    assert found is not None
    assert f"made from another file of {changed} than {places[changed]}" in found.reason


def test_a_file_of_a_trained_network_is_none_of_a_calculator(tmp_path: Path) -> None:
    """Say that somebody copied it there."""
    study = given(XTB)
    write(tmp_path, study, attributes=said_of(study))
    source = tmp_path / SCHNET / "response.nc"
    (tmp_path / HOME / "response.nc").write_bytes(source.read_bytes())
    found = stale(tmp_path, f"{HOME}/response.nc", study)
    assert found is not None
    assert "calculator is None" in found.reason


def test_collected_it_has_errors_and_no_history(tmp_path: Path) -> None:
    study = given(XTB)
    write(tmp_path, study, attributes=said_of(study) | {"status": "ok"})
    results = Results(study, tmp_path)
    read = results.read(HOME, {"history": "history.nc", "evaluation": "evaluation.nc"})
    assert read["history"].attrs == {"status": NOT_APPLICABLE, "reason": NOT_TRAINED}
    assert read["evaluation"].attrs["calculator"] == XTB["calculator"]
    assert results.path(HOME, "card.json") is None
    assert results.standing(HOME, ["evaluation.nc", "history.nc"]) == ("ok", "")


def test_a_stage_that_did_not_run_is_a_reason_as_of_any_network(tmp_path: Path) -> None:
    study = given(XTB)
    write(tmp_path, study, attributes=said_of(study) | {"status": "ok"})
    (tmp_path / HOME / "response.nc").unlink()
    status, reason = Results(study, tmp_path).standing(HOME, ["evaluation.nc", "response.nc"])
    assert status == "failed"
    assert reason.startswith("response.nc is missing")


def test_verification_asks_for_its_files_and_knows_them(tmp_path: Path) -> None:
    study = given(XTB)
    write(tmp_path, study, attributes=said_of(study))
    of_mine = [one for one in survey(tmp_path, trajectories=False).findings if HOME in one.path]
    assert of_mine == []
    (tmp_path / HOME / "evaluation.nc").unlink()
    (tmp_path / HOME / "card.json").write_text("{}", encoding="utf-8")
    found = {one.path: one for one in survey(tmp_path, trajectories=False).findings}
    missing = found[f"{HOME}/evaluation.nc"]
    assert missing.state == "missing"
    assert "stage evaluate_given makes it" in missing.reason
    assert found[f"{HOME}/card.json"].state == "unknown"


@pytest.mark.parametrize("stored", [True, False, None])
def test_a_key_that_is_younger_than_a_file_counts_as_its_default(
    tmp_path: Path, stored: bool | None
) -> None:
    """Rules do not hand it on where nothing else is said; that it was set is seen all the same."""
    study = study_of()
    write_study(tmp_path, study)
    path = "ethanol/reference_response.nc"
    (file,) = [one for one in files_of(study) if one.path == path]
    settings = {} if stored is None else {"adapt_step": stored}
    write_file(tmp_path, study, file, settings=settings, attributes={"yardstick": "same"})
    assert (stale(tmp_path, path, study) is None) is (stored is not False)
    off = study_of(respond={"adapt_step": False})
    assert (stale(tmp_path, path, off) is None) is (stored is False)


def test_results_of_studies_without_models_are_believed_as_before(tmp_path: Path) -> None:
    """Those that lie there were written when no study had models."""
    study = write_study(tmp_path)
    document = json.loads((tmp_path / "study.json").read_text(encoding="utf-8"))
    assert "models" not in document
    assert "models" not in STUDY
    assert [f.path for f in files_of(study) if stale(tmp_path, f.path, study)] == []
