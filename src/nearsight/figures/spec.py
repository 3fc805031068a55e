"""One figure: what it is drawn from, how, and what is said of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Protocol

import xarray as xr
from matplotlib.figure import Figure


class Drawn(Protocol):
    """A figure that is no module of its own."""

    @property
    def name(self) -> str:
        """Name of its files."""

    @property
    def title(self) -> str:
        """One line on what it shows."""

    def select(self, curves: xr.Dataset, /) -> xr.Dataset:
        """From a table to exactly what is drawn."""

    def draw(self, data: xr.Dataset, /) -> Figure:
        """From that to the picture."""

    def describe(self, data: xr.Dataset, /) -> str:
        """From that to the alt text, with numbers."""


@dataclass(frozen=True)
class FigureSpec:
    """One figure.

    Attributes:
        name: name of its files.
        source: name of the table it is drawn from.
        title: one line on what it shows.
        select: from the file's content to exactly what is drawn.
        draw: from that to the picture.
        describe: from that to the alt text, with numbers.
    """

    name: str
    source: str
    title: str
    select: Callable[[xr.Dataset], xr.Dataset]
    draw: Callable[[xr.Dataset], Figure]
    describe: Callable[[xr.Dataset], str]

    def figure(self, content: xr.Dataset) -> Figure:
        """The picture of a file's content."""
        return self.draw(self.select(content))


def of_modules(
    modules: Iterable[ModuleType], sources: Mapping[str, str], further: Iterable[Drawn] = ()
) -> list[FigureSpec]:
    """The figures of an aim, in the order of its declaration.

    Args:
        modules: with ``TITLE``, ``select``, ``draw`` and ``describe``; a figure is called like its
            module.
        sources: name of the table that each figure is drawn from, by the figure's name.
        further: figures that are no modules.

    Raises:
        KeyError: a figure is not declared, or one that is declared is not there.
    """
    found = {}
    for module in modules:
        name = module.__name__.rpartition(".")[2]
        parts = module.select, module.draw, module.describe
        found[name] = FigureSpec(name, sources[name], module.TITLE, *parts)
    for one in further:
        parts = one.select, one.draw, one.describe
        found[one.name] = FigureSpec(one.name, sources[one.name], one.title, *parts)
    return [found[name] for name in sources]
