"""A small valid study, to be broken one key at a time."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

STUDY: dict[str, Any] = {
    "name": "small",
    "datasets": {
        "a": {
            "source": "generate",
            "molecule": "ethanol",
            "sampling": {"n_frames": 100, "n_trajectories": 4},
        },
        "b": {"source": "import", "file": "b.xyz", "energy_unit": "eV"},
    },
    "variants": [{"family": "schnet", "cutoff": [5.0], "depth": [2]}],
    "every_variant": {"n_train": [50]},
}


@pytest.fixture
def study() -> dict[str, Any]:
    return copy.deepcopy(STUDY)


@pytest.fixture
def study_file(tmp_path: Path) -> Callable[[str | dict[str, Any]], Path]:
    def write(content: str | dict[str, Any]) -> Path:
        path = tmp_path / "study.yaml"
        text = content if isinstance(content, str) else yaml.safe_dump(content)
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def change(study: dict[str, Any]) -> Callable[[str, Any], dict[str, Any]]:
    """The study with one key, given as a dotted path, set to a value."""

    def changed(path: str, value: Any) -> dict[str, Any]:
        *parents, last = path.split("|")
        node = study
        for key in parents:
            node = node[int(key)] if isinstance(node, list) else node.setdefault(key, {})
        node[last] = value
        return study

    return changed
