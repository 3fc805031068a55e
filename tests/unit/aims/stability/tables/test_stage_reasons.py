"""Why a model lacks something: its stage's reason stands in the tables and behind the figures."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import xarray as xr

from nearsight.aims.stability.tables.stage_reasons import STAGES, with_reasons
from nearsight.collect.models import WHY
from nearsight.figures.groups import why_missing
from nearsight.figures.shown import LONGEST_WHY, left_out


@dataclass
class Stages:
    """What a case has of its stages."""

    relevance: xr.Dataset = field(default_factory=xr.Dataset)
    response: xr.Dataset = field(default_factory=xr.Dataset)
    faithfulness: xr.Dataset = field(default_factory=xr.Dataset)
    stability: xr.Dataset = field(default_factory=xr.Dataset)


NONE = "no relevance: family so3net is not written as a chain of GNN-LRP"


def table(*names: str) -> xr.Dataset:
    about = {"units": "1", "long_name": "x"}
    return xr.Dataset({name: ("model", np.array([1.0, np.nan]), about) for name in names})


@pytest.fixture
def cases() -> list[Stages]:
    lacking = xr.Dataset(attrs={"reason": NONE, "status": "not_applicable"})
    return [Stages(), Stages(relevance=lacking)]


def test_a_table_without_gaps_stays_as_it_is() -> None:
    made = with_reasons(table("relevance", "response"), [Stages(), Stages()])
    assert set(made.data_vars) == {"relevance", "response"}
    assert WHY not in made["relevance"].attrs


def test_a_gap_names_its_reason(cases: list[Stages]) -> None:
    made = with_reasons(table("relevance", "body_order_share", "response", "drift"), cases)
    assert made["relevance_reason"].to_numpy().tolist() == ["", NONE]
    assert made["relevance"].attrs[WHY] == "relevance_reason"
    assert made["body_order_share"].attrs[WHY] == "relevance_reason"
    assert WHY not in made["response"].attrs
    assert WHY not in made["drift"].attrs


def test_variables_along_something_else_are_left_alone(cases: list[Stages]) -> None:
    other = table("relevance").assign(relevance_edges=("bin", np.zeros(3)))
    assert WHY not in with_reasons(other, cases)["relevance_edges"].attrs


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_is_one_of_a_case(stage: str) -> None:
    lacking = xr.Dataset(attrs={"reason": "it was skipped"})
    made = with_reasons(table(*STAGES[stage]), [Stages(), Stages(**{stage: lacking})])
    missing = np.array([False, True])
    assert why_missing(made, STAGES[stage], missing) == "it was skipped"
    assert why_missing(made, STAGES[stage], ~missing) == ""


def test_a_note_says_each_reason_once_and_at_most_so_much(cases: list[Stages]) -> None:
    made = with_reasons(table("relevance"), cases)
    why = why_missing(made, ("relevance", "relevance"), np.array([False, True]))
    counts = {f"n_{name}": 0 for name in ("diverged", "failed", "stale")}
    data = xr.Dataset(attrs={**counts, "n_without_data": 1, "why_without_data": why})
    assert left_out(data) == f"Left out: 1 without data ({NONE})."
    long = data.assign_attrs(why_without_data="why " * 400)
    assert len(left_out(long)) < LONGEST_WHY + 60
    assert left_out(data.assign_attrs(why_without_data="")) == "Left out: 1 without data."
    assert left_out(data.assign_attrs(n_without_data=0, n_failed=2)) == "Left out: 2 failed."


def test_variables_that_nobody_explains_have_no_reason() -> None:
    assert why_missing(table("x"), ("x", "y"), np.ones(2, dtype=bool)) == ""
