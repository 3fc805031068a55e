"""Descriptors against survival: points, bars, colours, panels, limits, captions."""

import json

import numpy as np
import pytest
from figure_data import (
    FIGURES,
    descriptors_of,
    make_table,
    numbers_of,
    survival_time_of,
    variants,
)
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from reading_figures import legend, notes, texts, title, titles
from xarray import Dataset

from nearsight.aims.stability.association.descriptors import DESCRIPTORS, LISTED
from nearsight.aims.stability.figures.association.answer import answer_of
from nearsight.aims.stability.figures.association.complete_models import (
    MEANS,
    SHARE,
    TIME,
    complete_models,
    survival_name,
    unit_note,
)
from nearsight.aims.stability.figures.association.points import draw_points, error_scale
from nearsight.config import Question
from nearsight.figures import style

pytestmark = pytest.mark.filterwarnings("error")
SPEC = FIGURES["descriptors_vs_survival"]
SCATTER = FIGURES["deviation_vs_survival"]
ROWS = variants(seed=(0, 1))
Row = dict[str, object]


def value_of(row: Row, name: str) -> float:
    return {**numbers_of(row), "force_mae": 100 + 5 * row["cutoff"]}[name]


def points(axis: Axes) -> dict[str, PathCollection]:
    return {one.get_label(): one for one in axis.collections if isinstance(one, PathCollection)}


def bars(axis: Axes) -> list[LineCollection]:
    lines = [one for one in axis.collections if isinstance(one, LineCollection)]
    return [one for one in lines if one.get_label() != "seeds"]


def in_order(values: np.ndarray) -> np.ndarray:
    return values[np.lexsort(values.T[::-1])]


def one_panel(data: Dataset, x: str = "response_exponent") -> Axes:
    """Points of a study in a panel of their own."""
    axis = Figure().add_subplot()
    draw_points(axis, data, x, TIME, error_scale(data))
    return axis


@pytest.fixture(scope="module")
def data() -> Dataset:
    return SPEC.select(make_table(ROWS))


@pytest.fixture(scope="module")
def figure(data: Dataset) -> Figure:
    return SPEC.draw(data)


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_the_panel_of_a_descriptor_has_every_model(figure: Figure, name: str) -> None:
    axis = figure.axes[list(DESCRIPTORS).index(name)]
    for family in ("schnet", "painn"):
        drawn = points(axis)[family]
        found = np.column_stack([drawn.get_offsets(), drawn.get_array()])
        expected = np.array(
            [
                (value_of(row, name), survival_time_of(row), value_of(row, "force_mae"))
                for row in ROWS
                if row["family"] == family
            ]
        )
        np.testing.assert_allclose(in_order(np.asarray(found)), in_order(expected))


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_limits_are_about_the_values_and_survival_starts_at_zero(figure: Figure, name: str) -> None:
    axis = figure.axes[list(DESCRIPTORS).index(name)]
    values = np.array([value_of(row, name) for row in ROWS])
    margin = 0.12 * (np.ptp(values) or abs(values[0]))
    np.testing.assert_allclose(axis.get_xlim(), [values.min() - margin, values.max() + margin])
    highest = max(1.2 * survival_time_of(row) for row in ROWS)
    np.testing.assert_allclose(axis.get_ylim(), [0, 1.06 * highest])


def test_places_that_have_no_descriptor_are_empty(figure: Figure) -> None:
    assert [axis.axison for axis in figure.axes[:12]] == [True] * len(DESCRIPTORS) + [False]
    assert [("exploratory" in axis.get_xlabel()) for axis in figure.axes[: len(DESCRIPTORS)]] == [
        name not in LISTED for name in DESCRIPTORS
    ]


def test_frame_of_the_figure(figure: Figure) -> None:
    assert title(figure) == "Descriptors and stability: ethanol"
    assert figure.get_supylabel() == "restricted mean survival time (ps)"
    assert legend(figure) == {"Model": ["SchNet", "PaiNN"]}
    bar = figure.axes[-1]
    assert bar.get_xlabel() == "test MAE of forces (meV/Å)"
    errors = [value_of(row, "force_mae") for row in ROWS]
    np.testing.assert_allclose(bar.get_xlim(), [min(errors), max(errors)])
    assert "Correlations are in tables/association.csv" in notes(figure)


def test_markers_are_those_of_the_families(figure: Figure) -> None:
    axis = figure.axes[0]
    shapes = {
        family: len(points(axis)[family].get_paths()[0].vertices) for family in ("schnet", "painn")
    }
    assert shapes["schnet"] != shapes["painn"]
    for family, n_vertices in shapes.items():
        mean = points(axis)[f"mean of {family}"].get_paths()[0]
        assert len(mean.vertices) == n_vertices


def test_alt_text_has_the_range_of_every_descriptor(data: Dataset) -> None:
    text = SPEC.describe(data)
    times = [survival_time_of(row) for row in ROWS]
    assert f"time ({min(times):.3g} to {max(times):.3g} ps) against descriptors of 24" in text
    for name in descriptors_of(ROWS[0]):
        if name in DESCRIPTORS:
            values = [value_of(row, name) for row in ROWS]
            assert f"{min(values):.3g} to {max(values):.3g}" in text, name
    assert "\n" not in text
    assert "  " not in text


def count(axis: Axes) -> int:
    return sum(len(points(axis)[family].get_offsets()) for family in ("schnet", "painn"))


LONG = "a_molecule_with_a_very_long_name"


@pytest.fixture(scope="module")
def patchy() -> tuple[Dataset, Figure]:
    """Of two data sets, without faithfulness and without the heating of one model."""
    table = make_table(variants(datasets=("ethanol", LONG), cutoff=(3.0, 5.0), depth=(1,)))
    table["faithfulness"][:] = np.nan
    table["heating"][0] = np.nan
    behind = SPEC.select(table)
    return behind, SPEC.draw(behind)


def test_a_panel_has_the_models_that_have_its_descriptor(
    patchy: tuple[Dataset, Figure], data: Dataset
) -> None:
    behind, figure = patchy
    assert behind.sizes["model"] == 8
    axes = dict(zip(DESCRIPTORS, figure.axes, strict=False))
    assert texts(axes["faithfulness"]) == ["no data"]
    assert not points(axes["faithfulness"])
    assert count(axes["heating"]) == 3
    assert count(axes["force_mae"]) == 4
    assert "faithfulness" in SPEC.describe(data)
    assert "faithfulness" not in SPEC.describe(behind)


def test_data_sets_have_rows_of_their_own(patchy: tuple[Dataset, Figure]) -> None:
    _, figure = patchy
    assert titles(figure) == ["ethanol", f"{LONG[:23]}…"]
    assert figure.axes[12].get_title(loc="left") == f"{LONG[:23]}…"
    assert title(figure) == "Descriptors and stability"
    assert (count(figure.axes[0]), count(figure.axes[12])) == (4, 4)
    assert count(figure.axes[12 + list(DESCRIPTORS).index("heating")]) == 4


@pytest.mark.parametrize("spec", [SPEC, SCATTER], ids=["descriptors", "deviation"])
def test_nothing_to_draw_is_said_and_counted(spec: object) -> None:
    rows = variants()
    table = make_table([{**row, "status": "diverged"} for row in rows])
    (said,) = texts(spec.figure(table).axes[0])
    assert said.startswith("No variant has")
    assert said.endswith("Left out: 12 diverged.")
    assert spec.describe(spec.select(table)) == said


def test_single_seeds_have_bars_and_no_means() -> None:
    rows = variants(family=("schnet",))
    axis = one_panel(SPEC.select(make_table(rows)), "relevance_range_90")
    assert set(points(axis)) == {"schnet"}
    across, up = (np.array(one.get_segments()) for one in bars(axis))
    x = np.array([value_of(row, "relevance_range_90") for row in rows])
    y = np.array([survival_time_of(row) for row in rows])
    np.testing.assert_allclose(across[:, :, 0], np.outer(x, [0.9, 1.2]))
    np.testing.assert_allclose(across[:, :, 1], np.outer(y, [1, 1]))
    np.testing.assert_allclose(up[:, :, 1], np.outer(y, [0.9, 1.2]))


def test_bars_of_unknown_bounds_have_no_length() -> None:
    table = make_table(variants(family=("schnet",), cutoff=(5.0,), depth=(1,)))
    for end in ("_low", "_high"):
        table[f"{TIME}{end}"][:] = np.nan
    _, up = (np.array(one.get_segments()) for one in bars(one_panel(SPEC.select(table))))
    assert np.ptp(up[0, :, 1]) == 0


def test_of_a_mixed_study_lone_seeds_have_bars_and_the_others_means() -> None:
    rows = variants(family=("painn",), cutoff=(3.0, 8.0), depth=(1,), seed=(0, 1))[:3]
    axis = one_panel(SPEC.select(make_table(rows)), "response_deviation")
    drawn = points(axis)
    mean = np.mean([(value_of(r, "response_deviation"), survival_time_of(r)) for r in rows[:2]], 0)
    np.testing.assert_allclose(drawn["mean of painn"].get_offsets(), [mean])
    (across, _) = bars(axis)
    assert len(across.get_segments()) == 1
    sizes = drawn["painn"].get_sizes()
    assert sizes[0] == sizes[1] < sizes[2] < drawn["mean of painn"].get_sizes()[0]
    (joined,) = [one for one in axis.collections if one.get_label() == "seeds"]
    np.testing.assert_allclose([one[0] for one in joined.get_segments()], [mean, mean])


def test_a_mean_has_the_mean_error_as_its_colour() -> None:
    table = make_table(variants(family=("painn",), cutoff=(5.0,), depth=(1,), seed=(0, 1, 2)))
    table["force_mae"][:] = [10.0, 20.0, 60.0]
    drawn = points(one_panel(SPEC.select(table)))
    assert drawn["mean of painn"].get_array().tolist() == [30.0]
    assert drawn["painn"].norm.vmin == 10.0
    assert drawn["mean of painn"].norm is drawn["painn"].norm


CROWD = variants(
    family=("schnet",), cutoff=tuple(2 + 0.1 * k for k in range(style.CROWDED // 2 + 1)),
    depth=(1,), seed=(0, 1),
)  # fmt: skip


def test_in_a_crowd_settings_are_small_points_without_bars() -> None:
    few = one_panel(SPEC.select(make_table(variants(cutoff=(5.0,), depth=(1,), seed=(0, 1)))))
    crowd = one_panel(SPEC.select(make_table(CROWD)))
    assert "schnet" in points(few)
    assert set(points(crowd)) == {"mean of schnet", "all survive, schnet"}
    one, other = (points(axis)["mean of schnet"] for axis in (few, crowd))
    assert other.get_sizes()[0] < one.get_sizes()[0]
    assert other.get_alpha() < 1
    assert not bars(crowd)
    assert len(other.get_offsets()) == len(CROWD) // 2


def test_in_a_crowd_what_survives_to_the_end_is_a_tick_above_it() -> None:
    """Half of the settings hold for all of the run: no smear at the upper edge."""
    table = make_table(CROWD)
    duration = float(np.median(table[TIME]))
    for end in ("", "_low", "_high"):
        table[f"{TIME}{end}"] = np.minimum(table[f"{TIME}{end}"], duration)
    table["duration"] = ("model", np.full(len(CROWD), duration), {"units": "ps", "long_name": "d"})
    data = SPEC.select(table)
    axis = one_panel(data)
    ticks, below = points(axis)["all survive, schnet"], points(axis)["mean of schnet"]
    assert len(ticks.get_offsets()) + len(below.get_offsets()) == len(CROWD) // 2
    assert len(ticks.get_offsets()) >= len(CROWD) // 4 - 1
    assert (ticks.get_offsets()[:, 1] > duration).all()
    assert (below.get_offsets()[:, 1] < duration).all()
    assert unit_note(data) == MEANS


def test_where_no_duration_is_known_there_are_no_ticks() -> None:
    axis = one_panel(SPEC.select(make_table(CROWD)))
    assert len(points(axis)["all survive, schnet"].get_offsets()) == 0


def test_models_of_other_sizes_are_other_settings() -> None:
    rows = variants(family=("painn",), cutoff=(5.0,), depth=(1,), features=(32, 64), seed=(0, 1))
    data = SPEC.select(make_table(rows))
    assert data["n_seeds"].to_numpy().tolist() == [2, 2, 2, 2]
    assert len(points(one_panel(data))["mean of painn"].get_offsets()) == 2


def test_columns_and_axes_of_complete_models() -> None:
    table = make_table(ROWS).drop_vars(["heating", "heating_low", "heating_high"])
    found = complete_models(table, ("heating", TIME), ((TIME,),))
    assert set(found.data_vars) == {
        *(f"{name}{end}" for name in ("heating", TIME) for end in ("", "_low", "_high")),
        "force_mae", "duration", "setting", "n_seeds",
    }  # fmt: skip
    assert np.isnan(found["heating"]).all()
    assert found["heating"].attrs["long_name"] == "missing in the study table"
    assert {"dataset", "family", "cutoff", "depth", "seed"} <= set(found.coords)
    assert not {"status", "reason", "variant"} & set(found.coords)
    # A model needs one of each group: none has what the table lacks.
    assert complete_models(table, ("heating", TIME), (("heating",),)).sizes["model"] == 0
    assert complete_models(table, ("heating", TIME), (("heating", TIME),)).sizes["model"] == 24


def test_one_model_without_its_time_turns_all_to_the_share() -> None:
    table = make_table(ROWS)
    assert survival_name(table) == TIME
    table[TIME][3] = np.nan
    assert survival_name(table) == SHARE


def test_deviation_has_a_line_at_zero_where_it_is_the_axis() -> None:
    figure = SCATTER.figure(make_table(ROWS))
    at_zero = [[one for one in axis.lines if list(one.get_xdata()) == [0, 0]]
               for axis in figure.axes[:3]]  # fmt: skip
    assert [len(found) for found in at_zero] == [1, 1, 0]
    assert figure.axes[1].get_ylabel() == "heating (K)"
    values = np.array([value_of(row, "heating") for row in ROWS])
    margin = 0.12 * np.ptp(values)
    np.testing.assert_allclose(
        figure.axes[1].get_ylim(), [values.min() - margin, values.max() + margin]
    )


def with_question(**stated: object) -> Dataset:
    names = stated.pop("datasets", ("ethanol",))
    table = make_table(variants(datasets=names, cutoff=(3.0, 4.0, 5.0, 8.0), seed=(0, 1)))
    settings = {"question": stated, "statistics": {"n_permutations": 200, "retired": 1}}
    table.attrs["settings"] = json.dumps(settings)
    return table


def test_the_one_data_set_of_a_study_need_not_be_named() -> None:
    said = answer_of(with_question(descriptor="response_deviation_signed", direction="negative"))
    start = "The question of the study, response_deviation_signed against "
    assert said.startswith(f"{start}{TIME} on ethanol: ")
    assert said.endswith(".")


def test_of_several_data_sets_the_question_names_its_own_or_there_is_no_answer() -> None:
    both = ("ethanol", "aspirin")
    stated = {"descriptor": "response_deviation_signed", "direction": "negative"}
    assert answer_of(with_question(datasets=both, **stated)) == ""
    assert "on aspirin: " in answer_of(with_question(datasets=both, dataset="aspirin", **stated))


def test_settings_that_a_later_version_does_not_know_do_not_matter() -> None:
    plain = answer_of(with_question(descriptor="force_mae"))
    assert plain == answer_of(with_question(descriptor="force_mae", retired="yes"))
    assert "retired" not in Question.model_fields
    assert plain.startswith("The question of the study, force_mae against")


def test_a_table_without_settings_has_no_answer() -> None:
    assert answer_of(make_table(ROWS)) == ""
