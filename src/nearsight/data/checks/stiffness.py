"""Do forces pull stretched bonds together, as strongly as bonds do? No engine is needed."""

from dataclasses import dataclass

import numpy as np

from nearsight.data.checks.each_frame import check_each_frame
from nearsight.data.checks.problems import Finding, Problem, not_checked
from nearsight.data.checks.same_atoms import groups
from nearsight.data.checks.stretches import Stretches, of_heavy_atoms, of_hydrogen
from nearsight.data.checks.unit_mistakes import force_mistakes, read_as
from nearsight.data.frames import Frames

SOUND = (0.75, 1.35)
"""Force along bonds of hydrogen over that of usual bonds: 0.93 to 1.08 in nine sound sets."""
POSSIBLE = (0.62, 1.6)
"""Beyond is an error; hartree/bohr taken for hartree/Å is 0.53, the reverse 1.89."""
POSSIBLE_HEAVY = (0.4, 2.5)
"""The same of bonds between heavier atoms, whose stiffness is known less well (0.6 to 1.4)."""
FOLLOWS = 0.6
"""Correlation of forces with usual ones below which they follow no bond (sound: above 0.99; of
bonds between heavier atoms 0.7 to 0.95, of isomers that are mixed less)."""
MOVES = 0.4
"""eV/Å: spread of usual forces below which bonds hardly move (60 K; relaxed: 0.15)."""

_WHAT = "sign and unit of the forces, by bonds that are stretched"
_WELL_KNOWN = {"C-H", "N-H", "O-H"}
_FEWEST = 16
_SIGMA = 3.0


@dataclass(frozen=True)
class Stiffness:
    """Regression of the forces along bonds on those of usual bonds, within each kind of bond.

    Attributes:
        ratio: slope.
        error: of the slope.
        correlation: of forces and usual ones.
        n_bonds: how many were looked at.
        spread: root mean square of the usual forces, eV/Å.
    """

    ratio: float
    error: float
    correlation: float
    n_bonds: int
    spread: float


def stiffness(stretches: Stretches) -> Stiffness | None:
    """How stiff bonds are compared with usual ones; None where there are too few to say."""
    freedom = len(stretches.kind) - len(np.unique(stretches.kind)) - 1
    if freedom < _FEWEST:
        return None
    x, y = stretches.centred()
    xx, xy, yy = float(x @ x), float(x @ y), float(y @ y)
    if not xx or not yy:
        return Stiffness(0.0, 0.0, 0.0, len(x), 0.0)
    slope = xy / xx
    left = max(0.0, yy - slope * xy) / freedom
    return Stiffness(
        ratio=slope,
        error=float(np.sqrt(left / xx)),
        correlation=xy / float(np.sqrt(xx * yy)),
        n_bonds=len(x),
        spread=float(np.sqrt(xx / freedom)),
    )


def check_stiffness(frames: Frames) -> list[Finding]:
    """Forces of the wrong sign or unit, or of other atoms, told from how they pull at bonds."""
    stretches, bounds = of_hydrogen(frames), POSSIBLE
    found = stiffness(stretches)
    if _tells(found):
        some = check_each_frame(stretches)
        if some:
            return some
    if not _tells(found):
        stretches = of_hydrogen(frames, bridged=True)
        found = stiffness(stretches)
    if not _tells(found):
        stretches, bounds = of_heavy_atoms(groups(frames)), POSSIBLE_HEAVY
        # Bonds of hydrogen that hardly move are still bonds that were looked at.
        found = stiffness(stretches) or found
    if found is None:
        return [not_checked(_WHAT, "there are too few bonds of elements that are known")]
    if found.spread < MOVES:
        return [
            not_checked(_WHAT, "bonds hardly move: relaxed structures, or one of each molecule")
        ]
    return _judge(found, ", ".join(stretches.names), bounds, read_as(frames.attributes))


def _tells(found: Stiffness | None) -> bool:
    return found is not None and found.spread >= MOVES


def _judge(found: Stiffness, names: str, possible: tuple[float, float], unit: str) -> list[Finding]:
    if abs(found.correlation) < FOLLOWS and possible == POSSIBLE_HEAVY:
        return [not_checked(_WHAT, f"forces between heavier atoms ({names}) vary too much")]
    if abs(found.correlation) < FOLLOWS:
        text = (
            f"forces do not follow the lengths of bonds ({names}; correlation "
            f"{found.correlation:.2f}, in sound data 0.99): are they of other atoms or frames?"
        )
        return [Finding(Problem.FOREIGN_FORCES, True, text)]
    size, doubt = abs(found.ratio), _SIGMA * found.error
    off = size + doubt < possible[0] or size - doubt > possible[1]
    if found.ratio < 0:
        text = (
            f"forces push the atoms of stretched bonds apart ({names}): they are the gradient of "
            f"the energy, its negative is the force{_also(size, off, unit)}; change their sign"
        )
        return [Finding(Problem.FORCE_SIGN, True, text)]
    text = f"forces along bonds ({names}) are {size:.3g} times those of usual bonds"
    if off:
        return [Finding(Problem.FORCE_UNIT, True, f"{text}: {_mistake(size, unit)}")]
    well_known = set(names.split(", ")) <= _WELL_KNOWN
    if well_known and (size + doubt < SOUND[0] or size - doubt > SOUND[1]):
        return [Finding(Problem.FORCE_UNIT, False, f"{text}, sound data have 0.9 to 1.1 times")]
    return []


def _also(size: float, off: bool, unit: str) -> str:
    return f", and {size:.3g} times too large: {_mistake(size, unit)}" if off else ""


def _mistake(size: float, unit: str) -> str:
    names = force_mistakes(size, unit)
    if not names:
        return f"no unit known here, read as {unit}, explains it"
    return (
        f"written in {' or '.join(names)} and read as {unit}? Import with --force-unit {names[0]}"
    )
