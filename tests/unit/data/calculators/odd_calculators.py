"""Calculators as users may have them: each odd in one way. Workers import this module by name."""

import os
import signal
import time
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from ase.calculators.calculator import Calculator

EDGE = 50.0
"""Å: beyond this in x, what may go wrong does."""


class Springs(Calculator):
    """E = k/2 sum of squared distances of all pairs; forces in closed form."""

    implemented_properties: ClassVar[list[str]] = ["energy", "forces"]

    def __init__(self, k: float = 1.0) -> None:
        super().__init__()
        self.k = k

    def calculate(self, *args: Any) -> None:
        super().calculate(*args)
        between = self.atoms.positions[:, None] - self.atoms.positions[None]
        self.results = {
            "energy": self.k / 4 * float((between**2).sum()),
            "forces": -self.k * between.sum(axis=1),
        }


class Pid(Springs):
    """Its energy is the number of its process."""

    def calculate(self, *args: Any) -> None:
        super().calculate(*args)
        self.results["energy"] = float(os.getpid())


class Threads(Springs):
    """Its energy is the most threads that PyTorch and OpenMP may use."""

    def calculate(self, *args: Any) -> None:
        import torch

        super().calculate(*args)
        self.results["energy"] = max(torch.get_num_threads(), int(os.environ["OMP_NUM_THREADS"]))


class Single(Springs):
    """Computes in single precision."""

    def calculate(self, *args: Any) -> None:
        super().calculate(*args)
        self.results["forces"] = self.results["forces"].astype(np.float32)


class Remembers(Springs):
    """Its energy creeps with every call."""

    calls = 0

    def calculate(self, *args: Any) -> None:
        super().calculate(*args)
        self.calls += 1
        self.results["energy"] += 1e-3 * self.calls


class ResetFails(Springs):
    """Cannot be reset."""

    def reset(self) -> None:
        raise RuntimeError("no reset here")


class NoReset:
    """No calculator of ASE's classes, only its face; it has nothing to reset."""

    def get_potential_energy(self, atoms: Any = None, force_consistent: bool = False) -> float:
        return float(atoms.positions.sum())

    def get_forces(self, atoms: Any) -> np.ndarray:
        return -np.ones((len(atoms), 3))


class NeedsCell(Springs):
    """Inverts the cell, as models of crystals do."""

    def calculate(self, *args: Any) -> None:
        np.linalg.inv(np.array(args[0].cell))
        super().calculate(*args)


class KnowsOnly(Springs):
    """A table of elements."""

    def __init__(self, elements: list[str]) -> None:
        super().__init__()
        self.table = dict.fromkeys(elements, 0.0)

    def calculate(self, *args: Any) -> None:
        sum(self.table[symbol] for symbol in args[0].get_chemical_symbols())
        super().calculate(*args)


class Fails(Springs):
    """Fails, one way or another, on what lies beyond the edge."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def calculate(self, *args: Any) -> None:
        super().calculate(*args)
        if self.atoms.positions[:, 0].max() > EDGE:
            self.fail()

    def fail(self) -> None:
        if self.how == "raise":
            raise RuntimeError("first line\n  second line")
        if self.how == "nan":
            self.results["forces"] = self.results["forces"] * np.nan
        if self.how == "shape":
            self.results["forces"] = self.results["forces"][:1]
        if self.how == "two energies":
            self.results["energy"] = np.zeros(2)
        if self.how == "no forces":
            del self.results["forces"]
        if self.how == "exit":
            os.write(2, b"a last word\n")
            os._exit(3)
        if self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)


class DiesOnce(Springs):
    """Is ended from outside in its first calculation, of which it leaves a mark."""

    def __init__(self, mark: str) -> None:
        super().__init__()
        self.mark = Path(mark)

    def calculate(self, *args: Any) -> None:
        super().calculate(*args)
        if not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGTERM)


class Sleeps(Springs):
    """Takes a minute where it is asked beyond the edge."""

    def calculate(self, *args: Any) -> None:
        super().calculate(*args)
        if self.atoms.positions[:, 0].max() > EDGE:
            time.sleep(60)


class Prints(Springs):
    """Talks on standard output, and reads standard input."""

    def calculate(self, *args: Any) -> None:
        print("a table of results", flush=True)  # noqa: T201
        os.write(1, b"and one from Fortran\n")
        os.read(0, 10)
        super().calculate(*args)


def dies_at_birth() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def raises_at_birth() -> None:
    raise OSError("weights.pt: no such file")
