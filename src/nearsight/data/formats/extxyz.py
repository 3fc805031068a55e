"""Extended xyz with energy and forces under whatever keys they have."""

from pathlib import Path
from typing import Any

import numpy as np

from nearsight.config import TARGET_NAMES
from nearsight.data.formats.keys import NO_FORCES, KeyOf, is_number, keys_found
from nearsight.data.formats.read_structures import Labelled, ReadStructures, join
from nearsight.data.formats.unit_names import declared_units, same_in_all
from nearsight.data.formats.xyz_blocks import xyz_blocks
from nearsight.data.formats.xyz_frame import XyzFrame, parse_frame


def read_extxyz(path: Path, energy_key: str | None, force_key: str | None) -> ReadStructures:
    """Read every frame of an extended xyz file.

    Keys that are called like a target (``homo``, ``dipole``, ...) are taken in its unit; keys that
    nobody needs are left alone, whatever they hold.

    Args:
        path: extended xyz file.
        energy_key: key of the energy; ``None`` where the file leaves no choice.
        force_key: the same for forces; ``NO_FORCES`` leaves them alone.

    Raises:
        CorruptFileError: truncated or not extended xyz; the line is named.
        DataError: labels are missing or ambiguous, under other keys than in the first frame,
            or a frame is periodic or charged.
    """
    energy, force = KeyOf("energy", energy_key), KeyOf("force", force_key)
    with path.open("rb") as handle:
        frames = [parse_frame(block, str(path)) for block in xyz_blocks(handle, str(path))]
    rows = [_labelled(frame, energy, None if force_key == NO_FORCES else force) for frame in frames]
    units = same_in_all(
        (frame.origin, declared_units(frame.info, frame.origin)) for frame in frames
    )
    return join(rows, str(path), keys=keys_found(energy, force), **units)


def _labelled(frame: XyzFrame, energy: KeyOf, force: KeyOf | None) -> Labelled:
    everything: dict[str, Any] = {**frame.info, **dict.fromkeys(frame.columns, 0)}
    energies = {key: value for key, value in frame.info.items() if _number(value)}
    name = energy.pick(everything, energies, frame.origin)
    return Labelled(
        origin=frame.origin,
        atomic_number=frame.atomic_number,
        position=frame.position,
        energy=float(energies[name]),
        force=None if force is None else _forces(frame, force, everything),
        info=frame.info,
        properties={key: float(energies[key]) for key in TARGET_NAMES[1:] if key in energies},
    )


def _forces(frame: XyzFrame, force: KeyOf, everything: dict[str, Any]) -> np.ndarray:
    columns = {
        key: None for key, (start, stop, kind) in frame.columns.items()
        if stop - start == 3 and kind in "RI"
    }  # fmt: skip
    name = force.pick(everything, columns, frame.origin)
    return frame.column(name)


def _number(value: Any) -> bool:
    return not isinstance(value, list | dict | str) and is_number(value)
