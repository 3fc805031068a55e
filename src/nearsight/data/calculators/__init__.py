"""ASE calculators named by the user, and the engine that is here, behind one face.

Whatever they raise ends in one line, or as the reason why a copy has no numbers.
"""

from nearsight.data.calculators.asking import evaluate, forces_of
from nearsight.data.calculators.factory import calculator_from
from nearsight.data.calculators.pool import CalculatorPool, available_cores
from nearsight.data.calculators.source import Answers, InProcess, Source
from nearsight.data.calculators.trying import TRIES, try_out

__all__ = [
    "Answers",
    "CalculatorPool",
    "InProcess",
    "Source",
    "TRIES",
    "available_cores",
    "calculator_from",
    "evaluate",
    "forces_of",
    "try_out",
]
