"""Bars of progress: shown on a terminal alone, and never to somebody who asked for quiet."""

from collections.abc import Iterable
from typing import Any, TypeVar

from tqdm import tqdm

T = TypeVar("T")

# What a whole process was asked for.
_wish = {"hidden": False}


def hide(hidden: bool = True) -> None:
    """Show no bars from here on, or show them again."""
    _wish["hidden"] = hidden


def progress_bar(items: Iterable[T] | None = None, **about: Any) -> "tqdm[T]":
    """A bar over items, or one to be updated by hand; it goes to standard error.

    Args:
        items: what is gone through.
        about: arguments of tqdm, as ``desc``, ``unit`` and ``total``.
    """
    return tqdm(items, disable=True if _wish["hidden"] else None, **about)
