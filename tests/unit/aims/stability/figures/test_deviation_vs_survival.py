"""Each trained model is one point at its signed deviation and stability; seeds are joined."""

import json
from collections.abc import Sequence

import numpy as np
import pytest
from figure_data import (
    FIGURES,
    heating_of,
    make_table,
    signed_of,
    survival_of,
    survival_time_of,
    variants,
)
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure

from nearsight.aims.stability.association.descriptors import DESCRIPTORS
from nearsight.aims.stability.association.question import question_table
from nearsight.config import Question, Statistics

pytestmark = pytest.mark.filterwarnings("error")
SPEC = FIGURES["deviation_vs_survival"]
X = "response_deviation_signed"
ROW = "dataset", "family", "cutoff", "depth"


def points(axis: Axes) -> dict[str, PathCollection]:
    return {one.get_label(): one for one in axis.collections if isinstance(one, PathCollection)}


def of(rows: list[dict[str, object]], family: str):
    return [row for row in rows if row["family"] == family]


def sorted_rows(values: Sequence[Sequence[float]]) -> np.ndarray:
    table = np.array(values, dtype=float)
    return table[np.lexsort(table.T[::-1])]


def note_of(figure: Figure) -> str:
    return " ".join(legend.get_title().get_text() for legend in figure.legends).replace("\n", " ")


def force_mae(row: dict[str, object]) -> float:
    return 100 + 5 * row["cutoff"]


PANELS = [(signed_of, survival_time_of), (signed_of, heating_of), (force_mae, survival_time_of)]


@pytest.mark.parametrize("k", range(len(PANELS)))
def test_points_and_colours_are_the_table(k: int):
    rows = variants(seed=(0, 1))
    axis = SPEC.figure(make_table(rows)).axes[k]
    x, y = PANELS[k]
    for family in ("schnet", "painn"):
        drawn = points(axis)[family]
        found = np.column_stack([drawn.get_offsets(), drawn.get_array()])
        expected = [(x(row), y(row), force_mae(row)) for row in of(rows, family)]
        np.testing.assert_allclose(sorted_rows(found), sorted_rows(expected))


def test_seeds_of_a_setting_are_joined_to_their_mean():
    rows = variants(cutoff=(3.0, 8.0), seed=(0, 1, 2))
    axis = SPEC.figure(make_table(rows)).axes[0]
    for family in ("schnet", "painn"):
        own = of(rows, family)
        keys = sorted({tuple(row[name] for name in ROW) for row in own})
        groups = [[row for row in own if tuple(row[n] for n in ROW) == key] for key in keys]
        expected = [
            (np.mean([signed_of(r) for r in g]), np.mean([survival_time_of(r) for r in g]))
            for g in groups
        ]
        means = points(axis)[f"mean of {family}"]
        np.testing.assert_allclose(sorted_rows(means.get_offsets()), sorted_rows(expected))
        assert means.get_sizes()[0] > points(axis)[family].get_sizes()[0]
    lines = [one for one in axis.collections if one.get_label() == "seeds"]
    found = np.concatenate([one.get_segments() for one in lines])
    assert len(found) == len(rows)
    ends = [(signed_of(row), survival_time_of(row)) for row in rows]
    np.testing.assert_allclose(sorted_rows(found[:, 1]), sorted_rows(ends))
    # Spread is seen; bars of single models would hide it.
    assert not [one for one in axis.collections if isinstance(one, LineCollection)
                and one.get_label() != "seeds"]  # fmt: skip


def test_error_bars_are_the_intervals():
    rows = variants(family=("schnet",), cutoff=(5.0,), depth=(1,))
    axis = SPEC.figure(make_table(rows)).axes[0]
    bars = [one.get_segments()[0] for one in axis.collections if isinstance(one, LineCollection)]
    x, y = signed_of(rows[0]), survival_time_of(rows[0])
    # The bounds of a negative number that factors make are the wrong way round: no bar.
    np.testing.assert_allclose(bars[0], [[min(0.9 * x, x), y], [max(1.2 * x, x), y]])
    np.testing.assert_allclose(bars[1], [[x, 0.9 * y], [x, 1.2 * y]])


def test_left_out_variants_are_counted_and_absent_ones_are_not():
    rows = variants(depth=(1, 3))
    rows[0].update(status="diverged")
    for k in (5, 7):
        rows[k].update(status="failed")
    table = make_table([row for row in rows if row is not rows[11]])
    figure = SPEC.figure(table)
    assert sum(len(one.get_offsets()) for one in points(figure.axes[0]).values()) == len(rows) - 4
    assert "Left out: 1 diverged, 2 failed." in note_of(figure)


def test_share_of_survivors_where_the_time_is_missing():
    rows = variants()
    table = make_table(rows)
    table["restricted_mean_survival_time"][:] = np.nan
    figure = SPEC.figure(table)
    drawn = points(figure.axes[0])["schnet"].get_offsets()
    expected = [(signed_of(row), survival_of(row)[-1]) for row in of(rows, "schnet")]
    np.testing.assert_allclose(sorted_rows(drawn), sorted_rows(expected))
    assert figure.axes[0].get_ylabel() == "share of replicas\nsurviving"


def test_a_row_per_data_set():
    names = ("aspirin", "ethanol", "uracil")
    figure = SPEC.figure(make_table(variants(datasets=names)))
    titles = [axis.get_title(loc="left") for axis in figure.axes if points(axis)]
    assert titles == [text for name in names for text in (name, "", "")]


def test_unknown_force_error_is_drawn_all_the_same():
    rows = variants(cutoff=(5.0,))
    table = make_table(rows)
    table["force_mae"][:] = np.nan
    figure = SPEC.figure(table)
    assert sum(len(one.get_offsets()) for one in points(figure.axes[0]).values()) == len(rows)
    assert figure.axes[2].texts[0].get_text() == "no data"


def test_studies_of_before_heating_was_a_measure():
    table = make_table(variants()).drop_vars([f"heating{end}" for end in ("", "_low", "_high")])
    figure = SPEC.figure(table)
    assert figure.axes[1].texts[0].get_text() == "no data"
    assert points(figure.axes[0])
    assert "heating" not in SPEC.describe(SPEC.select(table))


def test_nothing_to_draw_is_said():
    table = make_table(variants())
    table[X][:] = np.nan
    figure = SPEC.figure(table)
    assert "12 without data" in figure.axes[0].texts[0].get_text()
    assert SPEC.describe(SPEC.select(table)).startswith("No variant")


def test_columns_that_all_variants_lack_are_missing_from_the_table():
    names = ["restricted_mean_survival_time", "survival"]
    absent = [f"{name}{end}" for name in names for end in ("", "_low", "_high")]
    only_share = make_table(variants()).drop_vars(absent[:3])
    assert SPEC.select(only_share).sizes["model"] == 12
    none = make_table(variants()).drop_vars(absent)
    said = "Left out: 12 without data (no restricted mean survival time or survival)."
    assert SPEC.describe(SPEC.select(none)).endswith(said)


def test_single_model_with_equal_bounds():
    rows = variants(family=("painn",), cutoff=(5.0,), depth=(3,))
    table = make_table(rows)
    for end in ("_low", "_high"):
        table[f"{X}{end}"][:] = np.nan
    SPEC.figure(table)
    text = SPEC.describe(SPEC.select(table))
    assert f"{signed_of(rows[0]):.3g} decades" in text
    assert f"{survival_time_of(rows[0]):.3g} ps" in text
    assert "heating -3 K" in text
    assert "125 meV/Å" in text


@pytest.mark.parametrize("name", ["deviation_vs_survival", "descriptors_vs_survival"])
def test_captions_say_the_unit_of_evidence_and_the_verdict(name: str):
    """The same words as in tables/question.csv."""
    rows = variants(cutoff=(3.0, 4.0, 5.0, 8.0), depth=(1, 2), seed=(0, 1))
    table = make_table(rows)
    question = Question(descriptor=X, direction="negative", dataset="ethanol")
    statistics = Statistics(n_permutations=500)
    table.attrs["settings"] = json.dumps(
        {"question": question.model_dump(), "statistics": statistics.model_dump()}
    )
    spec = FIGURES[name]
    behind = spec.select(table)
    verdict = str(question_table(table, question, statistics)["verdict"].item())
    assert verdict.startswith("evidence")
    said = note_of(spec.draw(behind))
    assert verdict in said
    assert verdict in spec.describe(behind)
    assert "which is the unit of evidence" in said
    # A study that names no question, or was made before there were any.
    for settings in ("{}", json.dumps({"question": {"descriptor": "none"}})):
        table.attrs["settings"] = settings
        assert not spec.select(table).attrs["answer"]


def test_every_listed_descriptor_has_a_panel_in_its_order():
    table = make_table(variants(seed=(0, 1)))
    figure = FIGURES["descriptors_vs_survival"].figure(table)
    labels = [axis.get_xlabel() for axis in figure.axes if axis.get_xlabel()]
    assert len(labels) - 1 == len(DESCRIPTORS)
    assert labels[0] == "signed response\ndeviation (decades)"
    # The family first.
    exploratory = ["exploratory" in label for label in labels[:-1]]
    assert exploratory == sorted(exploratory)
    assert sum(exploratory) == 6
