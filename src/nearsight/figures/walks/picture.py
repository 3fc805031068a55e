"""The figure: for each number of atoms the molecule with its walks, and the walks in words."""

from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nearsight.errors import ConfigError
from nearsight.figures import style
from nearsight.figures.walks.arrows import LOWERS, RAISES, WIDEST, Arrows, colour_of
from nearsight.figures.walks.molecule import draw_molecule, molecule_of
from nearsight.figures.walks.words import (
    Panel,
    describe_walks,
    in_unit,
    output_of,
    panels_of,
    path_of,
    rule_in_words,
)
from nearsight.storage import atomic_path

INCHES_PER_ANGSTROM = 0.56
SMALLEST, LARGEST = 3.5, 18.0
"""Inches of a picture's side: large molecules are drawn smaller, pages stay pages."""
TEXT_WIDTH = 3.4
LINE = 11.5
"""Points from one line of text to the next."""
# Dates would make two files of one picture differ; what is drawn is told in words too.
METADATA: Final[dict[str, tuple[str, dict[str, str | None]]]] = {
    "svg": ("Description", {"Date": None, "Creator": "nearsight"}),
    "png": ("Description", {"Software": "nearsight"}),
    "pdf": ("Subject", {"CreationDate": None, "Creator": "nearsight"}),
}
MARGIN = 1.5
"""Å around the outermost atoms, where arrows bend."""


@style.styled
def draw_walks(table: xr.Dataset) -> Figure:
    """A row for each number of atoms: the molecule with its walks, and the walks in words.

    The molecule is projected onto the plane in which its atoms overlap least. An arrow points from
    the sender of a message to its receiver, a loop is a step in which the state of an atom stays
    where it is; red walks raise the output, blue ones lower it, the line grows with the relevance.

    Args:
        table: of :func:`nearsight.explain.strongest_walks.strongest_walks`; its attribute ``label``
            is the name of the model.
    """
    panels, molecule = panels_of(table), molecule_of(table)
    spans = np.ptp(molecule.flat, axis=0) + 2 * MARGIN
    width = float(np.clip(INCHES_PER_ANGSTROM * spans[0], SMALLEST, LARGEST))
    heights = [max(width * spans[1] / spans[0], _text_height(panel)) for panel in panels]
    figure = Figure(figsize=(width + TEXT_WIDTH, sum(heights) + 0.6), layout="constrained")
    rows = figure.subplots(
        len(panels), 2, width_ratios=[width, TEXT_WIDTH], height_ratios=heights, squeeze=False
    )
    figure.suptitle(_title(table))
    for (picture, words), panel in zip(rows, panels, strict=True):
        _tell(words, table, panel)
        _set_view(picture, molecule.flat, spans)
        several = "s" if panel.n_atoms > 1 else ""
        picture.set_title(f"Strongest walks on {panel.n_atoms} atom{several}", weight="bold")
        draw_molecule(picture, molecule)
    # Places on the page must be known before arrows are cut to the size of atoms.
    figure.draw_without_rendering()
    for (picture, _), panel in zip(rows, panels, strict=True):
        Arrows(picture, molecule).draw(panel.walks)
    return figure


def _title(table: xr.Dataset) -> str:
    return f"{table.attrs.get('label', 'network')}   ({rule_in_words(table)})"


def _text_height(panel: Panel) -> float:
    """Inches that the words beside a picture need: two lines a walk, sums and what lines mean."""
    return (2.3 * len(panel.walks) + 9.5) * LINE / 72


def _set_view(axes: Axes, flat: np.ndarray, spans: np.ndarray) -> None:
    middle = (flat.max(axis=0) + flat.min(axis=0)) / 2
    low, high = middle - spans / 2, middle + spans / 2
    axes.set(aspect="equal", xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    axes.set_axis_off()


def _tell(axes: Axes, table: xr.Dataset, panel: Panel) -> None:
    """The walks in words with their relevance, and what colours and widths mean."""
    axes.set_axis_off()
    told = [
        (
            f"{walk.rank}  {path_of(table, walk.atoms)}\n     {in_unit(table, walk.relevance)}",
            colour_of(walk.relevance),
        )
        for walk in panel.walks
    ]
    sums = (
        f"All walks on this number of atoms:\nsum {in_unit(table, panel.signed)}, "
        f"sum of sizes {in_unit(table, panel.absolute, sign=False)}"
    )
    told.append((sums if told else "No walk on this number of atoms\ncarries relevance.", "black"))
    for place, (text, colour) in enumerate(told):
        axes.annotate(
            text, (0, 1), xycoords="axes fraction", xytext=(0, -2.3 * LINE * place),
            textcoords="offset points", color=colour, va="top", annotation_clip=False,
        )  # fmt: skip
    if panel.walks:
        _explain_lines(axes, table, panel)


def _explain_lines(axes: Axes, table: xr.Dataset, panel: Panel) -> None:
    values = [walk.relevance for walk in panel.walks]
    largest = max(map(abs, values))
    signs = [
        Line2D([], [], color=colour, linewidth=3, label=f"{verb} {output_of(table)}")
        for colour, verb, sign in ((RAISES, "raises", 1), (LOWERS, "lowers", -1))
        if any(sign * value > 0 for value in values)
    ]
    widths = [
        Line2D([], [], color="0.3", linewidth=WIDEST * share, label=text)
        for share in (1.0, 0.5)
        if (text := in_unit(table, share * largest, sign=False))
    ]
    axes.legend(
        handles=[*signs, *widths], title="width: size of the relevance", alignment="left",
        loc="lower left",
    )  # fmt: skip


@style.styled
def save_walks(table: xr.Dataset, path: Path) -> None:
    """Draw the walks to a file, whose metadata hold the alt text.

    Args:
        table: of :func:`nearsight.explain.strongest_walks.strongest_walks`.
        path: ``.svg``, ``.png`` or ``.pdf``; it appears once it is whole.

    Raises:
        ConfigError: another ending.
    """
    kind = path.suffix.removeprefix(".")
    if kind not in METADATA:
        raise ConfigError(f"{path}: must end in .{', .'.join(METADATA)}")
    key, metadata = METADATA[kind]
    figure = draw_walks(table)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format=kind, metadata={**metadata, key: describe_walks(table)})
