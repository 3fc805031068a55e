"""Accuracy beside published errors, from runs that are real."""

from pathlib import Path

import numpy as np
import pytest

from nearsight.aims.accuracy.table import collect_accuracy
from nearsight.aims.registry import AIMS
from nearsight.config import Study, validate
from nearsight.storage import check_described

STUDY = {
    "name": "accurate",
    "aim": "accuracy",
    "datasets": {"rmd17_ethanol": {"source": "published", "name": "rmd17_ethanol"}},
    "variants": {
        "family": ["schnet", "painn"], "cutoff": [5.0], "depth": [1], "features": [8],
        "n_train": [60],
    },
    "training": {"max_epochs": 4},
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of two variants is trained, on a few frames of a molecule with known forces."""
    from ase.build import molecule

    from nearsight.config import Training
    from nearsight.data.frames import Frames, write_frames
    from nearsight.train.run import train_variant

    rng = np.random.default_rng(0)
    water = molecule("H2O")
    position = water.positions + rng.normal(0, 0.05, (90, 3, 3))
    arm = position - position.mean(axis=1, keepdims=True)
    frames = Frames(
        atomic_number=np.tile(water.numbers, 90),
        position=position.reshape(-1, 3),
        force=(-2 * arm).reshape(-1, 3),
        n_atoms=np.full(90, 3),
        energy=(arm**2).sum((1, 2)),
        subset=np.repeat([0, 1, 2], [60, 15, 15]),
        source=np.zeros(90, dtype=int),
    )
    folder = tmp_path_factory.mktemp("accurate")
    data = folder / "rmd17_ethanol" / "data.nc"
    write_frames(frames, data, title="water on springs")
    variant = next(iter(validate(Study, STUDY, "test").variant_table().values()))
    out = data.parent / variant.id / "model.safetensors"
    train_variant(data, variant, Training(max_epochs=4), out)
    return folder


def test_errors_times_and_published_values(folder: Path) -> None:
    table = collect_accuracy(validate(Study, STUDY, "test"), folder)
    check_described(table)
    assert table["family"].to_numpy().tolist() == ["schnet", "painn"]
    np.testing.assert_allclose(table["published_force_mae"], [16.9, 10.0])
    assert table["force_mae"].attrs["units"] == "meV angstrom-1"
    assert np.isfinite(table["force_mae"]).to_numpy().tolist() == [True, False]
    assert table["epochs"].to_numpy()[0] == 4
    elapsed = table["elapsed"].to_numpy()[0]
    assert (np.diff(elapsed) > 0).all()
    np.testing.assert_allclose(elapsed[-1], table["training_seconds"].to_numpy()[0], rtol=1e-9)
    assert (
        str(table["reason"].to_numpy()[1])
        == "evaluation.nc is missing: the stage did not run or crashed"
    )


def test_figure(folder: Path) -> None:
    (spec,) = AIMS["accuracy"].figures()
    shown = spec.select(collect_accuracy(validate(Study, STUDY, "test"), folder))
    assert shown.sizes["model"] == 1
    axis = spec.draw(shown).axes[0]
    labels = {line.get_label() for line in axis.lines}
    assert {"SchNet", "SchNet, test", "SchNet, published"} <= labels
    assert "published 16.9" in spec.describe(shown)
