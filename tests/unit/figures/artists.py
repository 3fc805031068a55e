"""What stands in a picture, found by what a reader would call it."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D


def titles(figure: Figure) -> list[str]:
    """Titles of the panels that have one, row by row."""
    found = [axis.get_title(loc="left") for axis in figure.axes]
    return [title for title in found if title]


def panel(figure: Figure, title: str) -> Axes:
    """The one panel of a title."""
    (found,) = [axis for axis in figure.axes if axis.get_title(loc="left") == title]
    return found


def lines(axis: Axes, label: str) -> list[Line2D]:
    return [line for line in axis.lines if line.get_label() == label]


def line(axis: Axes, label: str) -> Line2D:
    """The one line of a label."""
    (found,) = lines(axis, label)
    return found


def x_of(one: Line2D) -> np.ndarray:
    return np.asarray(one.get_xdata(), dtype=float)


def y_of(one: Line2D) -> np.ndarray:
    return np.asarray(one.get_ydata(), dtype=float)


def band(collection: Collection, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(point,) lower and upper edge of a band at places ``x``; NaN where there is none."""
    vertices = np.concatenate(
        [path.vertices for path in collection.get_paths()] or [np.ones((0, 2))]
    )
    at = [vertices[np.isclose(vertices[:, 0], place), 1] for place in x]
    nan = np.array([np.nan])
    return (
        np.array([(own if len(own) else nan).min() for own in at]),
        np.array([(own if len(own) else nan).max() for own in at]),
    )


def stacks(axis: Axes) -> list[BarContainer]:
    """Bars of each part of stacked bars, from below."""
    return [one for one in axis.containers if isinstance(one, BarContainer)]


def legend(figure: Figure) -> list[str]:
    """Headings and entries right of the panels, without the gaps between sections."""
    texts = [text.get_text() for one in figure.legends for text in one.get_texts()]
    return [text for text in texts if text]


def handles(figure: Figure) -> dict[str, object]:
    """Pictures of the entries of the legend by their words."""
    (found,) = [one for one in figure.legends if one.get_texts()]
    words = [text.get_text() for text in found.get_texts()]
    return dict(zip(words, found.legend_handles, strict=True))


def note(figure: Figure) -> str:
    """The words below the panels, on one line."""
    (found,) = [one for one in figure.legends if not one.get_texts()]
    return found.get_title().get_text().replace("\n", " ")


def words(axis: Axes) -> list[str]:
    return [text.get_text() for text in axis.texts]


def ticks(axis: Axes) -> list[str]:
    return [label.get_text() for label in axis.get_xticklabels()]
