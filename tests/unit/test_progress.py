"""Bars of progress: for terminals, hidden on request, and the items all the same."""

import io
from collections.abc import Iterator

import pytest

from nearsight.progress import hide, progress_bar


class Terminal(io.StringIO):
    """What takes itself for a screen."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def shown() -> Iterator[None]:
    hide(False)
    yield
    hide(False)


@pytest.mark.parametrize("hidden", [True, False])
@pytest.mark.parametrize("kind", [Terminal, io.StringIO])
def test_items_come_through_however_it_is_shown(hidden: bool, kind: type[io.StringIO]) -> None:
    hide(hidden)
    screen = kind()
    assert list(progress_bar(range(5), desc="work", file=screen)) == [0, 1, 2, 3, 4]
    assert ("work" in screen.getvalue()) is (kind is Terminal and not hidden)


def test_a_bar_is_counted_by_hand() -> None:
    screen = Terminal()
    with progress_bar(total=4, desc="steps", unit="step", file=screen) as bar:
        bar.update(3)
        assert (bar.n, bar.total) == (3, 4)
    assert "steps" in screen.getvalue()


def test_what_was_hidden_is_shown_again() -> None:
    hide()
    assert progress_bar([], file=Terminal()).disable
    hide(False)
    assert not progress_bar([], file=Terminal()).disable
