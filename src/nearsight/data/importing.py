"""From a user's labelled file to the canonical data set: one entry for all formats."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from nearsight.data.checks.unit_mistakes import IMPORTED
from nearsight.data.describe import formulas
from nearsight.data.formats.ase_database import read_ase_database
from nearsight.data.formats.extxyz import read_extxyz
from nearsight.data.formats.foreign_parsers import one_line
from nearsight.data.formats.npz import read_npz
from nearsight.data.formats.qm7x import read_qm7x
from nearsight.data.formats.read_structures import ReadStructures
from nearsight.data.formats.signatures import require_kind
from nearsight.data.formats.unit_names import factors
from nearsight.data.frames import SUBSETS, Frames
from nearsight.data.validation import validate
from nearsight.errors import CorruptFileError, DataError
from nearsight.storage import require_file
from nearsight.units import TO_ANGSTROM, TO_EV

Reader = Callable[[Path, str | None, str | None], ReadStructures]
"""From a file and the keys of energies and forces to its contents."""

READERS: dict[str, Reader] = {
    ".xyz": read_extxyz,
    ".extxyz": read_extxyz,
    ".db": read_ase_database,
    ".npz": read_npz,
    ".hdf5": read_qm7x,
    ".h5": read_qm7x,
}
"""Reader of each file name ending."""


def import_frames(
    path: Path,
    *,
    energy_unit: str | None = None,
    length_unit: str | None = None,
    force_unit: str | None = None,
    energy_key: str | None = None,
    force_key: str | None = None,
    level_of_theory: str | None = None,
    temperature: float | None = None,
) -> Frames:
    """Read labelled structures and convert them to eV, Å and eV/Å.

    Args:
        path: extended xyz, ASE or SchNetPack database, sGDML, rMD17, MD22 or QM7-X ``.npz``, or
            QM7-X ``.hdf5``.
        energy_unit: one of ``TO_EV``; needed unless the file declares it.
        length_unit: one of ``TO_ANGSTROM``; Å unless the file declares another.
        force_unit: as "energy/length", e.g. "hartree/bohr" (what quantum chemistry prints beside
            positions in Å); energy unit per length unit unless the file declares another.
        energy_key: key of the energy where the file offers several.
        force_key: the same for forces.
        level_of_theory: what the labels were computed with; wins over what the file says.
        temperature: in K, of the sampling; stored, not used.

    Returns:
        Frames with the subsets that the file states (then ``split`` is among the attributes), or
        all in ``train``. Unless the file states sources, a frame of other atoms than the one before
        begins a new one.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: truncated, damaged or pickled.
        DataError: unknown format, labels or units missing or contradicting, values not finite.
    """
    path = require_file(Path(path))
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path}: cannot import {path.suffix!r} files; known: {', '.join(READERS)}")
    require_kind(path, path.suffix.lower())
    return to_frames(
        reader(path, energy_key, force_key),
        path,
        energy_unit=energy_unit,
        length_unit=length_unit,
        force_unit=force_unit,
        level_of_theory=level_of_theory,
        temperature=temperature,
    )


def require_same_keys(frames: Frames, test: Frames, path: Path, test_path: Path) -> None:
    """Refuse test frames whose labels have other keys: they may be of another method.

    Args:
        frames: of the first file.
        test: of the file of test frames.
        path: of the first file.
        test_path: of the other.

    Raises:
        DataError: names both files and keys.
    """
    for word in ("energy", "force"):
        name = f"imported_{word}_key"
        here, there = frames.attributes.get(name), test.attributes.get(name)
        if here is not None and there is not None and here != there:
            raise DataError(
                f"{test_path}: {word} is called {there!r}, in {path} {here!r}: choose with "
                f"--{word}-key; they may be of different methods"
            )


def to_frames(
    contents: ReadStructures,
    path: Path,
    *,
    energy_unit: str | None = None,
    length_unit: str | None = None,
    force_unit: str | None = None,
    level_of_theory: str | None = None,
    temperature: float | None = None,
) -> Frames:
    """Frames in eV, Å and eV/Å of what a reader has found.

    Args:
        contents: what stands in the file, in its units.
        path: of the file, for messages and provenance.
        energy_unit: of the file, unless it declares one; see :func:`import_frames`.
        length_unit: the same.
        force_unit: the same.
        level_of_theory: what the labels were computed with; wins over what the file says.
        temperature: in K, of the sampling; stored, not used.

    Raises:
        CorruptFileError, DataError: labels or units contradict, values are not finite.
    """
    stated = {"energy_unit": energy_unit, "length_unit": length_unit, "force_unit": force_unit}
    declared = {name: getattr(contents, name) for name in stated}
    energy_name, length_name, force_factor = factors(str(path), declared, stated)
    none = np.full(contents.position.shape, np.nan)
    frames = Frames(
        atomic_number=contents.atomic_number,
        position=contents.position * TO_ANGSTROM[length_name],
        force=none if contents.force is None else contents.force * force_factor,
        n_atoms=contents.n_atoms,
        energy=contents.energy * TO_EV[energy_name],
        subset=_subsets(contents),
        source=_sources(contents),
        attributes={
            **_attributes(path, contents, energy_name, level_of_theory, temperature),
            IMPORTED: force_factor,
        },
        properties=contents.properties,
    )
    _require_sound(frames, path, has_forces=contents.force is not None)
    validate(frames, str(path), forces=contents.force is not None)
    return replace(frames, attributes={**frames.attributes, "formula": formulas(frames)})


def _subsets(contents: ReadStructures) -> np.ndarray:
    if contents.subset is None:
        return np.zeros(len(contents.n_atoms), dtype=int)
    return np.array([SUBSETS.index(name) for name in contents.subset])


def _sources(contents: ReadStructures) -> np.ndarray:
    """What the file states, or a new source wherever the atoms are others than the frame before."""
    if contents.source is not None:
        return np.asarray(contents.source, dtype=int)
    first = np.cumsum(contents.n_atoms) - contents.n_atoms
    atoms = [
        contents.atomic_number[start : start + length].tobytes()
        for start, length in zip(first, contents.n_atoms, strict=True)
    ]
    changes = [here != before for before, here in pairwise(atoms)]
    return np.concatenate([[0], np.cumsum(changes, dtype=int)])


def _attributes(
    path: Path,
    contents: ReadStructures,
    energy_name: str,
    level_of_theory: str | None,
    temperature: float | None,
) -> dict[str, Any]:
    attributes = {
        "level_of_theory": "unknown",
        **contents.attributes,
        "imported_from": one_line(path.name, 255),
        "imported_energy_unit": energy_name,
        **{f"imported_{word}_key": one_line(key) for word, key in contents.keys.items()},
    }
    if level_of_theory is not None:
        attributes["level_of_theory"] = level_of_theory
    if temperature is not None:
        attributes["temperature_K"] = temperature
    if contents.subset is not None:
        attributes["split"] = "as stated in the imported file"
    return attributes


def _require_sound(frames: Frames, path: Path, *, has_forces: bool) -> None:
    owner = np.repeat(np.arange(len(frames)), frames.n_atoms)
    columns = {"energy": frames.energy, "position": frames.position, **frames.properties}
    if has_forces:
        columns["force"] = frames.force
    for name, values in columns.items():
        bad = ~np.isfinite(values) if values.ndim == 1 else ~np.isfinite(values).all(axis=1)
        if bad.any():
            first = int(np.flatnonzero(bad)[0])
            frame = first if values.ndim == 1 else int(owner[first])
            raise DataError(f"{path}: {name} of frame {frame} is not finite")
    if (frames.n_atoms < 1).any():
        raise CorruptFileError(f"{path}: frame {int(frames.n_atoms.argmin())} has no atoms")
    if (frames.atomic_number < 1).any():
        frame = int(owner[frames.atomic_number.argmin()])
        raise DataError(f"{path}: frame {frame} has an atom of no element")
