"""From the setting ``yardstick`` and the level of theory of data to the engine beside them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearsight.config import GFN2_XTB, Yardstick, same_level
from nearsight.config.yardstick import UNKNOWN
from nearsight.errors import NearsightError

if TYPE_CHECKING:
    from nearsight.data.calculators import Source

SCF_ACCURACY = 0.1
"""Of GFN2-xTB's self-consistent field, enough for dynamics; tighter for second derivatives."""
ATTRIBUTES = ("yardstick", "level_of_theory", "data_level_of_theory")
"""Attributes of every file made by a yardstick: what was asked for, what it is, and its data."""
_EMBEDDED = "nearsight.data.engine:reference_calculator"
HINT = (
    "give --yardstick gfn2 (another level of theory than the labels, and labelled so everywhere), "
    "or a calculator by name, --yardstick package.module:factory"
)


class NoYardstickError(NearsightError):
    """No engine here computes what the data are labelled with.

    Attributes:
        reason: without what to do, for a file that stays in a study.
        attributes: of such a file.
    """

    def __init__(self, origin: str, labels: str) -> None:
        self.reason = f"no engine here for the data set's level of theory, {labels}"
        self.attributes = _attributes(Yardstick(), "", labels)
        or_say = ", or data that say what labelled them" if same_level(labels, UNKNOWN) else ""
        super().__init__(f"{origin}: {self.reason}: {HINT}{or_say}")


@dataclass(frozen=True)
class Reference:
    """The engine that stands beside data.

    Attributes:
        name: of engine and arguments, unlike that of any other.
        level_of_theory: what it computes.
        attributes: for files that it makes.
        open: the engine, by the accuracy of GFN2-xTB's self-consistent field and the processes that
            it may use.
    """

    name: str
    level_of_theory: str
    attributes: dict[str, str]
    open: "Callable[[float, int], Source]"


def find_reference(yardstick: Yardstick, labels: str | None, origin: str) -> Reference:
    """The engine for data of a level of theory.

    Args:
        yardstick: the setting.
        labels: level of theory of the data; None for structures without labels, beside which
            ``same`` is the engine that is here.
        origin: file of the data, for the error.

    Raises:
        NoYardstickError: ``same`` for labels of another engine than the one that is here.
    """
    level = yardstick.level_beside(GFN2_XTB if labels is None else labels)
    if not level:
        raise NoYardstickError(origin, labels or UNKNOWN)
    attributes = _attributes(yardstick, level, labels or "")
    if not yardstick.is_calculator:
        return Reference(GFN2_XTB, level, attributes, _embedded)
    arguments = json.dumps(yardstick.arguments, sort_keys=True)
    name = f"{yardstick.engine} {arguments}" if yardstick.arguments else yardstick.engine
    return Reference(
        name, level, attributes, lambda accuracy, processes: _by_name(yardstick, processes)
    )


def asked(yardstick: Yardstick) -> str:
    """What was asked for, as the attribute ``yardstick`` of every file made by it has it."""
    if not yardstick.arguments:
        return yardstick.engine
    return f"{yardstick.engine} {json.dumps(yardstick.arguments, sort_keys=True)}"


def _attributes(yardstick: Yardstick, level: str, labels: str) -> dict[str, str]:
    return dict(zip(ATTRIBUTES, (asked(yardstick), level, labels), strict=True))


def _embedded(accuracy: float, processes: int) -> "Source":
    from nearsight.data.calculators import CalculatorPool, InProcess

    if processes == 1:
        from nearsight.data.engine import reference_calculator

        return InProcess(reference_calculator(accuracy), GFN2_XTB)
    return CalculatorPool(_EMBEDDED, {"accuracy": accuracy}, processes)


def _by_name(yardstick: Yardstick, processes: int) -> "Source":
    from nearsight.data.calculators import CalculatorPool

    return CalculatorPool(yardstick.engine, yardstick.arguments, processes)
