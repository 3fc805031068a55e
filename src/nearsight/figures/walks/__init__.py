"""The strongest walks of a network drawn on a molecule, and told in words."""

from nearsight.figures.walks.picture import draw_walks, save_walks
from nearsight.figures.walks.words import describe_walks, listed_walks

__all__ = ["describe_walks", "draw_walks", "listed_walks", "save_walks"]
