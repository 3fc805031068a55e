"""Parity of forces: the best and the worst of each family, on the line where both are equal."""

from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr
from figure_data import make_curves, variants
from large_study import enlarged
from matplotlib.figure import Figure
from reading_figures import notes

from nearsight.aims.registry import AIMS
from nearsight.aims.stability.figures.parity import errors_of
from nearsight.aims.stability.tables.force_parity import with_parity
from nearsight.train.parity import NAME, PREDICTED, REFERENCE, WIDTH, parity_counts, parity_dataset

SPEC = {figure.name: figure for figure in AIMS["stability"].figures()}["parity"]
ROWS = variants(datasets=("ethanol", "aspirin"), depth=(1,))


@dataclass
class Evaluated:
    """What is known of a network."""

    evaluation: xr.Dataset


def spread_of(row: dict[str, object]) -> float:
    """eV/Å: worse with the cutoff, and for SchNet."""
    return 0.1 * float(str(row["cutoff"])) + (0.3 if row["family"] == "schnet" else 0.0)


def evaluation_of(row: dict[str, object], count: int = 4000) -> xr.Dataset:
    rng = np.random.default_rng(0)
    reference = rng.normal(0, 1.5, count)
    return parity_dataset(
        parity_counts(reference, reference + rng.normal(0, spread_of(row), count))
    )


def curves_of(rows: list[dict[str, object]]) -> xr.Dataset:
    return with_parity(make_curves(rows), [Evaluated(evaluation_of(row)) for row in rows])


@pytest.fixture(scope="module")
def data() -> xr.Dataset:
    return SPEC.select(curves_of(ROWS))


@pytest.fixture(scope="module")
def figure(data: xr.Dataset) -> Figure:
    return SPEC.draw(data)


def titles(figure: Figure) -> list[str]:
    found = [" ".join(axis.get_title(loc="left").split()) for axis in figure.axes]
    return [title for title in found if title]


def test_best_and_worst_of_each_family_on_each_data_set(data: xr.Dataset) -> None:
    told = list(
        zip(
            *(data[name].to_numpy().tolist() for name in ("dataset", "family", "rank", "cutoff")),
            strict=True,
        )
    )
    assert told == [
        (name, family, rank, cutoff)
        for name in ("ethanol", "aspirin")
        for family in ("schnet", "painn")
        for rank, cutoff in (("best", 3.0), ("worst", 8.0))
    ]


def test_errors_are_those_of_the_predictions(data: xr.Dataset) -> None:
    """Mean absolute error of a normal error of width s is s sqrt(2/pi); fields blur a little."""
    rows = {(str(r["dataset"]), str(r["family"]), r["cutoff"]): spread_of(r) for r in ROWS}
    keys = zip(*(data[name].to_numpy().tolist() for name in ("dataset", "family", "cutoff")),
               strict=True)  # fmt: skip
    expected = [1000 * rows[key] * np.sqrt(2 / np.pi) for key in keys]
    np.testing.assert_allclose(errors_of(data), expected, rtol=0.06)


def test_panels_name_network_and_error(figure: Figure, data: xr.Dataset) -> None:
    first, second = titles(figure)[:2]
    error = errors_of(data)
    assert first == f"ethanol, SchNet, best: 3 Å, T = 1 {error[0]:.0f} meV/Å"
    assert second == f"SchNet, worst: 8 Å, T = 1 {error[1]:.0f} meV/Å"
    assert len(titles(figure)) == 8


def test_reference_is_across_and_prediction_is_up() -> None:
    counts = np.zeros_like(evaluation_of(ROWS[0])[NAME].to_numpy())
    counts[40, 10] = 7
    curves = with_parity(make_curves(ROWS[:1]), [Evaluated(parity_dataset(counts))])
    data = SPEC.select(curves)
    (mesh,) = SPEC.draw(data).axes[0].collections
    shown = np.ma.filled(mesh.get_array(), 0).reshape(counts.shape)
    assert shown[10, 40] == 7
    assert data[REFERENCE].to_numpy()[40] > 0 > data[PREDICTED].to_numpy()[10]


def test_axes_are_equal_and_end_where_forces_do(figure: Figure, data: xr.Dataset) -> None:
    axis = figure.axes[0]
    assert axis.get_xlim() == axis.get_ylim()
    counts = data[NAME].to_numpy().sum(axis=0)
    centres = data[REFERENCE].to_numpy()
    largest = max(np.abs(centres[counts.any(axis=k)]).max() for k in (0, 1))
    assert largest < axis.get_xlim()[1] < 1.3 * largest + WIDTH
    assert [a.get_xlabel() for a in figure.axes[4:8]] == ["reference (eV/Å)"] * 4


def test_one_network_is_called_the_only_one() -> None:
    data = SPEC.select(curves_of(ROWS[:1]))
    assert data["rank"].to_numpy().tolist() == ["the only one"]
    assert "the only one" in SPEC.describe(data)


def test_networks_that_failed_are_not_shown() -> None:
    curves = curves_of(ROWS)
    status = curves["status"].to_numpy().astype(object)
    worst = np.flatnonzero((curves["cutoff"] == 8.0) & (curves["family"] == "painn"))
    status[worst] = "failed"
    data = SPEC.select(curves.assign_coords(status=("model", status.astype(str))))
    painn = data.isel(network=np.flatnonzero(data["family"] == "painn"))
    assert painn["cutoff"].to_numpy().tolist() == [3.0, 5.0, 3.0, 5.0]
    assert "Left out: 2 failed." in notes(SPEC.draw(data))


def test_evaluations_of_earlier_versions_say_what_to_do() -> None:
    old = make_curves(ROWS)
    assert with_parity(old, [Evaluated(xr.Dataset())] * len(ROWS)) is old
    data = SPEC.select(old)
    assert not data.sizes["network"]
    assert "evaluate it anew" in SPEC.draw(data).axes[0].texts[0].get_text()
    assert SPEC.describe(data).endswith("Left out: 12 without data.")


def test_some_evaluations_without_counts_are_left_out() -> None:
    cases = [Evaluated(evaluation_of(row)) for row in ROWS]
    cases[0] = Evaluated(xr.Dataset())
    data = SPEC.select(with_parity(make_curves(ROWS), cases))
    assert data.attrs["n_without_data"] == 1
    assert data["cutoff"].to_numpy().tolist()[:2] == [5.0, 8.0]


def test_the_alt_text_names_every_network(data: xr.Dataset) -> None:
    said = SPEC.describe(data)
    assert "of 8 networks" in said
    assert f"PaiNN on aspirin, worst (8 Å, T = 1): {errors_of(data)[7]:.0f} meV/Å" in said


def test_a_large_study_fits_a_page() -> None:
    figure = SPEC.figure(enlarged(curves_of(variants(cutoff=(3.0, 8.0), depth=(1, 3)))))
    assert len(titles(figure)) == 16
    assert figure.get_size_inches()[1] < 11.7
