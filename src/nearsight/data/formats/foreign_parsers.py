"""Around parsers of other projects: whatever a file of a user makes them raise becomes one line."""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nearsight.errors import CorruptFileError, DataError, NearsightError, one_line

_MOST = 12


def listed(names: Iterable[object]) -> str:
    """Names for a message, in order of the alphabet; of many the first, and how many more."""
    shown = sorted(one_line(name, 40) for name in names)
    more = f" and {len(shown) - _MOST} more" if len(shown) > _MOST else ""
    return ", ".join(shown[:_MOST]) + more or "none"


def reason_of(error: BaseException) -> str:
    """What an error of another project says, as part of our line."""
    return one_line(error) or type(error).__name__


@contextmanager
def parsing(origin: str | Path, what: str) -> Iterator[None]:
    """Run a parser of another project on bytes of a user.

    Such a parser may raise anything: of ASE's alone AssertionError, AttributeError, EOFError,
    IndexError, KeyError, RecursionError, TypeError, UnboundLocalError and ValueError were seen on
    damaged files. So the broad ``except`` is right here, and only here: nothing but the call of the
    parser belongs inside, lest a fault of ours be called a damaged file.

    Args:
        origin: file, and frame or line, for the message.
        what: what the file should be, such as "extended xyz".

    Raises:
        CorruptFileError: the parser failed.
        DataError: what the file declares does not fit into memory.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except NearsightError:
        raise
    except MemoryError:
        raise DataError(
            f"{origin}: does not fit into memory as {what}: damaged, or larger than this machine"
        ) from None
    except Exception as error:
        raise CorruptFileError(f"{origin}: cannot be read as {what} ({reason_of(error)})") from None
