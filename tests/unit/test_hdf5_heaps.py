"""Global heaps of HDF5, walked by their sizes: every heap that HDF5 writes, and none that lies."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from nearsight.errors import CorruptFileError
from nearsight.hdf5_heaps import require_sound_heaps


def write(path: Path, texts: list[str]) -> bytes:
    with h5py.File(path, "w") as file:
        file["x"] = np.arange(3)
        for number, text in enumerate(texts):
            file["x"].attrs[f"a{number}"] = text
    return path.read_bytes()


@pytest.mark.parametrize("count", [0, 1, 2, 300])
@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 5000])
def test_heaps_that_hdf5_writes_are_sound(tmp_path: Path, count: int, length: int) -> None:
    content = write(tmp_path / "a.h5", count * ["x" * length])
    assert (b"GCOL" in content) is (count > 0)
    require_sound_heaps(tmp_path / "a.h5")


@pytest.fixture
def heap(tmp_path: Path) -> tuple[Path, bytearray, int]:
    """A file, its bytes, and where its heap begins."""
    content = write(tmp_path / "a.h5", ["first", "second one"])
    return tmp_path / "a.h5", bytearray(content), content.index(b"GCOL")


def refused(path: Path, content: bytes, at: int) -> None:
    path.write_bytes(content)
    with pytest.raises(CorruptFileError) as caught:
        require_sound_heaps(path)
    assert str(caught.value) == (
        f"{path}: damaged: the heap at byte {at} does not add up; get or make the file again"
    )


@pytest.mark.parametrize("size", [0, 8, 15, 2**40, 2**64 - 1])
def test_a_heap_of_no_possible_size(heap: tuple[Path, bytearray, int], size: int) -> None:
    path, content, at = heap
    content[at + 8 : at + 16] = size.to_bytes(8, "little")
    refused(path, content, at)


@pytest.mark.parametrize("length", [2**64 - 16, 2**63, 10**9])
@pytest.mark.parametrize("number", [0, 1])
def test_an_object_that_leads_out_of_its_heap(
    heap: tuple[Path, bytearray, int], length: int, number: int
) -> None:
    path, content, at = heap
    # The first object is 5 bytes long, which take 8.
    place = at + 16 + number * (16 + 8) + 8
    assert int.from_bytes(content[place : place + 8], "little") == (5, 10)[number]
    content[place : place + 8] = length.to_bytes(8, "little")
    refused(path, content, at)


def test_free_space_that_does_not_reach_the_end(heap: tuple[Path, bytearray, int]) -> None:
    path, content, at = heap
    place = at + 16 + (16 + 8) + (16 + 16)
    assert content[place : place + 2] == b"\0\0"
    size = int.from_bytes(content[place + 8 : place + 16], "little")
    content[place + 8 : place + 16] = (size - 16).to_bytes(8, "little")
    refused(path, content, at)


def test_a_heap_that_is_cut_off(heap: tuple[Path, bytearray, int]) -> None:
    path, content, at = heap
    refused(path, content[: at + 20], at)


def test_text_that_looks_like_a_heap_is_damage_too(tmp_path: Path) -> None:
    """Nobody has these bytes by chance: better one such file refused than one that hangs."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 7 + b"GCOL\x01\0\0\0" + b"y" * 40)
    with pytest.raises(CorruptFileError, match="the heap at byte 7"):
        require_sound_heaps(path)
    path.write_bytes(b"GCOL in a sentence is no heap")
    require_sound_heaps(path)
