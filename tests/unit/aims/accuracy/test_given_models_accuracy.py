"""A given model in a study of accuracy: errors on the labels, and neither epochs nor time."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

from nearsight.aims.accuracy.figures import accuracy
from nearsight.aims.accuracy.table import collect_accuracy
from nearsight.collect import write_csv
from nearsight.config import validate
from nearsight.config.study import Study
from nearsight.labels import variable
from nearsight.storage import check_described, write_dataset

STUDY = {
    "name": "accurate",
    "aim": "accuracy",
    "datasets": {"rmd17_ethanol": {"source": "published", "name": "rmd17_ethanol"}},
    "variants": {"family": ["schnet"], "cutoff": [5.0], "depth": [1], "n_train": [60]},
    "models": {"gfn1": {"calculator": "tblite.ase:TBLite", "level_of_theory": "GFN1-xTB"}},
}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    folder = tmp_path_factory.mktemp("accurate")
    errors = {
        f"{name}{end}": variable((), value, "meV angstrom-1", name)
        for name, value in (("force_mae", 250.0), ("energy_mae", 900.0))
        for end in ("", "_spread")
    }
    said = {"calculator": "tblite.ase:TBLite", "calculator_arguments": "{}", "reason": ""}
    home = folder / "rmd17_ethanol" / "gfn1"
    write_dataset(xr.Dataset(errors, attrs=said), home / "evaluation.nc", title="errors")
    return collect_accuracy(validate(Study, STUDY, "test"), folder)


def test_it_has_errors_and_ended_well_without_a_history(table: xr.Dataset) -> None:
    check_described(table)
    row = table.isel(model=1)
    assert (str(row["status"].item()), str(row["reason"].item())) == ("ok", "")
    assert float(row["force_mae"]) == 250.0
    for name in ("epochs", "training_seconds", "n_parameters", "published_force_mae"):
        assert np.isnan(row[name]), name
    assert str(table["status"][0].item()) == "failed"


def test_its_level_of_theory_is_told_in_the_text(table: xr.Dataset, tmp_path: Path) -> None:
    write_csv(table, tmp_path / "table.csv")
    head, *rows = (tmp_path / "table.csv").read_text(encoding="utf-8").splitlines()
    assert "origin" in head
    assert "model_level_of_theory" in head
    assert "GFN1-xTB" in rows[1]


def test_the_figure_is_drawn_with_it(table: xr.Dataset) -> None:
    shown = accuracy.select(table)
    assert isinstance(accuracy.draw(shown), Figure)
    assert "nan" not in accuracy.describe(shown)
