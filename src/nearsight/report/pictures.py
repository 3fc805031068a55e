"""Figures of a study with their captions and alt texts."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from nearsight.page import Figure
from nearsight.report.results import Results

CAPTIONS: Final = Path(__file__).parents[3] / "workflow" / "report"
"""Captions of a checkout, a folder each aim; without one a figure has its title alone."""
LARGEST_SVG: Final = 120_000
"""Bytes beyond which the PNG is embedded, where it is the smaller one: points and bands by the
thousand make drawings larger than pictures."""

_MARKS = ((re.compile(r"``(.+?)``", re.S), r"\1"), (re.compile(r"\*(\S.*?)\*", re.S), r"\1"))


def pictures(results: Results, names: Sequence[str], captions: Path = CAPTIONS) -> list[Figure]:
    """Those of some figures that are drawn, in this order.

    Args:
        results: the study.
        names: of figures of its aim.
        captions: folder of captions by aim.
    """
    found = []
    for name in names:
        alt = results.folder / "figures" / f"{name}.txt"
        image = _image(results.folder / "figures" / name)
        if image is not None and alt.is_file():
            caption = _caption(results, name, captions)
            found.append(Figure(image, caption, alt.read_text(encoding="utf-8").strip()))
    return found


def _image(stem: Path) -> bytes | None:
    """The drawing where it is small, else the smaller of drawing and picture."""
    files = [stem.with_name(f"{stem.name}.{kind}") for kind in ("svg", "png")]
    known = [path for path in files if path.is_file()]
    if not known:
        return None
    if known[0].suffix == ".svg" and known[0].stat().st_size <= LARGEST_SVG:
        return known[0].read_bytes()
    return min(known, key=lambda path: path.stat().st_size).read_bytes()


def _caption(results: Results, name: str, captions: Path) -> str:
    path = captions / results.study.aim / f"{name}.rst"
    if path.is_file():
        return plain(path.read_text(encoding="utf-8"))
    return {figure.name: figure.title for figure in results.aim.figures()}[name]


def plain(text: str) -> str:
    """A caption without the marks of its markup, on one line."""
    for mark, inside in _MARKS:
        text = mark.sub(inside, text)
    return " ".join(text.split())
