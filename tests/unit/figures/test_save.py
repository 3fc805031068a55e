"""Files of figures: all four there, repeatable, with units, alt text and provenance."""

import json
import re
from itertools import pairwise
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from figure_data import (
    DISTANCE,
    FIGURES,
    decay,
    exponent,
    make_curves,
    make_table,
    survival_of,
    variants,
)
from matplotlib.figure import Figure

from nearsight.figures import FigureSpec, save_figure
from nearsight.figures.style import cutoff_color, depth_line, marker
from nearsight.storage import read_dataset, sha256, write_dataset

pytestmark = pytest.mark.filterwarnings("error")
REPORT = Path(__file__).parents[3] / "workflow" / "report"
ROWS = variants(cutoff=(3.0, 8.0), depth=(1,))


def content(spec: FigureSpec):
    return make_curves(ROWS) if spec.source == "curves" else make_table(ROWS)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("figures")
    source = folder / "curves.nc"
    write_dataset(make_curves(ROWS), source, title="curves")
    for spec in FIGURES.values():
        save_figure(spec, content(spec), folder, inputs={"curves": source})
    return folder


@pytest.mark.parametrize("name", FIGURES)
def test_four_files_appear(saved: Path, name: str):
    assert (saved / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert "</svg>" in (saved / f"{name}.svg").read_text(encoding="utf-8")[-20:]
    data = read_dataset(saved / f"{name}.nc")
    alt = (saved / f"{name}.txt").read_text(encoding="utf-8")
    assert data.attrs["alt_text"] + "\n" == alt
    assert data.attrs["title"] == FIGURES[name].title
    assert json.loads(data.attrs["inputs"])["curves"] == sha256(saved / "curves.nc")
    assert not [path for path in saved.iterdir() if path.name.startswith(".")]


def test_all_formats_are_laid_out_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Not nearly, as a second layout would: panels are where they were, bit by bit."""
    save, places = Figure.savefig, []

    def watched(figure: Figure, *arguments: object, **options: object) -> None:
        save(figure, *arguments, **options)
        places.append(np.array([axes.get_position().bounds for axes in figure.axes]))

    monkeypatch.setattr(Figure, "savefig", watched)
    save_figure(FIGURES["survival"], content(FIGURES["survival"]), tmp_path)
    vector, pixels = places
    np.testing.assert_array_equal(vector, pixels)


@pytest.mark.parametrize("name", FIGURES)
def test_data_behind_the_figure_draw_the_same_figure(saved: Path, name: str, tmp_path: Path):
    spec = FIGURES[name]
    again = spec.draw(read_dataset(saved / f"{name}.nc"))
    first = spec.figure(content(spec))
    for one, other in zip(first.axes, again.axes, strict=True):
        assert one.get_title(loc="left") == other.get_title(loc="left")
        for a, b in zip(one.lines, other.lines, strict=True):
            np.testing.assert_allclose(a.get_xydata(), b.get_xydata())


@pytest.mark.parametrize("name", FIGURES)
def test_svg_is_repeatable_and_its_text_is_text(saved: Path, name: str, tmp_path: Path):
    spec = FIGURES[name]
    mine = {"font.size": 20, "axes.grid": True, "lines.linewidth": 9, "svg.hashsalt": "mine"}
    with matplotlib.rc_context(mine):
        save_figure(spec, content(spec), tmp_path)
    repeated = (tmp_path / f"{name}.svg").read_bytes()
    assert repeated == (saved / f"{name}.svg").read_bytes()
    assert "<text" in repeated.decode()
    assert "<dc:date>" not in repeated.decode()


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_smaller_than_eight_points(saved: Path, name: str):
    # One unit of matplotlib's SVG is one point.
    text = (saved / f"{name}.svg").read_text(encoding="utf-8")
    sizes = [float(size) for size in re.findall(r"font[^;\"]*?([\d.]+)px", text)]
    assert len(sizes) > 10
    assert min(sizes) >= 8


def test_alt_text_has_numbers_from_the_data(saved: Path):
    row = ROWS[0]
    relevance = decay(row, exponent(row), row["cutoff"])
    last = np.flatnonzero(relevance)[-1]
    text = (saved / "relevance_decay.txt").read_text(encoding="utf-8")
    assert f"{relevance[last]:.3g}" in text
    assert f"{DISTANCE[last]:.3g} to 7.75 Å" in text
    ends = [100 * survival_of(row)[-1] for row in ROWS]
    survival = (saved / "survival.txt").read_text(encoding="utf-8")
    assert f"{min(ends):.3g} to {max(ends):.3g} %" in survival
    assert "SchNet and PaiNN" in survival
    learning = (saved / "learning_curves.txt").read_text(encoding="utf-8")
    assert f"reaches {200 / np.sqrt(12) + 3:.3g} to {200 / np.sqrt(12) + 8:.3g} meV/Å" in learning
    bodies = (saved / "body_order.txt").read_text(encoding="utf-8")
    assert "1 atom 62.5 %; 2 atoms 37.5 %" in bodies


def test_every_figure_and_the_front_page_have_a_caption():
    of_figures = [f"stability/{name}.rst" for name in FIGURES]
    for name in (*of_figures, "workflow.rst", "stability/decay_vs_stability_table.rst"):
        text = (REPORT / name).read_text(encoding="utf-8")
        assert len(text.split()) > 40, name
    assert "10.1021/acs.jctc.4c01424" in (REPORT / "workflow.rst").read_text(encoding="utf-8")


def test_meanings_are_fixed_and_distinct():
    colors = [cutoff_color(cutoff) for cutoff in (3, 4, 5, 6, 7, 8, 9, 10)]
    distances = [np.abs(np.subtract(a, b)).sum() for a, b in pairwise(colors)]
    assert min(distances) > 0.05
    assert len({str(depth_line(depth)) for depth in range(1, 7)}) == 6
    assert marker("schnet") != marker("painn") != marker("something new")
