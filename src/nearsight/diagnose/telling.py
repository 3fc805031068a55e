"""Numbers, intervals and levels of theory in the words of findings."""

import math

from nearsight.config import same_level
from nearsight.config.yardstick import UNKNOWN
from nearsight.diagnose.subject import Subject

MOST_TIMES = 1000
"""A factor above this is told as such."""


def number(value: float) -> str:
    """Three digits, never with a power of ten between 0.001 and a million: 1570, 87.2, 0.0032."""
    if not math.isfinite(value) or value == 0 or not 1e-3 <= abs(value) < 1e6:
        return f"{value:.3g}"
    # Rounded first: 99.96 is 100, and not 100.0.
    rounded = float(f"{value:.3g}")
    places = max(0, 2 - math.floor(math.log10(abs(rounded))))
    return f"{rounded if places else value:.{places}f}"


def two_digits(value: float) -> str:
    """As far as an error or a noise is known: 120, 1.2, 0.0012, 1.2e-05."""
    return f"{float(f'{value:.2g}'):g}"


def interval(value: float, low: float, high: float, unit: str = "") -> str:
    """A number with its interval where it has one, for example ``0.25 [0.21, 0.29] eV``.

    Args:
        value: the number.
        low: lower bound; NaN for none.
        high: upper bound.
        unit: behind it.
    """
    known = math.isfinite(low) and math.isfinite(high)
    bounds = f" [{number(low)}, {number(high)}]" if known else ""
    return f"{number(value)}{bounds} {unit}".strip()


def times(factor: float) -> str:
    """A factor, for example ``2.3 times``; one that nobody reads exactly as a bound."""
    if not factor <= MOST_TIMES:
        return f"over {MOST_TIMES:,} times"
    return f"{factor:.1f} times" if factor < 10 else f"{factor:.0f} times"


def level_note(subject: Subject) -> str:
    """Whether the reference is what the model has learned; empty where it is known to be."""
    if subject.reference is None:
        return ""
    name = subject.reference.label
    labels = "" if subject.labels is None else level_of_labels(subject)
    if labels and same_level(labels, name):
        return ""
    if labels and not same_level(labels, UNKNOWN):
        return (
            f"The reference ({name}) is another level of theory than the labels ({labels}): "
            "the difference holds that of the two methods too."
        )
    return (
        f"Whether the model was made to give what {name} gives is not known here: the difference "
        "may hold that of two levels of theory."
    )


def level_of_labels(subject: Subject) -> str:
    """Level of theory that the labels say they have; empty where there are none."""
    if subject.labels is None:
        return ""
    return str(subject.labels.attributes.get("level_of_theory", UNKNOWN))


def sentences(*parts: str) -> str:
    """Parts that are not empty, one after another."""
    return " ".join(part for part in parts if part)
