"""Every file of a study, in an order in which it can be made, by what the aim needs of it."""

import re
from pathlib import Path, PurePosixPath

import pytest
from study_folder import PAINN, SCHNET, STUDY, study_of

from nearsight.aims.specs import AIMS
from nearsight.lineage.products import (
    collected,
    figure_files,
    files_of,
    is_of_the_workflow,
    products_of,
    rule_of,
    tables_of,
)

RULES = Path(__file__).parents[3] / "workflow" / "rules"
NETWORKS = {
    "data.nc", "data.check.txt", "model.safetensors", "history.nc", "evaluation.nc", "card.json",
}  # fmt: skip
EXPECTED = {
    "accuracy": NETWORKS,
    "properties": NETWORKS | {"relevance.nc", "alkanes.nc", "alkanes.xyz"},
    "stability": NETWORKS
    | {
        "relevance.nc", "response.nc", "faithfulness.nc", "dynamics.nc", "trajectories",
        "stability.nc", "failures.nc", "failures.xyz", "reference_response.nc",
        "reference_curves.nc", "reference_dynamics.nc", "reference_trajectories",
        "reference_stability.nc",
    },
}  # fmt: skip


@pytest.mark.parametrize("aim", list(AIMS))
def test_an_aim_makes_what_it_needs_what_that_needs_and_nothing_else(aim: str) -> None:
    assert {product.name for product in products_of(aim)} == EXPECTED[aim]
    places = [product.place for product in products_of(aim)]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("aim", list(AIMS))
def test_every_file_stands_after_those_it_is_made_from(aim: str) -> None:
    """Of data sets, variants, tables and figures alike: one can be made after the other."""
    study = study_of(aim=aim)
    made: set[str] = set()
    for file in [*files_of(study), *tables_of(study), *figure_files(study)]:
        assert set(file.inputs.values()) <= made, file.path
        made.add(file.path)


def test_files_stand_in_the_folders_of_their_data_set_and_variant() -> None:
    two = dict.fromkeys(("ethanol", "other"), STUDY["datasets"]["ethanol"])
    study = study_of(datasets=two, exclude=[{"dataset": ["other"], "family": ["painn"]}])
    files = files_of(study)
    homes = {f"{file.dataset}/{file.variant}" for file in files if file.variant}
    assert homes == {SCHNET, PAINN, SCHNET.replace("ethanol", "other")}
    for file in files:
        home = f"{file.dataset}/{file.variant}/" if file.variant else f"{file.dataset}/"
        assert file.path.startswith(home)
        assert all(place.startswith(f"{file.dataset}/") for place in file.inputs.values())


@pytest.mark.parametrize("aim", list(AIMS))
def test_tables_are_made_from_the_files_that_the_aim_names(aim: str) -> None:
    study, spec = study_of(aim=aim), AIMS[aim]
    own = {f"{home}/{name}" for home in (SCHNET, PAINN) for name in spec.of_variants}
    needed = own | {f"ethanol/{name}" for name in spec.of_datasets}
    assert {file.path for file in collected(study)} == needed
    tables = {file.path: file for file in tables_of(study)}
    assert list(tables) == [table.place for table in spec.tables]
    for table in spec.made_by("collect"):
        file = tables[table.place]
        assert set(file.inputs) == set(file.inputs.values()) == needed
        assert file.product.younger == needed
        assert file.is_table


def test_the_association_is_made_from_both_tables_by_their_roles() -> None:
    tables = {file.path: file for file in tables_of(study_of())}
    for name in ("association", "question", "hazards", "sensitivity"):
        assert tables[f"tables/{name}.nc"].inputs == {
            "curves": "tables/curves.nc", "table": "tables/decay_vs_stability.nc",
        }  # fmt: skip


@pytest.mark.parametrize("aim", list(AIMS))
def test_a_figure_has_four_files_and_its_data_one_table(aim: str) -> None:
    files = figure_files(study_of(aim=aim))
    assert len(files) == 4 * len(AIMS[aim].figures)
    for name, source in AIMS[aim].figures.items():
        own = [file for file in files if PurePosixPath(file.path).stem == name]
        assert {PurePosixPath(f.path).suffix for f in own} == {".svg", ".png", ".nc", ".txt"}
        (place,) = (place for file in own for place in file.inputs.values())
        assert place == f"tables/{source}.nc"
        assert not any(file.is_table for file in own)


def test_every_stage_is_a_rule_of_the_workflow() -> None:
    text = "\n".join(path.read_text() for path in RULES.rglob("*.smk"))
    rules = set(re.findall(r"rule (\w+):", text)) | set(re.findall(r'named\("(\w+)"', text))
    for aim in AIMS:
        study = study_of(aim=aim)
        for file in [*files_of(study), *tables_of(study), *figure_files(study)]:
            assert rule_of(file, study) in rules


@pytest.mark.parametrize(
    ("spec", "rule"),
    [
        ({"source": "generate", "molecule": "ethanol"}, "make_data"),
        ({"source": "published", "name": "qm9"}, "fetch_data"),
        ({"source": "import", "file": "a.xyz", "energy_unit": "eV"}, "import_data"),
    ],
)
def test_data_are_made_by_the_rule_of_their_source(spec: dict[str, str], rule: str) -> None:
    study = study_of(datasets={"ethanol": spec})
    data = next(file for file in files_of(study) if file.path == "ethanol/data.nc")
    assert rule_of(data, study) == rule


@pytest.mark.parametrize(
    ("path", "is_so"),
    [
        ("logs/train/x.log", True),
        ("so_far/tables/curves.nc", True),
        ("report.html", True),
        ("page.html", True),
        ("ethanol/page.html", False),
        ("tables/report.html", False),
        ("ethanol/logs.nc", False),
    ],
)
def test_what_the_workflow_leaves_beside_results(path: str, is_so: bool) -> None:
    assert is_of_the_workflow(PurePosixPath(path)) is is_so
