"""The script of the 3-D view: chemiscope's, which ships 3Dmol, out of its Python package.

Nothing of it is kept in this repository. The page carries it compressed, with the licences.
"""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from nearsight.errors import MissingFileError

PACKAGE: Final = "chemiscope"
SCRIPT: Final = Path("sphinx", "static", "chemiscope.min.js")
LICENSES: Final = (Path("static", "chemiscope-widget.mjs.LICENSE.txt"),)
"""Of what is bundled into the script; its own stands in the metadata of the package."""

BUNDLED: Final = (
    "The script bundles 3Dmol.js, whose notice the package does not repeat: Copyright (c) 2014, "
    "University of Pittsburgh and contributors, under the same three clauses and disclaimer."
)


@dataclass(frozen=True)
class Viewer:
    """A script with its name and its licences."""

    name: str
    script: bytes
    license: str


@cache
def load_viewer() -> Viewer:
    """The viewer that is installed.

    Raises:
        MissingFileError: it is not, or not as it is known here.
    """
    spec = find_spec(PACKAGE)
    try:
        found = distribution(PACKAGE)
    except PackageNotFoundError:
        found = None
    if spec is None or spec.origin is None or found is None:
        raise MissingFileError(f"3-D views need {PACKAGE}: pip install '{PACKAGE}==1.1.0'")
    home = Path(spec.origin).parent
    try:
        script = (home / SCRIPT).read_bytes()
        bundled = [(home / path).read_text(encoding="utf-8") for path in LICENSES]
    except FileNotFoundError as error:
        raise MissingFileError(
            f"{PACKAGE} {found.version} has no {error.filename}: pip install '{PACKAGE}==1.1.0'"
        ) from error
    own = found.read_text("licenses/LICENSE") or found.read_text("LICENSE") or ""
    return Viewer(f"{PACKAGE} {found.version}", script, "\n\n".join([own, BUNDLED, *bundled]))


def own_file(name: str) -> str:
    """Text of a script or style sheet of ours."""
    return (files("nearsight.page") / "static" / name).read_text(encoding="utf-8")
