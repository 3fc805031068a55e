"""Names of the files that a stage leaves beside or within what it was asked for.

Known to the stage that writes them and to the command line, which checks them before any work.
"""

import re

HISTORY, EVALUATION, CARD = "history.nc", "evaluation.nc", "card.json"
CHECKPOINT, PREVIOUS_CHECKPOINT = "checkpoint.safetensors", "checkpoint.previous.safetensors"
CHECKPOINTS = (CHECKPOINT, PREVIOUS_CHECKPOINT)
BESIDE_A_MODEL = (HISTORY, EVALUATION, CARD, *CHECKPOINTS)
"""What training leaves beside its model, while it runs and after."""

WEIGHTS, MODEL_CONFIG = "weights.safetensors", "model.yaml"
HYPERPARAMETERS = ("hyperparameters.json", "hyperparameters.yaml", "hyperparameters.yml")
EXPORTED = (WEIGHTS, HYPERPARAMETERS[0], MODEL_CONFIG)
"""What a model for SchNetPack consists of."""


def is_of_converted(name: str) -> bool:
    """Whether the folder of a converted model holds a file of this name."""
    return name in (WEIGHTS, HYPERPARAMETERS[0])


TOPOLOGY = "topology.pdb"
_REPLICA = re.compile(r"replica_\d{3,}\.nc")


def is_of_trajectories(name: str) -> bool:
    """Whether a folder of trajectories holds a file of this name."""
    return name == TOPOLOGY or _REPLICA.fullmatch(name) is not None


FRAMES = "frames_sha256"
"""Attribute of a table of failures: SHA-256 of the file of frames that was written beside it."""


DIAGNOSIS_PAGE, DIAGNOSIS_TABLES, DIAGNOSIS_DOCUMENT = DIAGNOSIS = (
    "diagnosis.html",
    "diagnosis.nc",
    "diagnosis.json",
)
"""The page, the numbers and the machine's reading of a diagnosis."""
_FRAMES = re.compile(r"frames_model_\d+_[\w.+-]+\.xyz")


def is_of_diagnosis(name: str) -> bool:
    """Whether the folder of a diagnosis holds a file of this name."""
    return name in DIAGNOSIS or _FRAMES.fullmatch(name) is not None
