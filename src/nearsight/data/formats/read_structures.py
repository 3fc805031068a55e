"""What every reader returns: arrays as the file has them, and what the file says of itself."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nearsight.data.frames import SUBSETS
from nearsight.errors import CorruptFileError, DataError

LARGEST = 2**31 - 1
"""The largest number of a source."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReadStructures:
    """Labelled structures in the units of their file.

    Attributes:
        atomic_number: (atom,) nuclear charges, frame after frame.
        position: (atom, 3) in the file's length unit.
        force: (atom, 3) in the file's force unit, or ``None`` when the file has none.
        n_atoms: (frame,) atoms of each frame.
        energy: (frame,) in the file's energy unit.
        subset: (frame,) names of subsets, or ``None`` when the file has none.
        source: (frame,) numbers of trajectories, or ``None`` when the file has none.
        energy_unit: name of the energy unit if the file declares it, as the file writes it.
        length_unit: the same for lengths.
        force_unit: the same for forces, as "energy/length".
        attributes: what else the file declares, such as ``level_of_theory``.
        properties: (frame,) further labels by the name of the target, in the target's own unit.
        keys: what the file calls "energy" and "force".
    """

    atomic_number: np.ndarray
    position: np.ndarray
    force: np.ndarray | None
    n_atoms: np.ndarray
    energy: np.ndarray
    subset: Sequence[Any] | None = None
    source: Sequence[Any] | None = None
    energy_unit: str | None = None
    length_unit: str | None = None
    force_unit: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, np.ndarray] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Labelled:
    """One frame as a reader of row-wise files meets it.

    Attributes:
        origin: file and frame, for messages.
        atomic_number: (atom,) integers.
        position: (atom, 3) floats.
        energy: a number.
        force: (atom, 3) floats, or ``None``.
        info: further keys of the frame.
        properties: further labels by the name of the target, in the target's own unit.
    """

    origin: str
    atomic_number: np.ndarray
    position: np.ndarray
    energy: float
    force: np.ndarray | None
    info: Mapping[str, Any]
    properties: Mapping[str, float] = field(default_factory=dict)


def join(rows: Sequence[Labelled], origin: str, **declared: Any) -> ReadStructures:
    """ReadStructures of a file read frame by frame.

    A further property that only some frames have is left out, with a warning.

    Raises:
        DataError: there is no frame, or some have forces and others none.
        CorruptFileError: positions or forces of the wrong shape.
    """
    if not rows:
        raise DataError(f"{origin}: holds 0 frames")
    for row in rows:
        _require_shapes(row)
    theory = _of_all(rows, "level_of_theory")
    if theory is not None and len(set(theory)) == 1:
        declared.setdefault("attributes", {"level_of_theory": str(theory[0])})
    return ReadStructures(
        atomic_number=np.concatenate([row.atomic_number for row in rows]),
        position=np.concatenate([row.position for row in rows]),
        force=_forces(rows),
        n_atoms=np.array([len(row.atomic_number) for row in rows]),
        energy=np.array([row.energy for row in rows]),
        subset=_subsets(rows),
        source=_of_all(rows, "source", integers=True),
        properties=_properties(rows),
        **declared,
    )


def _require_shapes(row: Labelled) -> None:
    n_atoms = len(row.atomic_number)
    for what, values in (("positions", row.position), ("forces", row.force)):
        if values is not None and values.shape != (n_atoms, 3):
            raise CorruptFileError(
                f"{row.origin}: has {n_atoms} atoms, but {what} of shape {values.shape}"
            )


def _forces(rows: Sequence[Labelled]) -> np.ndarray | None:
    found = [row.force for row in rows if row.force is not None]
    if found and len(found) < len(rows):
        other = next(row for row in rows if row.force is None)
        raise DataError(f"{other.origin}: has no forces, other frames have some")
    return np.concatenate(found) if found else None


def _subsets(rows: Sequence[Labelled]) -> list[str] | None:
    """Names of subsets where the file has them; a key of this name with other words is not ours."""
    names = [row.info.get("subset") for row in rows]
    known = [isinstance(name, str) and name in SUBSETS for name in names]
    if any(known) and not all(known):
        row = rows[known.index(False)]
        raise DataError(
            f"{row.origin}: subset = {row.info.get('subset')!r:.40}, other frames have one of "
            f"{', '.join(SUBSETS)}: give it to every frame or to none"
        )
    return [str(name) for name in names] if all(known) else None


def _properties(rows: Sequence[Labelled]) -> dict[str, np.ndarray]:
    found = {}
    for name in dict.fromkeys(name for row in rows for name in row.properties):
        without = next((row for row in rows if name not in row.properties), None)
        if without is None:
            found[name] = np.array([row.properties[name] for row in rows])
        else:
            _log.warning("%s: has no %s: it is left out of the set", without.origin, name)
    return found


def _of_all(rows: Sequence[Labelled], key: str, *, integers: bool = False) -> list[Any] | None:
    values: list[Any] = [row.info.get(key) for row in rows]
    kinds: tuple[type, ...] = (int, np.integer) if integers else (str,)
    if not all(isinstance(value, kinds) and not isinstance(value, bool) for value in values):
        return None
    return None if integers and max(abs(int(value)) for value in values) > LARGEST else values
