"""Whatever an error quotes, what it says is one line that can be shown."""

import copy

import pytest

from nearsight.errors import (
    LONGEST_MESSAGE,
    ConfigError,
    NearsightError,
    ReferenceEngineError,
    one_line,
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a.nc: holds 0 frames", "a.nc: holds 0 frames"),
        ("a\nb\tc\r\nd", "a b c d"),
        ("w\udcff.nc: no", r"w\udcff.nc: no"),
        ("\x1b[31mred\x00", "[31mred"),
        ("Å and 氢", "Å and 氢"),
    ],
)
def test_message_of_one_line(text: str, told: str) -> None:
    assert str(ConfigError(text)) == told
    assert str(NearsightError(text)).isprintable()


def test_long_ones_lose_their_middle() -> None:
    message = str(ConfigError("file: " + "x" * 10_000 + " at the end"))
    assert len(message) <= LONGEST_MESSAGE
    assert message.startswith("file: xxx")
    assert message.endswith("xxx at the end")
    assert len(one_line("y" * 1000)) <= 160


def test_errors_are_handed_on_between_processes() -> None:
    error = ReferenceEngineError("no\nconvergence")
    assert str(copy.copy(error)) == str(error) == "no convergence"
