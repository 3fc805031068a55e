"""What every reader returns: arrays as the file has them, and what the file says of itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nearsight.data.frames import SUBSETS
from nearsight.errors import CorruptFileError, DataError


@dataclass(frozen=True)
class Contents:
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


@dataclass(frozen=True)
class Labelled:
    """One frame as a reader of row-wise files meets it.

    Attributes:
        atomic_number: (atom,).
        position: (atom, 3).
        energy: a number.
        force: (atom, 3), or ``None``.
        info: further keys of the frame.
        properties: further labels by the name of the target, in the target's own unit.
    """

    atomic_number: np.ndarray
    position: np.ndarray
    energy: Any
    force: Any
    info: Mapping[str, Any]
    properties: Mapping[str, float] = field(default_factory=dict)


def join(rows: Sequence[Labelled], origin: str, **declared: Any) -> Contents:
    """Contents of a file read frame by frame.

    Raises:
        DataError: there is no frame.
        CorruptFileError: an energy or forces of the wrong shape.
    """
    if not rows:
        raise DataError(f"{origin}: holds 0 frames")
    for number, row in enumerate(rows):
        if (row.force is None) != (rows[0].force is None):
            raise DataError(f"{origin}: some frames have forces and others none")
        if row.force is not None and np.shape(row.force) != (len(row.atomic_number), 3):
            raise CorruptFileError(
                f"{origin}: frame {number} has {len(row.atomic_number)} atoms, "
                f"but forces of shape {np.shape(row.force)}"
            )
        if np.size(row.energy) != 1:
            raise CorruptFileError(f"{origin}: frame {number} has more than one energy")
    subset = _of_all(rows, "subset")
    theory = _of_all(rows, "level_of_theory")
    if theory is not None and len(set(theory)) == 1:
        declared.setdefault("attributes", {"level_of_theory": str(theory[0])})
    known = subset is not None and set(subset) <= set(SUBSETS)
    return Contents(
        atomic_number=np.concatenate([row.atomic_number for row in rows]),
        position=np.concatenate([row.position for row in rows]).astype(float),
        force=None
        if rows[0].force is None
        else np.concatenate([np.asarray(row.force, dtype=float) for row in rows]),
        n_atoms=np.array([len(row.atomic_number) for row in rows]),
        energy=np.array([float(np.ravel(row.energy)[0]) for row in rows]),
        subset=subset if known else None,
        source=_of_all(rows, "source", integers=True),
        properties={
            name: np.array([row.properties[name] for row in rows])
            for name in rows[0].properties
            if all(name in row.properties for row in rows)
        },
        **declared,
    )


def _of_all(rows: Sequence[Labelled], key: str, *, integers: bool = False) -> list[Any] | None:
    values = [row.info.get(key) for row in rows]
    kinds: tuple[type, ...] = (int, np.integer) if integers else (str,)
    return values if all(isinstance(value, kinds) for value in values) else None


NO_FORCES = "none"
"""What a user gives for the key of forces where a file has none."""


def pick(
    candidates: Mapping[str, Any], chosen: str | None, word: str, origin: str, present: str
) -> str:
    """The key of the energy or the forces among a frame's candidates.

    Args:
        candidates: values of the right shape, by key.
        chosen: the user's choice, which wins.
        word: ``energy`` or ``force``; without a choice the one key that holds this word is taken.
        origin: file and frame, for the message.
        present: all keys of the frame, for the message.

    Raises:
        DataError: the chosen key is absent; or without a choice none or several fit.
    """
    option = f"{word}_key"
    if chosen is not None:
        if chosen not in candidates:
            raise DataError(f"{origin}: no {option} {chosen!r}; keys found: {present}")
        return chosen
    fitting = [key for key in candidates if word in key.lower() and key != "free_energy"]
    if len(fitting) == 1:
        return fitting[0]
    what = f"several {word} keys ({', '.join(sorted(fitting))})" if fitting else f"no {word} key"
    raise DataError(f"{origin}: {what}; keys found: {present}; choose with {option}")
