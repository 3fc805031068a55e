"""What aims say of themselves holds: their tables, figures, files, rules, captions and checks."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from study_folder import STUDY, study_of

from nearsight.aims.declaration import AimSpec, Table, targets_other_than
from nearsight.aims.registry import AIMS as CODE
from nearsight.aims.specs import AIMS
from nearsight.config import load_study, validate
from nearsight.config.feeding import stages_of_keys
from nearsight.config.moved import with_moved_keys
from nearsight.config.study import Study
from nearsight.errors import ConfigError
from nearsight.lineage.products import products_of

WORKFLOW = Path(__file__).parents[3] / "workflow"


@pytest.mark.parametrize("name", list(AIMS))
def test_the_code_draws_the_figures_that_are_declared(name: str) -> None:
    """In their order, each from the table that it is said to be drawn from."""
    drawn = [(figure.name, figure.source) for figure in CODE[name].figures()]
    assert drawn == list(AIMS[name].figures.items())
    assert CODE[name].spec is AIMS[name]
    titles = [figure.title for figure in CODE[name].figures()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("spec", AIMS.values(), ids=list(AIMS))
def test_what_an_aim_names_is_there(spec: AimSpec) -> None:
    tables = [table.name for table in spec.tables]
    assert len(set(tables)) == len(tables)
    assert set(spec.figures.values()) <= set(tables)
    assert {name for table in spec.tables for name in table.made_from} <= set(tables)
    assert all(table.made_from for table in spec.tables if table.rule != "collect")
    made = {product.name for product in products_of(spec.name)}
    assert {*spec.of_variants, *spec.of_datasets} <= made
    assert (WORKFLOW / "rules" / "aims" / f"{spec.name}.smk").is_file() == spec.has_rules


@pytest.mark.parametrize("spec", AIMS.values(), ids=list(AIMS))
def test_every_figure_and_every_table_in_the_report_has_a_caption(spec: AimSpec) -> None:
    """And no caption is left of what is no more."""
    expected = {f"{name}.rst" for name in spec.figures}
    expected |= {f"{table.name}_table.rst" for table in spec.tables if table.csv}
    assert {path.name for path in (WORKFLOW / "report" / spec.name).iterdir()} == expected


@pytest.mark.parametrize("spec", AIMS.values(), ids=list(AIMS))
def test_rules_of_its_own_make_what_it_says_and_nothing_else_does(spec: AimSpec) -> None:
    text = ""
    if spec.has_rules:
        text = (WORKFLOW / "rules" / "aims" / f"{spec.name}.smk").read_text()
    shared = "".join(path.read_text() for path in (WORKFLOW / "rules").glob("*.smk"))
    for name in {product.name for product in spec.products}:
        assert name in text
        assert f'/{name}"' not in shared
    stages = {table.rule for table in spec.tables} - {"collect"}
    assert all(f"rule {stage}:" in text for stage in stages)


def test_a_command_puts_the_first_table_where_it_is_told_and_the_others_beside() -> None:
    spec = AIMS["stability"]
    places = spec.places("collect", Path("mine/t.nc"))
    assert [(str(path), table.name) for path, table in places] == [
        ("mine/t.nc", "decay_vs_stability"),
        ("mine/curves.nc", "curves"),
        ("mine/failures.nc", "failures"),
    ]
    (first, table), *others = spec.places("associate", Path("a.nc"), "association")
    assert (first, table.name) == (Path("a.nc"), "association")
    assert {path.name for path, _ in others} == {"question.nc", "hazards.nc", "sensitivity.nc"}


def test_tables_that_figures_need_stand_once_and_in_the_order_of_need() -> None:
    spec = AimSpec(
        "a", "b", of_variants=(), tables=(Table("x", "x"), Table("y", "y", ""), Table("z", "z")),
        figures={"one": "y", "two": "x", "three": "y"},
    )  # fmt: skip
    assert [table.name for table in spec.drawn_from] == ["y", "x"]
    assert spec.table_places == [
        "tables/x.nc", "tables/y.nc", "tables/z.nc", "tables/x.csv", "tables/z.csv",
    ]  # fmt: skip
    with pytest.raises(KeyError, match="nothing"):
        spec.table("nothing")


def test_declarations_need_no_library_of_arrays_networks_or_drawing() -> None:
    code = "import sys, nearsight.aims.specs; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=True
    )
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert "pydantic" in loaded
    assert not loaded & {"numpy", "xarray", "pandas", "torch", "matplotlib", "netCDF4", "snakemake"}


def with_target(*targets: str, **changes: Any) -> dict[str, Any]:
    variants = {**STUDY["variants"], "target": list(targets), "pooling": ["sum", "average"]}
    return {**STUDY, "variants": variants, **changes}


@pytest.mark.parametrize("aim", ["stability", "accuracy"])
def test_other_targets_are_refused_where_columns_would_be_empty(aim: str) -> None:
    """They gave a table of accuracy whose columns were empty, without a word."""
    with pytest.raises(ConfigError, match=f"aim {aim} .* but target lists gap: set aim to prop"):
        validate(Study, with_target("energy", "gap", aim=aim), "test")
    assert validate(Study, with_target("energy", aim=aim), "test").aim == aim
    assert validate(Study, with_target("energy", "gap", aim="properties"), "test")


def test_targets_are_those_of_networks_that_are_trained() -> None:
    """One that exclude leaves out gives no column."""
    document = with_target("energy", "gap", aim="properties")
    assert targets_other_than(validate(Study, document, "test"), "energy") == ["gap"]
    document = {**document, "aim": "accuracy", "exclude": [{"target": ["gap"]}]}
    assert targets_other_than(validate(Study, document, "test"), "energy") == []


IMPORTED = {"source": "import", "file": "mine.xyz", "energy_unit": "eV", "force_key": "none"}


def test_data_that_are_said_to_have_no_forces_are_refused_before_any_job() -> None:
    with pytest.raises(ConfigError) as error:
        study_of(datasets={"ours": IMPORTED})
    for words in ("datasets.ours.force_key is none", "mine.xyz", "set aim to properties"):
        assert words in str(error.value)
    for aim in ("properties", "accuracy"):
        assert study_of(datasets={"ours": IMPORTED}, aim=aim).aim == aim
    assert study_of(datasets={"ours": {**IMPORTED, "force_key": "F"}}).aim == "stability"


def test_an_unknown_aim_is_told_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"aim = 'speed'.*'stability', 'properties' or 'accur"):
        study_of(aim="speed")


def test_settings_of_one_aim_stand_in_a_section_of_its_name(tmp_path: Path) -> None:
    study = study_of(aim="properties", properties={"longest_alkane": 3})
    assert study.properties.longest_alkane == 3
    assert stages_of_keys()["properties.longest_alkane"] == ("alkanes",)
    with pytest.raises(ConfigError, match=r"properties\.longest_alkane = 0"):
        study_of(properties={"longest_alkane": 0})
    path = tmp_path / "study.json"
    path.write_text(study.model_dump_json())
    assert load_study(path) == study


def test_a_key_of_an_earlier_version_is_read_where_it_stands_now() -> None:
    """Every study.json of that version has it."""
    explain = {"longest_alkane": 3, "gamma": 0.2}
    study = study_of(explain=explain)
    assert (study.properties.longest_alkane, study.explain.gamma) == (3, 0.2)
    assert explain == {"longest_alkane": 3, "gamma": 0.2}  # what was read is left as it was
    with pytest.raises(ConfigError) as error:
        study_of(explain=explain, properties={"longest_alkane": 4})
    assert str(error.value) == (
        "test: explain.longest_alkane: is called properties.longest_alkane now: move it there"
    )
    for spec in AIMS.values():
        assert set(spec.moved.values()) <= stages_of_keys().keys()
        assert not set(spec.moved) & stages_of_keys().keys()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"a": {"x": 1}}, {"a": {}, "b": {"y": 1}}),
        ({"a": {"x": 1, "z": 2}, "b": {"w": 3}}, {"a": {"z": 2}, "b": {"w": 3, "y": 1}}),
        ({"a": {"x": 1}, "b": {"y": 2}}, {"a": {"x": 1}, "b": {"y": 2}}),
        ({"a": "x"}, {"a": "x"}),
        ({"a": ["x"], "b": None}, {"a": ["x"], "b": None}),
        ("x", "x"),
        (None, None),
    ],
)
def test_keys_move_from_section_to_section(values: Any, expected: Any) -> None:
    """What is no section is left to whoever says so."""
    assert with_moved_keys(values, {"a.x": "b.y"}) == expected
