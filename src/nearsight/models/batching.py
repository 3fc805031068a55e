"""A data set as tensors in memory, from which batches are indexed without any decoding."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Protocol

import numpy as np
import torch

from nearsight.data.frames import Frames
from nearsight.errors import NoNeighborError
from nearsight.families.centring import centred_frames
from nearsight.families.graph import LabelledGraph, owners
from nearsight.families.neighbors import neighbor_pairs

logger = logging.getLogger(__name__)

_LOOKED_AT = 1000


class Source(Protocol):
    """Where batches come from: memory, or a file that is larger."""

    @property
    def has_forces(self) -> bool:
        """Whether there are forces to learn from."""

    def __len__(self) -> int:
        """Number of frames."""

    def shuffled(self, generator: torch.Generator, size: int) -> torch.Tensor:
        """(frame,) all frames in the order of an epoch of batches of a size."""

    def load(self, order: torch.Tensor, size: int) -> Iterator[LabelledGraph]:
        """Batches of a size in the given order (frame,); the last one may be smaller."""


@dataclass(frozen=True)
class TensorFrames:
    """Frames with their neighbour lists, ready to be indexed.

    Attributes:
        atomic_number: (atom,).
        position: (atom, 3) Å.
        force: (atom, 3) eV/Å; NaN where there are none.
        label: (frame,) what is learned, with its offset taken off.
        n_atoms, first_atom: (frame,) spans in the atom arrays.
        first, second: (pair,) atoms of each pair within their own frame, each pair once.
        n_pairs, first_pair: (frame,) spans in the pair arrays.
        has_forces: whether forces are to be learned.
    """

    atomic_number: torch.Tensor
    position: torch.Tensor
    force: torch.Tensor
    label: torch.Tensor
    n_atoms: torch.Tensor
    first_atom: torch.Tensor
    first: torch.Tensor
    second: torch.Tensor
    n_pairs: torch.Tensor
    first_pair: torch.Tensor
    has_forces: bool = True

    def __len__(self) -> int:
        return len(self.n_atoms)

    def batch(self, frames: torch.Tensor) -> LabelledGraph:
        """The frames (frame,) that are given, in their order."""
        n_atoms, n_pairs = self.n_atoms[frames], self.n_pairs[frames]
        atoms = _spans(self.first_atom[frames], n_atoms)
        pairs = _spans(self.first_pair[frames], n_pairs)
        shift = (torch.cumsum(n_atoms, 0) - n_atoms).repeat_interleave(
            n_pairs, output_size=len(pairs)
        )
        return LabelledGraph(
            atomic_number=self.atomic_number[atoms],
            position=self.position[atoms],
            n_atoms=n_atoms,
            molecule=owners(n_atoms, len(atoms)),
            first=self.first[pairs] + shift,
            second=self.second[pairs] + shift,
            label=self.label[frames],
            force=self.force[atoms],
        )

    def shuffled(self, generator: torch.Generator, size: int) -> torch.Tensor:
        """(frame,) a permutation of all frames; the size of batches does not matter."""
        return torch.randperm(len(self), generator=generator)

    def load(self, order: torch.Tensor, size: int) -> Iterator[LabelledGraph]:
        """Batches of a size in the given order (frame,); the last one may be smaller."""
        return map(self.batch, order.to(self.position.device).split(size))


def to_tensors(
    frames: Frames,
    cutoff: float,
    label: np.ndarray,
    *,
    forces: bool = True,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> TensorFrames:
    """Move frames into memory of a device and build their neighbour lists once.

    Positions are those about each frame's mean position (:mod:`nearsight.families.centring`).

    Args:
        frames: structures and forces.
        cutoff: Å, the model's own; infinite for every pair.
        label: (frame,) what is learned, with its offset taken off in float64.
        forces: whether to learn forces, where there are any.
        dtype: of positions and labels.
        device: where the tensors live.
    """
    position = centred_frames(frames.position, frames.n_atoms)
    first, second, n_pairs = _all_pairs(position, frames, cutoff)

    def moved(array: np.ndarray, kind: torch.dtype) -> torch.Tensor:
        return torch.as_tensor(np.ascontiguousarray(array)).to(device=device, dtype=kind)

    return TensorFrames(
        atomic_number=moved(frames.atomic_number, torch.long),
        position=moved(position, dtype),
        force=moved(frames.force, dtype),
        label=moved(label, dtype),
        n_atoms=moved(frames.n_atoms, torch.long),
        first_atom=moved(frames.first_atom, torch.long),
        first=moved(first, torch.long),
        second=moved(second, torch.long),
        n_pairs=moved(n_pairs, torch.long),
        first_pair=moved(np.cumsum(n_pairs) - n_pairs, torch.long),
        has_forces=forces and frames.has_forces,
    )


def require_neighbors(data: Source, cutoff: float) -> None:
    """Refuse frames of which none has atoms with a neighbour: there is nothing to learn from.

    A frame without a pair is data like any other, an atom alone for instance: its energy is the
    network's own of atoms without neighbours, and its forces are zero.

    Raises:
        NoNeighborError: says in how many.
    """
    for batch in data.load(torch.arange(len(data)), _LOOKED_AT):
        if len(batch.first):
            return
    raise NoNeighborError(
        f"{_reach(cutoff)} sees no neighbour in {len(data)} of {len(data)} frames: choose a "
        "cutoff beyond the bond lengths, or frames of more than one atom"
    )


def warn_of_blind_frames(data: TensorFrames, cutoff: float) -> None:
    """Say in how many frames of several atoms a network sees none of the others."""
    blind = int(((data.n_pairs == 0) & (data.n_atoms > 1)).sum())
    if blind:
        logger.warning(
            "%s sees no neighbour in %d of %d frames: their forces are zero whatever is learned",
            _reach(cutoff),
            blind,
            len(data),
        )


def _reach(cutoff: float) -> str:
    return f"a cutoff of {cutoff:g} Å" if isfinite(cutoff) else "a network without a cutoff"


def _all_pairs(
    position: np.ndarray, frames: Frames, cutoff: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    found = []
    for start, n_atoms in zip(frames.first_atom, frames.n_atoms, strict=True):
        own = torch.as_tensor(position[start : start + n_atoms])
        found.append(neighbor_pairs(own[None], cutoff))
    n_pairs = np.array([len(i) for i, _ in found])
    first = torch.cat([i for i, _ in found]).numpy()
    second = torch.cat([j for _, j in found]).numpy()
    return first, second, n_pairs


def _spans(first: torch.Tensor, length: torch.Tensor) -> torch.Tensor:
    """Indices first[k], ..., first[k] + length[k] - 1 for each k, one after another."""
    shift = torch.cumsum(length, 0) - length
    total = int(length.sum())
    steps = torch.arange(total, device=first.device)
    return steps + (first - shift).repeat_interleave(length, output_size=total)
