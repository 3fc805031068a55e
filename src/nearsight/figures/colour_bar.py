"""A colour bar below the panels: of one height, however tall the figure is."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.figure import Figure

HEIGHT, GAP = 0.12, 0.1
"""Inches."""
ASPECT = 45
"""Width over height, at most."""


def bar_below(
    figure: Figure, axes: np.ndarray, mapped: ScalarMappable, label: str, *, extend: str = "neither"
) -> Colorbar:
    """Add a horizontal colour bar below all panels.

    Args:
        figure: whose layout is constrained.
        axes: (...) panels that the bar is for.
        mapped: colours and scale.
        label: of the bar, with its unit.
        extend: ends that are drawn as arrows: ``neither``, ``min``, ``max`` or ``both``.
    """
    height = float(figure.get_size_inches()[1])
    panels: list[Axes] = list(np.ravel(axes))
    return figure.colorbar(
        mapped,
        ax=panels,
        label=label,
        location="bottom",
        aspect=ASPECT,
        fraction=HEIGHT / height,
        pad=GAP / height,
        extend=extend,
    )
