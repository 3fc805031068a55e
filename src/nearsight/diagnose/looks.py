"""How models are told apart in the figures of a diagnosis: colour, marker and line."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from matplotlib.lines import Line2D

from nearsight.figures.wording import shorten

# Okabe and Ito's colours without the yellow, which white paper swallows.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES = ("-", "--", "-.", (0, (1, 1)))


@dataclass(frozen=True)
class Look:
    """The look of one model.

    Attributes:
        label: of the model, short enough for a legend.
        color: of its lines and points.
        marker: of its points; two models of one colour have different ones.
        line: of its curves.
    """

    label: str
    color: str
    marker: str
    line: Any

    @property
    def entry(self) -> Line2D:
        """Its entry in a legend."""
        return Line2D(
            [], [], color=self.color, marker=self.marker, linestyle=self.line, label=self.label
        )


def looks_of(labels: Iterable[str]) -> dict[str, Look]:
    """A look for every model, the same in all figures of a diagnosis.

    Args:
        labels: of the models, in the order of the diagnosis.
    """
    return {
        label: Look(
            shorten(label),
            COLORS[k % len(COLORS)],
            MARKERS[k % len(MARKERS)],
            LINES[k // len(COLORS) % len(LINES)],
        )
        for k, label in enumerate(labels)
    }
