"""One look for all figures: the style sheet and what each colour, marker and line means."""

from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

import matplotlib
import matplotlib.style
from matplotlib.colors import Colormap, LogNorm

from nearsight.families.look import Line
from nearsight.families.specs import FAMILIES, look_of

P = ParamSpec("P")
R = TypeVar("R")
Color = tuple[float, float, float, float]

STYLE_SHEET: Final = Path(__file__).with_name("nearsight.mplstyle")
DEPTH_LINES: Final[dict[int, Line]] = {
    1: (0, (1, 1)),
    2: (0, (4, 1, 1, 1)),
    3: "-",
    4: (0, (4, 1.5)),
    5: (0, (8, 1.5)),
    6: (0, (4, 1, 1, 1, 1, 1)),
}
GUIDE_LINES: Final[dict[int, Line]] = {1: (0, (1, 3)), 3: (0, (4, 3, 1, 3)), 6: (0, (5, 3))}
"""Exponent of a reference slope r^-n to line style."""

# Okabe and Ito's colours, which colour-blind readers can tell apart.
END_COLORS: Final = {
    "survived": "0.88",
    "bond": "#0072B2",
    "topology": "#56B4E9",
    "close_contact": "#E69F00",
    "isolated": "#F0E442",
    "energy": "#009E73",
    "temperature": "#D55E00",
    "not_finite": "#CC79A7",
}
POOLING_COLORS: Final = {"sum": "#0072B2", "average": "#D55E00", "dipole": "#009E73"}
NO_CUTOFF: Final[Color] = (0.8, 0.475, 0.655, 1.0)
FAINT: Final = "0.62"
REFERENCE: Final = "black"
REFERENCE_BAND: Final = "0.8"
NOISE: Final = "0.5"
OUTLINE: Final = "0.25"
ERROR_BAR: Final = "0.45"
BAND_OPACITY: Final = 0.16
FEW_BANDS: Final = 4
CROWDED: Final = 60
"""Points in a panel above which markers and error bars are drawn lighter."""

ROW_HEIGHT: Final = 1.75
SINGLE_ROW_EXTRA: Final = 0.75
STRIP_HEIGHT: Final = 0.42
HEAD_HEIGHT: Final = 0.95
"""Inches for title, axis label and note together."""

_CUTOFF_SCALE = LogNorm(2.5, 13.0, clip=True)
_BODY_STEPS = 7


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function under the style sheet and nothing of the user's own matplotlib settings."""

    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with matplotlib.style.context(["default", str(STYLE_SHEET)]):
            return function(*args, **kwargs)

    return inside


def page_width() -> float:
    """Width of a figure in inches, from the style sheet."""
    return float(
        matplotlib.rc_params_from_file(STYLE_SHEET, use_default_template=False)["figure.figsize"][0]
    )


def cutoff_color(cutoff: float) -> Color:
    """Colour of a cutoff (Å): dark is short. The same in every figure of every study.

    NaN is a network without a cutoff, with a colour that no cutoff has.
    """
    if cutoff != cutoff:
        return NO_CUTOFF
    return matplotlib.colormaps["viridis"](float(_CUTOFF_SCALE(cutoff)))


def body_order_color(n_atoms: int) -> Color:
    """Colour of a body order: light is few atoms."""
    return matplotlib.colormaps["magma"](0.93 - 0.8 * (min(n_atoms, _BODY_STEPS) - 1) / _BODY_STEPS)


def end_color(kind: str) -> str:
    """Colour of a kind of end; grey for survivors and for kinds without a colour of their own."""
    return END_COLORS.get(kind, NOISE)


def error_colormap() -> Colormap:
    """Colours of the force error; grey where it is unknown."""
    return matplotlib.colormaps["cividis"].with_extremes(bad=FAINT)


def depth_line(depth: float) -> Line:
    """Line style of a depth; beyond six blocks, and where it is not known (NaN), solid."""
    return DEPTH_LINES.get(int(depth), "-") if depth == depth else "-"


def band_opacity(n_bands: int) -> float:
    """Opacity of each of ``n_bands`` bands in one panel: many are drawn lighter."""
    return BAND_OPACITY * min(1.0, FEW_BANDS / max(1, n_bands))


def marker(family: str) -> str:
    """Marker of a family."""
    return look_of(family).marker


def families_in_order(names: Iterable[str]) -> list[str]:
    """Each family once, in the same order in every figure; unknown ones last."""
    known = list(FAMILIES)
    rank = {name: known.index(name) if name in known else len(known) for name in names}
    return sorted(rank, key=rank.__getitem__)


def family_name(family: str) -> str:
    """The family as its authors write it."""
    return look_of(family).title
