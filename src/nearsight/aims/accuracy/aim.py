"""The aim accuracy in code."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nearsight.aims.accuracy import spec
from nearsight.aims.answering import Answers
from nearsight.aims.interface import Aim
from nearsight.config import Study

if TYPE_CHECKING:
    import xarray as xr

    from nearsight.figures import FigureSpec


def collect(study: Study, folder: Path) -> Mapping[str, "xr.Dataset"]:
    """Test errors, cost and learning curves."""
    from nearsight.aims.accuracy.table import collect_accuracy

    return {"accuracy": collect_accuracy(study, folder)}


def figures() -> Sequence["FigureSpec"]:
    """The one figure."""
    from nearsight.aims.accuracy.figures import accuracy
    from nearsight.figures.spec import of_modules

    return of_modules([accuracy], spec.ACCURACY.figures)


def answers() -> Answers:
    """How its tables answer its questions."""
    from nearsight.aims.accuracy.answers import ANSWERS

    return ANSWERS


ACCURACY = Aim(spec.ACCURACY, collect, figures, answers)
