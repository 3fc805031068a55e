"""Whether a file can be read to its last byte: by its kind, and by what it says of itself."""

import os
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from PIL import Image

from nearsight.models.tensors import write_tensors
from nearsight.storage import write_dataset
from nearsight.verification import content
from nearsight.verification.content import damage

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>'
XYZ = "1\nProperties=species:S:1:pos:R:3\nH 0 0 0\n"


@pytest.fixture
def good(tmp_path: Path) -> dict[str, Path]:
    """A sound file of every kind, by its ending."""
    paths = {end: tmp_path / f"file.{end}" for end in ("nc", "svg", "png", "xyz", "csv", "txt")}
    values = np.arange(12.0).reshape(3, 4)
    described = {"units": "1", "long_name": "x"}
    write_dataset(xr.Dataset({"x": (("a", "b"), values, described)}), paths["nc"], title="x")
    paths["svg"].write_text(SVG)
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (16, 16, 3), "uint8")).save(
        paths["png"]
    )
    paths["xyz"].write_text(XYZ)
    paths["csv"].write_text("a,b\n1,2\n")
    paths["txt"].write_text("Å is text")
    paths["safetensors"] = tmp_path / "file.safetensors"
    write_tensors({}, paths["safetensors"], {"nearsight": "{}"})
    return paths


def test_sound_files_have_no_damage(good: dict[str, Path]) -> None:
    assert {kind: damage(path) for kind, path in good.items()} == dict.fromkeys(good, "")


def test_an_empty_file_is_damaged_whatever_its_kind(good: dict[str, Path]) -> None:
    for path in good.values():
        path.write_bytes(b"")
        assert damage(path) == f"{path}: is empty"


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("nc", b"CDF no more", "cannot be read as NetCDF"),
        ("svg", b"<svg><g></svg>", "cannot be read as SVG"),
        ("svg", b"<html><g/></html>", "no drawing in it"),
        ("svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "no drawing in it"),
        ("png", b"\x89PNG\r\n\x1a\n", "cannot be read as PNG"),
        ("png", SVG.encode(), "cannot be read as PNG"),
        ("csv", b"\xff\xfe\x00", "not UTF-8 text"),
        ("txt", b" \n\n", "is empty"),
        ("xyz", b"3\n\nH 0 0\n", "file.xyz"),
        ("safetensors", b"{}", "file.safetensors"),
    ],
)
def test_what_is_no_file_of_its_kind(
    good: dict[str, Path], kind: str, text: bytes, told: str
) -> None:
    good[kind].write_bytes(text)
    found = damage(good[kind])
    assert str(good[kind]) in found
    assert told in found


@pytest.mark.parametrize("kind", ["nc", "png"])
def test_a_cut_off_end_is_found(good: dict[str, Path], kind: str) -> None:
    """Also where the head is whole: pixels are decoded, and blocks read."""
    whole = good[kind].read_bytes()
    good[kind].write_bytes(whole[: int(0.7 * len(whole))])
    assert "cannot be read" in damage(good[kind])


def test_an_expanding_drawing_is_no_drawing(good: dict[str, Path]) -> None:
    """Entities that stand for gigabytes of text, as in a bundle of a stranger."""
    lines = [f'<!ENTITY a{k} "{f"&a{k - 1};" * 10 if k else "ha" * 10}">' for k in range(12)]
    body = "<svg><g>&a11;</g></svg>"
    good["svg"].write_text(f"<!DOCTYPE svg [{''.join(lines)}]>{body}")
    assert "cannot be read as SVG" in damage(good["svg"])


def test_a_json_file_is_read_as_what_its_name_says(tmp_path: Path) -> None:
    for name, told in (("study.json", "name"), ("card.json", "card.json")):
        path = tmp_path / name
        path.write_text("{}")
        assert told in damage(path)
        path.write_text("{")
        assert str(path) in damage(path)


def test_arrays_are_read_in_slices_to_their_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one row at least, and never more of an array than is meant to be held at a time."""
    path, read = tmp_path / "file.nc", []
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("a", 10)
        file.createDimension("b", 4)
        file.createVariable("x", "f8", ("a", "b"))[:] = np.arange(40.0).reshape(10, 4)
    monkeypatch.setattr(content, "_SLICE_BYTES", 3 * 4 * 8)

    class Seen:
        """Notes which rows are read."""

        ndim, shape, size = 2, (10, 4), 40

        def ncattrs(self) -> list[str]:
            return []

        def __getitem__(self, rows: slice) -> None:
            read.append((rows.start, rows.stop))

    content._read(Seen())
    assert read == [(0, 3), (3, 6), (6, 9), (9, 12)]
    assert damage(path) == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(good: dict[str, Path]) -> None:
    good["txt"].chmod(0)
    assert "cannot be read" in damage(good["txt"])
