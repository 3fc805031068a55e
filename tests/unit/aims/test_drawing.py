"""Figures of any aim from its tables: which files fit, and which figures they are enough for."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from study_folder import study_of

from nearsight.aims.drawing import (
    Tables,
    chosen_figures,
    draw_figures,
    figures_drawn_from,
    read_tables,
)
from nearsight.aims.specs import AIMS
from nearsight.collect.tables import read_table
from nearsight.config import Study
from nearsight.errors import ConfigError, CorruptFileError, MissingFileError, StaleFileError
from nearsight.storage import read_dataset, sha256, write_dataset


def write_table(path: Path, name: str, study: Study, origin: str = "{}") -> Path:
    """A table of one number, which says of itself what one of collect says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / "study.json").write_text(origin)
    content = xr.Dataset(
        {"x": ("row", np.zeros(2), {"units": "1", "long_name": "x"})}, attrs={"table": name}
    )
    inputs = {"study": path.parent / "study.json"}
    write_dataset(content, path, title=name, inputs=inputs, settings=study.model_dump())
    return path


@pytest.fixture
def curves(tmp_path: Path) -> Path:
    return write_table(tmp_path / "curves.nc", "curves", study_of())


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_table(tmp_path / "decay_vs_stability.nc", "decay_vs_stability", study_of())


def test_tables_are_known_by_what_they_say_not_by_their_names(tmp_path: Path) -> None:
    path = write_table(tmp_path / "renamed.nc", "curves", study_of())
    found = read_tables([path])
    assert (found.aim, dict(found.paths)) == ("stability", {"curves": path})
    assert read_table(path, "curves", "stability").sizes == {"row": 2}


@pytest.mark.parametrize(("name", "aim"), [("failures", "stability"), ("curves", "accuracy")])
def test_another_table_than_is_asked_for_is_refused(curves: Path, name: str, aim: str) -> None:
    with pytest.raises(CorruptFileError) as error:
        read_table(curves, name, aim)
    expected = f"{curves}: is table curves of a study of stability; expected {name} of a study of"
    assert str(error.value) == f"{expected} {aim}"


def test_what_collect_did_not_write_is_refused(tmp_path: Path, curves: Path) -> None:
    """A file of another verb; a table that was copied by hand; one of an earlier version."""
    plain = xr.Dataset({"x": ("row", np.zeros(2), {"units": "1", "long_name": "x"})})
    without_study, unnamed = tmp_path / "a.nc", tmp_path / "b.nc"
    write_dataset(plain.assign_attrs(table="curves"), without_study, title="x")
    write_dataset(plain, unnamed, title="x", inputs={"study": tmp_path / "study.json"})
    for path in (without_study, unnamed):
        with pytest.raises(CorruptFileError, match=f"{path.name}: not written by nearsight coll"):
            read_tables([curves, path])
    copied = tmp_path / "c.nc"
    content = read_dataset(curves)
    del content.attrs["layout"]
    content.to_netcdf(copied)
    with pytest.raises(CorruptFileError, match=r"c\.nc: not written by nearsight collect"):
        read_tables([copied])
    with pytest.raises(MissingFileError):
        read_tables([tmp_path / "none.nc"])


def test_tables_of_two_studies_or_two_aims_are_refused(tmp_path: Path, curves: Path) -> None:
    other = write_table(tmp_path / "other/decay_vs_stability.nc", "decay_vs_stability", study_of(),
                        "of another study")  # fmt: skip
    with pytest.raises(StaleFileError) as error:
        read_tables([curves, other])
    assert str(curves) in str(error.value)
    assert str(other) in str(error.value)
    accuracy = write_table(tmp_path / "accuracy.nc", "accuracy", study_of(aim="accuracy"))
    with pytest.raises(StaleFileError, match="their settings differ"):
        read_tables([curves, accuracy])


def made_of(path: Path, name: str, study: Study, inputs: dict[str, Path]) -> Path:
    """A table that says it was made from others."""
    content = xr.Dataset(
        {"x": ("test", np.zeros(1), {"units": "1", "long_name": "x"})}, attrs={"table": name}
    )
    write_dataset(content, path, title=name, inputs=inputs, settings=study.model_dump())
    return path


def test_a_table_that_was_made_from_others_goes_with_these_alone(
    tmp_path: Path, curves: Path, table: Path
) -> None:
    origin = {"study": tmp_path / "study.json", "curves": curves, "table": table}
    tests = made_of(tmp_path / "association.nc", "association", study_of(), origin)
    assert read_tables([curves, tests]).contents.keys() == {"curves", "association"}
    assert read_tables([tests, table, curves]).aim == "stability"
    write_table(table, "decay_vs_stability", study_of(), "{}")
    table.write_bytes(table.read_bytes() + b"0")
    with pytest.raises(Exception, match=r"association\.nc|decay_vs_stability\.nc"):
        read_tables([tests, table])
    assert read_tables([tests, curves]).paths["curves"] == curves


def test_a_table_that_the_aim_does_not_have_is_refused(tmp_path: Path, curves: Path) -> None:
    other = write_table(tmp_path / "other.nc", "elsewhere", study_of())
    with pytest.raises(CorruptFileError, match=r"other\.nc: a study of stability has no table"):
        read_tables([curves, other])


def test_one_table_under_two_names_is_refused(curves: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copied.nc"
    copied.write_bytes(curves.read_bytes())
    with pytest.raises(ConfigError, match=r"copied\.nc: is table curves, and so is"):
        read_tables([curves, copied])


def test_an_aim_of_another_version_is_told_those_there_are(tmp_path: Path) -> None:
    path = write_table(tmp_path / "x.nc", "curves", study_of())
    content = read_dataset(path)
    settings = json.loads(content.attrs["settings"]) | {"aim": "speed"}
    content.attrs["settings"] = json.dumps(settings)
    content.to_netcdf(tmp_path / "y.nc")
    with pytest.raises(CorruptFileError, match=r"y\.nc: of a study of 'speed'; there are stab"):
        read_tables([tmp_path / "y.nc"])
    assert len(figures_drawn_from([tmp_path / "y.nc"])) > 20


def test_figures_are_those_of_the_tables_that_are_given(curves: Path, table: Path) -> None:
    every = AIMS["stability"].figures
    for paths in ([curves], [table], [curves, table], [table, curves]):
        given = read_tables(paths)
        names = [figure.name for figure in chosen_figures(given, None)]
        assert names == [name for name, source in every.items() if source in given.contents]
        assert set(figures_drawn_from(paths)) == set(names)
    chosen = chosen_figures(read_tables([curves]), ["survival", "heating", "survival"])
    assert [figure.name for figure in chosen] == ["survival", "heating"]


def test_a_figure_that_cannot_be_drawn_is_told_why(curves: Path, tmp_path: Path) -> None:
    given = read_tables([curves])
    with pytest.raises(ConfigError, match=r"--name pooling: a study of stability has no such"):
        chosen_figures(given, ["survival", "pooling"])
    with pytest.raises(ConfigError, match="--name agreement: is drawn from table decay_vs_stab"):
        chosen_figures(given, ["agreement"])
    failures = write_table(tmp_path / "failures.nc", "failures", study_of())
    with pytest.raises(ConfigError, match=r"failures\.nc: no figure is drawn from it; give curves"):
        chosen_figures(read_tables([failures]), None)


def test_outputs_are_known_before_arrays_are_read(curves: Path, tmp_path: Path) -> None:
    """Of what is no table every figure there is, so that none of its files is written over."""
    everything = [name for spec in AIMS.values() for name in spec.figures]
    assert figures_drawn_from([]) == figures_drawn_from([tmp_path / "none.nc"]) == everything
    (tmp_path / "text.nc").write_text("no table")
    assert figures_drawn_from([curves, tmp_path / "text.nc"]) == everything


def test_a_figure_names_the_table_that_it_was_drawn_from(tmp_path: Path) -> None:
    """By the role that a table has, as files of earlier versions do."""
    from nearsight.figures import FigureSpec

    def draw(_: xr.Dataset) -> object:
        from matplotlib.figure import Figure

        return Figure()

    tables, paths = {}, {}
    for name in ("curves", "decay_vs_stability"):
        paths[name] = write_table(tmp_path / f"{name}.nc", name, study_of())
        tables[name] = read_dataset(paths[name])
    figures = [
        FigureSpec(name, name, "title", lambda x: x, draw, lambda _: "text") for name in tables
    ]
    drawn = draw_figures(Tables("stability", tables, paths), figures, tmp_path / "figures")
    assert [path.name for path in drawn] == ["curves.svg", "decay_vs_stability.svg"]
    for name, role in (("curves", "curves"), ("decay_vs_stability", "table")):
        inputs = json.loads(read_dataset(tmp_path / "figures" / f"{name}.nc").attrs["inputs"])
        assert inputs == {role: sha256(paths[name])}
