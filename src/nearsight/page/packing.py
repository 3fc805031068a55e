"""Scenes and scripts as text that a page carries: gzip, then base64."""

import base64
import gzip
import json
from typing import Any, Final

import numpy as np

from nearsight.page.replica import Replica
from nearsight.page.scene import PairLayer, Scene, Walks
from nearsight.page.wording import unit_as_read

STEPS: Final = 1000.0
"""In an Å of the structure: distances are shown to a hundredth."""

STEPS_PLAYED: Final = 100.0
"""In an Å of a trajectory: finer than a pixel."""


def packed(content: bytes) -> str:
    """Compressed bytes as text of letters and digits. The same content gives the same text."""
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


def pack_scene(scene: Scene) -> str:
    """A scene as packed JSON."""
    return packed(json.dumps(scene_document(scene), separators=(",", ":")).encode())


def scene_document(scene: Scene) -> dict[str, Any]:
    """A scene as JSON holds it: whole steps of positions, values with four digits."""
    return {
        "title": scene.title,
        "words": scene.words,
        "atomic_number": scene.atomic_number.astype(int).tolist(),
        "position": np.rint(scene.position * STEPS).astype(int).ravel().tolist(),
        "turn": [round(float(part), 4) for part in scene.turn],
        "layers": [{"name": name, **_layer(layer)} for name, layer in scene.layers.items()],
        "walks": None if scene.walks is None else _walks(scene.walks.strongest()),
        "replicas": [_replica(replica) for replica in scene.replicas],
    }


def _layer(layer: PairLayer) -> dict[str, Any]:
    """Pairs with a number, strongest first."""
    order = np.argsort(-np.abs(np.nan_to_num(layer.value)), kind="stable")
    rows = order[np.isfinite(layer.value[order]) & (layer.atom[order] != layer.atom_other[order])]
    return {
        "unit": unit_as_read(layer.unit),
        "words": layer.words,
        "atom": layer.atom[rows].astype(int).tolist(),
        "other": layer.atom_other[rows].astype(int).tolist(),
        "value": _digits(layer.value[rows]),
    }


def _walks(walks: Walks) -> dict[str, Any]:
    return {
        "unit": unit_as_read(walks.unit),
        "words": walks.words,
        "atom": walks.atom.astype(int).tolist(),
        "bodies": walks.body_order.tolist(),
        "value": _digits(walks.relevance),
    }


def _replica(replica: Replica) -> dict[str, Any]:
    """Frames as differences: most are one or two digits, which gzip likes."""
    steps = np.rint(replica.position * STEPS_PLAYED).astype(int)
    return {
        "title": replica.title,
        "end": replica.end,
        "guilty": [int(atom) for atom in replica.guilty],
        "before": replica.frames_before,
        "time": _digits(replica.time),
        "moves": np.diff(steps, axis=0, prepend=0).reshape(len(steps), -1).tolist(),
    }


def _digits(values: np.ndarray) -> list[float]:
    return [float(f"{value:.4g}") for value in np.asarray(values, float)]
