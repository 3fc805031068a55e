"""The page as HTML: no name becomes markup, nothing leads out, the policy names its scripts."""

import base64
import gzip
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from page_examples import MARKUP, SVG, ethanol, page, table

from nearsight.errors import DataError, MissingFileError
from nearsight.page import (
    Answer,
    Column,
    Facts,
    Figure,
    Page,
    Scene,
    Table,
    render,
    rendering,
    viewer,
    write_page,
)
from nearsight.page.rendering import content_policy

WORD = "w" * len(MARKUP)
"""A harmless name of the same length."""


class Parts(HTMLParser):
    """Tags with their attributes, and the text of scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text: list[str] = []
        self.inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts[-1] += data
        elif self.inside != "style":
            self.text.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def hostile() -> Page:
    """Every text of a page is what a user may have called something."""
    scene = replace(page().scenes[0], title=MARKUP, words=MARKUP)
    rows = [[MARKUP, 1.0], [f'"{MARKUP}', None]]
    columns = [Column(MARKUP, MARKUP, f'" onclick="{MARKUP}'), Column("b")]
    answer = Answer(
        MARKUP,
        MARKUP,
        "warn",
        [Figure(SVG, MARKUP, f'" onerror="{MARKUP}')],
        MARKUP,
        Table(MARKUP, columns, rows, note=MARKUP),
    )
    facts = [Facts(MARKUP, {MARKUP: MARKUP})]
    return Page(
        MARKUP, MARKUP, [answer], Table(MARKUP, columns, rows), [scene], facts,
        {MARKUP: f'a.html"{MARKUP}'}, MARKUP,
    )  # fmt: skip


@pytest.fixture(scope="module")
def good() -> str:
    return render(page())


def test_names_of_users_never_become_markup() -> None:
    """Not one tag and not one attribute more than with harmless names."""
    harmless = Parts(render(_renamed(hostile())))
    parts = Parts(render(hostile()))
    assert [(tag, sorted(names)) for tag, names in parts.tags] == [
        (tag, sorted(names)) for tag, names in harmless.tags
    ]
    assert sum(MARKUP in text for text in parts.text) > 10
    attributes = {name for _, names in parts.tags for name in names}
    assert not {name for name in attributes if name.startswith("on")}


def _renamed(dangerous: Page) -> Page:
    """The same page with a word in place of the markup."""
    answer, scene, fact = dangerous.answers[0], dangerous.scenes[0], dangerous.facts[0]
    assert answer.table is not None

    def calm(one: Table) -> Table:
        columns = [Column(WORD, WORD, WORD), Column("b")]
        return replace(one, title=WORD, columns=columns, rows=[[WORD, 1.0], [WORD, None]])

    figure = replace(answer.figures[0], caption=WORD, alt=WORD)
    quiet = Answer(WORD, WORD, "warn", [figure], WORD, calm(answer.table))
    return Page(
        WORD, WORD, [quiet], calm(dangerous.table or table()),
        [replace(scene, title=WORD, words=WORD)], [replace(fact, title=WORD,
        rows={WORD: WORD})], {WORD: "a.html"}, WORD,
    )  # fmt: skip


def test_the_policy_forbids_all_and_names_the_scripts_that_run(good: str) -> None:
    parts = Parts(good)
    (policy,) = (
        meta["content"] or ""
        for meta in parts.named("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none';")
    assert "unsafe-eval" not in policy
    scripts = re.search(r"script-src ([^;]*);", policy)
    assert scripts
    assert "unsafe" not in scripts[1]
    packed = [text for text in parts.scripts if re.fullmatch(r"[A-Za-z0-9+/=]+", text)]
    (own,) = (text for text in parts.scripts if text not in packed)
    carried = gzip.decompress(base64.b64decode(packed[-1]))
    hashes = [
        base64.b64encode(hashlib.sha256(text).digest()).decode() for text in (own.encode(), carried)
    ]
    assert scripts[1].split() == [f"'sha256-{one}'" for one in hashes]
    assert content_policy([own.encode(), carried]) == policy


def test_nothing_is_loaded_from_anywhere(good: str) -> None:
    """What a page loads are data: addresses, and a link leads only where it was told to."""
    parts = Parts(good)
    for tag, attributes in parts.tags:
        for name in ("src", "srcset", "data", "poster", "action"):
            assert (attributes.get(name) or "data:").startswith("data:"), tag
    leads = {each["href"] or "" for each in parts.named("a")} - {"a.html"}
    assert all(address.startswith(("#", "data:text/csv")) for address in leads)
    style = re.search(r"<style>(.*?)</style>", good, re.S)
    assert style
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_every_link_within_the_page_has_its_place(good: str) -> None:
    parts = Parts(good)
    places = [each["id"] for _, each in parts.tags if "id" in each]
    assert len(places) == len(set(places))
    for tag, name in (("a", "href"), ("label", "for")):
        wanted = {each[name] for each in parts.named(tag) if name in each}
        assert {place.lstrip("#") for place in wanted if not place.startswith(("data:", "a."))} <= {
            *places
        }
    for _, each in parts.tags:
        for name in ("aria-labelledby", "aria-describedby"):
            assert each.get(name, places[0]) in places


def test_all_that_was_given_is_there_in_its_order(good: str) -> None:
    text = " ".join(" ".join(Parts(good).text).split())
    places = [
        text.index(words)
        for words in (
            "A page of first", "All in short.", "1 fail", "1 warning", "1 pass",
            "It does not: 0.3 eV (0.2 to 0.4).", "And this is why.", "Train with a longer cutoff.",
            "Does its dynamics hold?", "Figures and numbers", "2.3×10⁻⁵", "A line", "A dot",
            "Models", "model 11", "Pairs of atoms", "5 Å", "abab",
        )
    ]  # fmt: skip
    assert places[5:7] == sorted(places[5:7])
    order = [places[0], places[1], places[5], places[7], places[8], places[12], places[15]]
    assert order == sorted(order)
    pictures = Parts(good).named("img")
    assert [picture["alt"] for picture in pictures][:2] == ["A line that rises", "One dot"]


def test_the_page_is_small_and_the_same_each_time(good: str) -> None:
    """The viewer takes 1.3 MB; a page of two small scenes little more."""
    assert good == render(page())
    assert len(good) < 1_500_000


def test_a_page_without_scenes_carries_no_viewer() -> None:
    html = render(Page("Short", answers=page().answers))
    assert len(html) < 40_000
    assert "viewer-script" not in html
    assert html.count("<script>") == 1


def test_an_empty_page_stands() -> None:
    parts = Parts(render(Page("Nothing")))
    assert parts.named("title")
    assert not parts.named("section")


def test_the_licence_of_the_viewer_comes_with_it(good: str) -> None:
    found = viewer.load_viewer()
    assert found.name == "chemiscope 1.1.0"
    assert "Redistribution and use in source and binary forms" in found.license
    assert "3Dmol" in found.license
    assert "Redistribution and use in source and binary forms" in good


def test_a_viewer_that_is_not_installed_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the name of a package that nobody has."""
    monkeypatch.setattr(viewer, "PACKAGE", "no_such_viewer")
    viewer.load_viewer.cache_clear()
    atoms = ethanol()
    alone = Page("p", scenes=[Scene("s", atoms.numbers, atoms.positions)])
    try:
        with pytest.raises(MissingFileError, match=r"pip install 'no_such_viewer==1\.1\.0'"):
            render(alone)
        assert render(Page("p"))
    finally:
        viewer.load_viewer.cache_clear()


def test_a_viewer_without_its_script_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is there and ships no script of that name."""
    monkeypatch.setattr(viewer, "SCRIPT", Path("static", "other.js"))
    viewer.load_viewer.cache_clear()
    try:
        with pytest.raises(MissingFileError, match=r"has no \S*other\.js"):
            viewer.load_viewer()
    finally:
        viewer.load_viewer.cache_clear()


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "/etc/passwd"]
)
def test_a_link_leads_beside_the_page_or_to_the_web(address: str) -> None:
    with pytest.raises(DataError, match="link 'there' leads to"):
        Page("p", links={"there": address})
    assert Page("p", links={"a": "report.html", "b": "https://example.org", "c": "a/b:c.html"})


def test_a_page_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "page.html"
    write_page(Page("Short"), path)
    assert path.read_text(encoding="utf-8") == render(Page("Short"))
    assert [each.name for each in path.parent.iterdir()] == ["page.html"]


def test_own_scripts_cannot_end_their_element() -> None:
    own = [viewer.own_file(name) for name in rendering.SCRIPTS]
    assert all("</script" not in text.lower() and "<!--" not in text for text in own)
