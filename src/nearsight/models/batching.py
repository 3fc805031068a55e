"""A data set as tensors in memory, from which batches are indexed without any decoding."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from schnetpack import properties

from nearsight.data.frames import Frames
from nearsight.models.neighbors import neighbor_pairs

Inputs = dict[str, torch.Tensor]


@dataclass(frozen=True)
class TensorFrames:
    """Frames with their neighbour lists, ready to be indexed.

    Attributes:
        atomic_number: (atom,).
        position: (atom, 3) Å.
        force: (atom, 3) eV/Å.
        energy: (frame,) eV with the atom references taken off.
        n_atoms, first_atom: (frame,) spans in the atom arrays.
        pair_i, pair_j: (pair,) atom indices within their own frame.
        n_pairs, first_pair: (frame,) spans in the pair arrays.
    """

    atomic_number: torch.Tensor
    position: torch.Tensor
    force: torch.Tensor
    energy: torch.Tensor
    n_atoms: torch.Tensor
    first_atom: torch.Tensor
    pair_i: torch.Tensor
    pair_j: torch.Tensor
    n_pairs: torch.Tensor
    first_pair: torch.Tensor

    def __len__(self) -> int:
        return len(self.n_atoms)

    def inputs(self, frames: torch.Tensor) -> Inputs:
        """SchNetPack inputs of the given frames; a new dictionary, labels kept out of it."""
        n_atoms, n_pairs = self.n_atoms[frames], self.n_pairs[frames]
        atoms = _spans(self.first_atom[frames], n_atoms)
        pairs = _spans(self.first_pair[frames], n_pairs)
        shift = (torch.cumsum(n_atoms, 0) - n_atoms).repeat_interleave(n_pairs)
        return assemble(
            self.atomic_number[atoms],
            self.position[atoms],
            n_atoms,
            self.pair_i[pairs] + shift,
            self.pair_j[pairs] + shift,
        )

    def labels(self, frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Energy (frame,) and force (atom, 3) labels of the given frames."""
        atoms = _spans(self.first_atom[frames], self.n_atoms[frames])
        return self.energy[frames], self.force[atoms]

    def batches(self, size: int) -> Iterator[torch.Tensor]:
        """Frame indices in order, ``size`` at a time."""
        return iter(torch.arange(len(self), device=self.n_atoms.device).split(size))


def assemble(
    atomic_number: torch.Tensor,
    position: torch.Tensor,
    n_atoms: torch.Tensor,
    pair_i: torch.Tensor,
    pair_j: torch.Tensor,
) -> Inputs:
    """SchNetPack's input dictionary from flat tensors (open boundaries: no offsets)."""
    molecule = torch.arange(len(n_atoms), device=n_atoms.device).repeat_interleave(n_atoms)
    return {
        properties.Z: atomic_number,
        properties.R: position,
        properties.n_atoms: n_atoms,
        properties.idx_m: molecule,
        properties.idx_i: pair_i,
        properties.idx_j: pair_j,
        properties.offsets: position.new_zeros((len(pair_i), 3)),
    }


def to_tensors(
    frames: Frames,
    cutoff: float,
    energy_offset: np.ndarray,
    *,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> TensorFrames:
    """Move frames into memory of a device and build their neighbour lists once.

    Args:
        frames: labelled structures.
        cutoff: Å; must be the model's own.
        energy_offset: (frame,) eV, subtracted in float64 before rounding to ``dtype``.
        dtype: of positions and labels.
        device: where the tensors live.
    """
    pair_i, pair_j, n_pairs = _all_pairs(frames, cutoff)

    def moved(array: np.ndarray, kind: torch.dtype) -> torch.Tensor:
        return torch.as_tensor(np.ascontiguousarray(array)).to(device=device, dtype=kind)

    return TensorFrames(
        atomic_number=moved(frames.atomic_number, torch.long),
        position=moved(frames.position, dtype),
        force=moved(frames.force, dtype),
        energy=moved(frames.energy - energy_offset, dtype),
        n_atoms=moved(frames.n_atoms, torch.long),
        first_atom=moved(frames.first_atom, torch.long),
        pair_i=moved(pair_i, torch.long),
        pair_j=moved(pair_j, torch.long),
        n_pairs=moved(n_pairs, torch.long),
        first_pair=moved(np.cumsum(n_pairs) - n_pairs, torch.long),
    )


def _all_pairs(frames: Frames, cutoff: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    found = []
    for frame, n_atoms in zip(frames.first_atom, frames.n_atoms, strict=True):
        position = torch.as_tensor(frames.position[frame : frame + n_atoms])
        found.append(neighbor_pairs(position[None], cutoff))
    n_pairs = np.array([len(i) for i, _ in found])
    pair_i = torch.cat([i for i, _ in found]).numpy()
    pair_j = torch.cat([j for _, j in found]).numpy()
    return pair_i, pair_j, n_pairs


def _spans(first: torch.Tensor, length: torch.Tensor) -> torch.Tensor:
    """Indices first[k], ..., first[k] + length[k] - 1 for each k, one after another."""
    shift = torch.cumsum(length, 0) - length
    total = int(length.sum())
    steps = torch.arange(total, device=first.device)
    return steps + (first - shift).repeat_interleave(length, output_size=total)
