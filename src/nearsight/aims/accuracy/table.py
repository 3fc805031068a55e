"""Accuracy and what it cost: test errors and learning curves, beside published errors."""

import csv
from pathlib import Path

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.collect.csv import SERIES
from nearsight.collect.models import MODEL, model_coordinates
from nearsight.collect.results import Results
from nearsight.config import Study
from nearsight.labels import variable
from nearsight.storage import require_file
from nearsight.train.card import read_card
from nearsight.train.evaluate import SUMMARY

PUBLISHED = Path(__file__).parents[4] / "config" / "published_errors.tsv"
"""Published errors of a checkout."""
_FILES = {"evaluation": "evaluation.nc", "history": "history.nc"}
ERRORS = ("force_mae", "energy_mae")


def collect_accuracy(study: Study, folder: Path, published: Path | None = None) -> xr.Dataset:
    """Test errors, epochs, times and learning curves.

    Args:
        study: the study.
        folder: of its results.
        published: table of published errors; the checkout's by default. A row belongs to a model if
            the data set's name begins with ``molecule`` or holds it after an underscore.

    Returns:
        Along ``model``: errors of :data:`ERRORS` with their spread, ``epochs``,
        ``training_seconds``, ``published_*`` errors (NaN where unknown); over ``epoch`` too
        ``validation_force_mae``, ``elapsed`` seconds, ``learning_rate``.
    """
    known = _published(published or PUBLISHED)
    results = Results(study, folder)
    cases, parts, standings = study.cases(), [], []
    for dataset, variant in cases:
        part, standing = _model(results, f"{dataset}/{variant.id}")
        standings.append(standing)
        for name in ERRORS:
            value = _matching(known, variant.family, dataset, name)
            part[f"published_{name}"] = variable(
                (), value, SUMMARY[name][0], f"published {SUMMARY[name][1]}"
            )
        parts.append(part)
    joined = xr.concat(parts, MODEL, data_vars="all", join="outer", combine_attrs="override")
    joined["epoch"].attrs[SERIES] = 1
    return joined.assign_coords(model_coordinates(cases, standings))


def _model(results: Results, home: str) -> tuple[xr.Dataset, tuple[str, str]]:
    """What is told of one model; its status and reason."""
    evaluation, history = results.read(home, _FILES).values()
    place = results.path(home, "card.json")
    card = read_card(place) if place is not None else None
    result = xr.Dataset()
    for name in ERRORS:
        unit, text = SUMMARY[name]
        for ending, label in (("", text), ("_spread", f"spread over frames of the {text}")):
            value = evaluation.get(f"{name}{ending}")
            result[f"{name}{ending}"] = variable(
                (), np.nan if value is None else float(value), unit, label
            )
    for name, unit, text in (
        ("epochs", units.ONE, "epochs of training"),
        ("training_seconds", units.SECOND, "wall time of training"),
        ("n_parameters", units.ONE, "parameters of the network"),
    ):
        number = np.nan if card is None else float(getattr(card, name))
        result[name] = variable((), number, unit, text)
    n_epochs = history.sizes.get("epoch", 0)
    result = result.assign_coords(
        epoch=variable("epoch", np.arange(1, n_epochs + 1), units.ONE, "epoch")
    )
    for name in ("validation_force_mae", "learning_rate"):
        if name in history:
            result[name] = history[name].variable
    if "seconds" in history:
        elapsed = np.cumsum(history["seconds"].to_numpy())
        result["elapsed"] = variable("epoch", elapsed, units.SECOND, "wall time up to the epoch")
    return result, results.standing(home, _FILES.values())


def _published(path: Path) -> list[dict[str, str]]:
    with require_file(path).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def _matching(known: list[dict[str, str]], family: str, dataset: str, name: str) -> float:
    words = dataset.split("_")
    for row in known:
        if row["family"] == family and row["molecule"] in words and row[name]:
            return float(row[name])
    return float("nan")
