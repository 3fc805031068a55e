"""Markdown in pieces: paragraphs, items of lists, rows of tables; code is left out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

START = re.compile(r"\s*(?:[-*]|\d+\.)\s|#|\|")
OPENING, CLOSING = re.compile(r"<!--table (\w+)-->"), "<!--/table-->"


@dataclass(frozen=True)
class Block:
    """A piece of text that begins at a line (counted from 1)."""

    line: int
    text: str


def blocks(page: str) -> Iterator[Block]:
    """Pieces of a page, without code and without tables that are written from files."""
    lines: list[str] = []
    first, inside = 1, False
    for number, line in enumerate(_prose(page), 1):
        if not inside and lines and (not line.strip() or START.match(line)):
            yield Block(first, "\n".join(lines))
            lines = []
        if line.strip() or inside:
            first = first if lines else number
            lines.append(line)
        inside = line.rfind("<!--") > line.rfind("-->") or (inside and "-->" not in line)
    if lines:
        yield Block(first, "\n".join(lines))


def _prose(page: str) -> Iterator[str]:
    """Lines of a page; those of code and of written tables are blank."""
    code = table = False
    for line in page.splitlines():
        fence = line.lstrip().startswith("```")
        table = table or bool(OPENING.search(line))
        yield "" if code or fence or table or _indented_code(line) else line
        code, table = code != fence, table and CLOSING not in line


def _indented_code(line: str) -> bool:
    return line.startswith("    ") and not line.lstrip().startswith(("<!--", "-"))
