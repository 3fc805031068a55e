"""Which geometries dynamics can begin from: one that breaks a rule at step 0 tells of no model.

Rules come from training frames, starts from test frames. Where they disagree before the first
step, the fault is the data's or the rules'; a replica that ended there would count as a failure of
the network.
"""

import logging

import numpy as np
import torch

from nearsight.data.frames import Frames
from nearsight.errors import DataError
from nearsight.md.replicas.one_molecule import one_molecule
from nearsight.md.rules.guards import EndKind, Guards
from nearsight.md.rules.positions import look_at_geometry

logger = logging.getLogger(__name__)

MOST_LEFT_OUT = 0.5
"""Where more starts than this share break a rule, the rules do not fit the data."""

_ATOMS_AT_ONCE = 100_000


def sound_starts(frames: Frames, reference: Frames, guards: Guards, origin: str) -> np.ndarray:
    """(sound,) indices of the frames that break no rule; others are named in a warning.

    Args:
        frames: start geometries of one molecule.
        reference: what the rules were made from.
        guards: the rules.
        origin: the data set, for messages.

    Raises:
        DataError: no frame, other atoms than those of the reference, or more than half of the
            frames break a rule; names the first, its rule and atoms.
    """
    numbers, geometry = one_molecule(frames, "start geometries")
    if not np.array_equal(numbers, reference.atomic_number[: reference.n_atoms[0]]):
        raise DataError(
            f"{origin}: test frames have other atoms than training frames, or the same in another "
            "order; dynamics takes one molecule: name its source with --set source=NUMBER"
        )
    at_once = max(1, _ATOMS_AT_ONCE // len(numbers))
    parts = [_broken(part, guards) for part in torch.from_numpy(geometry).split(at_once)]
    kind, atoms = (np.concatenate(column) for column in zip(*parts, strict=True))
    lost = np.flatnonzero(kind != EndKind.SURVIVED)
    if not len(lost):
        return np.arange(len(frames))
    first = int(lost[0])
    text = (
        f"{len(lost)} of {len(frames)} start geometries break a rule of dynamics at step 0: of "
        f"test frame {first} {EndKind(int(kind[first])).code}"
        f"{_which(atoms[first], geometry[first])}"
    )
    if len(lost) > MOST_LEFT_OUT * len(frames):
        raise DataError(
            f"{origin}: {text}; are like atoms in another order from frame to frame (nearsight "
            "data check tells), or must the rules be wider for this molecule?"
        )
    logger.warning("%s: %s; they are left out", origin, text)
    return np.flatnonzero(kind == EndKind.SURVIVED)


def _broken(position: torch.Tensor, guards: Guards) -> tuple[np.ndarray, np.ndarray]:
    """Rule (frame,) that a geometry breaks, ``SURVIVED`` where none, and its atoms (frame, 2)."""
    never = torch.zeros((len(position), len(guards.bond_limits)), dtype=torch.bool)
    kind = torch.zeros(len(position), dtype=torch.int64)
    atoms = torch.full((len(position), 2), -1)
    seen = look_at_geometry(position, never, guards)
    if seen is not None:
        off = seen.crossed[:, guards.main] & (seen.ending.kind != EndKind.NOT_FINITE)
        kind = torch.where(off, int(EndKind.BOND), seen.ending.kind)
        atoms = torch.where(off[:, None], seen.bond, seen.ending.atoms)
    return kind.numpy(), atoms.numpy()


def _which(atoms: np.ndarray, position: np.ndarray) -> str:
    i, j = map(int, atoms)
    if i < 0:
        return ""
    if j < 0:
        return f" (atom {i})"
    distance = np.linalg.norm(position[i] - position[j])
    return f" (atoms {i} and {j}, {distance:.2f} Å apart)"
