"""A data set that stays in its file gives what it gives in memory, and never more at once."""

from pathlib import Path

import numpy as np
import pytest
import torch
from toy_potential import toy_frames

from nearsight.config import Training, Variant
from nearsight.data.frames import read_frames, write_frames
from nearsight.data.stored import StoredFrames, open_frames
from nearsight.errors import CorruptFileError, DataError, MissingFileError
from nearsight.models import streaming
from nearsight.models.batching import to_tensors
from nearsight.models.files import load_model
from nearsight.models.streaming import StreamedFrames
from nearsight.train.run import train_variant


@pytest.fixture
def stored(data_file: Path) -> StoredFrames:
    return open_frames(data_file)


def test_parts_are_the_frames_of_the_file(stored: StoredFrames, data_file: Path) -> None:
    whole = read_frames(data_file)
    assert len(stored) == len(whole)
    chosen = np.array([3, 70, 5, 6, 7, 90])
    piece = stored.select(chosen).read(0, 6)
    expected = whole.select(np.sort(chosen))
    for name in ("atomic_number", "position", "force", "energy", "n_atoms", "subset", "source"):
        np.testing.assert_array_equal(getattr(piece, name), getattr(expected, name))
    parts = list(stored.of_subset("test").parts(8))
    assert [len(part) for part in parts] == [8, 8, 4]
    np.testing.assert_array_equal(
        np.concatenate([part.position for part in parts]), whole.of_subset("test").position
    )
    np.testing.assert_array_equal(stored.of_subset("train").label("energy"), whole.energy[:60])


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        open_frames(tmp_path / "absent.nc")
    (tmp_path / "text.nc").write_text("no data set")
    with pytest.raises(CorruptFileError, match="NetCDF"):
        open_frames(tmp_path / "text.nc")


@pytest.mark.parametrize("window", [7, 20, 1000])
def test_every_frame_once_and_never_more_than_a_window(
    window: int, stored: StoredFrames, data_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []

    def counted(frames, *arguments, **options):  # noqa: ANN001, ANN002, ANN003, ANN202
        held.append(len(frames))
        return to_tensors(frames, *arguments, **options)

    monkeypatch.setattr(streaming, "to_tensors", counted)
    train = stored.of_subset("train")
    label = np.arange(60.0)
    source = StreamedFrames(train, 3.0, label, window=window)
    order = source.shuffled(torch.Generator().manual_seed(0), 5)
    assert order.sort().values.tolist() == list(range(60))
    batches = list(source.load(order, 5))
    assert max(held) <= max(5, window)
    assert [len(batch) for batch in batches] == [5] * 12
    np.testing.assert_array_equal(torch.cat([b.label for b in batches]), label[order])
    whole = read_frames(data_file).of_subset("train")
    memory = to_tensors(whole, 3.0, label)
    for batch, frames in zip(batches, order.split(5), strict=True):
        expected = memory.batch(frames)
        for name in ("position", "force", "first", "second", "molecule"):
            torch.testing.assert_close(getattr(batch, name), getattr(expected, name))
    again = source.shuffled(torch.Generator().manual_seed(1), 5)
    assert again.tolist() != order.tolist()


def test_training_from_a_file(data_file: Path, variant: Variant, tmp_path: Path) -> None:
    """Other orders of frames than in memory, so not the same weights, but as good a model."""
    errors = {}
    for name, n_frames in (("memory", 100_000), ("file", 16)):
        settings = Training(
            max_epochs=25, learning_rate=1e-2, ema_decay=0.8, frames_in_memory=n_frames
        )
        out = tmp_path / name / "model.safetensors"
        card = train_variant(data_file, variant, settings, out)
        errors[name] = card.errors["force_mae"]
        assert load_model(out).status == "ok"
    test = toy_frames().of_subset("test")
    assert errors["file"] < 0.2 * 1000 * np.abs(test.force).mean()
    assert 0.5 < errors["file"] / errors["memory"] < 2


def test_training_from_a_file_is_bitwise_reproducible(
    data_file: Path, variant: Variant, tmp_path: Path
) -> None:
    settings = Training(max_epochs=3, frames_in_memory=16)
    weights = []
    for name in ("one", "two"):
        train_variant(data_file, variant, settings, tmp_path / name / "model.safetensors")
        weights.append(load_model(tmp_path / name / "model.safetensors").network.state_dict())
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_target_of_a_stored_set(stored: StoredFrames) -> None:
    with pytest.raises(DataError, match="has no homo"):
        stored.label("homo")


def test_stored_without_forces(data_file: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    frames = read_frames(data_file)
    path = tmp_path / "bare.nc"
    write_frames(replace(frames, force=np.full_like(frames.force, np.nan)), path, title="bare")
    stored = open_frames(path)
    assert not stored.has_forces
    assert not stored.read(0, 3).has_forces
