"""The picture of walks: arrows, loops, colours, widths, views, files."""

import re
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch
from PIL import Image
from scipy.spatial.distance import pdist
from walk_tables import WATER, walk_table

from nearsight.errors import ConfigError
from nearsight.figures.walks import describe_walks, draw_walks, save_walks
from nearsight.figures.walks.arrows import LOOP, LOWERS, NARROWEST, RAISES, WIDEST
from nearsight.figures.walks.molecule import clearest_view, molecule_of
from nearsight.figures.walks.picture import LARGEST, SMALLEST, TEXT_WIDTH


@pytest.fixture(scope="module")
def figure() -> Figure:
    return draw_walks(walk_table(WATER))


def pictures(figure: Figure) -> list[Axes]:
    return list(figure.axes[::2])


def arrows(axes: Axes) -> list[FancyArrowPatch]:
    return [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]


def loops(axes: Axes) -> list[Circle]:
    return [
        patch
        for patch in axes.patches
        if isinstance(patch, Circle) and patch.radius == LOOP and not patch.get_fill()
    ]


def written(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_a_row_for_each_number_of_atoms(figure: Figure) -> None:
    titles = [axes.get_title(loc="left") for axes in pictures(figure)]
    assert titles == ["Strongest walks on 2 atoms", "Strongest walks on 3 atoms"]
    assert figure.get_suptitle() == "net   (rule gamma 0.1)"


def test_a_step_is_an_arrow_and_a_stay_a_loop(figure: Figure) -> None:
    two, three = pictures(figure)
    assert (len(arrows(two)), len(loops(two))) == (3, 3)
    assert (len(arrows(three)), len(loops(three))) == (2, 0)


def test_red_raises_and_blue_lowers(figure: Figure) -> None:
    colours = [to_hex(arrow.get_edgecolor()) for arrow in arrows(pictures(figure)[0])]
    assert colours == [LOWERS, RAISES, LOWERS]


def test_width_grows_with_the_relevance(figure: Figure) -> None:
    widths = [arrow.get_linewidth() for arrow in arrows(pictures(figure)[0])]
    assert widths == pytest.approx([WIDEST, WIDEST / 2, max(NARROWEST, WIDEST / 6)])


def test_every_atom_and_every_rank_has_its_name(figure: Figure) -> None:
    two, three = pictures(figure)
    assert written(two) == ["O0", "H1", "H2", "1", "2", "3"]
    assert written(three) == ["O0", "H1", "H2", "1"]


def test_walks_stand_in_words_beside_it(figure: Figure) -> None:
    said = "\n".join(written(figure.axes[1]))
    assert "1  O0 → O0 → H1\n     −300.0 meV" in said
    assert "sum −200.0 meV, sum of sizes 400.0 meV" in said


def test_the_legend_names_only_signs_that_are_drawn(figure: Figure) -> None:
    both, raising = (
        [text.get_text() for text in axes.get_legend().get_texts()] for axes in figure.axes[1::2]
    )
    assert both[:2] == ["raises the energy", "lowers the energy"]
    assert raising == ["raises the energy", "2.0 meV", "1.0 meV"]


def test_arrows_between_the_same_atoms_do_not_lie_on_each_other() -> None:
    """The second bends the other way, and one that comes back keeps to its own side."""
    table = walk_table({2: [((0, 1), 0.3), ((0, 1), 0.2), ((1, 0), 0.1)]})
    middles = []
    for arrow in arrows(pictures(draw_walks(table))[0]):
        path = arrow.get_path()
        middles.append(path.vertices[1])
    assert pdist(np.array(middles)).min() > LOOP


def test_many_walks_between_two_atoms_can_be_drawn() -> None:
    figure = draw_walks(walk_table({2: [((0, 1), 0.1)] * 60}))
    assert len(arrows(pictures(figure)[0])) == 60


def test_a_number_of_atoms_without_walks_says_so() -> None:
    figure = draw_walks(walk_table({2: WATER[2], 3: []}))
    assert written(figure.axes[3]) == ["No walk on this number of atoms\ncarries relevance."]
    assert figure.axes[3].get_legend() is None


@pytest.mark.parametrize("name", ["H2O", "C6H6", "isobutane", "CH3CH2OH"])
def test_the_clearest_view_parts_atoms_better_than_most(name: str) -> None:
    positions = molecule(name).positions
    found = pdist(clearest_view(positions)).min()
    rotations = np.linalg.qr(np.random.default_rng(5).normal(size=(300, 3, 3)))[0]
    others = [pdist((positions @ rotation)[:, :2]).min() for rotation in rotations]
    assert found >= np.quantile(others, 0.99)


def test_the_long_axis_lies_level_and_no_distance_grows() -> None:
    positions = molecule("isobutane").positions * [1, 1, 2.0]
    flat = clearest_view(positions)
    assert np.ptp(flat[:, 0]) >= np.ptp(flat[:, 1])
    assert (pdist(flat) <= pdist(positions) + 1e-9).all()


def test_one_atom_and_two_can_be_seen() -> None:
    assert clearest_view(np.zeros((1, 3))).shape == (1, 2)
    np.testing.assert_allclose(pdist(clearest_view(np.eye(3)[:2])), 2**0.5, atol=0.01)
    figure = draw_walks(walk_table({1: [((0, 0), -0.1)]}, Atoms("H")))
    assert len(loops(pictures(figure)[0])) == 1


def test_pages_stay_pages() -> None:
    line = Atoms("C" * 80, [[1.4 * k, 0, 0] for k in range(80)])
    width, _ = draw_walks(walk_table({2: [((0, 1), 0.1)]}, line)).get_size_inches()
    assert width == pytest.approx(LARGEST + TEXT_WIDTH)
    width, _ = draw_walks(walk_table(WATER)).get_size_inches()
    assert width == pytest.approx(SMALLEST + TEXT_WIDTH)


def test_bonds_are_those_of_the_molecule() -> None:
    own = molecule_of(walk_table(WATER))
    assert own.bonds.tolist() == [[0, 1], [0, 2]]
    assert [len(angles) for angles in own.bond_angles()] == [2, 1, 1]
    assert own.radius(0) > own.radius(1)


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_files_are_the_same_each_time(tmp_path: Path, ending: str) -> None:
    files = [tmp_path / f"{k}.{ending}" for k in range(2)]
    for path in files:
        save_walks(walk_table(WATER), path)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_the_words_go_with_the_picture(tmp_path: Path) -> None:
    table = walk_table(WATER)
    save_walks(table, tmp_path / "walks.png")
    assert Image.open(tmp_path / "walks.png").info["Description"] == describe_walks(table)
    save_walks(table, tmp_path / "walks.svg")
    text = re.sub(r"\s+", " ", (tmp_path / "walks.svg").read_text(encoding="utf-8"))
    assert "H2 → O0 → O0 raises the energy by 150.0 meV" in text


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"walks\.jpg: must end in \.svg, \.png, \.pdf"):
        save_walks(walk_table(WATER), tmp_path / "walks.jpg")
    assert not list(tmp_path.iterdir())
