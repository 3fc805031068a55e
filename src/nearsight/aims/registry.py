"""All figures by name: what they need, how they are drawn and described."""

from collections.abc import Sequence
from types import ModuleType

from nearsight.aims.accuracy.figures import accuracy
from nearsight.aims.properties.figures import pooling, species
from nearsight.aims.stability.figures import (
    ablation,
    agreement,
    body_order,
    body_order_range,
    by_cutoff,
    elements,
    ends,
    faithfulness,
    heating,
    learning_curves,
    reference_curves,
    relevance_decay,
    response_decay,
    spectrum,
    survival,
)
from nearsight.aims.stability.figures.association import (
    descriptors_vs_survival,
    deviation_vs_survival,
)
from nearsight.collect.tables import AIMS, Kind
from nearsight.errors import ConfigError
from nearsight.figures.spec import FigureSpec
from nearsight.lineage.drawn import FIGURES_BY_AIM


def _spec(module: ModuleType) -> FigureSpec:
    """The figure of a module that draws one, by the module's name."""
    name = module.__name__.rpartition(".")[2]
    parts = module.select, module.draw, module.describe
    return FigureSpec(name, _SOURCES[name], module.TITLE, *parts)


def _spec_by_cutoff(figure: by_cutoff.ByCutoff) -> FigureSpec:
    parts = figure.select, figure.draw, figure.describe
    return FigureSpec(figure.name, _SOURCES[figure.name], figure.title, *parts)


_OWN_TABLES: dict[str, Kind] = {aim: kind for kind, aim in AIMS.items() if kind == aim}
_SOURCES: dict[str, Kind] = {
    name: _OWN_TABLES.get(aim, "curves" if source == "curves" else "table")
    for aim, figures in FIGURES_BY_AIM.items()
    for name, source in figures.items()
}
_MODULES = (
    relevance_decay,
    response_decay,
    reference_curves,
    body_order,
    body_order_range,
    elements,
    faithfulness,
    agreement,
    ablation,
    survival,
    ends,
    heating,
    spectrum,
    deviation_vs_survival,
    descriptors_vs_survival,
    learning_curves,
    pooling,
    species,
    accuracy,
)
_BY_NAME = {
    spec.name: spec
    for spec in (
        *map(_spec, _MODULES),
        *map(_spec_by_cutoff, (by_cutoff.DRIFT, by_cutoff.DISTANCE_ERROR)),
    )
}
FIGURES: dict[str, FigureSpec] = {name: _BY_NAME[name] for name in FIGURES_BY_AIM["stability"]}
"""Figures of a study of stability."""
FIGURES_OF_OTHER_AIMS: dict[str, FigureSpec] = {
    name: _BY_NAME[name] for name in _SOURCES if name not in FIGURES
}
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


def figures_of(source: Kind) -> list[FigureSpec]:
    """The figures made from a kind of file."""
    return [f for f in (*FIGURES.values(), *FIGURES_OF_OTHER_AIMS.values()) if f.source == source]
