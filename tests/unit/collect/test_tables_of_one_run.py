"""Tables read again, files of a study as they are joined: each is what it says, or the reason."""

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

sys.path.insert(0, str(Path(__file__).parents[1] / "lineage"))
from study_folder import PAINN, SCHNET, study_of, write_study

from nearsight.collect.cases import read_cases
from nearsight.collect.decay.deviation import (
    deviation,
    log_ratio,
    shape_deviation,
    signed_deviation,
)
from nearsight.collect.results import Results, inputs_of
from nearsight.collect.tables import (
    NAME,
    read_any_table,
    read_table,
    require_one_study,
    require_settings,
)
from nearsight.config import Study
from nearsight.errors import CorruptFileError, MissingFileError, StaleFileError
from nearsight.storage import LAYOUT, read_dataset, write_dataset

STUDY = study_of()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "mine"
    write_study(folder, STUDY)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "mine")
    return tmp_path / "mine"


def write(folder: Path, name: str, study: Study = STUDY, **attributes: Any) -> Path:
    """A table as collect writes it, of one number."""
    described = {"units": "1", "long_name": "x"}
    content = xr.Dataset({"x": ("row", np.arange(3.0), described)}, attrs=attributes)
    path = folder / f"{name}.nc"
    inputs = {"study": folder / "study.json", "a": folder / SCHNET / "card.json"}
    write_dataset(content, path, title=name, inputs=inputs, settings=study.model_dump(mode="json"))
    return path


# Which table it is.


def test_a_table_says_its_name_and_aim(folder: Path) -> None:
    path = write(folder, "curves", **{NAME: "curves"})
    name, aim, content = read_any_table(path)
    assert (name, aim) == ("curves", "stability")
    assert content["x"].to_numpy().tolist() == [0, 1, 2]
    assert read_table(path, "curves", "stability").identical(content)


@pytest.mark.parametrize(
    ("name", "aim"), [("table", "stability"), ("curves", "accuracy"), ("accuracy", "accuracy")]
)
def test_another_table_than_expected_is_named(folder: Path, name: str, aim: str) -> None:
    path = write(folder, "curves", **{NAME: "curves"})
    with pytest.raises(CorruptFileError) as caught:
        read_table(path, name, aim)
    assert str(caught.value) == (
        f"{path}: is table curves of a study of stability; expected {name} of a study of {aim}"
    )


def test_what_collect_did_not_write_is_no_table(folder: Path) -> None:
    path = write(folder, "nameless")
    with pytest.raises(CorruptFileError, match="not written by nearsight collect, or by an earl"):
        read_any_table(path)
    content = read_dataset(write(folder, "curves", **{NAME: "curves"}))
    content.drop_attrs(deep=False).assign_attrs(
        {k: v for k, v in content.attrs.items() if k != LAYOUT}
    ).to_netcdf(folder / "bare.nc")
    with pytest.raises(CorruptFileError, match=r"bare\.nc: .*it says no layout"):
        read_any_table(folder / "bare.nc")
    with pytest.raises(MissingFileError, match=r"none\.nc: no such file"):
        read_any_table(folder / "none.nc")


# Of one run.


def test_tables_of_one_run_go_together(folder: Path) -> None:
    one, other = (write(folder, name, **{NAME: name}) for name in ("curves", "table"))
    require_one_study(one, read_dataset(one), other, read_dataset(other))


def test_tables_of_other_files_or_settings_do_not(folder: Path) -> None:
    one = write(folder, "curves", **{NAME: "curves"})
    more = study_of(statistics={"n_bootstrap": 200})
    other = write(folder, "table", more, **{NAME: "table"})
    with pytest.raises(StaleFileError) as caught:
        require_one_study(one, read_dataset(one), other, read_dataset(other))
    assert str(caught.value) == (
        f"{other}: not of the same run of nearsight collect as {one} (their settings differ): give "
        "both of one study, or collect again"
    )
    (folder / SCHNET / "card.json").write_text("{}")
    other = write(folder, "table", **{NAME: "table"})
    with pytest.raises(StaleFileError, match="a is not the same in both"):
        require_one_study(one, read_dataset(one), other, read_dataset(other))


def test_tables_of_the_settings_of_a_study(folder: Path) -> None:
    path, origin = write(folder, "curves", **{NAME: "curves"}), folder / "study.json"
    content = read_dataset(path)
    require_settings(path, content, STUDY, origin)
    changed = study_of(
        statistics={"n_bootstrap": 200, "bin_width": 0.25, "seed": 3, "confidence": 0.9}
    )
    with pytest.raises(StaleFileError) as caught:
        require_settings(path, content, changed, origin)
    message = str(caught.value)
    assert f"{path}: made with other settings than {origin} states: " in message
    assert "statistics." in message
    assert message.endswith(" and 1 more: collect again")


# Files of a study.


def test_a_file_is_read_where_it_fits_what_lies_beside_it(folder: Path) -> None:
    files = Results(STUDY, folder)
    found = files.read(SCHNET, {"stability": "stability.nc", "other": "none.nc"})
    assert "none.nc is missing: the stage did not run or crashed" in found["other"].attrs["reason"]
    assert files.path(SCHNET, "card.json") == folder / SCHNET / "card.json"
    assert files.path(SCHNET, "none.json") is None
    assert files.why_stale(SCHNET, ["card.json", "model.safetensors"]) == ""


def test_what_was_made_from_another_network_is_stale_with_all_that_follows(folder: Path) -> None:
    shutil.copy(folder / SCHNET / "model.safetensors", folder / PAINN / "model.safetensors")
    files = Results(STUDY, folder)
    reason = files.why_stale(PAINN, ["model.safetensors"])
    assert PAINN in reason
    assert reason.endswith("anew")
    status, why = files.standing(PAINN, ["stability.nc"])
    assert status == "stale"
    assert why
    assert files.path(PAINN, "model.safetensors") is None
    read = files.read(PAINN, {"stability": "stability.nc"})["stability"]
    assert not read.variables
    assert read.attrs["reason"]
    assert files.standing(SCHNET, ["dynamics.nc"])[0] == "ok"


def test_every_network_of_a_study_is_a_case(folder: Path) -> None:
    cases = read_cases(STUDY, folder)
    assert [case.id for case in cases] == [SCHNET, PAINN]
    shutil.rmtree(folder / PAINN)
    sound, gone = read_cases(STUDY, folder)
    assert gone.card is None
    assert gone.status == "failed"
    assert "is missing: the stage did not run or crashed" in gone.reason
    assert sound.card is not None
    assert sound.card.id == SCHNET.partition("/")[2]


def test_a_damaged_file_is_an_error_and_no_reason(folder: Path) -> None:
    (folder / SCHNET / "response.nc").write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises((CorruptFileError, StaleFileError, MissingFileError)):
        read_cases(STUDY, folder)


def test_what_is_there_to_be_joined(folder: Path) -> None:
    every = inputs_of(STUDY, folder)
    assert f"{SCHNET}/stability.nc" in every
    assert all(path == folder / name for name, path in every.items())
    (folder / SCHNET / "stability.nc").unlink()
    assert every.keys() - inputs_of(STUDY, folder).keys() == {f"{SCHNET}/stability.nc"}


# Ratios.


def test_deviations_are_decades() -> None:
    ratio = log_ratio(np.array([10.0, 100.0, 0.1, 1.0]), np.ones(4))
    np.testing.assert_allclose(ratio, [1, 2, -1, 0])
    assert signed_deviation(ratio) == pytest.approx(0.5)
    assert deviation(ratio) == pytest.approx(np.sqrt(6 / 4))
    # Mean square = square of the mean + that about the mean.
    about = shape_deviation(ratio)
    assert deviation(ratio) ** 2 == pytest.approx(signed_deviation(ratio) ** 2 + about**2)


def test_a_common_factor_moves_the_mean_alone() -> None:
    rng = np.random.default_rng(0)
    model, reference = rng.uniform(0.1, 9, (2, 3, 8))
    one, other = log_ratio(model, reference), log_ratio(1000 * model, reference)
    np.testing.assert_allclose(signed_deviation(other), signed_deviation(one) + 3)
    np.testing.assert_allclose(shape_deviation(other), shape_deviation(one))
    np.testing.assert_allclose(log_ratio(reference, model), -one)


def test_what_is_not_positive_is_left_out() -> None:
    ratio = log_ratio(np.array([10.0, 0.0, np.nan, 1.0]), np.array([1.0, 1.0, 1.0, -1.0]))
    np.testing.assert_array_equal(np.isnan(ratio), [False, True, True, True])
    assert deviation(ratio) == signed_deviation(ratio) == 1.0
    assert np.isnan(deviation(np.full(4, np.nan)))
