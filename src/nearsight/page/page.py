"""All that a page says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from nearsight.errors import DataError, one_line
from nearsight.page.answer import Answer, Verdict
from nearsight.page.scene import Scene
from nearsight.page.table import Table

LINK: Final = re.compile(r"https?://|(?![a-z][a-z0-9+.-]*:|/)", re.IGNORECASE)
"""A link leads to a web address, or beside the page: never into a script, nor to a fixed place."""


WORST_FIRST: Final[tuple[Verdict, ...]] = (
    "fail", "warn", "undecided", "pass", "not_applicable",
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """A block of the foot, folded until the reader opens it.

    Attributes:
        title: such as Settings, Files and checksums, Versions, Cost.
        rows: by name.
    """

    title: str
    rows: Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """What stands on the page, from top to bottom.

    Attributes:
        title: of the page.
        lead: what was examined, in a paragraph or two.
        answers: first in short, then one by one with their figures.
        table: of the models.
        scenes: one for each model; the reader chooses.
        facts: the foot: settings, provenance, checksums, versions, cost.
        links: text to address, beside the page or on the web.
        note: said beside the 3-D view, such as which models it leaves out.
    """

    title: str
    lead: str = ""
    answers: Sequence[Answer] = ()
    table: Table | None = None
    scenes: Sequence[Scene] = ()
    facts: Sequence[Facts] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    def __post_init__(self) -> None:
        for text, address in self.links.items():
            if not LINK.match(address):
                raise DataError(f"link {one_line(text)!r} leads to {one_line(address)!r}")

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many answers have each verdict, worst first; those without one are left out."""
        given = [answer.verdict for answer in self.answers]
        return {one: given.count(one) for one in WORST_FIRST if one in given}
