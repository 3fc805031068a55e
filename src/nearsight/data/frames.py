"""The canonical data set: labelled molecules of any size in CF contiguous ragged arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from ase import Atoms

from nearsight.config import TargetName
from nearsight.data.layout import EVERY, N_COORDINATES, PROPERTIES, Column, check_layout, opened
from nearsight.data.subsets import SUBSETS as SUBSETS
from nearsight.data.validation import validate
from nearsight.errors import CorruptFileError, DataError
from nearsight.storage import write_dataset


@dataclass(frozen=True)
class Frames:
    """Labelled structures, atoms of all frames one after another.

    Attributes:
        atomic_number: (atom,) nuclear charges.
        position: (atom, 3) Å.
        force: (atom, 3) eV/Å; NaN in a data set without forces.
        n_atoms: (frame,) atoms of each frame; the ragged arrays' row sizes.
        energy: (frame,) eV.
        subset: (frame,) index into ``SUBSETS``.
        source: (frame,) number of the trajectory or file part a frame came from.
        attributes: further global attributes (temperature, level of theory, leak of the split).
        properties: (frame,) further labels by the name of the target, in its unit
            (:data:`nearsight.config.TARGETS`).
    """

    atomic_number: np.ndarray
    position: np.ndarray
    force: np.ndarray
    n_atoms: np.ndarray
    energy: np.ndarray
    subset: np.ndarray
    source: np.ndarray
    attributes: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.n_atoms)

    @cached_property
    def first_atom(self) -> np.ndarray:
        """(frame,) index of each frame's first atom."""
        return (np.cumsum(self.n_atoms) - self.n_atoms).astype(int)

    @property
    def has_forces(self) -> bool:
        """Whether there are forces to learn from."""
        return bool(np.isfinite(self.force).any())

    def label(self, target: TargetName) -> np.ndarray:
        """(frame,) values of a target in its unit.

        Raises:
            DataError: the data set does not have it.
        """
        columns = {"energy": self.energy, **self.properties}
        there = [name for name, values in columns.items() if not np.isnan(values).all()]
        if target not in there:
            raise DataError(f"the data set has no {target}; it has {', '.join(there) or 'none'}")
        return columns[target]

    def select(self, frames: np.ndarray) -> "Frames":
        """The given frames in the given order: indices (frame,), or a mask of all."""
        frames = np.arange(len(self))[frames]
        starts = self.first_atom
        spans = [np.arange(starts[i], starts[i] + self.n_atoms[i]) for i in frames]
        atoms = np.concatenate(spans) if spans else np.empty(0, dtype=int)
        return Frames(
            atomic_number=self.atomic_number[atoms],
            position=self.position[atoms],
            force=self.force[atoms],
            n_atoms=self.n_atoms[frames],
            energy=self.energy[frames],
            subset=self.subset[frames],
            source=self.source[frames],
            attributes=self.attributes,
            properties={name: values[frames] for name, values in self.properties.items()},
        )

    def of_subset(self, name: str) -> "Frames":
        """The frames of ``train``, ``validation`` or ``test``."""
        return self.select(self.subset == SUBSETS.index(name))

    def atoms(self, frame: int) -> Atoms:
        """One frame as ``ase.Atoms`` without labels."""
        start = self.first_atom[frame]
        span = slice(start, start + self.n_atoms[frame])
        return Atoms(self.atomic_number[span], positions=self.position[span])

    def forces(self, frame: int) -> np.ndarray:
        """(n_atoms, 3) forces of one frame in eV/Å."""
        start = self.first_atom[frame]
        return self.force[start : start + self.n_atoms[frame]]


def frames_of_atoms(structures: Sequence[Atoms]) -> Frames:
    """Structures without labels, whose energies and forces are NaN."""
    n_atoms = np.array([len(atoms) for atoms in structures])
    return Frames(
        atomic_number=np.concatenate([atoms.numbers for atoms in structures]),
        position=np.concatenate([atoms.positions for atoms in structures]),
        force=np.full((n_atoms.sum(), 3), np.nan),
        n_atoms=n_atoms,
        energy=np.full(len(structures), np.nan),
        subset=np.full(len(structures), SUBSETS.index("test")),
        source=np.zeros(len(structures), dtype=int),
    )


def join_frames(parts: Sequence[Frames]) -> Frames:
    """Frames of several sets one after another; attributes are those of the first.

    Raises:
        DataError: there is no set, or one lacks a property that another has.
    """
    if not parts:
        raise DataError("0 data sets to join")
    names = set(parts[0].properties)
    if any(set(part.properties) != names for part in parts):
        raise DataError("data sets with different properties cannot be joined")
    arrays = (f.name for f in fields(Frames) if f.name not in ("attributes", "properties"))
    return Frames(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in arrays},
        attributes=parts[0].attributes,
        properties={n: np.concatenate([part.properties[n] for part in parts]) for n in names},
    )


def to_dataset(frames: Frames) -> xr.Dataset:
    """Canonical ``xarray.Dataset`` of frames (CF contiguous ragged array)."""
    variables = {
        name: (column.dims, _values(frames, name).astype(column.dtype), _about(column))
        for name, column in EVERY.items()
        if _has(frames, name)
    }
    dataset = xr.Dataset(variables, attrs=dict(frames.attributes))
    dataset["n_atoms"].attrs["sample_dimension"] = "atom"
    dataset["subset"].attrs["flag_values"] = np.arange(len(SUBSETS), dtype="i1")
    dataset["subset"].attrs["flag_meanings"] = " ".join(SUBSETS)
    return dataset.assign_attrs(Conventions="CF-1.11", featureType="molecule")


def from_dataset(dataset: xr.Dataset, origin: str) -> Frames:
    """Frames of a canonical dataset.

    Raises:
        CorruptFileError: a variable is missing, or has other dimensions, type or units; row sizes
            do not add up.
        DataError: there is no frame, or what they hold is not sound
            (:func:`nearsight.data.validation.validate`).
    """
    check_layout(dataset, origin)
    frames = rows_of(dataset, origin)
    validate(frames, origin, forces="force" in dataset)
    return frames


def rows_of(dataset: xr.Dataset, origin: str) -> Frames:
    """Frames of the variables that are there, each as it is; computing goes on in float64.

    Without positions and forces both are empty.

    Raises:
        DataError: there is no frame.
        CorruptFileError: row sizes do not add up.
    """
    arrays = {n: dataset[n].to_numpy() for n in EVERY if n in dataset}
    real = {n: v.astype(np.float64, copy=False) for n, v in arrays.items() if v.dtype.kind == "f"}
    position = real.get("position", np.empty((0, N_COORDINATES)))
    frames = Frames(
        atomic_number=arrays["atomic_number"],
        position=position,
        force=real.get("force", np.full_like(position, np.nan)),
        **{name: arrays[name].astype(np.int64) for name in ("n_atoms", "subset", "source")},
        energy=real["energy"],
        attributes=dict(dataset.attrs),
        properties={name: real[name] for name in PROPERTIES if name in real},
    )
    _require_rows(frames, origin)
    return frames


def _require_rows(frames: Frames, origin: str) -> None:
    if not len(frames):
        raise DataError(f"{origin}: holds 0 frames")
    # Sums of numbers that are no sizes say nothing: validation names those.
    few = int(frames.n_atoms.min()) < 1
    if not few and sum(frames.n_atoms.tolist()) != len(frames.atomic_number):
        raise CorruptFileError(
            f"{origin}: n_atoms adds up to another number than the {len(frames.atomic_number)} "
            "atoms that there are"
        )


def read_frames(path: Path) -> Frames:
    """Read a canonical data set.

    Raises:
        MissingFileError, CorruptFileError, DataError: as their names say.
    """
    try:
        with opened(Path(path)) as file:
            dataset = file.load()
    except MemoryError as error:
        raise DataError(f"{path}: does not fit into memory") from error
    return from_dataset(dataset, str(path))


def write_frames(
    frames: Frames,
    path: Path,
    *,
    title: str,
    inputs: Mapping[str, Path] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Write the canonical data set atomically, with provenance.

    Args:
        frames: what is written.
        path: of the file.
        title: what it is, in a line.
        inputs: files that it was made from, by name; their checksums are recorded.
        settings: what it was made with; recorded, and hashed.
    """
    write_dataset(to_dataset(frames), path, title=title, inputs=inputs, settings=settings)


def _has(frames: Frames, name: str) -> bool:
    if name in PROPERTIES:
        return name in frames.properties
    return name != "force" or frames.has_forces


def _values(frames: Frames, name: str) -> np.ndarray:
    values: np.ndarray = frames.properties[name] if name in PROPERTIES else getattr(frames, name)
    return values


def _about(column: Column) -> dict[str, str]:
    return {"units": column.unit, "long_name": column.text}
