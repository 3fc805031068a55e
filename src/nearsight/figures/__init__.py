"""The kit of figures: style, panels, groups, wording; no figure of one aim."""

from nearsight.figures.save import files_of, save_figure
from nearsight.figures.spec import FigureSpec

__all__ = ["FigureSpec", "files_of", "save_figure"]
