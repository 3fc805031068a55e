"""An aim in code: its tables from results, its figures from tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nearsight.aims.answering import Answers
from nearsight.aims.declaration import AimSpec
from nearsight.config import Study

if TYPE_CHECKING:
    import xarray as xr

    from nearsight.figures import FigureSpec


@dataclass(frozen=True)
class Aim:
    """What an aim does with a study.

    Attributes:
        spec: how it declares itself.
        collect: from a study and the folder of its results to tables by name: those that its
            declaration says ``collect`` makes. Rows of what failed or is stale stay, and
            ``status`` and ``reason`` of its first table say so.
        figures: its figures, in the order of its declaration. Asked for when they are drawn:
            collecting needs no library of drawing, and drawing none of networks.
        answers: its questions and how its tables answer them, asked for as figures are; without
            them a page shows its figures under one question.
    """

    spec: AimSpec
    collect: Callable[[Study, Path], Mapping[str, "xr.Dataset"]]
    figures: Callable[[], Sequence["FigureSpec"]]
    answers: Callable[[], Answers] | None = None
