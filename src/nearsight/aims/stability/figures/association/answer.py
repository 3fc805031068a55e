"""What the caption of a figure says of the study's primary question."""

import json
from typing import Any

import numpy as np
import xarray as xr

from nearsight.aims.stability.association.design import model_rows
from nearsight.aims.stability.association.question import UNNAMED, answer
from nearsight.collect.models import given_models, trained_alone
from nearsight.config import Question, Statistics


def answer_of(table: xr.Dataset) -> str:
    """The verdict on the question that the study names, as in ``tables/question.csv``.

    Args:
        table: the study table, with the study's settings as attribute; empty text without them,
            and where the study names no question.
    """
    settings = _settings(table)
    stated = {k: v for k, v in settings.get("question", {}).items() if k in Question.model_fields}
    question = Question.model_validate(stated)
    datasets = np.unique(table["dataset"].to_numpy().astype(str))
    if question.descriptor == UNNAMED or not (question.dataset or len(datasets) == 1):
        return ""
    question = question.model_copy(update={"dataset": question.dataset or str(datasets[0])})
    known = {
        k: v for k, v in settings.get("statistics", {}).items() if k in Statistics.model_fields
    }
    found = answer(model_rows(trained_alone(table)), question, Statistics.model_validate(known))
    return (
        f"The question of the study, {question.descriptor} against {question.outcome} on "
        f"{question.dataset}: {found.verdict}."
    )


def not_tested(table: xr.Dataset) -> str:
    """That models are in no test since the study did not train them; empty text without any.

    Args:
        table: the study table.
    """
    names = given_models(table)
    return f"In no test, since the study did not train it: {', '.join(names)}." if names else ""


def _settings(table: xr.Dataset) -> dict[str, Any]:
    return dict(json.loads(table.attrs.get("settings", "{}")))
