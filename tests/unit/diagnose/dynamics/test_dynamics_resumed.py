"""A check that was killed goes on where it was, to the same numbers bit by bit."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from water_springs import Springs, planned, subject_of, with_hole

from nearsight.diagnose.checks.dynamics import runs as room
from nearsight.diagnose.checks.dynamics.plan import PLAN, Plan, kept_plan
from nearsight.diagnose.checks.dynamics.runs import Runs, make_runs

STEPS = 60


@pytest.fixture(autouse=True)
def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments as short as they can be."""
    monkeypatch.setattr(room, "INTERVAL", 0.0)


def interrupted(scratch: Path, stop_after: int) -> Springs:
    """A run that is killed after some calls of the force field."""
    model = Springs(with_hole)
    model.stop_after = stop_after
    with pytest.raises(KeyboardInterrupt):
        make_runs(subject_of(model, scratch=scratch), planned(STEPS))
    return model


def same(one: Runs, other: Runs) -> None:
    left, right = one.table, other.table
    assert set(left.variables) == set(right.variables)
    for name in left.variables:
        xr.testing.assert_identical(left[name], right[name])
    np.testing.assert_array_equal(one.record.position, other.record.position)


def test_in_memory_as_on_disk(tmp_path: Path) -> None:
    without = make_runs(subject_of(Springs(with_hole)), planned(STEPS))
    same(without, make_runs(subject_of(Springs(with_hole), scratch=tmp_path), planned(STEPS)))


def test_killed_in_the_main_run(tmp_path: Path) -> None:
    interrupted(tmp_path, 30)
    model = Springs(with_hole)
    again = make_runs(subject_of(model, scratch=tmp_path), planned(STEPS))
    whole = Springs(with_hole)
    same(make_runs(subject_of(whole), planned(STEPS)), again)
    assert model.calls == whole.calls - 30


def test_killed_at_half_the_step(tmp_path: Path) -> None:
    whole = Springs()
    expected = make_runs(subject_of(whole), planned(30))
    model = Springs()
    model.stop_after = 60
    with pytest.raises(KeyboardInterrupt):
        make_runs(subject_of(model, scratch=tmp_path), planned(30))
    model = Springs()
    same(expected, make_runs(subject_of(model, scratch=tmp_path), planned(30)))
    assert model.calls < whole.calls / 2


def test_the_plan_of_a_killed_run_is_kept(tmp_path: Path) -> None:
    """Times measured twice are never the same, and the run would be another."""
    interrupted(tmp_path, 30)
    again = make_runs(subject_of(Springs(with_hole), scratch=tmp_path), planned(2 * STEPS))
    assert again.plan.steps == STEPS


def test_another_seed_begins_anew(tmp_path: Path) -> None:
    interrupted(tmp_path, 30)
    model = Springs(with_hole)
    again = make_runs(subject_of(model, scratch=tmp_path, seed=1), planned(2 * STEPS))
    assert again.plan.steps == 2 * STEPS
    same(make_runs(subject_of(Springs(with_hole), seed=1), planned(2 * STEPS)), again)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": "a", "replicas": 3}', '{"key": "b"}'])
def test_a_plan_that_cannot_be_read_is_made_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / PLAN).write_text(text, encoding="utf-8")
    made = Plan(2, 1, 20, 20, 0.1, 1.0)
    assert kept_plan(tmp_path, "a", lambda: made) == made
    assert json.loads((tmp_path / PLAN).read_text()) == {"key": "a", **asdict(made)}
    other = Plan(3, 1, 20, 20, 0.1, 1.0)
    assert kept_plan(tmp_path, "a", lambda: other) == made
    assert kept_plan(None, "a", lambda: other) == other
