"""What a diagnosis has found, as small tables: every number, and a verdict a check and model."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from quoting.store import QuoteError, write

WORDS = {"pass": "pass", "warn": "**warning**", "fail": "**fail**", "not_applicable": "–"}


def diagnoses(folder: Path, name: str, numbers: Path) -> list[Path]:
    """Write ``NAME.csv``, a row a number, and ``NAME_verdicts.csv``, a row a check.

    Spaces in the names of models become ``_`` in the first, whose rows are quoted.

    Raises:
        QuoteError: the folder holds no diagnosis.
    """
    place = folder / "diagnosis.json"
    if not place.is_file():
        raise QuoteError(f"{place}: no such file; nearsight diagnose makes one")
    document = json.loads(place.read_text(encoding="utf-8"))
    facts = {
        "table": f"diagnosis of {len(document['models'])} models ({document['effort']})",
        "commit": document["git_commit"],
        "date": document["date"],
        "machine": document["hardware"],
        "command": f"python docs/quote.py diagnosis FOLDER --as {name}",
    }
    rows, verdicts = numbers / f"{name}.csv", numbers / f"{name}_verdicts.csv"
    write(rows, pd.DataFrame(_numbers(document)), ["model", "check", "quantity"], facts)
    write(verdicts, pd.DataFrame(_verdicts(document)), ["check"], facts)
    return [rows, verdicts]


def _numbers(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for model in document["models"]:
        for check in model["checks"]:
            yield {
                "model": model["label"].replace(" ", "_"),
                "check": check["name"],
                "quantity": "seconds",
                "value": check["seconds"],
                "unit": "s",
                "verdict": check["verdict"],
            }
            for finding in check["findings"]:
                yield {
                    "model": model["label"].replace(" ", "_"),
                    "check": check["name"],
                    **{key: finding[key] for key in ("quantity", "value", "low", "high", "unit")},
                    "verdict": finding["verdict"],
                }


def _verdicts(document: dict[str, Any]) -> Iterator[dict[str, str]]:
    first = document["models"][0]
    for k, check in enumerate(first["checks"]):
        of_models = {m["label"]: WORDS[m["checks"][k]["verdict"]] for m in document["models"]}
        yield {"check": check["name"], "title": check["title"], **of_models}
