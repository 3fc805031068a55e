"""The aim properties in code."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nearsight.aims.answering import Answers
from nearsight.aims.interface import Aim
from nearsight.aims.properties import spec
from nearsight.config import Study

if TYPE_CHECKING:
    import xarray as xr

    from nearsight.figures import FigureSpec


def collect(study: Study, folder: Path) -> Mapping[str, "xr.Dataset"]:
    """Relevance against size, and shares of the top atoms."""
    from nearsight.aims.properties.table import collect_pooling

    return {"properties": collect_pooling(study, folder)}


def figures() -> Sequence["FigureSpec"]:
    """Pooling and elements."""
    from nearsight.aims.properties.figures import pooling, species
    from nearsight.figures.spec import of_modules

    return of_modules([pooling, species], spec.PROPERTIES.figures)


def answers() -> Answers:
    """How its tables answer its questions."""
    from nearsight.aims.properties.answers import ANSWERS

    return ANSWERS


PROPERTIES = Aim(spec.PROPERTIES, collect, figures, answers)
