"""The page in a real browser: silent, alone, drawn, and its controls do what they say."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import DRAWN_IN_SOFTWARE, WITHOUT_DRAWING, Visit, chromium, visit
from page_examples import MARKUP, ethanol, page, table

from nearsight.page import write_page

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page whose model bears the worst of names."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    write_page(page(MARKUP), path)
    return path


@pytest.fixture(scope="module")
def launch() -> Iterator[Callable[..., Any]]:
    with chromium() as starting:
        yield starting


@pytest.fixture(scope="module")
def running(launch: Callable[..., Any]) -> Any:
    return launch(*DRAWN_IN_SOFTWARE)


@pytest.fixture(scope="module")
def opened(running: Any, written: Path) -> Iterator[Visit]:
    with visit(running, written) as seen:
        assert seen.see_view() == "yes"
        yield seen


@pytest.fixture
def silent(opened: Visit) -> Iterator[Visit]:
    """The page, which says nothing in its console and asks nothing of anyone."""
    yield opened
    assert opened.messages == []
    assert opened.outward == []


@pytest.fixture
def seen(silent: Visit) -> Visit:
    """The page, with the first model as it was first drawn."""
    opened = silent
    opened.choose("#view-model", "0")
    opened.choose("#view-bodies", "")
    opened.page.get_by_role("radio", name="response").check()
    opened.page.locator("#view-labels").uncheck()
    opened.slide("#view-threshold", 55)
    opened.slide("#view-beyond", 1.75)
    return opened


def color_count(seen: Visit, red: int, green: int, blue: int) -> int:
    """Pixels in the direction of a colour, whatever the light on them."""
    pixels = np.asarray(seen.pixels(), float).reshape(-1, 3)
    lit = pixels[(np.ptp(pixels, axis=1) > 40)]
    wanted = np.array([red, green, blue], float)
    likeness = lit @ wanted / (np.linalg.norm(lit, axis=1) * np.linalg.norm(wanted))
    return int((likeness > 0.99).sum())


VERMILION, BLUE = (0xD5, 0x5E, 0x00), (0x00, 0x72, 0xB2)


def test_names_of_users_are_text(silent: Visit) -> None:
    assert silent.page.title() == f"A page of {MARKUP}"
    assert silent.page.locator("h1").text_content() == f"A page of {MARKUP}"
    assert silent.page.locator("#view-model option").first.text_content() == MARKUP
    assert silent.page.locator("img[src=x]").count() == 0


def test_the_page_cannot_reach_a_network(running: Any, written: Path) -> None:
    with visit(running, written) as alone:
        said = alone.page.evaluate("fetch('https://example.org/').then(() => 'sent', () => 'held')")
        assert said == "held"
        loaded = alone.page.evaluate(
            "() => new Promise((end) => { const image = new Image(); image.onload = () => end('l');"
            "image.onerror = () => end('held'); image.src = 'https://example.org/a.png'; })"
        )
        assert loaded == "held"
        assert sum("Content Security Policy" in text for text in alone.messages) >= 2


def test_a_click_on_a_head_sorts(silent: Visit) -> None:
    numbers = [float(row[1]) for row in table().rows if row[1] is not None]
    for direction, backwards in (("ascending", False), ("descending", True)):
        assert silent.sort_by(1) == direction
        shown = silent.column(1)
        assert [float(text) for text in shown[:-1]] == sorted(numbers, reverse=backwards)
        assert shown[-1] == "–"


def test_texts_are_sorted_with_their_numbers_by_the_keyboard_too(silent: Visit) -> None:
    silent.page.locator("#table-models thead button").first.focus()
    silent.page.keyboard.press("Enter")
    assert silent.column(0) == [f"model {k}" for k in range(12)]
    assert silent.page.locator("#table-models [aria-sort]").count() == 1


def test_words_filter_the_rows(silent: Visit) -> None:
    rows = silent.page.locator("#table-models tbody tr")
    words = silent.page.get_by_role("searchbox")
    count = silent.page.locator("[data-counts=table-models]")
    for text, kept in (("FAIL", 3), ("fail model", 3), ("nothing like it", 0), ("", 12)):
        words.fill(text)
        assert rows.locator("visible=true").count() == kept
        said = count.text_content()
        assert said == (f"{kept} of 12 rows" if kept < 12 else "12 rows")


def test_the_csv_is_downloaded(silent: Visit) -> None:
    with silent.page.expect_download() as waiting:
        silent.page.locator("#table .download").click()
    assert waiting.value.suggested_filename == "table.csv"
    assert Path(waiting.value.path()).read_text() == table().to_csv()


def test_the_molecule_and_both_signs_are_drawn(seen: Visit) -> None:
    seen.slide("#view-threshold", 0)
    seen.slide("#view-beyond", 0)
    pixels = np.asarray(seen.pixels()).reshape(-1, 3)
    assert len(np.unique(pixels, axis=0)) > 100
    assert color_count(seen, *VERMILION) > 20
    assert color_count(seen, *BLUE) > 20


def test_the_slider_of_the_threshold_changes_what_is_drawn(seen: Visit) -> None:
    counts, colored = [], []
    for at in (0, 60, 100):
        seen.slide("#view-threshold", at)
        counts.append(len(seen.listed()))
        colored.append(color_count(seen, *VERMILION) + color_count(seen, *BLUE))
    assert counts[0] > counts[1] > counts[2] == 1
    assert colored[0] > colored[1] > colored[2] > 0
    assert "1 of" in (seen.page.locator("#view-status").text_content() or "")


def test_near_pairs_are_left_out_on_demand(seen: Visit) -> None:
    seen.slide("#view-threshold", 0)
    for beyond in (0, 2.5):
        seen.slide("#view-beyond", beyond)
        cells = seen.page.locator("#view-list tbody td:nth-child(2)").all_text_contents()
        assert cells
        assert min(float(cell) for cell in cells) >= beyond


def test_the_switch_shows_another_layer(seen: Visit) -> None:
    assert seen.page.locator("#view-legend").is_visible()
    seen.slide("#view-threshold", 0)
    seen.slide("#view-beyond", 0)
    assert color_count(seen, *BLUE) > 20
    seen.page.get_by_role("radio", name="size").check()
    seen.painted()
    assert color_count(seen, *BLUE) == 0
    assert seen.page.locator("#view-legend").is_hidden()
    seen.page.get_by_role("radio", name="none").check()
    seen.painted()
    assert seen.listed() == []
    assert color_count(seen, *VERMILION) == 0


def test_walks_are_chosen_by_body_order(seen: Visit) -> None:
    seen.page.get_by_role("radio", name="none").check()
    seen.choose("#view-bodies", "3")
    assert seen.listed() == ["C0 → C1 → O2", "O2 → C1 → C0", "H3 → C1 → C0"]
    assert color_count(seen, *VERMILION) > 20
    seen.slide("#view-most", 1)
    assert seen.listed() == ["C0 → C1 → O2"]
    seen.choose("#view-bodies", "2")
    assert seen.listed() == ["C1 → C0 → C0"]


def test_a_trajectory_plays_to_its_end_and_marks_who_broke_it(seen: Visit) -> None:
    seen.choose("#view-replica", "0")
    status, frame = seen.page.locator("#view-status"), seen.page.locator("#view-frame")
    assert seen.page.locator("#view-layers[disabled]").count() == 1
    seen.slide("#view-frame", 15)
    before = seen.pixels()
    play = seen.page.get_by_role("button", name="Play")
    play.click()
    status.filter(has_text="its last frame: bond (C1, H3)").wait_for()
    play.wait_for()
    assert frame.input_value() == frame.get_attribute("max") == "24"
    assert "25 of 30 frames are here" in (status.text_content() or "")
    assert "0.058 ps, frame 25 of 25" in (seen.page.locator("#view-time").text_content() or "")
    seen.painted()
    assert seen.pixels().tobytes() != before.tobytes()


def test_another_model_is_drawn(seen: Visit) -> None:
    seen.choose("#view-model", "1")
    label = seen.page.locator("#canvas[aria-label^='3-D view of second']")
    label.wait_for(state="attached")
    assert seen.page.locator("#view-replica option").count() == 2


def test_keys_turn_zoom_and_reset(seen: Visit) -> None:
    canvas = seen.page.locator("#canvas")
    seen.page.get_by_role("button", name="Reset view").click()
    views = [seen.pixels().tobytes()]
    for key in ("ArrowLeft", "ArrowUp", "+"):
        canvas.press(key)
        seen.painted()
        views.append(seen.pixels().tobytes())
    assert len(set(views)) == 4


def test_pointing_at_atoms_tells_names_and_distances(seen: Visit) -> None:
    """A click on the oxygen, which is red, measures from there."""
    seen.page.get_by_role("radio", name="none").check()
    canvas, pointed = seen.page.locator("#canvas"), seen.page.locator("#view-pointed")
    canvas.scroll_into_view_if_needed()
    box, pixels = canvas.bounding_box(), np.asarray(seen.pixels()).astype(int)
    rows, columns = np.nonzero((pixels[..., 0] > 150) & (pixels[..., 1] < 60))
    scale = box["width"] / pixels.shape[1]
    x, y = box["x"] + columns.mean() * scale, box["y"] + rows.mean() * scale
    seen.page.mouse.click(x, y)
    pointed.filter(has_text="O2").wait_for()
    for step in range(1, 40):
        seen.page.mouse.move(x + 4 * step, y)
        seen.page.wait_for_timeout(100)
        told = pointed.text_content() or ""
        if told != "O2":
            break
    names, distance = told.removesuffix(" Å").split(": ")
    other = int(names.removeprefix("O2–")[1:])
    assert float(distance) == pytest.approx(ethanol().get_distance(2, other), abs=0.0065)


def test_labels_are_drawn_on_demand(seen: Visit) -> None:
    before = seen.pixels().tobytes()
    seen.page.get_by_label("Atom labels").check()
    seen.painted()
    assert seen.pixels().tobytes() != before


def test_every_control_has_a_name(silent: Visit) -> None:
    nameless = silent.page.evaluate(
        "[...document.querySelectorAll('button, input, select, a[href]')].filter((one) =>"
        " !(one.textContent.trim() || one.labels?.length || one.ariaLabel))"
        ".map((one) => one.outerHTML)"
    )
    assert nameless == []
    assert silent.page.locator("html[lang=en]").count() == 1
    assert silent.page.locator("img:not([alt])").count() == 0


def test_a_phone_shows_it_without_scrolling_sideways(running: Any, written: Path) -> None:
    window = {"width": 390, "height": 700}
    with visit(running, written, viewport=window, has_touch=True, is_mobile=True) as phone:
        assert phone.see_view() == "yes"
        assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
        edge = np.asarray(phone.pixels())[:, [0, -1]]
        assert (edge > 250).all(), "the molecule is cut off at a side"
        assert phone.messages == []


def test_in_print_the_foot_is_unfolded_and_controls_are_gone(silent: Visit) -> None:
    silent.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    silent.page.emulate_media(media="print")
    try:
        assert silent.page.locator("nav").is_hidden()
        assert silent.page.locator("#view-controls").is_hidden()
        assert silent.page.locator("#view-printed").is_visible()
        assert silent.page.get_by_text("ab" * 32).is_visible()
        assert silent.page.pdf().startswith(b"%PDF")
    finally:
        silent.page.emulate_media(media="screen")
        silent.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert silent.page.get_by_text("ab" * 32).is_hidden()


def test_without_scripts_all_but_the_view_is_there(running: Any, written: Path) -> None:
    with visit(running, written, java_script_enabled=False) as plain:
        assert plain.page.get_by_text("It does not: 0.3 eV (0.2 to 0.4).").is_visible()
        assert plain.page.get_by_text("The 3-D view needs JavaScript").is_visible()
        assert plain.page.locator(".view").is_hidden()


def test_without_webgl_the_page_says_so_and_stands(
    launch: Callable[..., Any], written: Path
) -> None:
    with visit(launch(*WITHOUT_DRAWING), written) as plain:
        assert plain.see_view() == "no"
        assert plain.page.get_by_text("The 3-D view cannot be shown here").is_visible()
        plain.page.get_by_role("searchbox").fill("fail")
        assert plain.page.locator("#table-models tbody tr").locator("visible=true").count() == 3
