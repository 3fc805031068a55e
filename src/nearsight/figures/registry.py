"""All figures by name: what they need, how they are drawn and described."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType

import xarray as xr
from matplotlib.figure import Figure

from nearsight.collect.tables import AIMS, Kind
from nearsight.errors import ConfigError
from nearsight.figures import (
    ablation,
    accuracy,
    agreement,
    body_order,
    body_order_range,
    by_cutoff,
    descriptors_vs_survival,
    deviation_vs_survival,
    elements,
    ends,
    faithfulness,
    heating,
    learning_curves,
    pooling,
    reference_curves,
    relevance_decay,
    response_decay,
    species,
    spectrum,
    survival,
)


@dataclass(frozen=True)
class FigureSpec:
    """One figure.

    Attributes:
        name: name of its files.
        source: the file it is made from: of a study of stability ``curves`` or ``table``, else the
            table of its own aim.
        title: one line on what it shows.
        select: from the file's content to exactly what is drawn.
        draw: from that to the picture.
        describe: from that to the alt text, with numbers.
    """

    name: str
    source: Kind
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


def _spec(module: ModuleType, source: Kind) -> FigureSpec:
    """The figure of a module that draws one, by the module's name."""
    name = module.__name__.rpartition(".")[2]
    parts = module.select, module.draw, module.describe
    return FigureSpec(name, source, module.TITLE, *parts)


def _spec_by_cutoff(figure: by_cutoff.ByCutoff) -> FigureSpec:
    parts = figure.select, figure.draw, figure.describe
    return FigureSpec(figure.name, "curves", figure.title, *parts)


_ALL = (
    _spec(relevance_decay, "curves"),
    _spec(response_decay, "curves"),
    _spec(reference_curves, "curves"),
    _spec(body_order, "curves"),
    _spec(body_order_range, "curves"),
    _spec(elements, "curves"),
    _spec(faithfulness, "curves"),
    _spec(ablation, "curves"),
    _spec(survival, "curves"),
    _spec(ends, "curves"),
    _spec(heating, "curves"),
    _spec_by_cutoff(by_cutoff.DRIFT),
    _spec_by_cutoff(by_cutoff.DISTANCE_ERROR),
    _spec(spectrum, "curves"),
    _spec(learning_curves, "curves"),
    _spec(agreement, "table"),
    _spec(deviation_vs_survival, "table"),
    _spec(descriptors_vs_survival, "table"),
)
_OF_OTHER_AIMS = (
    _spec(pooling, "properties"),
    _spec(species, "properties"),
    _spec(accuracy, "accuracy"),
)
FIGURES: dict[str, FigureSpec] = {spec.name: spec for spec in _ALL}
"""Figures of a study of stability."""
FIGURES_OF_OTHER_AIMS: dict[str, FigureSpec] = {spec.name: spec for spec in _OF_OTHER_AIMS}
"""Figures of studies of properties and of accuracy."""


def find_figures(names: Sequence[str] | None) -> list[FigureSpec]:
    """The named figures, or all.

    Raises:
        ConfigError: there is no figure of that name.
    """
    for name in names or ():
        if name not in FIGURES:
            raise ConfigError(f"--name {name}: no such figure; there are {', '.join(FIGURES)}")
    return [FIGURES[name] for name in names or FIGURES]


def figures_by_aim() -> dict[str, dict[str, str]]:
    """For each aim of a study, by the name of a figure, the table it is drawn from.

    ``curves`` or ``table``; where there is one table alone, that is the table.
    """
    found: dict[str, dict[str, str]] = {
        "stability": {name: spec.source for name, spec in FIGURES.items()}
    }
    for name, spec in FIGURES_OF_OTHER_AIMS.items():
        found.setdefault(AIMS[spec.source], {})[name] = "table"
    return found


def figures_of(source: Kind) -> list[FigureSpec]:
    """The figures made from a kind of file."""
    return [f for f in (*FIGURES.values(), *FIGURES_OF_OTHER_AIMS.values()) if f.source == source]
