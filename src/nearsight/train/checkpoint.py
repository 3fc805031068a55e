"""Checkpoints from which a killed run goes on: safetensors and JSON, checked by content hash.

The last two are kept: where the newer one cannot be read, the run goes on from the one before.
"""

import json
import logging
import shutil
from pathlib import Path

from nearsight.errors import CorruptFileError
from nearsight.models.tensors import read_tensors, write_tensors
from nearsight.storage import atomic_path, sweep
from nearsight.train.state import TrainingState, pack, unpack

logger = logging.getLogger(__name__)


def save_checkpoint(state: TrainingState, path: Path, run_hash: str) -> None:
    """Write a checkpoint atomically, and keep the one before.

    Args:
        state: of the run.
        path: of the checkpoint.
        run_hash: ties it to data, variant and settings.
    """
    _sweep(path)
    if path.is_file():
        with atomic_path(previous_of(path)) as temporary:
            shutil.copyfile(path, temporary)
    tensors, values = pack(state)
    write_tensors(tensors, path, {"run_hash": run_hash, "values": json.dumps(values)})


def resume(state: TrainingState, path: Path, run_hash: str) -> bool:
    """Continue from the last checkpoint of the same run that is whole, if there is one.

    A checkpoint of other data, another variant or other settings, or one that cannot be read or
    fails its checksum, is left aside with a warning that names it.

    Args:
        state: freshly made; what was saved is put into it.
        path: of the checkpoint.
        run_hash: of this run.

    Returns:
        Whether the state was restored.
    """
    found = [file for file in (path, previous_of(path)) if file.is_file()]
    for file in found:
        if _restore(state, file, run_hash):
            if file != path:
                logger.warning("%s: training goes on from epoch %d of it", file, state.epoch)
            return True
    if found:
        logger.warning("%s: no checkpoint can be used: training starts anew", path)
    return False


def remove_checkpoints(path: Path) -> None:
    """Remove what a run has left to go on from."""
    path.unlink(missing_ok=True)
    previous_of(path).unlink(missing_ok=True)
    _sweep(path)


def previous_of(path: Path) -> Path:
    """Where the checkpoint before the last one is."""
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def _restore(state: TrainingState, path: Path, run_hash: str) -> bool:
    try:
        tensors, text = read_tensors(path)
    except CorruptFileError as error:
        logger.warning("unreadable checkpoint is left aside; %s", error)
        return False
    if text.get("run_hash") != run_hash:
        logger.warning("%s: checkpoint of another run is left aside", path)
        return False
    unpack(state, tensors, json.loads(text["values"]))
    return True


def _sweep(path: Path) -> None:
    """Remove what a process killed while writing has left."""
    for file in (path, previous_of(path)):
        sweep(file)
