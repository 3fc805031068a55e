"""Checkpoints from which a killed run goes on: safetensors and JSON, checked by content hash."""

import json
import logging
from pathlib import Path

from nearsight.errors import CorruptFileError
from nearsight.models.tensors import read_tensors, write_tensors
from nearsight.train.state import TrainingState, pack, unpack

logger = logging.getLogger(__name__)


def save_checkpoint(state: TrainingState, path: Path, run_hash: str) -> None:
    """Write a checkpoint atomically; ``run_hash`` ties it to data, variant and settings."""
    tensors, values = pack(state)
    write_tensors(tensors, path, {"run_hash": run_hash, "values": json.dumps(values)})


def resume(state: TrainingState, path: Path, run_hash: str) -> bool:
    """Continue from a checkpoint of the same run if there is one.

    A checkpoint of other data, another variant or other settings, or one that cannot be read or
    fails its checksum, is left aside with a warning and training starts anew.

    Returns:
        Whether the state was restored.
    """
    if not path.is_file():
        return False
    try:
        tensors, text = read_tensors(path)
    except CorruptFileError as error:
        logger.warning("unreadable checkpoint: training starts anew; %s", error)
        return False
    if text.get("run_hash") != run_hash:
        logger.warning("%s: checkpoint of another run: training starts anew", path)
        return False
    unpack(state, tensors, json.loads(text["values"]))
    return True
