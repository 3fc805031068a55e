"""A run that is interrupted goes on to the very end it would have had."""

import logging
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from dimers import GUARDS, moving, settings_of, springs, trimers

from nearsight.md.record.run_folder import RunFolder
from nearsight.md.record.segments import Disk, Store
from nearsight.md.record.trajectories import Trajectories
from nearsight.md.replicas.starts import Starts
from nearsight.md.rules.guards import EndKind
from nearsight.md.run.nve import run
from nearsight.models.force_field import Potential

SETTINGS = settings_of(300, write_interval=7)


class PowerCutError(Exception):
    """Stands for a kill in the middle of a step."""


def cut_at(call: int) -> Potential:
    calls = 0

    def evaluate(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        nonlocal calls
        calls += 1
        if calls == call:
            raise PowerCutError
        return springs(position)

    return evaluate


@pytest.fixture
def starts() -> Starts:
    """Five trimers; a bond ends two, of which one is followed, and one is hot for too long."""
    made = trimers(5)
    for replica, speed in enumerate([0.004, 0.1, 0.006, 9.0, 0.0]):
        made = moving(made, replica, 0, [speed, 0.001, 0.0])
    for atom in range(3):
        made = moving(made, 4, atom, [0.02, 0.0, 0.0])
    return made


GUARD = replace(GUARDS, temperature_limit=2000.0, temperature_time=50.0)


def whole(starts: Starts) -> Trajectories:
    record = run(springs, starts, GUARD, SETTINGS)
    assert record.ends.kind.tolist() == [0, EndKind.BOND, 0, EndKind.BOND, EndKind.TEMPERATURE]
    assert record.ends.step[4] == 100
    return record


def same(one: Trajectories, other: Trajectories) -> None:
    for name in ("potential_energy", "kinetic_energy", "temperature", "position", "velocity"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for field in fields(one.ends):
        ours, expected = getattr(one.ends, field.name), getattr(other.ends, field.name)
        np.testing.assert_array_equal(ours, expected, err_msg=field.name)


def disk(folder: Path, key: str = "key", interval: float = 0.0) -> Store:
    """By default a segment at every step."""
    return Disk(folder, key, interval)


@pytest.mark.parametrize("call", [2, 5, 14, 150, 300])
def test_interrupted_run_is_the_uninterrupted_one_bit_by_bit(
    starts: Starts, tmp_path: Path, call: int
):
    with pytest.raises(PowerCutError):
        run(cut_at(call), starts, GUARD, SETTINGS, store=disk(tmp_path))
    assert len(list(tmp_path.iterdir())) == call - 2
    same(run(springs, starts, GUARD, SETTINGS, store=disk(tmp_path)), whole(starts))


def test_a_run_may_be_interrupted_again_and_again(starts: Starts, tmp_path: Path):
    for call in (40, 1, 2, 90, 13):
        with pytest.raises(PowerCutError):
            run(cut_at(call), starts, GUARD, SETTINGS, store=disk(tmp_path))
    same(run(springs, starts, GUARD, SETTINGS, store=disk(tmp_path)), whole(starts))


def test_finished_run_is_read_and_not_run_again(starts: Starts, tmp_path: Path):
    run(springs, starts, GUARD, SETTINGS, store=disk(tmp_path, interval=np.inf))
    same(run(cut_at(1), starts, GUARD, SETTINGS, store=disk(tmp_path)), whole(starts))


def test_segments_do_not_show_in_the_result(
    starts: Starts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("nearsight.md.record.buffer.SEGMENT_BYTES", 1)
    record = run(springs, starts, GUARD, SETTINGS, store=disk(tmp_path, interval=np.inf))
    assert len(list(tmp_path.iterdir())) > 40
    same(record, whole(starts))


@pytest.mark.parametrize("where", ["first", "middle", "last"])
@pytest.mark.parametrize("fault", ["flip", "cut", "empty"])
def test_damaged_checkpoint_costs_what_comes_after_it_and_no_more(
    starts: Starts, tmp_path: Path, where: str, fault: str, caplog: pytest.LogCaptureFixture
):
    with pytest.raises(PowerCutError):
        run(cut_at(60), starts, GUARD, SETTINGS, store=disk(tmp_path))
    paths = sorted(tmp_path.iterdir())
    number = {"first": 0, "middle": len(paths) // 2, "last": len(paths) - 1}[where]
    content = bytearray(paths[number].read_bytes())
    content[len(content) // 2] ^= 1
    kept = {"flip": content, "cut": content[: len(content) // 2], "empty": b""}[fault]
    paths[number].write_bytes(kept)
    store = disk(tmp_path)
    found = store.latest()
    assert (int(found["step"]) if found else None) == (number or None)
    assert paths[number].name in caplog.text
    same(run(springs, starts, GUARD, SETTINGS, store=store), whole(starts))


def test_nothing_from_after_a_damaged_checkpoint_is_ever_used(
    starts: Starts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Segments of seven steps lie behind the damage; those written in their place have one."""
    with monkeypatch.context() as patch:
        patch.setattr("nearsight.md.record.buffer.SEGMENT_BYTES", 1)
        with pytest.raises(PowerCutError):
            run(cut_at(200), starts, GUARD, SETTINGS, store=disk(tmp_path, interval=np.inf))
    (tmp_path / "000005.safetensors").write_bytes(b"")
    with pytest.raises(PowerCutError):
        run(cut_at(4), starts, GUARD, SETTINGS, store=disk(tmp_path))
    same(run(springs, starts, GUARD, SETTINGS, store=disk(tmp_path)), whole(starts))


def test_checkpoint_of_another_run_is_removed(
    starts: Starts, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    with pytest.raises(PowerCutError):
        run(cut_at(60), starts, GUARD, SETTINGS, store=disk(tmp_path, "key of another run"))
    store = disk(tmp_path)
    assert store.latest() is None
    assert "another run" in caplog.text
    same(run(springs, starts, GUARD, SETTINGS, store=store), whole(starts))


def test_run_cut_off_by_a_compute_limit_goes_on_under_a_higher_one(starts: Starts, tmp_path: Path):
    cut = run(springs, starts, GUARD, SETTINGS, store=disk(tmp_path), seconds=0.05)
    assert EndKind.COMPUTE_LIMIT in cut.ends.kind
    again = run(cut_at(1), starts, GUARD, SETTINGS, store=disk(tmp_path), seconds=0.05)
    np.testing.assert_array_equal(again.ends.kind, cut.ends.kind)
    np.testing.assert_array_equal(again.ends.step, cut.ends.step)
    assert again.seconds >= cut.seconds > 0.05
    same(run(springs, starts, GUARD, SETTINGS, store=disk(tmp_path)), whole(starts))


def test_run_cut_off_at_its_start_keeps_its_start(starts: Starts, tmp_path: Path):
    cut = run(springs, starts, GUARD, SETTINGS, store=disk(tmp_path), seconds=0.0)
    assert cut.ends.step.tolist() == [0] * 5
    assert cut.n_frames.tolist() == [1] * 5
    same(run(springs, starts, GUARD, SETTINGS, store=disk(tmp_path)), whole(starts))


def test_partial_folder_is_that_of_one_run(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    out, data = tmp_path / "dynamics.nc", tmp_path / "data.nc"
    data.write_text("one")
    settings = {"seed": 0, "compute_limit": 1.0, "checkpoint_interval": 60.0}
    first = RunFolder(out, {"data": data}, settings, "model float32")
    assert first.folder.parent.name == ".dynamics.nc.partial"
    first.folder.mkdir(parents=True)
    further = {**settings, "compute_limit": 9.0, "checkpoint_interval": 1.0}
    assert RunFolder(out, {"data": data}, further, "model float32").folder == first.folder
    assert not caplog.records
    others = [
        RunFolder(out, {"data": data}, {**settings, "seed": 1}, "model float32"),
        RunFolder(out, {"data": data}, settings, "model float64"),
    ]
    data.write_text("two")
    others.append(RunFolder(out, {"data": data}, settings, "model float32"))
    assert len({partial.folder for partial in (first, *others)}) == 4
    assert not first.folder.exists()
    assert "begins anew" in caplog.text


def test_progress_is_logged_at_checkpoints(
    starts: Starts, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.INFO):
        run(springs, starts, GUARD, settings_of(3), store=disk(tmp_path))
    assert "step 2 of 3" in caplog.text
