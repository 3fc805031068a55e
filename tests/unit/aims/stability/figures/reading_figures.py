"""What stands in a picture, read back from its artists."""

import numpy as np
from figure_data import make_curves
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from xarray import Dataset

Row = dict[str, object]


def panel(figure: Figure, title: str) -> Axes:
    found = [axis for axis in figure.axes if axis.get_title(loc="left") == title]
    assert len(found) == 1, [axis.get_title(loc="left") for axis in figure.axes]
    return found[0]


def titles(figure: Figure) -> list[str]:
    return [axis.get_title(loc="left") for axis in figure.axes if axis.get_title(loc="left")]


def labels(axis: Axes) -> list[str]:
    return [str(one.get_label()) for one in axis.lines]


def line(axis: Axes, label: str) -> Line2D:
    found = [one for one in axis.lines if one.get_label() == label]
    assert len(found) == 1, labels(axis)
    return found[0]


def xy(axis: Axes, label: str) -> tuple[np.ndarray, np.ndarray]:
    one = line(axis, label)
    return np.asarray(one.get_xdata(), dtype=float), np.asarray(one.get_ydata(), dtype=float)


def band_at(axis: Axes, k: int, x: float) -> tuple[float, float]:
    """Lowest and highest point of the band number ``k`` of a panel at ``x``."""
    corners = np.concatenate([path.vertices for path in axis.collections[k].get_paths()])
    heights = corners[np.isclose(corners[:, 0], x), 1]
    return float(heights.min()), float(heights.max())


def legend(figure: Figure) -> dict[str, list[str]]:
    """Entries of the legend by heading."""
    found: dict[str, list[str]] = {}
    heading = ""
    for text in figure.legends[0].get_texts():
        if text.get_fontweight() == "bold":
            heading = text.get_text()
            found[heading] = []
        elif text.get_text():
            found[heading].append(text.get_text())
    return found


def handle(figure: Figure, label: str) -> object:
    found = [h for h in figure.legends[0].legend_handles if h.get_label() == label]
    assert len(found) == 1, [h.get_label() for h in figure.legends[0].legend_handles]
    return found[0]


def notes(figure: Figure) -> str:
    """What stands below the panels."""
    return " ".join(one.get_title().get_text() for one in figure.legends).replace("\n", " ")


def texts(axis: Axes) -> list[str]:
    return [text.get_text() for text in axis.texts]


def title(figure: Figure) -> str:
    return str(figure.get_suptitle())


def same_color(one: object, other: object) -> bool:
    return np.allclose(to_rgba(one), to_rgba(other))


def without_reference(curves: Dataset) -> Dataset:
    """The curves of a study without any reference engine."""
    gone = {n: curves[n] * np.nan for n in curves.data_vars if str(n).startswith("reference_")}
    return curves.assign(gone)


def failed(rows: list[Row], status: str = "failed") -> Dataset:
    """Curves of a study none of whose models came to an end."""
    return make_curves([{**row, "status": status} for row in rows])


def name_of(row: Row) -> str:
    """Of a model in the name of a test."""
    return f"{row['family']}-{row['cutoff']:g}-{row['depth']}"
