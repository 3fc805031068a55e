"""All figures by name: what they need, how they are drawn and described."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import xarray as xr
from matplotlib.figure import Figure

from nearsight.errors import ConfigError
from nearsight.figures import (
    body_order,
    by_cutoff,
    deviation_vs_survival,
    ends,
    learning_curves,
    relevance_decay,
    response_decay,
    spectrum,
    survival,
)


@dataclass(frozen=True)
class FigureSpec:
    """One figure.

    Attributes:
        name: name of its files.
        source: the file it is made from, ``curves`` or ``table``.
        title: one line on what it shows.
        select: from the file's content to exactly what is drawn.
        draw: from that to the picture.
        describe: from that to the alt text, with numbers.
    """

    name: str
    source: Literal["curves", "table"]
    title: str
    select: Callable[[xr.Dataset], xr.Dataset]
    draw: Callable[[xr.Dataset], Figure]
    describe: Callable[[xr.Dataset], str]

    @property
    def caption_file(self) -> str:
        """Name of its caption in the folder ``workflow/report``."""
        return f"{self.name}.rst"

    def figure(self, content: xr.Dataset) -> Figure:
        """The picture of a file's content."""
        return self.draw(self.select(content))


_ALL = (
    FigureSpec(
        "relevance_decay",
        "curves",
        relevance_decay.TITLE,
        relevance_decay.select,
        relevance_decay.draw,
        relevance_decay.describe,
    ),
    FigureSpec(
        "response_decay",
        "curves",
        response_decay.TITLE,
        response_decay.select,
        response_decay.draw,
        response_decay.describe,
    ),
    FigureSpec(
        "body_order",
        "curves",
        body_order.TITLE,
        body_order.select,
        body_order.draw,
        body_order.describe,
    ),
    FigureSpec(
        "survival",
        "curves",
        survival.TITLE,
        survival.select,
        survival.draw,
        survival.describe,
    ),
    FigureSpec(
        "ends",
        "curves",
        ends.TITLE,
        ends.select,
        ends.draw,
        ends.describe,
    ),
    FigureSpec(
        "drift",
        "curves",
        by_cutoff.DRIFT.title,
        by_cutoff.DRIFT.select,
        by_cutoff.DRIFT.draw,
        by_cutoff.DRIFT.describe,
    ),
    FigureSpec(
        "distance_error",
        "curves",
        by_cutoff.DISTANCE_ERROR.title,
        by_cutoff.DISTANCE_ERROR.select,
        by_cutoff.DISTANCE_ERROR.draw,
        by_cutoff.DISTANCE_ERROR.describe,
    ),
    FigureSpec(
        "spectrum",
        "curves",
        spectrum.TITLE,
        spectrum.select,
        spectrum.draw,
        spectrum.describe,
    ),
    FigureSpec(
        "learning_curves",
        "curves",
        learning_curves.TITLE,
        learning_curves.select,
        learning_curves.draw,
        learning_curves.describe,
    ),
    FigureSpec(
        "deviation_vs_survival",
        "table",
        deviation_vs_survival.TITLE,
        deviation_vs_survival.select,
        deviation_vs_survival.draw,
        deviation_vs_survival.describe,
    ),
)
FIGURES: dict[str, FigureSpec] = {spec.name: spec for spec in _ALL}


def find_figures(names: Sequence[str] | None) -> list[FigureSpec]:
    """The named figures, or all.

    Raises:
        ConfigError: there is no figure of that name.
    """
    for name in names or ():
        if name not in FIGURES:
            raise ConfigError(f"--name {name}: no such figure; there are {', '.join(FIGURES)}")
    return [FIGURES[name] for name in names or FIGURES]
