"""Given models in a study of properties: one with walks among the others, one without a word."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure
from pooled_results import CARBON, SIZES, STUDY, relevance, write_results

from nearsight.aims.properties.figures import pooling, species
from nearsight.aims.properties.table import collect_pooling
from nearsight.config import validate
from nearsight.config.study import Study
from nearsight.labels import variable
from nearsight.storage import NOT_APPLICABLE, check_described, empty_dataset, write_dataset

XTB = {"calculator": "tblite.ase:TBLite", "arguments": {"method": "GFN1-xTB"}}
SAID = {"calculator": "tblite.ase:TBLite", "calculator_arguments": '{"method": "GFN1-xTB"}'}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    folder = tmp_path_factory.mktemp("pooled")
    models = {"ours": {"file": "elsewhere.safetensors"}, "gfn1": XTB}
    study = validate(Study, {**STUDY, "models": models}, "test")
    write_results(folder, study)
    errors = xr.Dataset({"energy_mae": variable((), 7.0, "1", "error")})
    walks = {"relevance.nc": relevance(SIZES, 1.0, 0.05),
             "alkanes.nc": relevance(3 * CARBON + 2, 1.0, 0.4)}  # fmt: skip
    for name in models:
        home = folder / "set" / name
        said = SAID if name == "gfn1" else {}
        write_dataset(errors.assign_attrs(said | {"reason": ""}), home / "evaluation.nc", title="e")
        for file, content in walks.items():
            made = empty_dataset("no walks", NOT_APPLICABLE) if name == "gfn1" else content
            write_dataset(made.assign_attrs(said), home / file, title="relevance")
    return collect_pooling(study, folder)


def row(table: xr.Dataset, name: str) -> xr.Dataset:
    return table.isel(model=int(np.flatnonzero(table["variant"] == name)[0]))


def test_with_walks_it_has_the_numbers_of_any_network(table: xr.Dataset) -> None:
    check_described(table)
    ours = row(table, "ours")
    assert (str(ours["status"].item()), float(ours["mae"])) == ("ok", 7.0)
    assert float(ours["size_exponent"]) == pytest.approx(1.0, abs=1e-6)
    assert (str(ours["target"].item()), str(ours["pooling"].item())) == ("energy", "sum")
    assert str(ours["unit"].item()) == "eV"


def test_without_walks_it_has_its_errors_and_is_no_failure(table: xr.Dataset) -> None:
    gfn1 = row(table, "gfn1")
    assert (str(gfn1["status"].item()), str(gfn1["reason"].item())) == ("ok", "")
    assert float(gfn1["mae"]) == 7.0
    assert np.isnan(gfn1["size_exponent"])


@pytest.mark.parametrize("figure", [pooling, species])
def test_figures_show_the_one_and_leave_out_the_other(table: xr.Dataset, figure: object) -> None:
    shown = figure.select(table)  # type: ignore[attr-defined]
    names = set(shown["family"].to_numpy().astype(str))
    assert names == {"schnet", "ours"}
    drawn = figure.draw(shown)  # type: ignore[attr-defined]
    assert isinstance(drawn, Figure)
    assert "nan" not in figure.describe(shown)  # type: ignore[attr-defined]
