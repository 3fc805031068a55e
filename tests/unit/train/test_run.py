"""A whole training run: the files it writes, and how it ends when the labels are no numbers."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from nearsight.config import Training, Variant, make_variant
from nearsight.data.frames import Frames, write_frames
from nearsight.errors import CorruptFileError, DataError
from nearsight.models.files import load_model
from nearsight.storage import check_described, read_dataset, sha256
from nearsight.train.card import Card, read_card
from nearsight.train.evaluate import SUMMARY, evaluate
from nearsight.train.run import train_variant

FILES = {"model.safetensors", "history.nc", "evaluation.nc", "card.json"}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "run" / "model.safetensors"


def test_files_of_a_run(
    data_file: Path, out: Path, variant: Variant, quick: Training, frames: Frames
) -> None:
    card = train_variant(data_file, variant, quick, out)
    assert {path.name for path in out.parent.iterdir()} == FILES
    assert read_card(out.parent / "card.json") == card
    model = load_model(out)
    assert model.variant == variant
    assert model.provenance["run"]["data_sha256"] == sha256(data_file) == card.data_sha256
    history = read_dataset(out.parent / "history.nc")
    assert history.sizes == {"epoch": 6}
    assert history["epoch"].values.tolist() == [1, 2, 3, 4, 5, 6]
    assert (
        float(history["validation_loss"].min()) == history["validation_loss"][card.best_epoch - 1]
    )
    assert history["validation_force_mae"].attrs["units"] == "meV angstrom-1"
    evaluation = read_dataset(out.parent / "evaluation.nc")
    for dataset in (history, evaluation):
        check_described(dataset)
        assert json.loads(dataset.attrs["settings"])["variant"] == variant.model_dump()
    expected = evaluate(model, frames.of_subset("test"))
    for name in SUMMARY:
        assert card.errors[name] == float(evaluation[name]) == float(expected[name])


def test_card(data_file: Path, out: Path, variant: Variant, quick: Training) -> None:
    card = train_variant(data_file, variant, quick, out)
    assert (card.n_train, card.n_validation, card.n_test) == (60, 15, 20)
    assert (card.epochs, card.end, card.status) == (6, "all epochs done", "ok")
    assert card.level_of_theory == "Morse"
    assert card.training_seconds > 0
    assert card.n_radial == 13
    network = load_model(out).network
    assert card.n_parameters == sum(p.numel() for p in network.parameters())
    assert card.elements == [1, 6, 8]
    assert card.threads == 1
    document = json.loads((out.parent / "card.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, Card.model_json_schema())


def test_the_seed_of_frames_draws_other_frames(
    data_file: Path, tmp_path: Path, variant: Variant, quick: Training
) -> None:
    """The mean energy of the frames, which the atoms' share of it holds, tells that they differ."""
    offsets = {}
    for seed in (0, 1):
        chosen = variant.model_copy(update={"n_train": 10, "frames_seed": seed})
        train_variant(data_file, chosen, quick, tmp_path / str(seed) / "model.safetensors")
        offsets[seed] = load_model(tmp_path / str(seed) / "model.safetensors").atom_reference
    assert offsets[0] != offsets[1]


def test_card_names_source_and_licence_of_the_data(
    frames: Frames, tmp_path: Path, variant: Variant, quick: Training
) -> None:
    about = {"published_name": "rmd17_ethanol", "licence": "CC0-1.0", "reference": "10.1/x"}
    published = replace(frames, attributes={**frames.attributes, **about})
    write_frames(published, tmp_path / "data.nc", title="published")
    card = train_variant(tmp_path / "data.nc", variant, quick, tmp_path / "model.safetensors")
    assert (card.data_source, card.data_licence, card.data_reference) == tuple(about.values())


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"surprise": 1}, "surprise"),
        ({"status": "fine"}, "status"),
        ({"epochs": None}, "epochs"),
        ({"schema_version": 2}, "schema_version"),
    ],
)
def test_card_of_another_kind_is_refused(
    change: dict, key: str, data_file: Path, out: Path, variant: Variant, quick: Training
) -> None:
    settings = quick.model_copy(update={"max_epochs": 1})
    document = train_variant(data_file, variant, settings, out).model_dump(mode="json")
    path = out.parent / "card.json"
    path.write_text(json.dumps({**document, **change}), encoding="utf-8")
    with pytest.raises(CorruptFileError, match=f"card.json: not a model card .*{key}"):
        read_card(path)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, **change}, Card.model_json_schema())


def test_card_that_is_no_json(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text('{"id": "a', encoding="utf-8")
    with pytest.raises(CorruptFileError, match="not a model card"):
        read_card(tmp_path / "card.json")


@pytest.fixture
def write(frames: Frames, tmp_path: Path) -> Callable[..., Path]:
    def changed(**arrays: np.ndarray) -> Path:
        path = tmp_path / "changed.nc"
        write_frames(replace(frames, **arrays), path, title="changed")
        return path

    return changed


@pytest.mark.parametrize("value", [np.inf, np.nan])
@pytest.mark.parametrize("name", ["energy", "force", "position"])
@pytest.mark.parametrize("in_memory", [10_000, 20])
def test_label_that_is_no_number_is_refused(
    value: float,
    name: str,
    in_memory: int,
    write: Callable[..., Path],
    frames: Frames,
    out: Path,
    variant: Variant,
    quick: Training,
) -> None:
    array = getattr(frames, name).copy()
    array[7 if name == "energy" else 7 * 4 + 2] = value
    settings = quick.model_copy(update={"frames_in_memory": in_memory})
    with pytest.raises(DataError, match=rf"changed\.nc: {name} is not finite .* is frame 7"):
        train_variant(write(**{name: array}), variant, settings, out)
    assert not out.exists()


def test_energy_beyond_single_precision_ends_as_diverged(
    write: Callable[..., Path],
    frames: Frames,
    out: Path,
    variant: Variant,
    quick: Training,
) -> None:
    """It spoils the atom references too: files must stay readable, and JSON must stay JSON."""
    energy = frames.energy.copy()
    energy[7] = 1e300
    card = train_variant(write(energy=energy), variant, quick, out)
    assert card.status == "diverged"
    assert {path.name for path in out.parent.iterdir()} == FILES
    assert load_model(out).status == "diverged"
    text = (out.parent / "card.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    assert "Infinity" not in text
    assert "force_mae" in read_card(out.parent / "card.json").errors
    assert "energy_rmse" not in card.errors


def test_force_beyond_single_precision_ends_as_diverged(
    write: Callable[..., Path],
    frames: Frames,
    out: Path,
    variant: Variant,
    quick: Training,
) -> None:
    force = frames.force.copy()
    force[7, 1] = 1e30  # in a training frame
    card = train_variant(write(force=force), variant, quick, out)
    assert (card.status, card.end, card.epochs) == ("diverged", "diverged", 0)
    assert card.reason == "training diverged in epoch 1: loss not finite"
    assert {path.name for path in out.parent.iterdir()} == FILES
    assert read_card(out.parent / "card.json") == card
    model = load_model(out)
    assert (model.status, model.reason) == ("diverged", card.reason)
    history = read_dataset(out.parent / "history.nc")
    assert history.sizes == {"epoch": 0}
    assert (history.attrs["status"], history.attrs["reason"]) == ("diverged", card.reason)
    assert read_dataset(out.parent / "evaluation.nc").attrs["status"] == "diverged"


def test_learning_rate_far_too_large_ends_as_diverged(
    data_file: Path, out: Path, quick: Training
) -> None:
    wild = quick.model_copy(update={"learning_rate": 1.0, "max_epochs": 60})
    variant = make_variant(family="painn", cutoff=3.0, depth=3, features=16, n_train=60)
    card = train_variant(data_file, variant, wild, out)
    assert card.status == "diverged"
    assert 1 <= card.epochs + 1 == int(card.reason.split("epoch ")[1].split(":")[0])
    assert len(read_dataset(out.parent / "history.nc")["epoch"]) == card.epochs


def test_more_training_frames_than_there_are(
    data_file: Path, out: Path, variant: Variant, quick: Training
) -> None:
    greedy = variant.model_copy(update={"n_train": 61})
    with pytest.raises(DataError, match=r"61"):
        train_variant(data_file, greedy, quick, out)
    assert not out.parent.exists()


@pytest.mark.parametrize(("subset", "number"), [("validation", 1), ("test", 2)])
def test_subset_without_frames(
    subset: str, number: int, write: Callable[..., Path], frames: Frames, out: Path,
    variant: Variant, quick: Training,
) -> None:  # fmt: skip
    gone = np.where(frames.subset == number, 0, frames.subset)
    with pytest.raises(DataError, match=f"changed.nc: subset {subset} holds 0 frames"):
        train_variant(write(subset=gone), variant, quick, out)


@pytest.mark.slow
def test_command(
    nearsight: Callable[..., subprocess.CompletedProcess[str]], data_file: Path, tmp_path: Path
) -> None:
    variant = "{family: painn, cutoff: 3.0, depth: 1, features: 8, n_train: 20}"
    run = nearsight(
        "train", data_file, "--variant", variant, "--set", "max_epochs=2",
        "--out", "run/model.safetensors",
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "painn~rc3.0~T1~F8~n20~s0: ok, 2 epochs (all epochs done)" in run.stdout
    assert {path.name for path in (tmp_path / "run").iterdir()} == FILES
    wrong = nearsight("train", data_file, "--variant", "{family: gap}", "--out", "x")
    assert wrong.returncode == 1
    assert len(wrong.stderr.splitlines()) == 1
    assert "'schnet', 'painn'" in wrong.stderr


def test_cutoff_that_sees_no_neighbour_is_a_row(
    data_file: Path, out: Path, variant: Variant, quick: Training, tmp_path: Path
) -> None:
    """No error: its job ends well, and every later stage finds the reason in its model."""
    blind = variant.model_copy(update={"cutoff": 0.6})
    card = train_variant(data_file, blind, quick, out)
    assert {path.name for path in out.parent.iterdir()} == FILES
    assert (card.status, card.epochs, card.errors) == ("failed", 0, {})
    assert "sees no neighbour" in card.reason
    assert read_card(out.parent / "card.json") == card
    model = load_model(out)
    assert (model.status, model.reason) == ("failed", card.reason)
    for name in ("history.nc", "evaluation.nc"):
        assert read_dataset(out.parent / name).attrs["reason"] == card.reason
