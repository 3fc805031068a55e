"""Where things stand in the picture of walks: nothing covers another, nothing runs off the page."""

from itertools import combinations

import numpy as np
import pytest
from ase.build import molecule
from ase.data.colors import jmol_colors
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch
from walk_tables import Listed, walk_table

from nearsight.figures.walks import draw_walks
from nearsight.figures.walks.arrows import LOOP
from nearsight.figures.walks.molecule import molecule_of


def long_walks(count: int, steps: int) -> Listed:
    """On water, back and forth, of sizes that fall and both signs."""
    walk = tuple((0, 1, 0, 2)[k % 4] for k in range(steps + 1))
    return [(walk, (-1) ** k * 0.9**k) for k in range(count)]


def drawn(listed: Listed, steps: int = 3) -> Figure:
    figure = draw_walks(walk_table({2: listed, 3: listed}))
    figure.draw_without_rendering()
    return figure


def boxes(axes: Axes) -> list[np.ndarray]:
    """(left, bottom, right, top) of every text and of the legend, in points of the page."""
    parts = [text.get_window_extent() for text in axes.texts]
    legend = axes.get_legend()
    parts += [legend.get_window_extent()] if legend else []
    return [np.array([box.x0, box.y0, box.x1, box.y1]) for box in parts]


def overlap(one: np.ndarray, other: np.ndarray) -> bool:
    """By more than rounding."""
    return bool((np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]) > 1.0).all())


@pytest.mark.parametrize("count", [1, 6, 30])
def test_words_do_not_cover_each_other_nor_the_legend(count: int) -> None:
    figure = drawn(long_walks(count, 3))
    for axes in figure.axes[1::2]:
        covered = [
            (k, other)
            for (k, one), (other, two) in combinations(enumerate(boxes(axes)), 2)
            if overlap(one, two)
        ]
        assert not covered


def test_words_stay_on_the_page() -> None:
    figure = drawn(long_walks(6, 6))
    width, height = figure.bbox.width, figure.bbox.height
    for axes in figure.axes[1::2]:
        for left, bottom, right, top in boxes(axes):
            assert left >= 0
            assert bottom >= 0
            assert right <= width
            assert top <= height


def test_rows_do_not_run_into_each_other() -> None:
    upper, lower = drawn(long_walks(12, 3)).axes[1::2]
    assert min(box[1] for box in boxes(upper)) >= max(box[3] for box in boxes(lower)) - 1.0


def loops_of(axes: Axes) -> list[np.ndarray]:
    return [
        np.array(patch.center)
        for patch in axes.patches
        if isinstance(patch, Circle) and patch.radius == LOOP and not patch.get_fill()
    ]


def test_loops_of_one_atom_part_and_keep_clear_of_its_bonds() -> None:
    table = walk_table({2: [((0, 0, 0), 0.1), ((0, 0, 1), 0.1)]})
    own = molecule_of(table)
    centres = loops_of(draw_walks(table).axes[0])
    assert len(centres) == 3
    for one, other in combinations(centres, 2):
        assert np.linalg.norm(one - other) > LOOP
    for centre in centres:
        across = centre - own.flat[0]
        towards = [np.dot(across, own.flat[k] - own.flat[0]) for k in (1, 2)]
        cosine = np.array(towards) / np.linalg.norm(across)
        cosine /= np.linalg.norm(own.flat[1:] - own.flat[0], axis=1)
        assert (cosine < np.cos(np.radians(20))).all()


def test_arrows_end_at_the_rim_of_atoms() -> None:
    """They are cut in points of the page, which the layout must have settled before."""
    table = walk_table({2: [((1, 0), 0.1)]})
    figure = draw_walks(table)
    figure.draw_without_rendering()
    axes, own = figure.axes[0], molecule_of(table)
    (arrow,) = [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
    points = axes.transData.transform([[0, 0], [1, 0]])[:, 0]
    per_angstrom = (points[1] - points[0]) * 72 / figure.dpi
    assert arrow.shrinkA == pytest.approx(per_angstrom * own.radius(1), rel=0.02)
    assert arrow.shrinkB == pytest.approx(per_angstrom * own.radius(0), rel=0.02)


def test_names_can_be_read_on_every_element() -> None:
    table = walk_table({2: [((0, 1), 0.1)]}, molecule("CH3SH"))
    for text, number in zip(
        draw_walks(table).axes[0].texts, molecule("CH3SH").numbers, strict=False
    ):
        ground, ink = (
            np.dot(to_rgb(c), [0.3, 0.59, 0.11]) for c in (jmol_colors[number], text.get_color())
        )
        assert abs(ground - ink) > 0.4, text.get_text()
