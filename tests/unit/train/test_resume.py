"""A run that was killed and goes on ends in bitwise the same model."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from nearsight.config import Training, Variant
from nearsight.data.frames import Frames
from nearsight.families.registry import build_network
from nearsight.models.files import load_model
from nearsight.models.model import Model
from nearsight.models.tensors import read_tensors
from nearsight.storage import read_dataset
from nearsight.train import fit as fit_module
from nearsight.train.checkpoint import previous_of, resume, save_checkpoint
from nearsight.train.fit import fit
from nearsight.train.run import train_variant
from nearsight.train.state import TrainingState, new_state, pack


class PowerCutError(Exception):
    """Ends a run right after one of its checkpoints."""


def run(
    frames: Frames,
    variant: Variant,
    settings: Training,
    checkpoint: Path | None,
    run_hash: str = "test",
) -> tuple[Model, TrainingState]:
    subsets = frames.of_subset("train"), frames.of_subset("validation")
    return fit(*subsets, variant, settings, run_hash=run_hash, checkpoint=checkpoint)


def outcome(result: tuple[Model, TrainingState]) -> tuple:
    """Everything a run leaves but the seconds it took, as values that compare bit by bit."""
    model, state = result
    weights = {name: value.tolist() for name, value in model.network.state_dict().items()}
    history = [{k: v for k, v in row.items() if k != "seconds"} for row in state.history]
    progress = state.epoch, state.best_epoch, state.best_loss, state.finished
    return weights, model.atom_reference, history, progress


@pytest.fixture(params=["plateau", "cosine"])
def settings(request: pytest.FixtureRequest) -> Training:
    """The rate falls after the interruption, so that the scheduler's state matters too."""
    return Training(
        max_epochs=9, schedule=request.param, learning_rate=3e-2, lr_patience=0, ema_decay=0.8,
        checkpoint_every=2,
    )  # fmt: skip


def cut_after(epochs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def save_and_stop(state: TrainingState, path: Path, run_hash: str) -> None:
        save_checkpoint(state, path, run_hash)
        if state.epoch == epochs:
            raise PowerCutError

    monkeypatch.setattr(fit_module, "save_checkpoint", save_and_stop)


@pytest.mark.parametrize("epochs", [2, 6])
def test_interrupted_and_resumed_equals_uninterrupted(
    epochs: int,
    frames: Frames,
    variant: Variant,
    settings: Training,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = outcome(run(frames, variant, settings, None))
    rates = [row["learning_rate"] for row in whole[2]]
    assert rates[-1] < rates[0]
    checkpoint = tmp_path / "checkpoint.safetensors"
    with monkeypatch.context() as patched:
        cut_after(epochs, patched)
        with pytest.raises(PowerCutError):
            run(frames, variant, settings, checkpoint)
    assert checkpoint.is_file()
    assert outcome(run(frames, variant, settings, checkpoint)) == whole


@pytest.fixture
def checkpoint(
    frames: Frames,
    variant: Variant,
    quick: Training,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """What a run of six epochs leaves when it is killed after three."""
    path = tmp_path / "checkpoint.safetensors"
    with monkeypatch.context() as patched:
        cut_after(3, patched)
        with pytest.raises(PowerCutError):
            run(frames, variant, quick, path)
    return path


def truncate(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flip_weight(content: bytes) -> bytes:
    broken = bytearray(content)
    broken[-100] ^= 0x01
    return bytes(broken)


def empty(_: bytes) -> bytes:
    return b""


def foreign(_: bytes) -> bytes:
    return b"this is no checkpoint at all, but long enough to be one"


@pytest.mark.parametrize("damage", [truncate, flip_weight, empty, foreign])
def test_broken_checkpoint_is_left_aside_with_a_warning(
    damage,  # noqa: ANN001
    checkpoint: Path,
    frames: Frames,
    variant: Variant,
    quick: Training,
    caplog: pytest.LogCaptureFixture,
) -> None:
    checkpoint.write_bytes(damage(checkpoint.read_bytes()))
    with caplog.at_level(logging.WARNING):
        result = outcome(run(frames, variant, quick, checkpoint))
    assert "unreadable checkpoint is left aside" in caplog.text
    assert checkpoint.name in caplog.text
    assert "training starts anew" not in caplog.text
    assert "goes on from epoch 2" in caplog.text
    assert result == outcome(run(frames, variant, quick, None))


def test_two_broken_checkpoints_are_a_new_start(
    checkpoint: Path,
    frames: Frames,
    variant: Variant,
    quick: Training,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for file in (checkpoint, previous_of(checkpoint)):
        file.write_bytes(truncate(file.read_bytes()))
    with caplog.at_level(logging.WARNING):
        result = outcome(run(frames, variant, quick, checkpoint))
    assert "no checkpoint can be used: training starts anew" in caplog.text
    assert checkpoint.name in caplog.text
    assert previous_of(checkpoint).name in caplog.text
    assert result == outcome(run(frames, variant, quick, None))


KILLED_WHILE_WRITING = """
import os, signal, sys
from nearsight.models import tensors
from nearsight.cli import main

whole, written = tensors.save_file, 0


def save_half(content, path, metadata):
    global written
    whole(content, path, metadata)
    written += 1
    if written == 3:
        with open(path, "r+b") as file:
            file.truncate(os.path.getsize(path) // 2)
        os.kill(os.getpid(), signal.SIGKILL)


tensors.save_file = save_half
main()
"""


@pytest.mark.slow
def test_killed_in_the_middle_of_writing_a_checkpoint(
    data_file: Path, variant: Variant, quick: Training, tmp_path: Path
) -> None:
    home = tmp_path / "killed"
    home.mkdir()
    command = [sys.executable, "-c", KILLED_WHILE_WRITING, "train", str(data_file)]
    command += ["--out", str(home / "model.safetensors")]
    command += ["--variant", variant.model_dump_json(), "--settings", quick.model_dump_json()]
    killed = subprocess.run(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert list(home.glob(".checkpoint.safetensors.*")), "it was not killed while writing"
    done = json.loads(read_tensors(home / "checkpoint.safetensors")[1]["values"])
    assert done["epoch"] == 2

    for name in ("killed", "whole"):
        train_variant(data_file, variant, quick, tmp_path / name / "model.safetensors")
    weights, others = (
        load_model(tmp_path / name / "model.safetensors").network.state_dict()
        for name in ("killed", "whole")
    )
    assert all(torch.equal(weights[name], others[name]) for name in weights)
    assert not list(home.glob("*checkpoint*"))
    assert not list(home.glob(".*"))


def test_checkpoint_of_another_run_is_left_aside(
    checkpoint: Path, variant: Variant, quick: Training, caplog: pytest.LogCaptureFixture
) -> None:
    state = new_state(build_network(variant), quick)
    with caplog.at_level(logging.WARNING):
        assert not resume(state, checkpoint, "another run")
    assert "checkpoint of another run is left aside" in caplog.text
    assert "training starts anew" in caplog.text
    assert (state.epoch, state.history) == (0, [])
    assert resume(state, checkpoint, "test")
    assert (state.epoch, len(state.history)) == (3, 3)


def test_no_checkpoint_is_no_warning(
    variant: Variant, quick: Training, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert not resume(new_state(build_network(variant), quick), tmp_path / "absent", "test")
    assert caplog.text == ""


def test_checkpoint_round_trip_is_bitwise(
    checkpoint: Path, variant: Variant, quick: Training, tmp_path: Path
) -> None:
    state = new_state(build_network(variant), quick)
    assert resume(state, checkpoint, "test")
    save_checkpoint(state, tmp_path / "again.safetensors", "test")
    (first, text), (second, text_again) = map(
        read_tensors, (checkpoint, tmp_path / "again.safetensors")
    )
    assert text == text_again
    assert first.keys() == second.keys() == pack(state)[0].keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert any(name.endswith("exp_avg_sq") for name in first)


def watches_for_sigterm(pid: int) -> bool:
    """Whether a process has a handler for SIGTERM, as the kernel sees it."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_killed_command_goes_on(
    number: signal.Signals, data_file: Path, variant: Variant, tmp_path: Path
) -> None:
    """Killed in the middle of an epoch, as a scheduler does it; then the same command again.

    SIGTERM is answered with a checkpoint after the epoch, though none is due for long.
    """
    every = 1 if number == signal.SIGKILL else 1000
    settings = Training(
        max_epochs=60, learning_rate=5e-3, early_stopping=60, checkpoint_every=every
    )
    (tmp_path / "killed").mkdir()
    command = [sys.executable, "-c", "from nearsight.cli import main; main()", "train"]
    command += [str(data_file), "--out", str(tmp_path / "killed" / "model.safetensors")]
    command += ["--variant", variant.model_dump_json(), "--settings", settings.model_dump_json()]
    process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})
    checkpoint = tmp_path / "killed" / "checkpoint.safetensors"
    deadline = time.monotonic() + 240
    while not (checkpoint.exists() or (watches_for_sigterm(process.pid) and every > 1)):
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(number)
    process.wait()
    assert process.returncode == (143 if number == signal.SIGTERM else -number)
    assert checkpoint.exists()
    assert not (tmp_path / "killed" / "model.safetensors").exists()
    done = len(json.loads(read_tensors(checkpoint)[1]["values"])["history"])
    assert 1 <= done < 60

    for name in ("killed", "whole"):
        out = tmp_path / name / "model.safetensors"
        card = train_variant(data_file, variant, settings, out)
        assert card.epochs == 60
    first, second = (
        load_model(tmp_path / name / "model.safetensors") for name in ("killed", "whole")
    )
    weights, others = first.network.state_dict(), second.network.state_dict()
    assert all(torch.equal(weights[name], others[name]) for name in weights)
    assert first.atom_reference == second.atom_reference
    histories = [
        read_dataset(tmp_path / name / "history.nc").drop_vars("seconds")
        for name in ("killed", "whole")
    ]
    assert histories[0].equals(histories[1])
    assert not checkpoint.exists()
