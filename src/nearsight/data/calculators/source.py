"""Where energies and forces of copies of a molecule come from: an engine, here or elsewhere."""

import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator

from nearsight.data.calculators.asking import evaluate
from nearsight.data.calculators.refusal import why_not
from nearsight.data.calculators.words import name_of
from nearsight.errors import ReferenceEngineError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Answers:
    """What an engine says of copies of one molecule; NaN where it fails.

    Attributes:
        energy: (copy,) eV.
        force: (copy, atom, 3) eV/Å.
        reason: for every copy why there is nothing; empty where there is something.
    """

    energy: np.ndarray
    force: np.ndarray
    reason: list[str]


@dataclass(frozen=True, eq=False)
class Answer:
    """The same of one copy."""

    energy: float
    force: np.ndarray
    reason: str = ""


def joined(answers: list[Answer], n_atoms: int) -> Answers:
    """Many answers as one."""
    return Answers(
        energy=np.array([answer.energy for answer in answers], dtype=float),
        force=np.array([answer.force for answer in answers], dtype=float).reshape(-1, n_atoms, 3),
        reason=[answer.reason for answer in answers],
    )


class Source(ABC):
    """An engine that is asked for many copies of a molecule at once.

    Every copy is evaluated as if it were the only one, so that its numbers do not depend on the
    others: not on their order, and not on how many processes work on them.

    Attributes:
        label: name of the engine.
    """

    label: str

    @abstractmethod
    def ask(self, atomic_number: np.ndarray, position: np.ndarray) -> Answers:
        """Energies and forces.

        Args:
            atomic_number: (atom,) nuclear charges.
            position: (copy, atom, 3) Å.
        """

    def ask_all(self, atomic_number: np.ndarray, position: np.ndarray) -> Answers:
        """The same where a failure is an error.

        Args:
            atomic_number: (atom,) nuclear charges.
            position: (copy, atom, 3) Å.

        Raises:
            ReferenceEngineError: the first failure, with its cause as far as it can be found out.
        """
        answers = self.ask(atomic_number, position)
        for geometry, reason in zip(position, answers.reason, strict=True):
            if reason:
                why = self.why_not(Atoms(atomic_number, positions=geometry))
                raise ReferenceEngineError(f"{reason}: {why}" if why else reason)
        return answers

    @abstractmethod
    def why_not(self, atoms: Atoms) -> str:
        """Why it fails on a molecule on which it has failed; empty where nobody knows."""

    def close(self) -> None:
        """Free what it holds; asked again, it begins anew."""
        return


class InProcess(Source):
    """A calculator that lives in this process."""

    def __init__(self, calculator: BaseCalculator, label: str = "") -> None:
        self.calculator = calculator
        self.label = label or name_of(calculator)

    def ask(self, atomic_number: np.ndarray, position: np.ndarray) -> Answers:
        """As :meth:`Source.ask`, one copy after another.

        Args:
            atomic_number: (atom,) nuclear charges.
            position: (copy, atom, 3) Å.
        """
        numbers = np.asarray(atomic_number)
        copies = [answer_of(self.calculator, numbers, geometry) for geometry in position]
        return joined(copies, len(numbers))

    def why_not(self, atoms: Atoms) -> str:
        """As :meth:`Source.why_not`."""
        return why_not(atoms, self.calculator)


def answer_of(calculator: BaseCalculator, numbers: np.ndarray, position: np.ndarray) -> Answer:
    """What a calculator says of one copy.

    Args:
        calculator: that is asked.
        numbers: (atom,) nuclear charges.
        position: (atom, 3) Å.
    """
    if not np.isfinite(position).all():
        return failed("positions are not finite", len(numbers))
    try:
        return Answer(*evaluate(Atoms(numbers, positions=position), calculator))
    except ReferenceEngineError as error:
        return failed(str(error), len(numbers))


def failed(reason: str, n_atoms: int) -> Answer:
    """The answer of an engine that has none."""
    return Answer(np.nan, np.full((n_atoms, 3), np.nan), reason)
