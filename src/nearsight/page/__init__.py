"""One self-contained HTML page: answers, figures, a table, 3-D views, and what it was made from.

The interface, whole. Everything is a frozen dataclass that checks itself and raises ``DataError``:

- ``Answer(question, words, verdict="none", figures=(), advice="", table=None)``: an entry of the
  page; ``words`` and ``advice`` are plain text, an empty line begins a paragraph;
- ``Figure(image, caption, alt)``: bytes of an SVG or PNG file;
- ``Table(title, columns, rows)`` with ``Column(title, unit="", words="", digits=3)``: sorted and
  filtered in the browser, with its CSV to download (``csv``, made of the rows unless given);
- ``Scene(title, atomic_number, position, layers, walks, replicas)``: the 3-D view of one model:
  ``PairLayer`` by name, ``Walks``, and ``Replica.thinned(...)``;
- ``Facts(title, rows)``: a block of the foot: settings, files and checksums, versions, cost;
- ``Page(title, lead, answers, table, scenes, facts, links)``;
- ``render(page) -> str`` and ``write_page(page, path)``.

No text becomes markup, whoever wrote it. The file asks nothing of any network, and its policy
(Content-Security-Policy) forbids it to.
"""

from nearsight.page.answer import Answer, Figure, Verdict
from nearsight.page.page import Facts, Page
from nearsight.page.rendering import render, write_page
from nearsight.page.replica import Replica
from nearsight.page.scene import PairLayer, Scene, Walks
from nearsight.page.table import Cell, Column, Table

__all__ = [
    "Answer",
    "Cell",
    "Column",
    "Facts",
    "Figure",
    "Page",
    "PairLayer",
    "Replica",
    "Scene",
    "Table",
    "Verdict",
    "Walks",
    "render",
    "write_page",
]
