"""Legend, note, alt text and data of every figure with a reference say when it is another level."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from figure_data import FIGURES, make_curves, make_table, variants
from matplotlib.figure import Figure

from nearsight.figures import save_figure, wording
from nearsight.storage import check_described, read_dataset

pytestmark = pytest.mark.filterwarnings("error")

WITH_REFERENCE = (
    "response_decay", "reference_curves", "survival", "ends", "heating", "drift",
    "distance_error", "spectrum", "deviation_vs_survival", "descriptors_vs_survival",
)  # fmt: skip
OTHER = "Reference: GFN2-xTB, another level of theory than the labels (PBE/def2-SVP)."
Levels = tuple[str, str]


def content(name: str, levels: dict[str, Levels]) -> xr.Dataset:
    rows = variants(tuple(levels), cutoff=(3.0, 8.0), depth=(1,))
    table = FIGURES[name].source == "decay_vs_stability"
    data = make_table(rows) if table else make_curves(rows)
    dim, names = ("model", "dataset") if table else ("reference", "reference")
    columns = zip(*(levels[str(key)] for key in data[names].to_numpy()), strict=True)
    for key, values in zip(("level_of_theory", "reference_level_of_theory"), columns, strict=True):
        data = data.assign_coords({key: (dim, list(values), {"units": "", "long_name": key})})
    for name_ in [str(n) for n in data.data_vars if str(n).startswith("reference_")]:
        if "curve" not in name_ and not table:
            own = [bool(levels[str(key)][1]) for key in data["reference"].to_numpy()]
            data[name_] = data[name_].where(xr.DataArray(own, dims="reference"))
    return data


def texts(figure: Figure) -> str:
    found = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    found += [legend.get_title().get_text() for legend in figure.legends]
    found += [text.get_text() for axis in figure.axes for text in axis.texts]
    return " ".join(" ".join(found).split())


@pytest.mark.parametrize("name", WITH_REFERENCE)
def test_another_level_of_theory_is_said_everywhere(name: str) -> None:
    spec = FIGURES[name]
    behind = spec.select(content(name, {"ethanol": ("PBE/def2-SVP", "GFN2-xTB")}))
    said = texts(spec.draw(behind))
    assert OTHER in said
    assert OTHER in spec.describe(behind)
    assert set(np.unique(behind["reference_level_of_theory"].to_numpy())) == {"GFN2-xTB"}
    if name not in ("ends", "deviation_vs_survival", "descriptors_vs_survival"):
        assert "GFN2-xTB, another level of theory" in said.replace(OTHER, "")
        assert "engine" not in said.replace(OTHER, "")


def test_it_is_in_the_files_of_a_figure(tmp_path: Path) -> None:
    for name in ("survival", "deviation_vs_survival"):
        data = content(name, {"ethanol": ("PBE/def2-SVP", "GFN2-xTB")})
        save_figure(FIGURES[name], data, tmp_path)
        behind = read_dataset(tmp_path / f"{name}.nc")
        assert OTHER in behind.attrs["alt_text"]
        assert OTHER in texts(FIGURES[name].draw(behind))
        check_described(behind)


@pytest.mark.parametrize("name", FIGURES)
def test_the_engine_of_the_labels_needs_no_word(name: str) -> None:
    spec = FIGURES[name]
    for levels in ({"ethanol": ("GFN2-xTB", "GFN2-xTB")}, {"ethanol": ("", "")}):
        behind = spec.select(content(name, levels))
        assert not wording.yardstick(behind)
        assert wording.reference_name(behind) == "engine"
        assert "theory" not in spec.describe(behind)


@pytest.mark.parametrize("name", WITH_REFERENCE)
def test_no_reference_is_said_as_well(name: str) -> None:
    spec = FIGURES[name]
    data = content(name, {"ethanol": ("PBE", "")})
    if "response_deviation" in data:
        # The headline: it must not be lost without a word.
        for headline in ("response_deviation", "response_deviation_signed"):
            data[headline] = xr.full_like(data[headline], np.nan)
    behind = spec.select(data)
    missing = "No reference: no engine here for the labels (PBE)."
    assert missing in spec.describe(behind)
    assert "There is no reference" not in spec.describe(behind)
    assert "  " not in spec.describe(behind)
    if name in ("response_decay", "deviation_vs_survival"):
        assert missing in texts(spec.draw(behind))


def test_data_sets_are_told_apart() -> None:
    levels = {"ethanol": ("PBE", "GFN2-xTB"), "toluene": ("GFN2-xTB", "GFN2-xTB")}
    data = FIGURES["survival"].select(content("survival", levels))
    assert wording.yardstick(data) == (
        "Reference of ethanol: GFN2-xTB, another level of theory than the labels (PBE)."
    )
    assert wording.reference_name(data) == "engine or other\nlevel of theory"
    levels = {"ethanol": ("unknown", "GFN2-xTB"), "toluene": ("PBE0", "")}
    said = wording.yardstick(FIGURES["survival"].select(content("survival", levels)))
    assert said == (
        "Reference of ethanol: GFN2-xTB, beside labels of an unknown level of theory. "
        "No reference of toluene: no engine here for the labels (PBE0)."
    )
