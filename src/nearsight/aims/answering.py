"""What an aim asks of a study and how its tables answer, in words for one page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import xarray as xr

Verdict = Literal["pass", "warn", "fail", "undecided", "not_applicable", "none"]
"""``none``: the question has an answer, and nothing to pass or fail."""


@dataclass(frozen=True)
class Said:
    """A question with its answer.

    Attributes:
        question: one sentence that ends in a question mark.
        words: the answer with numbers and intervals; an empty line begins a paragraph.
        figures: names of the figures behind it, in the order in which they are to be read.
        verdict: what of it can pass or fail.
        advice: what to do about it; may be empty.
    """

    question: str
    words: str
    figures: tuple[str, ...] = ()
    verdict: Verdict = "none"
    advice: str = ""


@dataclass(frozen=True)
class Shown:
    """A column of the main table that the page shows.

    Attributes:
        name: of the variable or coordinate; of a variable with further dimensions none.
        title: its head.
        unit: as people read it.
        words: what it is, in a sentence.
    """

    name: str
    title: str
    unit: str = ""
    words: str = ""


Tables = Mapping[str, "xr.Dataset"]
"""Tables of a study by name; those that are not made are not there."""


@dataclass(frozen=True)
class Answers:
    """How an aim answers.

    Attributes:
        ask: from the tables of a study to its questions, in the order of the page. The figures of
            all of them are those of the aim.
        columns: a dozen columns of its main table.
    """

    ask: Callable[[Tables], Sequence[Said]]
    columns: tuple[Shown, ...]
