"""What every data set must hold to, whatever file it came from: asked whenever one is read."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nearsight.data.coincident import too_close
from nearsight.data.subsets import SUBSETS
from nearsight.errors import DataError

if TYPE_CHECKING:
    from nearsight.data.frames import Frames

HEAVIEST = 118
"""Nuclear charge of the last element."""
COINCIDENT = 0.01
"""Å: two atoms nearer than this are one atom written twice; networks divide by their distance."""
FURTHEST = 1e8
"""Å from the origin: beyond, float64 keeps less than 1e-7 Å, and it is no place for a molecule."""


@dataclass(frozen=True)
class Fault:
    """What makes a data set useless.

    Attributes:
        kind: shape, not-finite, atomic-number or overlapping-atoms.
        message: one line that names the first frame.
    """

    kind: str
    message: str


def validate(
    frames: "Frames", origin: str, *, forces: bool | None = None, number: np.ndarray | None = None
) -> None:
    """Refuse frames that cannot be what they claim to be.

    Args:
        frames: as read.
        origin: the file, for the message.
        forces: whether there must be forces; by default, where any is finite.
        number: (frame,) number of each frame in its file, where these are some of its frames.

    Raises:
        DataError: names the file, the first frame and the value.
    """
    _refuse(faults(frames, forces=forces, number=number), origin)


def validate_rows(frames: "Frames", origin: str) -> None:
    """The same of frames whose positions and forces stay in their file.

    Raises:
        DataError: names the file, the first frame and the value.
    """
    _refuse(_row_faults(frames, np.arange(len(frames.n_atoms)), bare=True), origin)


def _refuse(found: list[Fault], origin: str) -> None:
    if found:
        # With the name by which `data check` lists it.
        raise DataError(f"{origin}: {found[0].message} ({found[0].kind})")


def faults(
    frames: "Frames", *, forces: bool | None = None, number: np.ndarray | None = None
) -> list[Fault]:
    """All faults, the first of each kind of label; nothing else is asked where shapes are wrong.

    Args:
        frames: as read.
        forces: whether there must be forces; by default, where any is finite.
        number: (frame,) number of each frame in its file; by default, its place.
    """
    number = np.arange(len(frames.n_atoms)) if number is None else number
    found = _row_faults(frames, number)
    if any(fault.kind == "shape" for fault in found):
        return found
    found += _not_finite(frames, number, frames.has_forces if forces is None else forces)
    return found or _places(frames, number)


def _row_faults(frames: "Frames", number: np.ndarray, *, bare: bool = False) -> list[Fault]:
    """Wrong shapes alone, or wrong elements, energies and properties."""
    wrong = [Fault("shape", text) for text in _shapes(frames, number, bare)]
    if wrong:
        return wrong
    found = _elements(frames, number)
    for name, values in {"energy": frames.energy, **frames.properties}.items():
        bad = ~np.isfinite(values)
        # A column of NaN alone says that there is no such label.
        if bad.any() and not np.isnan(values).all():
            found.append(_first_of(name, bad, number))
    return found


def _shapes(frames: "Frames", number: np.ndarray, bare: bool) -> list[str]:
    few = frames.n_atoms < 1
    if few.any():
        first = int(np.flatnonzero(few)[0])
        return [f"frame {number[first]} has no atoms (n_atoms = {frames.n_atoms[first]})"]
    n_frames, total = len(frames.n_atoms), int(frames.n_atoms.sum(dtype=np.int64))
    expected: dict[str, tuple[int, ...]] = {
        "atomic_number": (total,),
        **({} if bare else dict.fromkeys(("position", "force"), (total, 3))),
        **dict.fromkeys(("energy", "subset", "source", *frames.properties), (n_frames,)),
    }
    found = {name: getattr(frames, name) for name in expected if name not in frames.properties}
    wrong = [
        f"{name} has shape {values.shape}, expected {expected[name]} of {n_frames} frames"
        for name, values in {**found, **frames.properties}.items()
        if values.shape != expected[name]
    ]
    known = np.isin(frames.subset, range(len(SUBSETS)))
    if not wrong and not known.all():
        first = int(np.argmin(known))
        text = f"frame {number[first]} has subset {frames.subset[first]}"
        wrong.append(f"{text}, expected 0 to {len(SUBSETS) - 1}")
    return wrong


def _elements(frames: "Frames", number: np.ndarray) -> list[Fault]:
    bad = np.flatnonzero((frames.atomic_number < 1) | (frames.atomic_number > HEAVIEST))
    if not len(bad):
        return []
    owner = number[_owner(frames)[bad[0]]]
    text = f"frame {owner}: atomic number {frames.atomic_number[bad[0]]} is no element"
    return [Fault("atomic-number", f"{text} (1 to {HEAVIEST})")]


def _not_finite(frames: "Frames", number: np.ndarray, forces: bool) -> list[Fault]:
    owner, found = _owner(frames), []
    for name in ("position", *(("force",) if forces else ())):
        bad = np.zeros(len(frames.n_atoms), dtype=bool)
        bad[owner[~np.isfinite(getattr(frames, name)).all(axis=1)]] = True
        if bad.any():
            found.append(_first_of(name, bad, number))
    return found


def _places(frames: "Frames", number: np.ndarray) -> list[Fault]:
    away = np.abs(frames.position).max(axis=1)
    if away.max(initial=0.0) > FURTHEST:
        frame = number[_owner(frames)[away.argmax()]]
        text = f"frame {frame} has an atom {away.max():.3g} Å from the origin: wrong length unit?"
        return [Fault("length-scale", text)]
    close = too_close(frames.position, frames.n_atoms, COINCIDENT)
    if close is None:
        return []
    text = f"two atoms of frame {number[close[0]]} are at one place ({close[1]:.2g} Å apart)"
    return [Fault("overlapping-atoms", text)]


def _first_of(name: str, bad: np.ndarray, number: np.ndarray) -> Fault:
    first = number[np.flatnonzero(bad)[0]]
    text = f"{name} is not finite in {int(bad.sum())} frames, the first is frame {first}"
    return Fault("not-finite", text)


def _owner(frames: "Frames") -> np.ndarray:
    return np.repeat(np.arange(len(frames.n_atoms)), frames.n_atoms)
