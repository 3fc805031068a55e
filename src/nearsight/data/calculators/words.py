"""What is said of calculators, in one line."""

from ase.calculators.calculator import BaseCalculator

from nearsight.errors import one_line


def said(error: BaseException) -> str:
    """Kind and text of whatever was raised."""
    text = one_line(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def name_of(calculator: BaseCalculator) -> str:
    """Module and class of a calculator."""
    return f"{type(calculator).__module__}:{type(calculator).__qualname__}"
