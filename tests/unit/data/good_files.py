"""Small good files of every format that is read, for the fuzz of the readers."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import ase.db
import ase.io
import h5py
import numpy as np
from ase.build import molecule

from nearsight.data.exporting import export_frames
from nearsight.data.formats.qm9 import COLUMNS, PARTS
from nearsight.data.frames import Frames, write_frames

BINARY = ("a.npz", "a.db", "b.db", "a.h5", "a.nc", "a.xyz.gz", "a.bz2", "a.whl")
"""Names whose content is not text."""


def some_frames() -> Frames:
    """Six frames of water of made-up labels, two a subset."""
    rng = np.random.default_rng(0)
    water = molecule("H2O")
    return Frames(
        atomic_number=np.tile(water.numbers, 6),
        position=np.tile(water.positions, (6, 1)) + 0.02 * rng.standard_normal((18, 3)),
        force=rng.standard_normal((18, 3)),
        n_atoms=np.full(6, 3),
        energy=rng.standard_normal(6) - 100,
        subset=np.repeat([0, 1, 2], 2),
        source=np.zeros(6, dtype=int),
        attributes={"level_of_theory": "made up"},
        properties={"dipole": rng.random(6)},
    )


def labelled(folder: Path) -> dict[str, bytes]:
    """Labelled files by name, each of which declares its units."""
    frames = some_frames()
    for name in ("a.xyz", "a.db"):
        export_frames(frames, folder / name)
    text = (folder / "a.xyz").read_text().replace(" energy=", " energy_unit=eV charge=0 energy=")
    arrays = {"R": frames.position.reshape(6, 3, 3), "F": frames.force.reshape(6, 3, 3)}
    np.savez_compressed(
        folder / "a.npz", **arrays, E=frames.energy, z=[8, 1, 1], e_unit="eV", r_unit="Ang",
        theory="made up", extra=np.array([{}], dtype=object),
    )  # fmt: skip
    _write_plain_database(folder / "b.db", frames)
    _write_qm7x(folder / "a.h5", frames)
    names = ("a.db", "a.npz", "b.db", "a.h5")
    return {"a.xyz": text.encode(), **{name: (folder / name).read_bytes() for name in names}}


def _write_plain_database(path: Path, frames: Frames) -> None:
    with ase.db.connect(path) as database:
        database.metadata = {"energy_unit": "eV", "level_of_theory": "x"}
        for k in range(3):
            data = {
                "energy": frames.energy[[k]],
                "forces": frames.forces(k),
                "rings": [[1], [2, 3]],
            }
            database.write(frames.atoms(k), key_value_pairs={"subset": "train"}, data=data)


def _write_qm7x(path: Path, frames: Frames) -> None:
    with h5py.File(path, "w") as file:
        for k in range(3):
            group = file.create_group(f"{k // 2}/s{k}")
            group["atNUM"], group["atXYZ"] = frames.atoms(k).numbers, frames.atoms(k).positions
            group["ePBE0+MBD"], group["totFOR"] = frames.energy[[k]], frames.forces(k)
            group["DIP"] = [0.1]
            group["ePBE0+MBD"].attrs["units"] = "eV"


def structures(folder: Path) -> dict[str, bytes]:
    """Files of structures by name."""
    images = [molecule(name) for name in ("H2O", "CH4", "CH3OH")]
    found = {}
    for name in ("a.xyz", "a.pdb"):
        ase.io.write(folder / name, images)
        found[name] = (folder / name).read_bytes()
    for name in ("a.mol", "a.gen"):
        ase.io.write(folder / name, images[2])
        found[name] = (folder / name).read_bytes()
    found["a.sdf"] = 2 * (found["a.mol"] + b"> <name>\nmethanol\n\n$$$$\n")
    found["a.coord"] = (
        b"$coord\n0.0 0.0 0.2 o\n0.0 1.4 -0.9 h\n0.0 -1.4 -0.9 h\n$eht charge=0\n$end\n"
    )
    found["a.xyz.gz"] = gzip.compress(found["a.xyz"], mtime=0)
    write_frames(some_frames(), folder / "a.nc", title="water")
    found["a.nc"] = (folder / "a.nc").read_bytes()
    return found


def published() -> dict[str, bytes]:
    """QM9's archive and its package, each with a molecule or two."""
    values = "\t".join(["gdb 1", *(f"{0.1 * k:.4f}" for k in range(1, 16))])
    rows = "O\t0.0\t0.0\t1.2*^-1\t-0.1\nH\t0.0\t0.76\t-0.48\t0.1\nH\t0.0\t-0.76\t-0.48\t0.1\n"
    text = f"3\n{values}\n{rows}1000\t2000\nO\tO\nInChI=1S/H2O\tInChI=1S/H2O\n".encode()
    whole, wheel = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:bz2") as archive:
        for k in range(2):
            info = tarfile.TarInfo(f"dsgdb9nsd_{k:06d}.xyz")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text))
    header = ",".join(["Elements", "XYZ_Ang", *COLUMNS.values()])
    row = "\"['O', 'H', 'H']\",\"[[0., 0., 0.12], [0., 0.76, -0.48], [0., -0.76, -0.48]]\""
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in PARTS:
            numbers = ",".join(["0.5"] * len(COLUMNS))
            archive.writestr(part, f"{header}\n{row},{numbers}\n")
    return {"a.bz2": whole.getvalue(), "a.whl": wheel.getvalue()}
