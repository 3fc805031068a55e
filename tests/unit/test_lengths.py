"""Tests are as long as the source, in every room."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "nearsight"

UNIT = "tests/unit"
PHYSICS = "tests/physics"
MIRRORS = {
    "*.py": [f"{UNIT}/test_{path.stem.strip('_')}.py" for path in SOURCE.glob("*.py")],
    "lrp": [f"{UNIT}/lrp", f"{PHYSICS}/oracle.py", f"{PHYSICS}/test_relevance.py"],
    "families": [f"{UNIT}/families", "tests/families", f"{PHYSICS}/test_models.py"],
    "models": [f"{UNIT}/models", f"{PHYSICS}/test_locality.py"],
    "explain": [
        f"{UNIT}/explain",
        f"{PHYSICS}/test_quantities.py",
        f"{PHYSICS}/test_dipole_relevance.py",
    ],
    "respond": [f"{UNIT}/respond", f"{PHYSICS}/test_reference_response.py"],
    "md": [f"{UNIT}/md", f"{PHYSICS}/test_dynamics.py"],
    "workflow": [f"{UNIT}/workflow", "tests/workflow", "tests/slurm"],
}
"""Where the tests of a room stand; of a room that is not named, in ``tests/unit/ROOM`` alone."""

SHORT: set[str] = set()
"""Rooms with fewer lines of tests than of source. The list only shrinks: a room that stands here
and has enough fails."""

ROOMS = ["*.py", *sorted(p.name for p in SOURCE.iterdir() if (p / "__init__.py").is_file())]


def files_of(place: Path) -> list[Path]:
    """The Python files of a folder, at any depth; those of a pattern, or the one that is named."""
    return sorted(place.rglob("*.py") if place.is_dir() else place.parent.glob(place.name))


def mirrors_of(room: str) -> list[Path]:
    places = MIRRORS.get(room, [f"{UNIT}/{room}"])
    return [path for place in places for path in files_of(ROOT / place)]


def lines(files: list[Path]) -> int:
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)


def short(room: str) -> object:
    fails = pytest.mark.xfail(strict=True, reason="pending: when it passes, off the list")
    return pytest.param(room, marks=[fails] if room in SHORT else [], id=room)


@pytest.mark.parametrize("room", map(short, ROOMS))
def test_tests_are_as_long_as_the_source(room: str) -> None:
    source, tests = lines(files_of(SOURCE / room)), lines(mirrors_of(room))
    assert tests >= source, f"{room}: {tests} lines of tests for {source} of source"


def test_the_table_names_what_is_there() -> None:
    assert set(MIRRORS) | SHORT <= set(ROOMS)
    for room, places in MIRRORS.items():
        named = [place for place in places if room != "*.py" and place.endswith(".py")]
        assert all((ROOT / place).is_file() for place in named), f"{room}: one of {named} is gone"


def test_no_file_counts_for_two_rooms() -> None:
    counted = [path for room in ROOMS for path in mirrors_of(room)]
    assert len(counted) == len(set(counted)) > 100


def test_no_two_files_of_tests_have_one_name() -> None:
    """Python would take one for the other where both run in one process."""
    names = [path.name for path in (ROOT / "tests").rglob("*.py")]
    twice = {name for name in names if names.count(name) > 1}
    assert twice <= {"conftest.py"}
