"""A worker as its parent sees it: a process that answers, and that may die."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from nearsight.data.calculators.wire import Message, receive, send
from nearsight.errors import ConfigError, ReferenceEngineError, one_line

SINGLE_THREADED = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)
"""Work is spread over processes; results do not depend on how many threads share a sum."""
_PATIENCE = 2.0
"""Seconds that a worker is given to end by itself."""
_TAIL = 2000
"""Bytes of what a worker has printed in which its last words are looked for."""


class WorkerDiedError(Exception):
    """A worker has ended without being asked to; its text says how."""


class Hired:
    """A process with a calculator of its own.

    Args:
        name: ``package.module:factory``.
        arguments: keyword arguments of the factory.

    Raises:
        ConfigError: there is no such factory, or it does not take the arguments.
        ReferenceEngineError: the process died before it could answer.
    """

    def __init__(self, name: str, arguments: Mapping[str, Any]) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
        start = "import sys; sys.path[:] = {}; from {} import main; main()"
        module = "nearsight.data.calculators.worker"
        self._process = subprocess.Popen(
            [sys.executable, "-c", start.format(sys.path, module)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env={**os.environ, **SINGLE_THREADED},
        )
        try:
            reply = self._exchange({"name": name, "arguments": dict(arguments)})
        except WorkerDiedError as error:
            raise ReferenceEngineError(f"calculator {name}: cannot be built: {error}") from None
        if "error" in reply:
            self.end()
            raise ConfigError(reply["text"])

    def ask(self, what: str, numbers: np.ndarray, position: np.ndarray) -> Message:
        """The answer to a question about one copy.

        Args:
            what: ``forces`` or ``why not``.
            numbers: (atom,) nuclear charges.
            position: (atom, 3) Å.

        Raises:
            WorkerDiedError: it died; another one may be asked.
        """
        return self._exchange({"do": what, "numbers": numbers, "position": position})

    def end(self) -> None:
        """End the process, politely where it listens."""
        if self._process.stdin is not None and self._process.stdout is not None:
            with suppress(OSError):
                self._process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_PATIENCE)
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
        self._said.close()

    def _exchange(self, message: Message) -> Message:
        questions, answers = self._process.stdin, self._process.stdout
        if questions is None or answers is None:
            raise ValueError("a worker is started with both pipes")
        try:
            send(questions, message)
            return receive(answers)
        except (OSError, EOFError, ValueError):
            how = self._how_it_ended()
            self.end()
            raise WorkerDiedError(how) from None

    def _how_it_ended(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE)
        code = self._process.poll()
        if code is not None and code < 0:
            how = f"its process was ended by {signal.Signals(-code).name}"
            if code == -signal.SIGKILL:
                how += ", perhaps for lack of memory: try fewer --processes"
        else:
            how = f"its process ended with exit code {code}"
        words = self._last_words()
        return f"{how}; it said: {words}" if words else how

    def _last_words(self) -> str:
        with suppress(OSError, ValueError):
            size = self._said.seek(0, os.SEEK_END)
            self._said.seek(max(0, size - _TAIL))
            lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
            return one_line(lines[-1]) if lines else ""
        return ""
