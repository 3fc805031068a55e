"""The verb: files in, figures out."""

from pathlib import Path

import pytest
from figure_data import FIGURES, make_curves, make_table, variants
from typer.testing import CliRunner

from nearsight.cli import figures as _registered  # noqa: F401
from nearsight.cli.app import app
from nearsight.errors import ConfigError, CorruptFileError, MissingFileError, StaleFileError
from nearsight.storage import write_dataset


def write_tables(folder: Path, rows: list[dict[str, object]], study: str) -> None:
    """Curves and table as one run of collect leaves them, of a study file of this text."""
    folder.mkdir(exist_ok=True)
    origin = folder / "study.json"
    origin.write_text(study)
    for name, content in (
        ("curves", make_curves(rows)),
        ("decay_vs_stability", make_table(rows)),
    ):
        named = content.assign_attrs(table=name)
        write_dataset(named, folder / f"{name}.nc", title=name, inputs={"study": origin})


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("tables")
    rows = variants(cutoff=(5.0,), depth=(1,))
    write_tables(folder, rows, "{}")
    return [str(folder / "curves.nc"), str(folder / "decay_vs_stability.nc")]


def run(*arguments: str):
    return CliRunner().invoke(app, ["figures", *arguments])


def test_named_figures_only(tables: list[str], tmp_path: Path):
    out = tmp_path / "deep" / "figures"
    names = ["survival", "deviation_vs_survival"]
    result = run(*tables, "--out", str(out), "--name", names[0], "--name", names[1])
    assert result.exit_code == 0, result.output
    expected = {f"{name}.{kind}" for name in names for kind in ("svg", "png", "nc", "txt")}
    assert {path.name for path in out.iterdir()} == expected


def test_all_figures_by_default(tables: list[str], tmp_path: Path):
    assert run(*tables, "--out", str(tmp_path)).exit_code == 0
    assert {path.stem for path in tmp_path.glob("*.svg")} == {*FIGURES, "parity"}


def test_unknown_name_and_missing_file(tables: list[str], tmp_path: Path):
    unknown = run(*tables, "--out", str(tmp_path), "--name", "x").exception
    assert isinstance(unknown, ConfigError)
    assert "--name x: a study of stability has no such figure; there are relevance" in str(unknown)
    missing = run(str(tmp_path / "no.nc"), tables[1], "--out", str(tmp_path))
    assert isinstance(missing.exception, MissingFileError)
    assert list(tmp_path.iterdir()) == []


def test_order_of_files_does_not_matter(tables: list[str], tmp_path: Path):
    """A file says itself which table it is."""
    for folder, order in (("one", tables), ("other", tables[::-1])):
        result = run(*order, "--out", str(tmp_path / folder), "--name", "survival")
        assert result.exit_code == 0, result.output
    one, other = (tmp_path / folder / "survival.svg" for folder in ("one", "other"))
    assert one.read_bytes() == other.read_bytes()


def test_one_table_gives_the_figures_that_are_drawn_from_it(tables: list[str], tmp_path: Path):
    assert run(tables[1], "--out", str(tmp_path)).exit_code == 0
    drawn = {path.stem for path in tmp_path.glob("*.svg")}
    maps = {"deviation_map", "survival_map"}
    assert drawn == {"agreement", "deviation_vs_survival", "descriptors_vs_survival"} | maps
    missing = run(tables[1], "--out", str(tmp_path), "--name", "survival").exception
    assert isinstance(missing, ConfigError)
    assert "--name survival: is drawn from table curves: give that file too" in str(missing)


def test_one_table_given_twice_is_refused(tables: list[str], tmp_path: Path):
    error = run(tables[0], tables[0], "--out", str(tmp_path), "--name", "survival").exception
    assert isinstance(error, ConfigError)
    assert "is table curves, and so is" in str(error)


def test_tables_of_two_studies_are_refused(tables: list[str], tmp_path: Path):
    write_tables(tmp_path / "other", variants(cutoff=(5.0,), depth=(1,)), '{"name": "other"}')
    other = str(tmp_path / "other" / "decay_vs_stability.nc")
    error = run(tables[0], other, "--out", str(tmp_path / "figures")).exception
    assert isinstance(error, StaleFileError)
    assert tables[0] in str(error)
    assert other in str(error)
    assert not (tmp_path / "figures").exists()


def test_files_that_collect_did_not_write_are_refused(tables: list[str], tmp_path: Path):
    rows = variants(cutoff=(5.0,), depth=(1,))
    write_dataset(make_curves(rows), tmp_path / "curves.nc", title="curves")
    error = run(str(tmp_path / "curves.nc"), tables[1], "--out", str(tmp_path / "out")).exception
    assert isinstance(error, CorruptFileError)
    assert "curves.nc: not written by nearsight collect" in str(error)
    assert not (tmp_path / "out").exists()


def test_help_has_an_example():
    assert "Example" in run("--help").output
