"""The foot of a page: settings, provenance, checksums, versions, cost."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from nearsight.collect.models import MODEL
from nearsight.costs.jobs import read_jobs
from nearsight.page import Facts
from nearsight.report.results import MODEL_FILE, STUDY_FILE, Results
from nearsight.storage.files import sha256

MOST_MODELS: Final = 200
"""Models whose checksums are listed; of more the tables', which record what they were made from."""
PROVENANCE: Final = ("nearsight_version", "git_commit", "date", "hardware")


def facts_of(results: Results) -> list[Facts]:
    """Blocks of the foot, in their order."""
    attributes = results.main.attrs
    made = {name.replace("_", " "): str(attributes[name]) for name in PROVENANCE
            if name in attributes}  # fmt: skip
    blocks = [
        Facts("Settings", dict(_flat(results.study.model_dump(mode="json")))),
        Facts("Provenance of the tables", made),
        Facts("Files and their SHA-256", dict(_checksums(results))),
        Facts("Versions", _versions(attributes)),
        Facts("Cost", _cost(results.folder)),
    ]
    return [block for block in blocks if block.rows]


def _flat(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Settings by their place, as ``training.batch_size``."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        for number, inner in enumerate(value):
            yield from _flat(inner, f"{place}[{number}]")
    else:
        yield place, value if isinstance(value, str) else json.dumps(value)


def _checksums(results: Results) -> Iterator[tuple[str, str]]:
    spec = results.aim.spec
    places = [STUDY_FILE, *(table.place for table in spec.tables if table.name in results.tables)]
    main = results.main
    models = main[MODEL].to_numpy().astype(str).tolist() if MODEL in main.dims else []
    if len(models) <= MOST_MODELS:
        places += [f"{name}/{MODEL_FILE}" for name in models]
    for place in places:
        if (results.folder / place).is_file():
            yield place, sha256(results.folder / place)


def _versions(attributes: Mapping[str, Any]) -> dict[str, str]:
    packages = json.loads(str(attributes.get("packages", "{}")))
    return {str(name): str(version) for name, version in packages.items()}


def _cost(results: Path) -> dict[str, str]:
    """CPU time of every stage, as its jobs were measured; the sum first."""
    seconds: dict[str, float] = defaultdict(float)
    jobs = read_jobs(results)
    for job in jobs:
        seconds[job.stage] += job.cpu
    if not seconds:
        return {}
    ordered = sorted(seconds.items(), key=lambda item: -item[1])
    wall = sum(job.wall for job in jobs)
    whole = f"{sum(seconds.values()):.0f} CPU s, {wall:.0f} s of wall time over all jobs"
    return {"all stages": whole, **{stage: f"{value:.0f} CPU s" for stage, value in ordered}}
