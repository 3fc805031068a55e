"""Figures from tables that lack columns, hold NaN, or stand beside those of other models."""

import math

import numpy as np
import pytest
import xarray as xr
from ase import Atoms
from ase.build import molecule
from broken import cut_springs, dead, sound, subject_of
from closed_forms import MORSE, Solvable, lennard_jones, morse
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from small_diagnosed import drawn_model

from nearsight.config import make_variant
from nearsight.diagnose.check import Picture
from nearsight.diagnose.checks.cutoff.figure import worst_crossing
from nearsight.diagnose.checks.relevance import figures
from nearsight.diagnose.checks.relevance.figures import DRAWN_WALKS, MOST_DRAWN, few
from nearsight.diagnose.checks.repulsion.figure import HIGHEST, LOWEST, MOST_PANELS, pairs_of
from nearsight.diagnose.checks.symmetry.figure import FLOOR, ROWS, values_of
from nearsight.diagnose.checks.symmetry.motions import KINDS
from nearsight.diagnose.registry import CHECKS, check
from nearsight.diagnose.subject import Subject

WATER = molecule("H2O")
PAIR = Atoms("CO", [(0, 0, 0), (0, 0, MORSE["length"])])


@pytest.fixture(autouse=True)
def _closed() -> object:
    yield
    plt.close("all")


def table_of(name: str, subject: Subject) -> xr.Dataset:
    return check(name).run(subject).table


def drawn(name: str, **tables: xr.Dataset) -> dict[str, Picture]:
    return {picture.name: picture for picture in check(name).draw(tables)}


def title_of(axis: Axes) -> str:
    return axis.get_title(loc="left")


def dots_of(axis: Axes) -> list[int]:
    """How many points each model has."""
    return [len(line.get_xdata()) for line in axis.lines if line.get_linestyle() == "None"]


def legend_of(figure: Figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


@pytest.mark.parametrize("name", CHECKS)
def test_tables_of_another_check_are_nothing_to_draw(name: str) -> None:
    """A check that could not be made has a table without variables."""
    other = xr.Dataset({"x": ("y", [1.0])}, attrs={"reference": ""})
    assert tuple(check(name).draw({"empty": xr.Dataset(), "other": other})) == ()


# Symmetries.


def law_table(net_force: float = 1e-3, **changed: float) -> xr.Dataset:
    """Of one precision and one structure, in meV/Å."""
    changes = np.array([[[changed.get(kind, 1e-6) for kind in KINDS]]])
    return xr.Dataset(
        {
            "slope_error": (("precision", "atom"), [[changed.get("slope", -2e-5), 1e-5]]),
            "force_change": (("precision", "structure", "motion"), changes),
            "net_force": (("precision", "structure"), [[net_force]]),
            "net_torque": (("precision", "structure"), [[0.0]]),
        },
        coords={"precision": ["own"], "motion": list(KINDS)},
    )


def test_rows_hold_the_largest_of_either_sign() -> None:
    values = values_of(law_table().isel(precision=0))
    assert len(values) == len(ROWS)
    assert values[0] == 2e-5
    assert values[-2] == 1e-3
    assert values[-1] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_alt_text_names_the_law_that_is_broken_most(kind: str) -> None:
    (picture,) = check("symmetry").draw({"model": law_table(**{kind: 7.0})})
    words = dict(ROWS)[kind]
    assert picture.alt.endswith(f"model at most 7 meV/Å ({words}).")


def test_what_is_unknown_of_one_law_does_not_hide_another() -> None:
    (picture,) = check("symmetry").draw({"model": law_table(net_force=math.nan, slope=3.0)})
    assert "at most 3 meV/Å (force against slope of the energy)" in picture.alt


def test_what_is_nothing_stands_at_the_edge_and_not_off_a_logarithm() -> None:
    (picture,) = check("symmetry").draw({"model": law_table()})
    (points,) = [line for line in picture.figure.axes[0].lines if line.get_marker() == "o"]
    assert np.min(points.get_xdata()) == FLOOR


# The cutoff.


def test_the_crossing_that_is_drawn_is_sure_before_it_is_large() -> None:
    table = xr.Dataset(
        {
            "jump_curvature": ("crossing", [5.0, -3.0, math.nan, 0.1]),
            "jump_curvature_error": ("crossing", [2.0, 0.1, 0.0, 0.0]),
        }
    )
    assert worst_crossing(table) == 1


def test_a_model_without_a_jump_is_named_beside_one_that_has_one() -> None:
    smooth, cut = (
        table_of("cutoff", subject_of(model, Atoms("Ar")))
        for model in (sound(), cut_springs(4.0, 1, 0.2))
    )
    pictures = drawn("cutoff", smooth=smooth, cut=cut)
    assert list(pictures) == ["through_the_cutoff", "noise"]
    through = pictures["through_the_cutoff"]
    assert through.caption.endswith("No jump was found of smooth.")
    assert "cut jumps by" in through.alt
    assert "smooth" not in through.alt
    assert legend_of(through.figure) == ["cut"]
    assert list(drawn("cutoff", smooth=smooth)) == ["noise"]


def test_noise_of_a_dead_model_leaves_its_row() -> None:
    tables = {
        "well": table_of("cutoff", subject_of(sound(), Atoms("Ar"))),
        "dead": table_of("cutoff", subject_of(dead(), Atoms("Ar"))),
    }
    picture = drawn("cutoff", **tables)["noise"]
    left = picture.figure.axes[0]
    assert [text.get_text() for text in left.get_yticklabels()] == ["well", "dead"]
    assert picture.alt.endswith("dead unknown.")


# Repulsion.


def wall_table(depths: dict[str, float], name: str = "model") -> xr.Dataset:
    """Curves that rise inwards, with holes of given depths."""
    r = np.linspace(0.5, 3.0, 11)
    rows = np.tile(4.0 / r - 4.0 / 3.0, (len(depths), 1))
    nothing = np.full(rows.shape, np.nan)
    depth = np.array([*depths.values()])
    bottom = np.where(np.isfinite(depth), 1.0, np.nan)
    columns: dict[str, object] = {}
    for part in ("pressed", "alone"):
        columns |= {
            part: (("pair", "distance"), rows),
            f"reference_{part}": (("pair", "distance"), nothing),
            f"{part}_wall": ("pair", np.full(len(depths), 1.2)),
            f"{part}_depth": ("pair", depth),
            f"{part}_bottom": ("pair", bottom),
        }
    coords = {"pair": [*depths], "distance": r}
    return xr.Dataset(columns, coords=coords, attrs={"reference": ""})


def test_the_deepest_holes_are_drawn_where_there_are_too_many_pairs() -> None:
    depths = {f"A-{k}": float(k) if k % 2 else math.nan for k in range(30)}
    kept = pairs_of({"model": wall_table(depths)}, "pressed")
    assert len(kept) == MOST_PANELS
    assert kept == [f"A-{k}" for k in range(30) if k % 2 and k >= 7]


def test_a_pair_is_as_deep_as_in_its_worst_model() -> None:
    names = [f"A-{k}" for k in range(MOST_PANELS + 1)]
    shallow = wall_table(dict.fromkeys(names, 1.0))
    deep = wall_table({**dict.fromkeys(names, 0.5), names[-1]: 9.0})
    assert names[-1] in pairs_of({"shallow": shallow, "deep": deep}, "alone")
    assert names[-1] not in pairs_of({"shallow": shallow}, "alone")


def test_holes_are_told_by_pair_and_model() -> None:
    tables = {
        "well": wall_table({"C-H": math.nan, "C-C": math.nan}),
        "bad": wall_table({"C-H": 2.0, "C-C": math.nan}),
    }
    pressed = drawn("repulsion", **tables)["repulsion_pressed"]
    assert pressed.alt.endswith("Holes: well in none; bad in C-H.")
    first, second = pressed.figure.axes
    assert [title_of(axis) for axis in (first, second)] == ["C–H", "C–C"]
    rings = [len([x for x in a.lines if x.get_marker() == "o"]) for a in (first, second)]
    assert rings == [1, 0]


def test_models_of_other_elements_share_a_figure() -> None:
    tables = {"one": wall_table({"C-H": math.nan}), "other": wall_table({"Au-Au": math.nan})}
    figure = drawn("repulsion", **tables)["repulsion_alone"].figure
    assert [title_of(axis) for axis in figure.axes] == ["C–H", "Au–Au"]
    assert legend_of(figure)[:2] == ["one", "other"]


def test_energies_beyond_the_bounds_do_not_stretch_a_panel() -> None:
    table = wall_table({"C-H": math.nan})
    table["pressed"][0, 0], table["pressed"][0, 1] = 1e6, -1e6
    (axis,) = drawn("repulsion", model=table)["repulsion_pressed"].figure.axes
    low, high = axis.get_ylim()
    assert 1.1 * LOWEST < low < high < 1.1 * HIGHEST


# Minimum and dimers.


def test_a_model_without_a_minimum_stands_beside_one_that_has_one() -> None:
    truth = Solvable(morse)
    well, lost = (
        table_of("minimum", Subject(model, [PAIR], truth, effort="quick"))
        for model in (Solvable(morse), dead())
    )
    picture = drawn("minimum", lost=lost, well=well)["deviations"]
    assert "2 models" in picture.alt
    assert picture.alt.endswith("bond lengths beside them.")
    modes, bonds = picture.figure.axes
    assert dots_of(modes) == dots_of(bonds) == [1]


def test_a_dimer_without_numbers_leaves_its_reference_drawn() -> None:
    truth = Solvable(lennard_jones, "Lennard-Jones")
    table = table_of("dimers", Subject(dead(), [Atoms("Ar")], truth, effort="quick"))
    picture = drawn("dimers", dead=table)["interaction"]
    assert picture.alt.endswith("Models bind by unknown.")
    assert picture.caption.endswith("Black: Lennard-Jones.")
    energies = picture.figure.axes[0]
    assert any(np.isfinite(line.get_ydata()).all() for line in energies.lines)
    assert energies.get_ylim()[0] < -10


# Relevance.


@pytest.fixture(scope="module")
def relevance() -> xr.Dataset:
    network = drawn_model(make_variant(family="painn", cutoff=3.0, depth=2, features=8, seed=3))
    return table_of("relevance", Subject(network, [WATER], effort="quick"))


def test_a_network_without_relevance_of_pairs_is_nothing_to_draw(relevance: xr.Dataset) -> None:
    """Atoms beyond each other's cutoff: a logarithmic axis would have nothing to show."""
    silent = relevance.assign(bin_relevance=0.0 * relevance["bin_relevance"])
    assert drawn("relevance", silent=silent) == {}
    assert "1 model." in drawn("relevance", silent=silent, loud=relevance)["relevance_decay"].alt


@pytest.mark.parametrize(("count", "most"), [(1, MOST_DRAWN), (2, 1)])
def test_walks_are_drawn_of_the_first_models_alone(
    relevance: xr.Dataset, count: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "MOST_DRAWN", most)
    pictures = drawn("relevance", **{f"m{k}": relevance for k in range(count)})
    walks = [name for name in pictures if name.startswith("strongest_walks")]
    assert walks == [f"strongest_walks_{k}" for k in range(min(count, most))]
    assert f"of {count} model{'s' * (count > 1)}." in pictures["relevance_decay"].alt
    assert len(pictures["body_orders"].figure.axes[0].get_yticklabels()) == count


def test_no_more_walks_of_a_sign_than_are_drawn() -> None:
    value = np.array([[9.0, -8.0, 7.0, 6.0, 5.0, -4.0, np.nan, np.nan]])
    walk = np.arange(8)[None, :, None] * np.ones(3, int)
    table = xr.Dataset(
        {"relevance": (("n_atoms", "rank"), value), "walk": (("n_atoms", "rank", "step"), walk)},
        coords={"n_atoms": [2]},
    )
    shown = few(table)
    kept = shown["relevance"].to_numpy()[0]
    assert kept[:5].tolist() == [9.0, -8.0, 7.0, 6.0, -4.0]
    assert np.isnan(kept[5:]).all()
    assert (kept > 0).sum() == DRAWN_WALKS
    assert shown["walk"].to_numpy()[0, :, 0].tolist() == [0, 1, 2, 3, 5, -1]
