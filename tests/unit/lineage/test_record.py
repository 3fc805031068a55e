"""What a file says of its making: read without its arrays, and refused where it says nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from study_folder import SCHNET, write_study

from nearsight.errors import CorruptFileError, MissingFileError, StaleFileError
from nearsight.lineage import read_record, record_of, require_made_from
from nearsight.models.tensors import write_tensors
from nearsight.storage import sha256, write_dataset, write_json


def written(path: Path, **inputs: Path) -> Path:
    content = xr.Dataset({"x": ("row", np.arange(3.0), {"units": "1", "long_name": "x"})})
    write_dataset(content, path, title="mine", inputs=inputs, settings={"gamma": 0.1})
    return path


def test_netcdf_tells_inputs_settings_and_names_of_arrays(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("data")
    record = read_record(written(tmp_path / "a.nc", data=tmp_path / "data"))
    assert record.inputs == {"data": sha256(tmp_path / "data")}
    assert record.settings == {"gamma": 0.1}
    assert record.variables == {"x"}
    assert record.attributes["title"] == "mine"


def test_all_kinds_of_files_of_a_network_tell_the_same(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    data, model = sha256(tmp_path / "ethanol/data.nc"), f"{SCHNET}/model.safetensors"
    variant = next(iter(study.variant_table().values()))
    for name in ("model.safetensors", "card.json", "history.nc"):
        record = read_record(tmp_path / SCHNET / name)
        assert record.inputs["data"] == data
        assert record.settings["variant"] == variant.model_dump(mode="json")
    assert read_record(tmp_path / SCHNET / "card.json").inputs["model"] == sha256(tmp_path / model)


def test_a_difference_names_both_files_and_both_sums(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).write_text(name)
    record = read_record(written(tmp_path / "a.nc", model=tmp_path / "one"))
    assert record.difference("model", tmp_path / "one") == ""
    told = record.difference("model", tmp_path / "other")
    assert told.startswith(f"{tmp_path / 'a.nc'}: made from another network than")
    for path in (tmp_path / "one", tmp_path / "other"):
        assert f"{sha256(path)[:8]}..." in told
    assert "does not say which data set" in record.difference("data", tmp_path / "one")


def test_a_file_of_others_is_refused_with_what_to_do(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).write_text(name)
    record = read_record(written(tmp_path / "a.nc", model=tmp_path / "one"))
    require_made_from(record, "explain anew", model=tmp_path / "one")
    with pytest.raises(StaleFileError, match=r"another network than .*other .*: explain anew$"):
        require_made_from(record, "explain anew", model=tmp_path / "other")


def test_a_file_that_is_none_of_ours_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        read_record(tmp_path / "none.nc")
    (tmp_path / "text.nc").write_text("text")
    with pytest.raises(CorruptFileError, match=r"text\.nc: cannot be read as NetCDF"):
        read_record(tmp_path / "text.nc")
    (tmp_path / "text.safetensors").write_bytes(b"text")
    with pytest.raises(CorruptFileError, match="not a safetensors file"):
        read_record(tmp_path / "text.safetensors")
    xr.Dataset().to_netcdf(tmp_path / "stranger.nc")
    write_json({"mine": 1}, tmp_path / "card.json")
    write_tensors({}, tmp_path / "plain.safetensors", {})
    for name in ("stranger.nc", "card.json"):
        with pytest.raises(CorruptFileError, match=f"{name}: does not say what it was made from"):
            read_record(tmp_path / name)
    with pytest.raises(CorruptFileError, match=r"plain\.safetensors: what it says of its making"):
        read_record(tmp_path / "plain.safetensors")


@pytest.mark.parametrize("inputs", ["{", "[1]", "3", json.dumps("text"), "[" * 100_000, 3])
def test_a_record_that_cannot_be_read_is_one_line(inputs: Any) -> None:
    with pytest.raises(CorruptFileError, match=r"a\.nc: what it says of its making cannot be"):
        record_of(Path("a.nc"), {"inputs": inputs})


def test_sums_are_text_whatever_a_file_holds() -> None:
    record = record_of(Path("a.nc"), {"inputs": json.dumps({"model": 12, "data": None})})
    assert record.inputs == {"model": "12", "data": "None"}
    assert record.settings == {}
