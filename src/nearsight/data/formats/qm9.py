"""QM9: its archive of xyz files with a line of properties, and the package ``qm9pack``.

Ramakrishnan, Dral, Rupp, von Lilienfeld, Sci. Data 1, 140022 (2014): B3LYP/6-31G(2df,p), relaxed
structures, no forces. The energy is the internal energy at 0 K (U0).
"""

import contextlib
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nearsight.data.archives import refuse_escape
from nearsight.data.formats.foreign_parsers import one_line, parsing, reason_of
from nearsight.data.formats.nuclear_charges import nuclear_charge
from nearsight.data.formats.read_structures import ReadStructures
from nearsight.errors import CorruptFileError, DataError
from nearsight.progress import progress_bar
from nearsight.units import TO_EV

# Places in the line of properties: tag, index, A, B, C, mu, alpha, homo, lumo, gap, r2, zpve, U0.
_PLACES = {"dipole": 5, "polarizability": 6, "homo": 7, "lumo": 8, "gap": 9}
_ENERGY = 12
_FACTORS = {"homo": TO_EV["hartree"], "lumo": TO_EV["hartree"], "gap": TO_EV["hartree"]}
PARTS = tuple(f"qm9pack/data/qm9_part{k}.csv" for k in (1, 2, 3))
COLUMNS = {
    "dipole": "Dipole_debye",
    "polarizability": "Polarizability_bohr3",
    "homo": "HOMO_au",
    "lumo": "LUMO_au",
    "gap": "HOMO_LUMO_gap_au",
    "energy": "InternalEnergy_0K_au",
}

_LARGEST = 1 << 20
"""Bytes of a molecule's file."""
_MOST_GROWTH = 100
"""Bytes that a byte of a compressed table may stand for."""

_NO_BRACKETS = str.maketrans("", "", "[]' ")

Molecule = tuple[list[int], np.ndarray, dict[str, float]]
"""Nuclear charges, positions (atom, 3) in Å and labels in the file's units."""


def read_qm9_archive(path: Path) -> ReadStructures:
    """Read ``dsgdb9nsd.xyz.tar.bz2``: 133,885 molecules, those that failed its check among them.

    Raises:
        CorruptFileError: truncated, damaged, or not laid out like QM9.
        DataError: a name leads out of the archive, or there is no molecule.
    """
    return _contents(path, list(_from_archive(path)))


def read_qm9pack(path: Path) -> ReadStructures:
    """Read the wheel of ``qm9pack``: the 130,831 molecules that passed QM9's own check.

    Raises:
        CorruptFileError: truncated, damaged, or not laid out like ``qm9pack``.
    """
    return _contents(path, list(_from_package(path)))


def _from_archive(path: Path) -> Iterator[Molecule]:
    with contextlib.ExitStack() as stack:
        handle = stack.enter_context(path.open("rb"))
        with parsing(path, "an archive of QM9"):
            archive = stack.enter_context(tarfile.open(fileobj=handle, mode="r|*"))
        for name, text in progress_bar(_texts(archive, path), desc=path.name, unit="molecule"):
            yield _parse(text, f"{path}: {one_line(name, 60)}")


def _texts(archive: tarfile.TarFile, path: Path) -> Iterator[tuple[str, str]]:
    while True:
        with parsing(path, "an archive of QM9"):
            info = archive.next()
        if info is None:
            return
        refuse_escape(info.name, path)
        if not info.name.endswith(".xyz") or not info.isreg():
            continue
        if info.issparse() or info.size > _LARGEST:
            raise CorruptFileError(f"{path}: {one_line(info.name, 60)}: is no molecule of QM9")
        with parsing(f"{path}: {one_line(info.name, 60)}", "an archive of QM9"):
            source = archive.extractfile(info)
            text = source.read().decode("ascii") if source is not None else ""
        yield info.name, text


def _parse(text: str, origin: str) -> Molecule:
    lines = text.splitlines()
    try:
        n_atoms = int(lines[0])
        values = lines[1].split()
        rows = [line.replace("*^", "e").split() for line in lines[2 : 2 + n_atoms]]
        labels = {name: float(values[place]) for name, place in _PLACES.items()}
        labels["energy"] = float(values[_ENERGY])
        position = np.array([[float(value) for value in row[1:4]] for row in rows])
        return [nuclear_charge(row[0]) for row in rows], position.reshape(n_atoms, 3), labels
    except (ValueError, IndexError, OverflowError, DataError) as error:
        raise CorruptFileError(f"{origin}: not laid out like QM9 ({reason_of(error)})") from None


def _from_package(path: Path) -> Iterator[Molecule]:
    for part in PARTS:
        rows = list(_table(path, part))
        for number, (symbols, position, *values) in enumerate(
            progress_bar(rows, desc=part, unit="molecule")
        ):
            try:
                numbers = [nuclear_charge(symbol) for symbol in _entries(str(symbols))]
                labels = dict(zip(COLUMNS, map(float, values), strict=True))
                yield numbers, _positions(str(position), len(numbers)), labels
            except (ValueError, TypeError, DataError) as error:
                raise CorruptFileError(
                    f"{path}: {part}: molecule {number}: not laid out like qm9pack "
                    f"({reason_of(error)})"
                ) from None


def _table(path: Path, part: str) -> Iterator[tuple[Any, ...]]:
    import pandas as pd

    columns = ["Elements", "XYZ_Ang", *COLUMNS.values()]
    with parsing(path, "a whole qm9pack"), zipfile.ZipFile(path) as wheel:
        info = wheel.getinfo(part)
        if info.file_size > _MOST_GROWTH * max(info.compress_size, 1):
            raise CorruptFileError(f"{path}: {part} would grow to {info.file_size} bytes")
        with wheel.open(info) as source:
            table = pd.read_csv(source, usecols=columns)
    return zip(*(table[name] for name in columns), strict=True)


def _positions(text: str, n_atoms: int) -> np.ndarray:
    return np.array(_entries(text), dtype=float).reshape(n_atoms, 3)


def _entries(text: str) -> list[str]:
    """Entries of a list as the package prints it; numbers such as ``0.`` are no JSON."""
    return text.translate(_NO_BRACKETS).split(",")


def _contents(path: Path, molecules: Sequence[Molecule]) -> ReadStructures:
    if not molecules:
        raise DataError(f"{path}: holds 0 molecules")
    labels = {name: np.array([m[2][name] for m in molecules]) for name in molecules[0][2]}
    energy = labels.pop("energy")
    return ReadStructures(
        atomic_number=np.concatenate([m[0] for m in molecules]).astype(int),
        position=np.concatenate([m[1] for m in molecules]),
        force=None,
        n_atoms=np.array([len(m[0]) for m in molecules]),
        energy=energy,
        # Every molecule stands for itself: none is a neighbour of another in time.
        source=np.arange(len(molecules)).tolist(),
        energy_unit="hartree",
        length_unit="angstrom",
        attributes={"level_of_theory": "B3LYP/6-31G(2df,p)"},
        properties={name: _FACTORS.get(name, 1.0) * values for name, values in labels.items()},
    )
