"""Which keys of a file hold the labels: chosen once a file, not once a frame."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nearsight.data.formats.foreign_parsers import listed, one_line
from nearsight.errors import DataError

NO_FORCES = "none"
"""What a user gives for the key of forces where a file has none."""


class KeyOf:
    """The key of one label in all frames of a file.

    Attributes:
        word: "energy" or "force"; without a choice the one key that holds this word is taken.
        chosen: the user's choice, which wins.
        found: the key of the frames so far.
    """

    def __init__(self, word: str, chosen: str | None) -> None:
        self.word, self.chosen = word, chosen or None
        self.found: str | None = None
        self.first = ""

    def pick(self, frame: Mapping[str, Any], candidates: Mapping[str, Any], origin: str) -> str:
        """The key of this frame, which is that of the first one.

        Args:
            frame: everything that the frame has, by key.
            candidates: of these the values of the right shape.
            origin: file and frame, for the message.

        Raises:
            DataError: none, several, another one than in the first frame, or no number.
        """
        name = pick(candidates, self.chosen, self.word, origin, frame)
        if self.found is None:
            self.found, self.first = name, origin.rsplit(": ", 1)[-1]
        if name != self.found:
            raise DataError(
                f"{origin}: {self.word} is called {one_line(name, 40)!r}, in {self.first} "
                f"{one_line(self.found, 40)!r}: choose with {self.word}_key; "
                "they may be of different methods"
            )
        return name


def keys_found(*labels: KeyOf) -> dict[str, str]:
    """What a file calls its labels, by word; of those that were asked for."""
    return {label.word: label.found for label in labels if label.found is not None}


def pick(
    candidates: Mapping[str, Any],
    chosen: str | None,
    word: str,
    origin: str,
    present: Mapping[str, Any],
) -> str:
    """The key of the energy or the forces among a frame's candidates.

    Args:
        candidates: values of the right shape, by key.
        chosen: the user's choice, which wins.
        word: ``energy`` or ``force``; without a choice the one key that holds this word is taken.
        origin: file and frame, for the message.
        present: everything that the frame has, by key.

    Raises:
        DataError: the chosen key is absent; without a choice none or several fit; or what has the
            name of a label is no number.
    """
    option = f"{word}_key"
    if chosen is not None:
        if chosen not in candidates:
            _require_number({chosen: present[chosen]} if chosen in present else {}, origin)
            raise DataError(
                f"{origin}: no {option} {one_line(chosen, 40)!r}; keys found: {listed(present)}"
            )
        return chosen
    fitting = [key for key in candidates if word in key.lower() and key != "free_energy"]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        _require_number({k: v for k, v in present.items() if word in str(k).lower()}, origin)
    what = f"several {word} keys ({listed(fitting)})" if fitting else f"no {word} key"
    raise DataError(f"{origin}: {what}; keys found: {listed(present)}; choose with {option}")


def _require_number(values: Mapping[str, Any], origin: str) -> None:
    for key, value in values.items():
        if value is None or isinstance(value, str):
            raise DataError(
                f"{origin}: {one_line(key, 40)} = {one_line(value, 40)!r} is no number; "
                "write plain digits, e.g. -1.0"
            )


def is_number(value: Any) -> bool:
    """Whether a value is one real number (an array of no dimension, as ASE makes them, is)."""
    return np.shape(value) == () and np.asarray(value).dtype.kind in "iuf"
