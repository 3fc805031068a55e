"""Batches indexed from memory are what single frames give."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from ase.neighborlist import neighbor_list
from schnetpack import properties

from nearsight.config import Variant
from nearsight.data.frames import Frames
from nearsight.families.registry import build_network
from nearsight.families.schnetpack.inputs import inputs_of
from nearsight.families.schnetpack.network import ENERGY_KEY, FORCE_KEY
from nearsight.models.batching import TensorFrames, to_tensors


@pytest.fixture
def tensors(mixed_frames: Frames, variant: Variant) -> TensorFrames:
    return to_tensors(mixed_frames, variant.cutoff, mixed_frames.energy, dtype=torch.float64)


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [3, 0, 0, 2], [4, 1]])
def test_batch_equals_single_frames(
    order: list[int], tensors: TensorFrames, variant: Variant
) -> None:
    network = build_network(variant).double().eval()
    together = network(inputs_of(tensors.batch(torch.tensor(order))))
    alone = [network(inputs_of(tensors.batch(torch.tensor([frame])))) for frame in order]
    energy = torch.cat([result[ENERGY_KEY] for result in alone])
    force = torch.cat([result[FORCE_KEY] for result in alone])
    torch.testing.assert_close(together[ENERGY_KEY], energy, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(together[FORCE_KEY], force, rtol=1e-10, atol=1e-12)


def test_labels_go_with_their_frames(tensors: TensorFrames, mixed_frames: Frames) -> None:
    batch = tensors.batch(torch.tensor([2, 0]))
    np.testing.assert_array_equal(batch.label, mixed_frames.energy[[2, 0]])
    expected = np.concatenate([mixed_frames.forces(2), mixed_frames.forces(0)])
    np.testing.assert_array_equal(batch.force, expected)


def test_labels_are_kept_out_of_the_inputs(tensors: TensorFrames, variant: Variant) -> None:
    """A label under the key of an output would be overwritten, and the loss exactly zero."""
    inputs = inputs_of(tensors.batch(torch.tensor([0])))
    assert not {ENERGY_KEY, FORCE_KEY} & set(inputs)
    before = tensors.label.clone(), tensors.force.clone(), tensors.position.clone()
    build_network(variant).double()(inputs)
    after = tensors.label, tensors.force, tensors.position
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert ENERGY_KEY not in inputs_of(tensors.batch(torch.tensor([0])))


def test_offset_is_taken_off_before_rounding(mixed_frames: Frames) -> None:
    """Total energies are thousands of eV: float32 would round away what matters, about 0.1 meV."""
    offset = np.full(len(mixed_frames), -4000.0)
    shifted = replace(mixed_frames, energy=mixed_frames.energy - 4000.0)
    data = to_tensors(shifted, 2.0, shifted.energy - offset)
    assert data.label.dtype == torch.float32
    np.testing.assert_allclose(data.label, mixed_frames.energy, atol=1e-6)


def test_batches_hold_every_frame_once(tensors: TensorFrames) -> None:
    batches = list(tensors.load(torch.arange(5), 2))
    assert [len(batch) for batch in batches] == [2, 2, 1]
    torch.testing.assert_close(torch.cat([batch.label for batch in batches]), tensors.label)


def test_frame_without_neighbours(mixed_frames: Frames) -> None:
    data = to_tensors(mixed_frames, 0.3, np.zeros(len(mixed_frames)))
    assert data.n_pairs.tolist() == [0] * 5
    inputs = inputs_of(data.batch(torch.tensor([1, 2])))
    assert inputs[properties.idx_i].shape == (0,)
    assert inputs[properties.n_atoms].tolist() == [3, 12]


def test_pairs_of_frames_of_mixed_size(mixed_frames: Frames) -> None:
    """Of each frame those of ASE, each once."""
    data = to_tensors(mixed_frames, 2.2, np.zeros(len(mixed_frames)))
    for frame in range(len(mixed_frames)):
        first, count = int(data.first_pair[frame]), int(data.n_pairs[frame])
        span = slice(first, first + count)
        found = list(zip(data.first[span].tolist(), data.second[span].tolist(), strict=True))
        i, j = neighbor_list("ij", mixed_frames.atoms(frame), 2.2)
        assert len(set(found)) == count
        assert set(found) == {(a, b) for a, b in zip(i, j, strict=True) if a < b}
