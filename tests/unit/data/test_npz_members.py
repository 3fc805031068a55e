"""Members of NumPy archives: what they declare is compared with what they hold."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from foreign_files import write_sgdml
from numpy.lib import format as npy

from nearsight.data.frames import Frames
from nearsight.data.importing import import_frames
from nearsight.errors import CorruptFileError, DataError


def _with_positions(path: Path, water: Frames, member: bytes) -> Path:
    """An sGDML archive whose ``R`` is these bytes."""
    whole = write_sgdml(path, water)
    with zipfile.ZipFile(whole) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**kept, "R.npy": member}.items():
            archive.writestr(name, content)
    return path


def _header(shape: tuple[int, ...], descr: str = "<f8") -> bytes:
    file = io.BytesIO()
    npy.write_array_header_1_0(file, {"shape": shape, "fortran_order": False, "descr": descr})
    return file.getvalue()


@pytest.mark.parametrize("shape", [(10**12, 3, 3), (10**30,), (-1, 3, 3), (12, 3, 4)])
def test_a_header_that_declares_other_than_there_is(
    tmp_path: Path, water: Frames, shape: tuple[int, ...]
) -> None:
    path = _with_positions(tmp_path / "w.npz", water, _header(shape) + bytes(12 * 72))
    with pytest.raises(
        CorruptFileError, match=r"array 'R': .*its header declares .* but it has 864"
    ):
        import_frames(path, energy_unit="eV")


def test_a_member_that_grows_is_not_read(tmp_path: Path, water: Frames) -> None:
    zeros = _header((150 << 17, 1, 1)) + bytes(150 << 20)
    path = _with_positions(tmp_path / "w.npz", water, zeros)
    with pytest.raises(CorruptFileError, match=r"array 'R': \d+ bytes would grow to \d+: not read"):
        import_frames(path, energy_unit="eV")


@pytest.mark.parametrize("descr", ["<U8", "<c16", "|b1", "<M8[s]"])
def test_what_is_no_real_number(tmp_path: Path, water: Frames, descr: str) -> None:
    member = _header((12, 3, 3), descr) + bytes(108 * np.dtype(descr).itemsize)
    path = _with_positions(tmp_path / "w.npz", water, member)
    with pytest.raises(CorruptFileError, match=r"array 'R': holds .*, not real numbers"):
        import_frames(path, energy_unit="eV")


def test_an_encrypted_member_that_is_needed(tmp_path: Path, water: Frames) -> None:
    path = write_sgdml(tmp_path / "w.npz", water, extra=[1, 2])
    for member, words in (("extra", None), ("R", "array 'R': is encrypted")):
        content = bytearray(write_sgdml(path, water, extra=[1, 2]).read_bytes())
        name = f"{member}.npy".encode()
        content[content.index(name) - 30 + 6] |= 1
        content[content.rindex(name) - 46 + 8] |= 1
        path.write_bytes(content)
        if words is None:
            assert len(import_frames(path, energy_unit="eV")) == 12
        else:
            with pytest.raises(CorruptFileError, match=words):
                import_frames(path, energy_unit="eV")


@pytest.mark.parametrize("charges", [[8, 1, -1], [8, 1, 119], [8, 1, 1.5], [8, 1, np.nan]])
def test_what_is_no_nuclear_charge(tmp_path: Path, water: Frames, charges: list) -> None:
    path = write_sgdml(tmp_path / "w.npz", water, z=charges)
    with pytest.raises(DataError, match=r"array 'z': .* is no nuclear charge"):
        import_frames(path, energy_unit="eV")
