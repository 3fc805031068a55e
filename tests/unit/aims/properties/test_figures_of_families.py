"""Figures of properties where several families, targets and gaps stand in one table."""

import numpy as np
import pytest
import xarray as xr
from artists import handles, legend, line, lines, note, panel, titles, words, x_of, y_of
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from nearsight.aims.properties.figures import legends, pooling, species
from nearsight.config import look_of
from nearsight.figures import style

pytestmark = pytest.mark.filterwarnings("error")
MODELS = [
    ("energy", "sum", "schnet"), ("energy", "sum", "painn"), ("energy", "average", "painn"),
    ("gap", "average", "schnet"), ("dipole", "dipole", "painn"), ("spread", "sum", "schnet"),
]  # fmt: skip
SIZES = np.array([4.0, 9.0, 16.0])
CARBON, TOP = np.arange(1, 5), np.arange(1, 11)
ELEMENTS = ["C", "H", "O"]
STRENGTH = np.array(
    [[2.0, 0.5, 1.0], [8.0, 0.5, 1.0], [1.0, 2.0, 4.0], [3.0, 0.2, 9.0], [1.0, 1.5, np.nan],
     [1.0, 1.0, 1.0]]
)  # fmt: skip
NAN = float("nan")


def table() -> xr.Dataset:
    """Every number is written down by the place of its model."""
    k = np.arange(1.0, len(MODELS) + 1)[:, None]
    share = 1 - np.exp(-0.2 * k * TOP)
    columns = {
        "absolute": ("structure", k * SIZES),
        "n_atoms": ("structure", np.tile(SIZES, (len(MODELS), 1))),
        "alkane_absolute": ("carbon", k * CARBON),
        "alkane_output": ("carbon", -k * CARBON),
        "top_share": ("top", share),
        "top_share_low": ("top", 0.9 * share),
        "top_share_high": ("top", 1.1 * share),
        "even_share": ("top", np.tile(TOP / 20.0, (len(MODELS), 1)) * np.sqrt(k)),
        "element_relevance": ("element", STRENGTH),
        "element_relevance_low": ("element", 0.5 * STRENGTH),
        "element_relevance_high": ("element", 3.0 * STRENGTH),
    }
    data = xr.Dataset({name: (("model", dim), values) for name, (dim, values) in columns.items()})
    data["size_exponent"] = "model", 0.1 * k[:, 0]
    data["alkane_size_exponent"] = "model", 0.2 * k[:, 0]
    named = zip(("target", "pooling", "family"), zip(*MODELS, strict=True), strict=True)
    coords = {name: ("model", list(values)) for name, values in named}
    n = len(MODELS)
    more = {"dataset": ["set"] * n, "cutoff": [5.0] * n, "depth": [2] * n, "unit": ["eV"] * n}
    coords |= {name: ("model", values) for name, values in more.items()}
    return data.assign_coords(**coords, element=ELEMENTS, top=TOP, carbon=CARBON)


TABLE = table()


@pytest.fixture(scope="module")
def pooled() -> Figure:
    return pooling.draw(pooling.select(TABLE))


@pytest.fixture(scope="module")
def by_element() -> Figure:
    return species.draw(species.select(TABLE))


def column(figure: Figure, title: str) -> list[Axes]:
    at = panel(figure, title).get_subplotspec().colspan.start
    return [axis for axis in figure.axes if axis.get_subplotspec().colspan.start == at]


def test_a_target_is_a_column_with_its_unit(pooled: Figure) -> None:
    assert titles(pooled) == ["energy (eV)", "gap (eV)", "dipole (eV)", "spread (eV)"]
    assert len(pooled.axes) == 3 * 4


def test_colour_is_the_pooling_and_marker_and_line_the_family(pooled: Figure) -> None:
    sizes, shares, alkanes = column(pooled, "energy (eV)")
    for label, pool, family in (("SchNet, sum", "sum", "schnet"), ("PaiNN, sum", "sum", "painn"),
                                ("PaiNN, average", "average", "painn")):  # fmt: skip
        expected = to_hex(style.POOLING_COLORS[pool])
        for axis in (sizes, shares, alkanes):
            assert to_hex(line(axis, label).get_color()) == expected
        for axis in (sizes, alkanes):
            assert line(axis, label).get_marker() == look_of(family).marker
        solid = "-" if look_of(family).line == "-" else "--"
        assert {line(axis, label).get_linestyle() for axis in (shares, alkanes)} == {solid}
    assert line(sizes, "PaiNN, sum, alkanes").get_marker() == "x"


def test_shares_have_bands_and_stand_beside_atoms_that_are_all_alike(pooled: Figure) -> None:
    _, shares, _ = column(pooled, "energy (eV)")
    even = line(shares, "all alike")
    expected = TABLE["even_share"].to_numpy()[:3].mean(axis=0)
    np.testing.assert_allclose(y_of(even), expected)
    assert (to_hex(even.get_color()), even.get_linestyle()) == ("#000000", "--")
    assert shares.get_ylim() == (0, 1)
    for k, one in enumerate(shares.collections):
        heights = one.get_paths()[0].vertices[:, 1]
        own = TABLE["top_share"].to_numpy()[k]
        assert (heights.min(), heights.max()) == pytest.approx((0.9 * own[0], 1.1 * own[-1]))


def test_alkanes_stand_over_their_atoms_above_and_their_carbons_below(pooled: Figure) -> None:
    sizes, _, alkanes = column(pooled, "gap (eV)")
    crosses = line(sizes, "SchNet, average, alkanes")
    np.testing.assert_array_equal(x_of(crosses), [5, 8, 11, 14])
    np.testing.assert_array_equal(y_of(crosses), 4 * CARBON)
    np.testing.assert_array_equal(x_of(line(alkanes, "SchNet, average")), CARBON)
    np.testing.assert_array_equal(y_of(line(alkanes, "SchNet, average")), -4 * CARBON)


def test_legends_have_each_pooling_and_family_once_as_drawn(pooled: Figure) -> None:
    for figure in (pooled, species.draw(TABLE.isel(model=[1, 0, 3]))):
        told = handles(figure)
        assert legend(figure)[-3:] == ["Family", "SchNet", "PaiNN"]
        assert to_hex(told["average"].get_color()) == to_hex(style.POOLING_COLORS["average"])
        for name, family in (("SchNet", "schnet"), ("PaiNN", "painn")):
            assert told[name].get_marker() == look_of(family).marker
    assert legend(pooled)[:4] == ["Pooling", "sum", "average", "dipole"]
    assert "Crosses: unbranched alkanes." in note(pooled)


def test_alt_text_of_pooling_spans_the_families_of_each_pooling() -> None:
    text = pooling.describe(TABLE)
    share = TABLE["top_share"].sel(top=3).to_numpy()
    assert (
        f"energy by sum: p 0.1 to 0.2 (alkanes 0.2 to 0.4), top three atoms hold "
        f"{share[0]:.3g} to {share[1]:.3g}; energy by average: p 0.3 (alkanes 0.6)"
    ) in text
    assert "6 networks: SchNet and PaiNN (cutoff 5 Å, depth 2) on set." in text


def test_a_table_without_alkanes_says_so_in_their_panels_alone() -> None:
    bare = TABLE.drop_dims("carbon")
    figure = pooling.draw(pooling.select(bare))
    sizes, shares, alkanes = column(figure, "gap (eV)")
    assert words(alkanes) == ["no data"]
    assert not lines(sizes, "SchNet, average, alkanes")
    assert words(sizes) == words(shares) == []


def test_targets_stand_three_in_a_row_and_the_rest_is_paper(by_element: Figure) -> None:
    shown = [axis for axis in by_element.axes if axis.get_visible()]
    assert [axis.get_title(loc="left") for axis in shown] == ["energy", "gap", "dipole", "spread"]
    assert len(by_element.axes) == 6
    rows = [axis.get_subplotspec().rowspan.start for axis in shown]
    assert rows == [0, 0, 0, 1]


def test_models_stand_side_by_side_about_their_element(by_element: Figure) -> None:
    axis = panel(by_element, "energy")
    for k, away in ((0, -0.3), (1, 0.0), (2, 0.3)):
        one = line(axis, legends.label(TABLE.isel(model=k)))
        np.testing.assert_allclose(x_of(one), np.arange(3) + away)
        np.testing.assert_array_equal(y_of(one), STRENGTH[k])
    alone = line(panel(by_element, "gap"), "SchNet, average")
    np.testing.assert_array_equal(x_of(alone), [0, 1, 2])


def test_bars_of_elements_are_the_intervals_in_the_colour_of_the_pooling(
    by_element: Figure,
) -> None:
    for k, one in enumerate(panel(by_element, "energy").collections):
        ends = np.array(one.get_segments())[:, :, 1]
        np.testing.assert_allclose(ends, np.stack([0.5 * STRENGTH[k], 3 * STRENGTH[k]], axis=1))
        expected = style.POOLING_COLORS[MODELS[k][1]]
        assert to_hex(one.get_color()[0]) == to_hex(expected)
    assert note(by_element) == "Bars: interval over structures."
    assert by_element.axes[0].get_yscale() == "log"


def test_alt_text_of_elements_is_by_the_mean_of_logarithms() -> None:
    text = species.describe(TABLE)
    # (2 8 1)^(1/3), (0.5 0.5 2)^(1/3) and (1 1 4)^(1/3).
    assert f"energy: strongest C ({16 ** (1 / 3):.2g} times the average), weakest H (0.79)" in text
    assert "gap: strongest O (9 times the average), weakest H (0.2)" in text
    # Oxygen is unknown there.
    assert "dipole: strongest H (1.5 times the average), weakest C (1)" in text


def test_elements_without_strength_count_for_nothing() -> None:
    data = TABLE.copy(deep=True)
    data["element_relevance"][0, 1] = 0.0
    # Of hydrogen (0.5 2)^(1/2) is left.
    assert "weakest H (1)" in species.describe(data)


def test_models_without_elements_are_left_out_of_that_figure_alone() -> None:
    data = TABLE.copy(deep=True)
    data["element_relevance"][1] = NAN
    assert species.select(data).sizes["model"] == len(MODELS) - 1
    assert pooling.select(data).sizes["model"] == len(MODELS)
    assert species.select(data.drop_vars("element_relevance")).sizes["model"] == 0
