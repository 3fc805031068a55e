"""Another valid value for every key of a study file, and the plan that Snakemake makes of it."""

import copy
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from snakemake_runs import REPOSITORY, planned_jobs

from nearsight.config import Study
from nearsight.config.export import schema
from nearsight.config.feeding import stages_of_keys

STAGES_AFTER = {
    "data": {
        "check_data", "train", "explain", "respond", "respond_reference", "reference_curves",
        "faithfulness", "dynamics", "reference_dynamics", "stability", "reference_stability",
        "failures",
    },
    "train": {
        "explain", "respond", "faithfulness", "dynamics", "stability", "failures",
        "explain_alkanes",
    },
    "alkanes": {"explain_alkanes"},
    "explain": {"faithfulness"},
    "respond": {"faithfulness"},
    "dynamics": {"stability", "failures"},
    "reference_dynamics": {"reference_stability"},
}  # fmt: skip
"""What follows from a stage, beside the tables and figures that follow from all of them."""

# Where the rule of numbers, choices and lists does not give a value that fits the other keys.
_CHOSEN: dict[str, Any] = {
    "name": "another",
    "molecule": "methanol",
    "file": "other.xyz",
    "test_file": "other.xyz",
    "force_unit": "hartree/bohr",
    "sampling.n_frames": 160,
    "sampling.n_trajectories": 4,
    "dynamics.bond_forms": 1.25,
    "variants.0.features": [8, 9],
    "variants.1.features": [8, 9],
    "every_variant.n_train": [40, 41],
    "exclude": [{"family": ["painn"]}],
    "question.dataset": "ethanol",
    "dynamics_temperature": 310.0,
    "training.compile": True,
    "yardstick.engine": "gfn2",
}


def keys_of(section: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Dotted keys of a whole study; of its blocks those that do not stand once for all blocks."""
    for key, value in section.items():
        if isinstance(value, dict):
            yield from keys_of(value, f"{prefix}{key}.")
        elif key == "variants":
            for number, block in enumerate(value):
                given = {name: values for name, values in block.items() if values != []}
                yield from keys_of(given, f"{prefix}{key}.{number}.")
        else:
            yield f"{prefix}{key}"


def changed(study: Study, key: str, value: Any = None) -> dict[str, Any]:
    """The study with another value of one key, which is valid."""
    document = copy.deepcopy(study.model_dump(mode="json"))
    *path, last = key.split(".")
    section = document
    for part in path:
        section = section[int(part) if isinstance(section, list) else part]
    if value is None:
        value = _CHOSEN.get(".".join([*path[2:], last]) if path[:1] == ["datasets"] else key)
    if value is None:
        value = _other(section[last], _node(document, key))
    assert value != section[last], key
    section[last] = value
    Study.model_validate(document)
    return document


def expected(study: Study, key: str) -> set[str]:
    """Stages that another value of a key runs anew, with those that follow, as it is declared."""
    parts = key.split(".")
    if parts[0] == "datasets":
        key = ".".join(["datasets", study.datasets[parts[1]].source, *parts[2:]])
    elif parts[0] == "variants":
        key = "variants"
    stages = set(stages_of_keys()[key])
    if not study.models:
        # Stages of models that are given there are only where there are such models.
        stages = {stage for stage in stages if not stage.endswith("_given")}
    waiting = list(stages)
    while waiting:
        new = STAGES_AFTER.get(waiting.pop(), set()) - stages
        stages |= new
        waiting += new
    return stages


def _node(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The part of the JSON schema that describes a key."""
    whole = schema()
    parts = key.split(".")
    node: dict[str, Any] = whole
    if parts[0] == "datasets":
        (entries,) = whole["properties"]["datasets"]["patternProperties"].values()
        source = document["datasets"][parts[1]]["source"]
        node = whole["$defs"][entries["discriminator"]["mapping"][source].rpartition("/")[2]]
        parts = parts[2:]
    elif parts[0] == "variants":
        family = document["variants"][int(parts[1])]["family"]
        blocks = whole["properties"]["variants"]["items"]["discriminator"]["mapping"]
        node = whole["$defs"][blocks[family].rpartition("/")[2]]
        parts = parts[2:]
    for part in parts:
        node = node["properties"][part]
        if "$ref" in node:
            node = whole["$defs"][node["$ref"].rpartition("/")[2]]
    return node


def _other(value: Any, node: Mapping[str, Any]) -> Any:
    """Another value within the bounds of the schema."""
    if "enum" in node:
        return next(choice for choice in node["enum"] if choice != value)
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        items = node["items"]
        if "enum" in items:
            return [*value, next(choice for choice in items["enum"] if choice not in value)]
        return [*value, _other(value[-1], items)]
    if isinstance(value, int):
        top = node.get("maximum", node.get("exclusiveMaximum", value + 2) - 1)
        return value + 1 if value + 1 <= top else value - 1
    if isinstance(value, float):
        top = node.get("maximum", node.get("exclusiveMaximum", float("inf")))
        return next(
            v for v in (value * 1.25, value + 0.5, value * 0.75) if 0 < v < top and v != value
        )
    return f"{value} anew"


def plan(folder: Path, document: Mapping[str, Any], *arguments: str) -> set[str]:
    """Names of the rules that a dry run in a folder plans for a study."""
    text = dry_run(folder, document, *arguments)
    return set() if "Nothing to be done" in text else planned_jobs(text).keys() - {"total", "all"}


def dry_run(folder: Path, document: Mapping[str, Any], *arguments: str) -> str:
    """What a dry run in a folder says for a study, warnings too.

    In a process that parts from this one, since importing Snakemake takes longer than planning.
    """
    import snakemake.cli  # noqa: F401 - once, before the processes part

    with tempfile.TemporaryDirectory() as scratch:
        study, said = Path(scratch) / "study.json", Path(scratch) / "said.txt"
        study.write_text(json.dumps(document), encoding="utf-8")
        pid = os.fork()
        if pid == 0:
            os._exit(_plan(folder, study, said, arguments))
        _, status = os.waitpid(pid, 0)
        text = said.read_text(encoding="utf-8")
    assert os.waitstatus_to_exitcode(status) == 0, text
    return text


def _plan(folder: Path, study: Path, said: Path, arguments: tuple[str, ...]) -> int:
    from snakemake.cli import main

    options = [*arguments, "--snakefile", str(REPOSITORY / "Snakefile"), "--directory", str(folder)]
    options += ["--configfile", str(study), "--dry-run", "--quiet", "rules"]
    os.chdir(folder)
    with said.open("w", encoding="utf-8") as handle:
        # Both: pytest has put objects of its own in the place of these.
        sys.stdout = sys.stderr = handle
        try:
            main(options)
        except SystemExit as end:
            return int(end.code or 0)
    return 0
