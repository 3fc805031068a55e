"""The folder of an unfinished run: of one run alone, kept as long as it is of use."""

import logging
from pathlib import Path
from typing import Any

import pytest

from nearsight.md.record.run_folder import RunFolder, has_begun

SETTINGS: dict[str, Any] = {"timestep": 0.5, "seed": 0, "compute_limit": 0.0}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.nc"
    path.write_bytes(b"data")
    return path


def begun(data: Path, **changes: Any) -> RunFolder:
    """A run that has written a segment."""
    folder = RunFolder(data.parent / "md.nc", {"data": data}, SETTINGS | changes, "model float32")
    folder.folder.mkdir(parents=True, exist_ok=True)
    (folder.folder / "000000.safetensors").write_bytes(b"segment")
    return folder


def segments(folder: RunFolder) -> list[str]:
    return sorted(path.name for path in folder.folder.glob("*"))


def test_the_same_run_finds_its_segments(data: Path) -> None:
    first = begun(data)
    again = RunFolder(data.parent / "md.nc", {"data": data}, SETTINGS, "model float32")
    assert again.key == first.key
    assert segments(again) == ["000000.safetensors"]


@pytest.mark.parametrize(
    "change", [{"compute_limit": 2.0}, {"checkpoint_interval": 5.0}, {"compile": True}]
)
def test_how_far_a_run_goes_in_one_go_is_not_where(data: Path, change: dict[str, float]) -> None:
    assert begun(data, **change).key == begun(data).key


@pytest.mark.parametrize("what", ["settings", "engine", "inputs", "role"])
def test_another_run_finds_nothing(data: Path, what: str, caplog: pytest.LogCaptureFixture) -> None:
    first = begun(data)
    settings, inputs, engine = dict(SETTINGS), {"data": data}, "model float32"
    if what == "settings":
        settings["seed"] = 1
    elif what == "engine":
        engine = "model float64"
    elif what == "inputs":
        data.write_bytes(b"other")
    else:
        inputs = {"model": data}
    with caplog.at_level(logging.WARNING):
        other = RunFolder(data.parent / "md.nc", inputs, settings, engine)
    assert other.key != first.key
    assert not first.folder.exists()
    assert not other.folder.exists()
    assert "it is removed, and the run begins anew" in caplog.text


def test_the_name_of_the_folder_follows_from_the_output(data: Path) -> None:
    folder = begun(data)
    assert folder.folder.parent.name.startswith(".")
    assert "md.nc" in folder.folder.parent.name
    assert folder.key.startswith(folder.folder.name)


def test_a_finished_run_leaves_nothing(data: Path) -> None:
    folder = begun(data)
    folder.finish(keep=False)
    assert [path.name for path in data.parent.iterdir()] == ["data.nc"]


def test_a_run_set_aside_is_found_again(data: Path) -> None:
    begun(data).finish(keep=True)
    hidden = {path.name for path in data.parent.iterdir()} - {"data.nc"}
    assert len(hidden) == 1
    assert "finished" in hidden.pop()
    again = RunFolder(data.parent / "md.nc", {"data": data}, SETTINGS, "model float32")
    assert segments(again) == ["000000.safetensors"]
    again.finish(keep=True)  # as often as one likes
    again = RunFolder(data.parent / "md.nc", {"data": data}, SETTINGS, "model float32")
    again.finish(keep=False)
    assert [path.name for path in data.parent.iterdir()] == ["data.nc"]


def test_two_outputs_have_two_folders(data: Path) -> None:
    one = begun(data)
    other = RunFolder(data.parent / "other.nc", {"data": data}, SETTINGS, "model float32")
    assert other.folder != one.folder
    assert segments(one) == ["000000.safetensors"]


def test_whether_a_run_has_begun_is_asked_without_touching_it(data: Path) -> None:
    first, out = begun(data), data.parent / "md.nc"
    assert has_begun(out, {"data": data}, SETTINGS, "model float32")
    assert not has_begun(out, {"data": data}, SETTINGS, "model float32 compiled")
    assert not has_begun(out, {"data": data}, SETTINGS | {"seed": 1}, "model float32")
    assert segments(first) == ["000000.safetensors"]
    first.finish(keep=True)
    assert has_begun(out, {"data": data}, SETTINGS, "model float32")
    assert not first.folder.exists()
    assert not has_begun(data.parent / "other.nc", {"data": data}, SETTINGS, "model float32")
