"""One figure: what it is drawn from, how, and what is said of it."""

from collections.abc import Callable
from dataclasses import dataclass

import xarray as xr
from matplotlib.figure import Figure


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
    source: str
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
