"""The text against the tables: quotes that are right, none missing, tables that are fresh."""

from collections.abc import Callable, Iterator
from pathlib import Path

from quoting.blocks import CLOSING, OPENING, Block, blocks
from quoting.layouts import Layouts
from quoting.quotes import COMMENT, quotes
from quoting.store import MINUS, QuoteError
from quoting.unmarked import Span, candidates, places

STUDIES = ("docs/demo.md", "docs/decay_study.md")
"""Pages of studies: every decimal number is a result."""

REPORT = "workflow/report"
"""Texts of reports; a quote stands in a comment of Jinja there."""

SEARCHED = ("README.md", f"{REPORT}/workflow.rst", *STUDIES)
"""Pages in which a number of a study may not stand without a quote."""


def pages(root: Path) -> list[Path]:
    """README, docs and the texts of reports."""
    docs = sorted((root / "docs").glob("*.md"))
    return [root / "README.md", *docs, *sorted((root / REPORT).glob("*.rst"))]


def faults(root: Path, numbers: Path) -> list[str]:
    """One line each, with file and line."""
    layouts = Layouts.read(numbers / "layouts.yaml")
    found = []
    for page in pages(root):
        name = str(page.relative_to(root))
        text = page.read_text(encoding="utf-8")
        for block in blocks(text):
            found += [f"{name}:{line}: {what}" for line, what in _of_block(block, name, numbers)]
        found += [f"{name}:{line}: {what}" for line, what in _stale(text, layouts, numbers)]
    return found


def _of_block(block: Block, page: str, numbers: Path) -> Iterator[tuple[int, str]]:
    try:
        told = list(quotes(block.text))
    except QuoteError as fault:
        yield block.line, str(fault)
        return
    prose = COMMENT.sub(lambda comment: _blank(comment[0]), block.text).replace(MINUS, "-")
    covered: set[Span] = set()
    for quote in told:
        where = places(prose, quote.literal)
        free = [span for span in where if span not in covered] or where
        if not free:
            yield block.line, f"quoted {quote.literal} ({quote.column}) does not stand in the text"
            continue
        covered.add(free[0])
        yield from _wrong(_line(block, free[0]), quote.fault, numbers)
    if page in SEARCHED:
        yield from _without_quote(block, prose, covered, study=page in STUDIES)


def _wrong(
    line: int, fault: Callable[[Path], str | None], numbers: Path
) -> Iterator[tuple[int, str]]:
    try:
        what = fault(numbers)
    except QuoteError as missing:
        what = str(missing)
    if what:
        yield line, what


def _without_quote(
    block: Block, prose: str, covered: set[Span], *, study: bool
) -> Iterator[tuple[int, str]]:
    for span in candidates(prose, study=study):
        if not any(other.start <= span.end and span.start <= other.end for other in covered):
            number = prose[span.start : span.end]
            yield (
                _line(block, span),
                f"{number}: a number of a study without a quote (<!--n ... -->)",
            )


def _line(block: Block, span: Span) -> int:
    return block.line + block.text.count("\n", 0, span.start)


def _blank(comment: str) -> str:
    return "".join("\n" if letter == "\n" else " " for letter in comment)


def _stale(text: str, layouts: Layouts, numbers: Path) -> Iterator[tuple[int, str]]:
    lines = text.splitlines()
    for start, end, name in _tables(lines):
        try:
            fresh = layouts.table(name, numbers).splitlines()
        except QuoteError as fault:
            yield start + 1, str(fault)
            continue
        if lines[start + 1 : end] != ["", *fresh, ""]:
            yield start + 1, f"table {name} is not what its numbers are: python docs/quote.py write"


def _tables(lines: list[str]) -> list[tuple[int, int, str]]:
    """Lines of the markers of each table, counted from 0, and its name."""
    found = []
    for start, line in enumerate(lines):
        if opening := OPENING.fullmatch(line.strip()):
            rest = [end for end in range(start, len(lines)) if lines[end].strip() == CLOSING]
            if rest:
                found.append((start, rest[0], opening[1]))
    return found


def write(page: Path, layouts: Layouts, numbers: Path) -> bool:
    """Write the tables of a page anew, last first; whether it has any.

    Raises:
        QuoteError: a table that cannot be made.
    """
    lines = page.read_text(encoding="utf-8").splitlines()
    tables = _tables(lines)
    for start, end, name in reversed(tables):
        lines[start + 1 : end] = ["", *layouts.table(name, numbers).splitlines(), ""]
    if tables:
        page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return bool(tables)
