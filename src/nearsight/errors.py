"""Errors meant for the user: one line that names the file, key or value and says what to do.

A traceback is reserved for faults of nearsight itself; everything a user can cause is one of these.
"""

LONGEST = 160
"""Characters of a value that a message shows."""

LONGEST_MESSAGE = 900
"""Characters of a message that is still read."""


def one_line(value: object, longest: int = LONGEST) -> str:
    """Text as a message can show it: one line, printable, shortened in the middle."""
    text = str(value).encode("utf-8", "backslashreplace").decode()
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= longest else f"{text[: longest // 2]}...{text[-longest // 3 :]}"


class NearsightError(Exception):
    """Base of every error that ends a command with one line and exit code 1.

    Whatever of a file or a command line it quotes, its text is one line that can be shown.
    """

    def __init__(self, *args: object) -> None:
        shown = (one_line(a, LONGEST_MESSAGE) if isinstance(a, str) else a for a in args)
        super().__init__(*shown)


class ConfigError(NearsightError):
    """A configuration file or setting is not valid."""


class MissingFileError(NearsightError):
    """A file named by the user does not exist."""


class OutputInUseError(NearsightError):
    """Another command is writing the same output."""


class CorruptFileError(NearsightError):
    """A file exists but cannot be read as what it should be."""


class StaleFileError(NearsightError):
    """A file was made from another file, or with other settings, than it is joined with."""


class DataError(NearsightError):
    """A data set is not fit for use: empty, inconsistent, not finite, in the wrong units."""


class MoleculeError(NearsightError):
    """A molecule could not be understood or built."""


class ReferenceEngineError(NearsightError):
    """The reference engine failed or gave an unphysical result."""


class ModelError(NearsightError):
    """A model cannot be built, read or applied to the given atoms."""


class NoNeighborError(ModelError):
    """Within a variant's cutoff no atom of some frame has a neighbour: nothing can be learned."""


class UnsupportedModelError(ModelError):
    """A network has a part that GNN-LRP as implemented here does not cover."""


class WalkLimitError(NearsightError):
    """Enumerating all walks would exceed the stated limit."""


class MemoryLimitError(NearsightError):
    """A result would need more memory than there is; it was not begun."""
