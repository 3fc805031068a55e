"""Walks as arrows: bent where several run between the same two atoms, loops where a state stays."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch

from nearsight.figures.walks.molecule import Molecule
from nearsight.figures.walks.words import Walk

RAISES, LOWERS = "#c0392b", "#2166ac"
"""Red and blue that colour-blind readers tell apart; the sign stands in words beside."""
WIDEST = 3.5
"""Points: line width of the strongest walk of a panel."""
NARROWEST = 0.8
LOOP = 0.14
"""Å: radius of a loop."""
BENDS = (0.25, -0.25, 0.55, -0.55, 0.0, 0.85, -0.85)
"""Bends of arrows between the same two atoms, first walk first; of further ones the last."""

Style = dict[str, Any]


def colour_of(relevance: float) -> str:
    """Red raises the output, blue lowers it."""
    return RAISES if relevance > 0 else LOWERS


class Arrows:
    """Draws walks one after the other; each finds its place beside those before."""

    def __init__(self, axes: Axes, molecule: Molecule) -> None:
        self._axes, self._molecule = axes, molecule
        self._taken = molecule.bond_angles()
        self._between: dict[tuple[int, int], int] = {}

    def draw(self, walks: Sequence[Walk]) -> None:
        """Every step of every walk, wider where it is stronger, with its rank beside it."""
        largest = max((abs(walk.relevance) for walk in walks), default=0.0)
        for walk in walks:
            self._draw_walk(walk, max(NARROWEST, WIDEST * abs(walk.relevance) / largest))

    def _draw_walk(self, walk: Walk, width: float) -> None:
        style: Style = {
            "color": colour_of(walk.relevance),
            "linewidth": width,
            "zorder": 5 - 0.1 * min(walk.rank, 39),
        }
        spots = []
        for source, target in zip(walk.atoms[:-1], walk.atoms[1:], strict=True):
            if source == target:
                self._loop(source, style)
            else:
                spots.append(self._step(source, target, style))
        if spots:
            self._number(walk.rank, spots[0], str(style["color"]))

    def _number(self, rank: int, spot: np.ndarray, colour: str) -> None:
        self._axes.text(
            spot[0], spot[1], str(rank), color="white", fontsize=7, weight="bold", zorder=8,
            ha="center", va="center",
            bbox={"boxstyle": "circle,pad=0.2", "fc": colour, "ec": "white", "lw": 0.8},
        )  # fmt: skip

    def _bend(self, source: int, target: int) -> float:
        """The next free bend between two atoms, on the same side whichever way a walk goes."""
        pair = min(source, target), max(source, target)
        used = self._between.get(pair, 0)
        self._between[pair] = used + 1
        bend = BENDS[min(used, len(BENDS) - 1)]
        return bend if source < target else -bend

    def _step(self, source: int, target: int, style: Style) -> np.ndarray:
        """A bent arrow; returns where its number goes."""
        bend = self._bend(source, target)
        flat, molecule = self._molecule.flat, self._molecule
        scale = self._axes.transData.transform([[0, 0], [1, 0]])
        points = (scale[1, 0] - scale[0, 0]) * 72 / self._axes.figure.dpi
        self._axes.add_patch(
            FancyArrowPatch(
                flat[source], flat[target], connectionstyle=f"arc3,rad={bend}",
                arrowstyle="-|>", mutation_scale=9 + 1.3 * style["linewidth"],
                shrinkA=points * molecule.radius(source),
                shrinkB=points * molecule.radius(target), **style,
            )
        )  # fmt: skip
        across = flat[target] - flat[source]
        sideways = np.array([across[1], -across[0]])
        return (flat[source] + flat[target]) / 2 + 0.5 * bend * sideways

    def _loop(self, atom: int, style: Style) -> None:
        """A state that stays, in the widest gap between the bonds and loops of the atom."""
        taken = self._taken[atom]
        angles = np.sort(np.mod(taken or [0.0], 2 * np.pi))
        gaps = np.diff(np.append(angles, angles[0] + 2 * np.pi))
        angle = float(angles[gaps.argmax()] + gaps.max() / 2)
        taken.append(angle)
        away = self._molecule.radius(atom) + 0.75 * LOOP
        centre = self._molecule.flat[atom] + away * np.array([np.cos(angle), np.sin(angle)])
        self._axes.add_patch(Circle(centre, LOOP, fill=False, **style))
