"""A headless Chromium that opens a page from disk and keeps what it says and asks for."""

import base64
import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

# WebGL without a graphics card.
DRAWN_IN_SOFTWARE = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
WITHOUT_DRAWING = ["--disable-3d-apis"]
PATIENCE = 60_000
"""ms: a machine that is busy draws slowly."""


class Visit:
    """A page that is open."""

    def __init__(self, page: Any, path: Path) -> None:
        self.page = page
        self.messages: list[str] = []
        self.requests: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: self.messages.append(message.text))
        page.on("pageerror", lambda error: self.messages.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(path.as_uri())
        self.requests.remove(path.as_uri())

    @property
    def outward(self) -> list[str]:
        """What was asked of anything but the page itself."""
        return [url for url in self.requests if not url.startswith(("data:", "blob:"))]

    def see_view(self) -> str:
        """Scroll to the 3-D view and wait for it: ``yes`` where it is drawn, ``no`` where not."""
        self.page.evaluate("document.getElementById('view').scrollIntoView()")
        view = self.page.locator("#view[data-ready]")
        view.wait_for(state="attached")
        return str(view.get_attribute("data-ready"))

    def pixels(self) -> Image.Image:
        """What the 3-D view shows, in RGB."""
        address = self.page.evaluate("document.querySelector('#canvas canvas').toDataURL()")
        drawn = Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", drawn.size, "white"), drawn).convert("RGB")

    def slide(self, name: str, value: float | str) -> None:
        """Move a slider as a hand does, and wait until that is painted."""
        self.page.locator(name).evaluate(
            "(slider, to) => { slider.value = to === 'max' ? slider.max : to;"
            "slider.dispatchEvent(new Event('input', { bubbles: true })); }",
            value,
        )
        self.painted()

    def choose(self, name: str, value: str) -> None:
        """Choose in a list, and wait until that is drawn."""
        self.page.locator(name).select_option(value)
        self.page.locator(".view[aria-busy=false]").wait_for()
        self.painted()

    def column(self, number: int, keys: bool = False) -> list[str]:
        """Cells of a column of the table of models from above, or what they are sorted by."""
        cells = self.page.locator(f"#table-models tbody tr > :nth-child({number + 1})")
        if keys:
            return list(cells.evaluate_all("all => all.map((cell) => cell.dataset.value)"))
        return [text.strip() for text in cells.all_text_contents()]

    def sort_by(self, number: int) -> str | None:
        """Click on a head of the table of models; the direction that it then has."""
        head = self.page.locator("#table-models thead th").nth(number)
        head.get_by_role("button").click()
        return head.get_attribute("aria-sort")

    def listed(self) -> list[str]:
        """What is drawn, as the page lists it."""
        return self.page.locator("#view-list tbody tr > :first-child").all_text_contents()

    def play(self) -> str:
        """Play a trajectory from where it stands; what the page says at its end."""
        button = self.page.locator("#view-run")
        button.click()
        self.page.locator("#view-run[aria-pressed=false]").wait_for()
        self.painted()
        return self.page.locator("#view-status").text_content() or ""

    def painted(self) -> None:
        """Wait until what was asked for is drawn, not until a busy machine has shown it."""
        self.page.evaluate("() => new Promise((go) => setTimeout(go, 40))")


@contextmanager
def chromium() -> Iterator[Callable[..., Any]]:
    """Start browsers with flags; a skip that says why where there is none.

    Debian's own is taken, or playwright's.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as started:
        program = shutil.which("chromium") or started.chromium.executable_path
        if not Path(program).exists():
            pytest.skip("no chromium: apt-get install chromium, or playwright install chromium")
        yield lambda *flags: started.chromium.launch(
            executable_path=program, args=[*sandbox, *flags]
        )


@contextmanager
def visit(running: Any, path: Path, **settings: Any) -> Iterator[Visit]:
    """A page in a window of its own: small, so that it is drawn quickly."""
    chosen = {"viewport": {"width": 260, "height": 260}, "reduced_motion": "reduce", **settings}
    context = running.new_context(**chosen)
    try:
        yield Visit(context.new_page(), path)
    finally:
        context.close()


def expect_the_table_sorts(seen: Visit) -> None:
    """By every column of numbers, both ways, with what is missing last."""
    heads = seen.page.locator("#table-models thead th")
    numbers = [k for k in range(heads.count())
               if "number" in (heads.nth(k).get_attribute("class") or "")]  # fmt: skip
    moved = False
    for column in numbers:
        for direction, sign in (("ascending", 1), ("descending", -1)):
            assert seen.sort_by(column) == direction
            keys = seen.column(column, keys=True)
            known = [sign * float(key) for key in keys if key]
            assert known == sorted(known)
            assert all(keys[: len(known)]), "what is missing does not come last"
        moved |= len(set(known)) > 1
    assert moved, "no column has two numbers"


def expect_sliders_change_what_is_shown(seen: Visit) -> None:
    """Fewer pairs above a threshold, none beyond the farthest: another list, another picture."""
    counts, pictures = [], []
    for threshold, beyond in ((0, 0), ("max", 0), ("max", "max")):
        seen.slide("#view-threshold", threshold)
        seen.slide("#view-beyond", beyond)
        counts.append(len(seen.listed()))
        pictures.append(seen.pixels().tobytes())
    every, strongest, none = counts
    assert every >= strongest >= 1
    assert every > strongest or every == 1
    assert none == 0
    # Weak pairs may hide in the bonds of a small molecule, the strongest does not.
    assert pictures[0] != pictures[2]


def expect_a_trajectory_plays(seen: Visit) -> None:
    """From its first frame to its last, in which the atoms stand elsewhere."""
    seen.choose("#view-replica", "0")
    before = seen.pixels().tobytes()
    assert "its last frame: " in seen.play()
    frame = seen.page.locator("#view-frame")
    assert frame.input_value() == frame.get_attribute("max") != "0"
    assert seen.pixels().tobytes() != before
