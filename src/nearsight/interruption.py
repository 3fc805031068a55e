"""A polite end: SIGTERM, as clusters send it before they kill, lets long work save itself first."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_CODE = 128 + signal.SIGTERM
"""What a command ends with that was asked to end and saved itself: 143, as shells count."""


class Interrupted(BaseException):
    """The work was asked to end and has saved itself; no error, so never caught as one."""


@contextmanager
def watched() -> Iterator[Callable[[], bool]]:
    """Within the block SIGTERM asks instead of killing.

    The block calls what it is given at moments when it can save itself, and raises
    :class:`Interrupted` once it has. A request that nobody asked for by the end of the block ends
    the process as it would have without it. Elsewhere than in the main thread, where Python takes
    no signals, nothing changes.

    Yields:
        Whether an end was asked for.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    asked = False

    def note(signum: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = True

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGTERM, before)
    if asked:
        signal.raise_signal(signal.SIGTERM)
