"""The page of a small study in a real browser: silent, alone, drawn, and it plays."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from browser import (
    DRAWN_IN_SOFTWARE,
    Visit,
    chromium,
    expect_a_trajectory_plays,
    expect_sliders_change_what_is_shown,
    visit,
)

from nearsight.page import write_page
from nearsight.report import page_of_study
from nearsight.report.results import read_results

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def seen(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    path = tmp_path_factory.mktemp("page") / "page.html"
    write_page(page_of_study(read_results(finished)), path)
    with chromium() as launch, visit(launch(*DRAWN_IN_SOFTWARE), path) as opened:
        yield opened


def test_nothing_is_asked_of_a_network_and_nothing_is_complained_of(seen: Visit) -> None:
    assert seen.see_view() == "yes"
    assert seen.messages == []
    assert seen.outward == []


def test_the_questions_stand_at_the_top_with_their_answers(seen: Visit) -> None:
    assert seen.page.locator("h1").inner_text().startswith("Study small")
    text = seen.page.locator("main").inner_text()
    assert "Do models that decay wrongly fail sooner, at equal accuracy?" in text
    assert "The one model came to an end." in text


def test_every_figure_has_a_text_for_those_who_do_not_see_it(seen: Visit) -> None:
    figures = seen.page.locator("figure img")
    assert figures.count() == 2
    for k in range(figures.count()):
        assert len(figures.nth(k).get_attribute("alt") or "") > 40
        assert figures.nth(k).evaluate("image => image.naturalWidth") > 0


def test_the_molecule_is_drawn(seen: Visit) -> None:
    assert seen.see_view() == "yes"
    colours = np.unique(np.asarray(seen.pixels()).reshape(-1, 3), axis=0)
    assert len(colours) > 20


def test_layers_can_be_chosen(seen: Visit) -> None:
    assert seen.see_view() == "yes"
    for name in ("relevance", "response"):
        seen.page.get_by_role("radio", name=name, exact=True).check()
        seen.painted()
        assert len(np.unique(np.asarray(seen.pixels()).reshape(-1, 3), axis=0)) > 20
    assert seen.messages == []


def test_the_slider_and_the_player_do_what_they_say(seen: Visit) -> None:
    assert seen.see_view() == "yes"
    expect_sliders_change_what_is_shown(seen)
    expect_a_trajectory_plays(seen)
    assert seen.messages == []


def test_the_table_has_the_network(seen: Visit) -> None:
    rows = seen.page.locator("#table-models tbody tr")
    assert rows.count() == 1
    assert "schnet" in rows.first.inner_text()
