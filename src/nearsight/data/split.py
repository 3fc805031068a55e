"""Which frames train, which validate, which test; what leaks between them is stated."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nearsight.config import Split
from nearsight.data.autocorrelation import energy_autocorrelation
from nearsight.data.frames import SUBSETS, Frames, join_frames
from nearsight.data.stored import StoredFrames
from nearsight.errors import DataError

_TRAIN, _VALIDATION, _TEST = range(len(SUBSETS))


def assign_subsets(frames: Frames, settings: Split) -> Frames:
    """Deal blocks of consecutive frames of one source to train, validation and test.

    Atoms alone stay in train: they say what an element's energy counts from, and are no test.

    Neighbouring frames of a trajectory are nearly copies of each other; blocks keep most of such
    pairs within one subset. What is left over is stated in the attributes ``split_leak``,
    ``split_leak_frames``, ``split_leak_share`` (test frames next to a training frame in time) and
    ``energy_autocorrelation_frames`` (see :mod:`nearsight.data.autocorrelation`).

    Args:
        frames: in order of time within each source.
        settings: block length in frames, shares of blocks, seed.

    Raises:
        DataError: a subset would be empty.
    """
    blocks = _blocks(frames, settings.block)
    lengths = np.unique(frames.source[_dealt(frames)], return_counts=True)[1]
    _, n_validation, n_test = require_blocks(lengths.tolist(), settings)
    order = np.random.default_rng(settings.seed).permutation(len(blocks))
    subset = np.full(len(frames), _TRAIN)
    for rank, number in enumerate(order[: n_validation + n_test]):
        subset[blocks[number]] = _VALIDATION if rank < n_validation else _TEST
    attributes = {
        **frames.attributes,
        "split": f"blocks of {settings.block} frames",
        "split_seed": settings.seed,
        **_leak(subset, frames.source),
        "energy_autocorrelation_frames": energy_autocorrelation(frames),
    }
    return replace(frames, subset=subset, attributes=attributes)


def assign_published_test(frames: Frames, test: Frames, settings: Split) -> Frames:
    """Training and validation from one set, all of another as the test.

    Args:
        frames: dealt to training and validation in blocks; ``settings.test`` is not used.
        test: test frames of a published split; they become a source of their own.
        settings: block length in frames, share of blocks for validation, seed.

    Raises:
        DataError: training or validation would be empty, or properties differ.
    """
    blocks = _blocks(frames, settings.block)
    n_validation = round(settings.validation * len(blocks))
    if not 0 < n_validation < len(blocks):
        raise DataError(
            f"{len(frames)} frames in {len(blocks)} blocks of {settings.block} leave no block for "
            "train or validation: lower split.block or use more frames"
        )
    order = np.random.default_rng(settings.seed).permutation(len(blocks))
    subset = np.full(len(frames), _TRAIN)
    for number in order[:n_validation]:
        subset[blocks[number]] = _VALIDATION
    both = join_frames(
        [
            replace(frames, subset=subset),
            replace(
                test, subset=np.full(len(test), _TEST), source=test.source + frames.source.max() + 1
            ),
        ]
    )
    attributes = {
        **both.attributes,
        "split": f"blocks of {settings.block} frames; the test frames are a file of their own",
        "split_seed": settings.seed,
    }
    return replace(both, attributes=attributes)


def require_blocks(lengths: Sequence[int], settings: Split) -> tuple[int, int, int]:
    """How many blocks go to train, validation and test.

    Args:
        lengths: frames of each source.
        settings: block length in frames, shares of blocks.

    Raises:
        DataError: a subset would be empty.
    """
    n_blocks = sum(-(-length // settings.block) for length in lengths)
    n_validation = round(settings.validation * n_blocks)
    n_test = round(settings.test * n_blocks)
    counts = (n_blocks - n_validation - n_test, n_validation, n_test)
    empty = [name for name, count in zip(SUBSETS, counts, strict=True) if count < 1]
    if empty:
        raise DataError(
            f"{sum(lengths)} frames in {n_blocks} blocks of {settings.block} leave no block for "
            f"{' and '.join(empty)}: lower split.block or use more frames"
        )
    return counts


def choose_training(frames: Frames | StoredFrames, n_train: int, seed: int) -> np.ndarray:
    """Indices of training frames for a learning curve: a smaller choice is part of a larger one.

    Args:
        frames: a split data set.
        n_train: how many frames to choose.
        seed: of the permutation of the training subset.

    Returns:
        (n_train,) indices into ``frames``.

    Raises:
        DataError: the training subset has fewer frames.
    """
    available = np.flatnonzero(frames.subset == _TRAIN)
    if n_train > len(available):
        raise DataError(
            f"n_train = {n_train}, but the training subset has {len(available)} frames: "
            "lower n_train or raise the number of frames"
        )
    return np.random.default_rng(seed).permutation(available)[:n_train]


def _dealt(frames: Frames) -> np.ndarray:
    """Frames that are dealt: not atoms alone, unless there is nothing else."""
    several = frames.n_atoms > 1
    return np.flatnonzero(several if several.any() else ~several)


def _blocks(frames: Frames, length: int) -> list[np.ndarray]:
    """Consecutive frames of one source, of those that are dealt."""
    dealt = _dealt(frames)
    source = frames.source[dealt]
    members = [dealt[source == s] for s in np.unique(source)]
    return [m[k : k + length] for m in members for k in range(0, len(m), length)]


def _leak(subset: np.ndarray, source: np.ndarray) -> dict[str, Any]:
    beside_training = np.zeros(len(subset), dtype=bool)
    for members in (np.flatnonzero(source == s) for s in np.unique(source)):
        training = subset[members] == _TRAIN
        beside_training[members[1:]] |= training[:-1]
        beside_training[members[:-1]] |= training[1:]
    test = subset == _TEST
    count, total = int((test & beside_training).sum()), int(test.sum())
    text = f"{count} of {total} test frames ({count / total:.0%}) are next to a training frame"
    return {
        "split_leak": text,
        "split_leak_frames": count,
        "split_leak_share": count / total,
    }
