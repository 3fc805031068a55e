"""The few columns of a study's tables that are quoted, its settings, and where they come from."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from nearsight.config import AXES
from nearsight.families.specs import FAMILIES
from quoting.store import QuoteError, bare, label, write

_TEST = ("dataset", "family", "outcome", "descriptor")
ROWS = {"question": _TEST, "association": _TEST, "hazards": ("dataset", "covariate")}
"""What names a row of the tables that are not the study table."""


def take(
    results: Path, name: str, wanted: dict[str, list[str]], numbers: Path, *, alone: bool = False
) -> list[Path]:
    """Write ``NAME.csv``, and unless ``alone`` ``NAME_settings.csv`` and further tables.

    Raises:
        QuoteError: the folder holds no study table.
    """
    table = results / "tables" / "decay_vs_stability"
    if not table.with_suffix(".csv").is_file():
        raise QuoteError(f"{results}: no tables/decay_vs_stability.csv, so nothing to take")
    study = json.loads((results / "study.json").read_text("utf-8"))
    facts = _facts(table.with_suffix(".nc"), study["name"], name)
    paths = [numbers / f"{name}.csv"]
    frame = pd.read_csv(table.with_suffix(".csv"))
    write(paths[0], *_chosen(frame, wanted["study"], _varied(frame)), facts)
    return paths if alone else [*paths, *_further(results, study, name, wanted, paths[0], facts)]


def _further(
    results: Path,
    study: dict[str, Any],
    name: str,
    wanted: dict[str, list[str]],
    first: Path,
    facts: dict[str, str],
) -> list[Path]:
    paths = [first.with_stem(f"{name}_settings")]
    write(paths[0], pd.DataFrame(_flat(study)), ["setting"], facts)
    for kind, key in ROWS.items():
        if (path := results / "tables" / f"{kind}.csv").is_file():
            further = pd.read_csv(path)
            paths.append(first.with_stem(f"{name}_{kind}"))
            present = [column for column in key if column in further.columns]
            write(paths[-1], *_chosen(further, wanted[kind], present), facts)
    return paths


def _facts(path: Path, study: str, name: str) -> dict[str, str]:
    """Where a file comes from: its own header, which names neither host nor folder."""
    with xr.open_dataset(path) as stored:
        told = {key: str(value) for key, value in stored.attrs.items()}
    return {
        "table": told.get("title", path.stem),
        "commit": told.get("git_commit", "unknown"),
        "date": told.get("date", "unknown"),
        "machine": told.get("hardware", "unknown"),
        "command": f"make study STUDY={study}",
        "taken": f"python docs/quote.py take results/{study} --as {name}",
    }


def _varied(frame: pd.DataFrame) -> list[str]:
    """The axes of a study along which it has more than one value, at least its family."""
    names = {bare(column): column for column in frame.columns}
    axes = [axis for axis in ("dataset", *AXES) if axis in names]
    varied = [axis for axis in axes if frame[names[axis]].nunique() > 1]
    if "frames_seed" in varied and frame["seed"].equals(frame["frames_seed"]):
        varied.remove("frames_seed")  # each seed draws its own frames: no axis
    return varied or ["family"]


def _chosen(
    frame: pd.DataFrame, wanted: list[str], key: list[str]
) -> tuple[pd.DataFrame, list[str]]:
    """The columns that are asked for and there, those of the key first, rows in its order."""
    names = {bare(column): column for column in frame.columns}
    columns = [*key, *(name for name in wanted if name in names and name not in key)]
    chosen = frame[[names[column] for column in columns]]
    order = [names[column] for column in key]
    return chosen.sort_values(order, kind="stable", key=_order), key


def _order(column: pd.Series) -> pd.Series:
    """Families as tables name them, and all after ``all``; everything else by its value."""
    return column.replace({name: f"{place:03d}" for place, name in enumerate(("all", *FAMILIES))})


def _flat(value: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Every setting by its path: ``dynamics.duration``, ``exclude.0.seed``."""
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        value = dict(enumerate(value))
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        yield {"setting": path, "value": " ".join(label(item) for item in value)}
    else:
        yield {"setting": path, "value": label(value)}
