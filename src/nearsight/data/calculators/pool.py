"""A calculator that a user named, at work in processes of its own."""

import os
import queue
import weakref
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from ase import Atoms

from nearsight.data.calculators.hired import Hired, WorkerDiedError
from nearsight.data.calculators.source import Answer, Answers, Source, failed, joined
from nearsight.data.calculators.wire import Message
from nearsight.errors import ReferenceEngineError
from nearsight.limits import MOST_PROCESSES

_TRIES = 2
"""Workers that are given a copy: one may be ended from outside, and then the next one answers."""


def available_cores() -> int:
    """Cores that this process may use: the default number of workers."""
    return min(len(os.sched_getaffinity(0)), MOST_PROCESSES)


class CalculatorPool(Source):
    """Workers that have each built the same calculator, on one thread each.

    A calculator that is named is never run in this process, not even where one worker is enough:
    libraries of force fields set the default precision of PyTorch, threads and seeds for all of
    their process, print, and may crash. The first worker starts here and tells whether there is
    such a calculator; further ones start when there is work for them. They die with this process.

    Args:
        name: ``package.module:factory``.
        arguments: keyword arguments of the factory.
        processes: most workers; by default as many as there are cores.

    Raises:
        ConfigError: there is no such factory, or it does not take the arguments.
        ReferenceEngineError: the process died while it built the calculator.
    """

    def __init__(
        self, name: str, arguments: Mapping[str, Any] | None = None, processes: int | None = None
    ) -> None:
        self.label = name
        self.name, self.arguments = name, dict(arguments or {})
        self.processes = processes or available_cores()
        self._workers: list[Hired] = []
        # The last one that was at work is taken first: one copy after another goes to one worker.
        self._free: queue.LifoQueue[Hired | None] = queue.LifoQueue()
        self._threads: ThreadPoolExecutor | None = None
        self._fill(self._hire())
        self._end = weakref.finalize(self, _end_all, self._workers, os.getpid())

    def ask(self, atomic_number: np.ndarray, position: np.ndarray) -> Answers:
        """As :meth:`nearsight.data.calculators.source.Source.ask`, in the order of the copies.

        Args:
            atomic_number: (atom,) nuclear charges.
            position: (copy, atom, 3) Å.
        """
        numbers = np.asarray(atomic_number)
        copies = [np.asarray(geometry, dtype=float) for geometry in position]
        if self.processes == 1 or len(copies) <= 1:
            found = [self._answer(numbers, copy) for copy in copies]
        else:
            found = self._in_threads(numbers, copies)
        return joined(found, len(numbers))

    def why_not(self, atoms: Atoms) -> str:
        """As :meth:`nearsight.data.calculators.source.Source.why_not`."""
        try:
            return str(self._asked("why not", atoms.numbers, atoms.positions)["why"])
        except WorkerDiedError:
            return ""

    def use(self, processes: int | None) -> None:
        """Change the most workers, None for as many as there are cores; one that is there stays."""
        processes = processes or available_cores()
        if processes == self.processes:
            return
        first = self._free.get()
        self._stop_threads()
        _end_all([worker for worker in self._workers if worker is not first], os.getpid())
        self._workers[:] = [] if first is None else [first]
        self.processes = processes
        self._fill(first)

    def close(self) -> None:
        """End the workers; asked again, others start."""
        self._stop_threads()
        _end_all(self._workers, os.getpid())
        self._fill(None)

    def _stop_threads(self) -> None:
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None

    def _fill(self, first: Hired | None) -> None:
        while not self._free.empty():
            self._free.get()
        for _ in range(self.processes - 1):
            self._free.put(None)
        self._free.put(first)

    def _in_threads(self, numbers: np.ndarray, copies: list[np.ndarray]) -> list[Answer]:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.processes)
        try:
            return list(self._threads.map(lambda copy: self._answer(numbers, copy), copies))
        except BaseException:
            # Also an interrupt: no thread may wait for a worker that nobody waits for.
            self.close()
            raise

    def _answer(self, numbers: np.ndarray, position: np.ndarray) -> Answer:
        """Of one copy; a worker that dies is replaced, and one copy is not tried for ever."""
        how = ""
        for _ in range(_TRIES):
            try:
                reply = self._asked("forces", numbers, position)
            except WorkerDiedError as error:
                how = str(error)
            else:
                return Answer(reply["energy"], reply["force"], reply["reason"])
        formula = Atoms(numbers).get_chemical_formula()
        return failed(f"calculator {self.name} failed on {formula}: {how}", len(numbers))

    def _asked(self, what: str, numbers: np.ndarray, position: np.ndarray) -> Message:
        worker = self._take()
        try:
            reply = worker.ask(what, numbers, position)
        except WorkerDiedError as error:
            if worker not in self._workers:
                # Ended by an interrupt: nobody waits for this copy, and no other worker is hired.
                raise ReferenceEngineError(f"calculator {self.name}: closed") from error
            self._workers.remove(worker)
            self._free.put(None)
            raise
        self._free.put(worker)
        return reply

    def _take(self) -> Hired:
        worker = self._free.get()
        if worker is not None:
            return worker
        try:
            return self._hire()
        except BaseException:
            self._free.put(None)
            raise

    def _hire(self) -> Hired:
        worker = Hired(self.name, self.arguments)
        self._workers.append(worker)
        return worker


def _end_all(workers: list[Hired], owner: int) -> None:
    # A process that was forked off holds the same list, and the workers are not its own.
    while workers and os.getpid() == owner:
        workers.pop().end()
