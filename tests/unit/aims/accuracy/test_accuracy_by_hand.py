"""Accuracy from results that are written down: what stands in the table, and what is drawn."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from nearsight.aims.accuracy.figures import accuracy
from nearsight.aims.accuracy.table import ERRORS, PUBLISHED, collect_accuracy
from nearsight.config import Study, validate
from nearsight.errors import MissingFileError
from nearsight.labels import variable
from nearsight.storage import check_described, write_dataset

STUDY = {
    "name": "accurate",
    "aim": "accuracy",
    "datasets": {
        name: {"source": "published", "name": "rmd17_ethanol"}
        for name in ("rmd17_ethanol", "aspirin", "ethanolamine")
    },
    "variants": {
        "family": ["schnet", "painn"], "cutoff": [5.0], "depth": [1], "features": [8],
        "n_train": [60],
    },
}  # fmt: skip
SECONDS = np.array([3.0, 1.0, 2.0, 4.0])


def write_network(home: Path, error: float, n_epochs: int) -> None:
    evaluation = {
        name: variable((), error * scale, "meV", name)
        for name, scale in (("force_mae", 1), ("energy_mae", 2), ("force_mae_spread", 0.1))
    }
    write_dataset(xr.Dataset(evaluation, attrs={"reason": ""}), home / "evaluation.nc", title="x")
    curves = {
        "validation_force_mae": error + 10.0 / np.arange(1, n_epochs + 1),
        "train_loss": np.ones(n_epochs),
        "learning_rate": np.full(n_epochs, 1e-3),
        "seconds": SECONDS[:n_epochs],
    }
    history = xr.Dataset({name: variable("epoch", v, "1", name) for name, v in curves.items()})
    write_dataset(history.assign_attrs(reason=""), home / "history.nc", title="x")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    """Two networks on one data set, one on another, and none on the third."""
    folder = tmp_path_factory.mktemp("accurate")
    study = validate(Study, STUDY, "test")
    for k, (dataset, variant) in enumerate(study.cases()):
        if k in (0, 1, 3):
            write_network(folder / dataset / variant.id, 10.0 * (k + 1), n_epochs=4 - k)
    return collect_accuracy(study, folder)


def row(table: xr.Dataset, dataset: str, family: str) -> xr.Dataset:
    (k,) = np.flatnonzero((table["dataset"] == dataset) & (table["family"] == family))
    return table.isel({table["dataset"].dims[0]: int(k)})


def test_errors_stand_beside_their_spread(table: xr.Dataset) -> None:
    check_described(table)
    own = row(table, "rmd17_ethanol", "painn")
    assert float(own["force_mae"]) == 20
    assert float(own["energy_mae"]) == 40
    assert float(own["force_mae_spread"]) == 2
    assert np.isnan(own["energy_mae_spread"])
    assert str(own["status"].item()) == "ok"


def test_time_is_that_up_to_the_end_of_the_epoch(table: xr.Dataset) -> None:
    """Trainings of fewer epochs than the longest end in nothing, not in zeros."""
    long, short = (row(table, "rmd17_ethanol", family) for family in ("schnet", "painn"))
    np.testing.assert_array_equal(long["elapsed"], [3, 4, 6, 10])
    np.testing.assert_array_equal(short["elapsed"], [3, 4, 6, np.nan])
    np.testing.assert_array_equal(short["validation_force_mae"][:3], 20 + 10 / np.arange(1, 4))
    assert np.isnan(short["validation_force_mae"][3])


def test_what_is_missing_is_a_row_with_its_reason(table: xr.Dataset) -> None:
    assert table.sizes[table["dataset"].dims[0]] == 6
    for dataset, family in (("aspirin", "schnet"), ("ethanolamine", "painn")):
        own = row(table, dataset, family)
        assert str(own["status"].item()) == "failed"
        assert "evaluation.nc is missing" in str(own["reason"].item())
        assert np.isnan([float(own[name]) for name in ERRORS]).all()
        assert np.isnan(own["training_seconds"])


def test_published_errors_are_of_the_molecule_and_the_family(table: xr.Dataset) -> None:
    """A molecule is a word of the name of a data set, not the beginning of another word."""
    found = {
        (dataset, family): float(row(table, dataset, family)["published_force_mae"])
        for dataset in STUDY["datasets"]  # type: ignore[attr-defined]
        for family in ("schnet", "painn")
    }
    assert found["rmd17_ethanol", "schnet"] == 16.9
    assert found["rmd17_ethanol", "painn"] == 10.0
    assert found["aspirin", "painn"] == 16.1
    assert np.isnan([found["ethanolamine", "schnet"], found["ethanolamine", "painn"]]).all()


def test_another_table_of_published_errors_may_be_given(tmp_path: Path) -> None:
    study = validate(Study, STUDY, "test")
    head, *_ = PUBLISHED.read_text().splitlines()
    path = tmp_path / "mine.tsv"
    path.write_text(f"{head}\nschnet\tethanol\t10\t\t3.25\tmine\tmine\n")
    own = row(collect_accuracy(study, tmp_path, path), "rmd17_ethanol", "schnet")
    assert float(own["published_energy_mae"]) == 3.25
    assert np.isnan(own["published_force_mae"])  # a cell that is left empty
    with pytest.raises(MissingFileError, match=r"none\.tsv"):
        collect_accuracy(study, tmp_path, tmp_path / "none.tsv")


def test_a_panel_a_data_set_draws_curves_ends_and_published_errors(table: xr.Dataset) -> None:
    figure = accuracy.draw(accuracy.select(table))
    titles = [axis.get_title(loc="left") for axis in figure.axes]
    assert titles == ["rmd17_ethanol", "aspirin"]
    axis = figure.axes[0]
    lines = {line.get_label(): line for line in axis.lines}
    assert set(lines) == {
        f"{name}{end}" for name in ("SchNet", "PaiNN") for end in ("", ", test", ", published")
    }
    own = row(table, "rmd17_ethanol", "schnet")
    np.testing.assert_array_equal(lines["SchNet"].get_xdata(), own["elapsed"])
    np.testing.assert_array_equal(lines["SchNet"].get_ydata(), own["validation_force_mae"])
    # The test error stands at the end of its own training.
    assert lines["SchNet, test"].get_xydata().tolist() == [[10, 10]]
    assert lines["PaiNN, test"].get_xydata().tolist() == [[6, 20]]
    assert set(lines["PaiNN, published"].get_ydata()) == {10.0}
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
    colors = {name.partition(",")[0]: line.get_color() for name, line in lines.items()}
    assert colors["SchNet"] != colors["PaiNN"]


def test_alt_text_tells_errors_cost_and_what_was_published(table: xr.Dataset) -> None:
    text = accuracy.describe(accuracy.select(table))
    assert "3 networks" in text
    assert "SchNet on rmd17_ethanol: 10 meV/Å after" in text
    assert "PaiNN on aspirin: 40 meV/Å" in text
    assert "published 16.1" in text
    assert "ethanolamine" not in text


def test_without_any_training_the_figure_says_so(table: xr.Dataset) -> None:
    dim = table["dataset"].dims[0]
    nothing = accuracy.select(table.isel({dim: [2, 4, 5]}))
    assert nothing.sizes[dim] == 0
    assert accuracy.describe(nothing) == accuracy.NOTHING
    assert len(accuracy.draw(nothing).axes) <= 1
