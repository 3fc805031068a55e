"""A page as one HTML file: Jinja2 with autoescape, and a policy that forbids all networks."""

import base64
import hashlib
from pathlib import Path
from typing import Final

import jinja2

from nearsight.page.packing import pack_scene, packed
from nearsight.page.page import Page
from nearsight.page.replica import LAST_WHOLE
from nearsight.page.viewer import load_viewer, own_file
from nearsight.page.wording import folded, paragraphs, unit_as_read
from nearsight.storage import atomic_path

VERDICT_WORDS: Final = {
    "pass": "pass",
    "warn": "warning",
    "fail": "fail",
    "undecided": "undecided",
    "not_applicable": "not applicable",
    "none": "",
}
VERDICT_SIGNS: Final = {
    "pass": "✓", "warn": "!", "fail": "✗", "undecided": "?", "not_applicable": "–", "none": "",
}  # fmt: skip

SCRIPTS: Final = ("page.js", "drawing.js", "scene.js")
"""In this order; the later ones use the earlier."""


def write_page(page: Page, path: Path) -> None:
    """Write the file, whole or not at all.

    Raises:
        MissingFileError: the viewer of 3-D scenes is not installed.
    """
    with atomic_path(path) as made:
        made.write_text(render(page), encoding="utf-8")


def render(page: Page) -> str:
    """The page as HTML, the same for the same page.

    Raises:
        MissingFileError: the page has scenes, and their viewer is not installed.
    """
    viewer = load_viewer() if page.scenes else None
    script = _script(viewer is not None)
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            style=own_file("page.css"),
            script=script,
            policy=content_policy([script.encode(), *([viewer.script] if viewer else [])]),
            viewer=viewer,
            viewer_script=packed(viewer.script) if viewer else "",
            scenes=[pack_scene(scene) for scene in page.scenes],
            thinned=any(replica.is_thinned for scene in page.scenes for replica in scene.replicas),
            last_whole=LAST_WHOLE,
        )
    )


def content_policy(scripts: list[bytes]) -> str:
    """Content-Security-Policy: no network at all, and no script but these."""
    hashes = [base64.b64encode(hashlib.sha256(script).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{one}'" for one in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _script(with_scenes: bool) -> str:
    return "\n".join(own_file(name) for name in (SCRIPTS if with_scenes else SCRIPTS[:1]))


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("nearsight.page"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"paragraphs": paragraphs, "unit": unit_as_read, "folded": folded}
    environment.globals |= {"verdict_words": VERDICT_WORDS, "verdict_signs": VERDICT_SIGNS}
    return environment
