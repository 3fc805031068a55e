"""Figures: each a function from a labelled dataset to a picture, with its data and alt text."""

from nearsight.figures.registry import FIGURES, FigureSpec, find_figures
from nearsight.figures.save import files_of, save_figure

__all__ = ["FIGURES", "FigureSpec", "files_of", "find_figures", "save_figure"]
