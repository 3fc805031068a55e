"""The process in which a calculator that a user named lives: :func:`main`.

It builds the calculator once and answers one question at a time. What the calculator prints goes
with its errors, and the process ends as soon as nobody can ask it any more.
"""

import os
import queue
import signal
import sys
import threading
from typing import IO, Any

from ase import Atoms
from ase.calculators.calculator import BaseCalculator

from nearsight.data.calculators.factory import calculator_from
from nearsight.data.calculators.refusal import why_not
from nearsight.data.calculators.source import answer_of
from nearsight.data.calculators.wire import Message, receive, send
from nearsight.errors import NearsightError


def main() -> None:
    """Build a calculator and answer until the other side is gone."""
    # An interrupt of the terminal is the parent's to deal with.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    questions, answers = _own_pipes()
    waiting: queue.SimpleQueue[Message] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(questions, waiting), daemon=True).start()
    calculator = _build(waiting.get(), answers)
    while calculator is not None:
        send(answers, _answer(calculator, waiting.get()))


def _own_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """The pipes to the parent, out of the way of a calculator that reads or prints."""
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return questions, answers


def _read(questions: IO[bytes], waiting: "queue.SimpleQueue[Message]") -> None:
    while True:
        try:
            waiting.put(receive(questions))
        except EOFError:
            # The parent is gone or has closed: also in the middle of a calculation.
            os._exit(0)


def _build(order: Message, answers: IO[bytes]) -> BaseCalculator | None:
    try:
        calculator = calculator_from(order["name"], order["arguments"])
    except NearsightError as error:
        send(answers, {"error": type(error).__name__, "text": str(error)})
        return None
    _one_thread()
    send(answers, {"built": True})
    return calculator


def _one_thread() -> None:
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)


def _answer(calculator: BaseCalculator, question: Message) -> Message:
    if question["do"] == "why not":
        atoms = Atoms(question["numbers"], positions=question["position"])
        return {"why": why_not(atoms, calculator)}
    answer = answer_of(calculator, question["numbers"], question["position"])
    return {"energy": answer.energy, "force": answer.force, "reason": answer.reason}
