"""A question of the page with its answer in words, a verdict, and figures."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from nearsight.errors import DataError, one_line
from nearsight.page.table import Table

Verdict = Literal["pass", "warn", "fail", "undecided", "not_applicable", "none"]
"""``none``: the question has an answer, and nothing to pass or fail."""

VERDICTS: Final = get_args(Verdict)

PNG: Final = b"\x89PNG\r\n\x1a\n"
SVG_BEGINS: Final = 4096
"""Bytes in which an SVG file names its root; matplotlib's need 300."""


@dataclass(frozen=True)
class Figure:
    """A picture with its caption.

    Attributes:
        image: bytes of an SVG or a PNG file.
        caption: what is drawn, for everybody.
        alt: what it shows, for those who do not see it.
    """

    image: bytes
    caption: str
    alt: str

    def __post_init__(self) -> None:
        if not self.alt.strip():
            raise DataError(f"figure {one_line(self.caption)!r} has no alt text")
        self.media_type  # noqa: B018  raises

    @property
    def media_type(self) -> str:
        """``image/png`` or ``image/svg+xml``."""
        if self.image.startswith(PNG):
            return "image/png"
        if b"<svg" in self.image[:SVG_BEGINS]:
            return "image/svg+xml"
        raise DataError(f"figure {one_line(self.caption)!r} is neither an SVG nor a PNG file")

    @property
    def address(self) -> str:
        """The picture as a data: address. As an image no SVG runs a script or loads a file."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.image).decode()}"


@dataclass(frozen=True)
class Answer:
    """A question and what was found.

    Attributes:
        question: one sentence that ends in a question mark.
        words: the answer with numbers and intervals; an empty line begins a paragraph.
        verdict: see ``Verdict``.
        figures: in the order in which they are to be read.
        advice: what to do about it; may be empty.
        table: the numbers behind it, such as each quantity with its threshold; may be missing.
    """

    question: str
    words: str
    verdict: Verdict = "none"
    figures: Sequence[Figure] = ()
    advice: str = ""
    table: Table | None = None

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise DataError(f"verdict {self.verdict!r} is none of {', '.join(VERDICTS)}")
        if not self.question.strip() or not self.words.strip():
            raise DataError(f"answer {one_line(self.question)!r} lacks a question or words")

    @property
    def has_more(self) -> bool:
        """Whether figures or numbers stand behind the words."""
        return bool(self.figures) or self.table is not None
