"""Bad input on the command line: one line of our own, exit code 1, nothing left behind."""

import pickle
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nearsight.config import make_variant
from nearsight.data.frames import Frames, write_frames
from nearsight.families.registry import build_network
from nearsight.models.files import save_model
from nearsight.models.model import Model

VARIANT = "{family: schnet, cutoff: 4.0, depth: 1, features: 4, n_train: 4}"


Refused = Callable[..., str]


@pytest.fixture
def refused(in_process: Callable[..., subprocess.CompletedProcess[str]]) -> Refused:
    """A command that must fail well, here; returns its message."""

    def run(folder: Path, *arguments: object) -> str:
        before = sorted(folder.rglob("*"))
        result = in_process(*arguments)
        assert result.returncode == 1, result.stdout + result.stderr
        lines = [line for line in result.stderr.splitlines() if "error:" in line]
        assert len(lines) == 1, result.stderr
        assert sorted(folder.rglob("*")) == before
        return lines[0]

    return run


def helium(n_frames: int, spacing: float = 1.0) -> Frames:
    """Pairs of helium atoms with a spring: the smallest labelled data set there can be."""
    position = np.zeros((n_frames, 2, 3))
    position[:, 1, 0] = spacing + 0.01 * np.arange(n_frames)
    stretch = position[:, 1, 0] - 1.0
    force = np.zeros_like(position)
    force[:, 0, 0], force[:, 1, 0] = stretch, -stretch
    return Frames(
        atomic_number=np.full(2 * n_frames, 2),
        position=position.reshape(-1, 3),
        force=force.reshape(-1, 3),
        n_atoms=np.full(n_frames, 2),
        energy=stretch**2 / 2,
        subset=np.arange(n_frames) % 3,
        source=np.zeros(n_frames, dtype=int),
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "helium.nc"
    write_frames(helium(15), path, title="helium dimers")
    return path


@pytest.fixture(scope="module")
def hydrogen_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    variant = make_variant(family="schnet", cutoff=4.0, depth=1, features=4)
    save_model(Model(build_network(variant), variant, {1: -13.6}), path)
    return path


def test_missing_data_set(refused: Refused, tmp_path: Path) -> None:
    arguments = ("train", tmp_path / "no.nc", "--variant", VARIANT, "--out", tmp_path / "m")
    assert "no.nc: no such file" in refused(tmp_path, *arguments)


def test_data_set_that_is_no_netcdf(refused: Refused, tmp_path: Path) -> None:
    broken = tmp_path / "broken.nc"
    broken.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    arguments = ("train", broken, "--variant", VARIANT, "--out", tmp_path / "m")
    assert "broken.nc" in refused(tmp_path, *arguments)


def test_data_set_with_no_frames(refused: Refused, tmp_path: Path) -> None:
    write_frames(helium(0), tmp_path / "empty.nc", title="nothing")
    arguments = ("train", tmp_path / "empty.nc", "--variant", VARIANT, "--out", tmp_path / "m")
    assert "0 frames" in refused(tmp_path, *arguments)


def test_unknown_setting_and_wrong_type(refused: Refused, tmp_path: Path, data: Path) -> None:
    arguments = ("train", data, "--variant", VARIANT, "--out", tmp_path / "m", "--set")
    assert "epochs: unknown key" in refused(tmp_path, *arguments, "epochs=3")
    assert "batch_size = 'many'" in refused(tmp_path, *arguments, "batch_size=many")


def test_more_training_frames_than_there_are(refused: Refused, tmp_path: Path, data: Path) -> None:
    variant = VARIANT.replace("n_train: 4", "n_train: 400")
    message = refused(tmp_path, "train", data, "--variant", variant, "--out", tmp_path / "m")
    assert "400" in message


def test_pickled_model_is_refused(refused: Refused, tmp_path: Path, data: Path) -> None:
    pickled = tmp_path / "best_model"
    pickled.write_bytes(pickle.dumps({"weights": [1.0]}))
    message = refused(tmp_path, "explain", pickled, data, "--out", tmp_path / "r.nc")
    assert "pickled models are never loaded" in message


@pytest.mark.parametrize("verb", ["explain", "md", "evaluate"])
def test_element_the_model_has_not_seen(
    refused: Refused, tmp_path: Path, data: Path, hydrogen_model: Path, verb: str
) -> None:
    given = [data, "--model", hydrogen_model] if verb == "md" else [hydrogen_model, data]
    message = refused(tmp_path, verb, *given, "--out", tmp_path / "out.nc")
    assert "[2]" in message


def test_gpu_where_there_is_none(
    refused: Refused, tmp_path: Path, data: Path, hydrogen_model: Path
) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    arguments = ("evaluate", hydrogen_model, data, "--out", tmp_path / "out.nc")
    assert "no usable GPU" in refused(tmp_path, *arguments, "--device", "cuda")


def test_file_of_another_kind(refused: Refused, tmp_path: Path, data: Path) -> None:
    message = refused(tmp_path, "stability", data, "--out", tmp_path / "stability.nc")
    assert "no record of dynamics" in message


def test_trajectories_without_the_data_to_compare_with(
    refused: Refused, tmp_path: Path, data: Path
) -> None:
    arguments = ("stability", data, "--trajectories", tmp_path, "--out", tmp_path / "s.nc")
    assert "--trajectories and --data go together" in refused(tmp_path, *arguments)


def test_output_folder_that_cannot_be_made(refused: Refused, tmp_path: Path, data: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    arguments = ("data", "export", data, "--out", tmp_path / "file" / "frames.xyz")
    assert "file" in refused(tmp_path, *arguments)
