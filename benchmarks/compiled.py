"""Energies and forces of many copies of a molecule: compiled, and as they are written.

    python benchmarks/compiled.py                        # some minutes, most of them compilation
    python benchmarks/compiled.py --against ../older     # against another checkout of this project
    python benchmarks/compiled.py --quick                # a minute: a small SchNet

Every way works in a process of its own, which waits while another is timed; all take turns in one
run on one core, and the least CPU time of several turns counts. Weights are random, the same in all
processes; geometries are a molecule whose atoms were moved at random by 0.1 Å and then, from one
evaluation to the next, as far as a step of dynamics moves them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from nearsight.config import make_variant
from nearsight.data.molecules import build_molecule
from nearsight.families.registry import build_network
from nearsight.models.force_field import Potential
from nearsight.models.potential import build_potential

HERE = Path(__file__).resolve()
MOVED, STEP = 0.1, 0.005
"""Å: of an atom at random, and of an atom between two evaluations."""
AIMS = {"schnet": 1.6, "painn": 2.2}
"""Times the older checkout, with 32 replicas (issue 18)."""


@dataclass(frozen=True)
class Case:
    """What is evaluated.

    Attributes:
        family, features, depth, cutoff: of the network.
        molecule: by its name.
        replicas: copies in one call.
        precision: of the network.
    """

    family: str
    features: int
    depth: int
    cutoff: float
    molecule: str
    replicas: int
    precision: str

    @property
    def words(self) -> list[str]:
        """As words of a command line."""
        return [str(value) for value in vars(self).values()]

    @classmethod
    def of_words(cls, words: list[str]) -> "Case":
        """From them."""
        family, features, depth, cutoff, molecule, replicas, precision = words
        return cls(
            family, int(features), int(depth), float(cutoff), molecule, int(replicas), precision
        )

    def potential(self, way: str) -> tuple[Potential, torch.Tensor]:
        """The potential, and positions (replica, atom, 3) in Å."""
        variant = make_variant(
            family=self.family, cutoff=self.cutoff, depth=self.depth, features=self.features
        )
        network = build_network(variant).eval().requires_grad_(False)
        atoms = build_molecule(self.molecule, seed=0)
        rng = np.random.default_rng(0)
        moved = MOVED * rng.normal(size=(self.replicas, len(atoms), 3))
        numbers = torch.as_tensor(atoms.numbers)
        dtype = getattr(torch, self.precision)
        if way == "compiled":
            # Late: an older checkout has none of it.
            from nearsight.models.compiled_potential import build_compiled
            from nearsight.programs import Store

            found = build_compiled(network, numbers, variant, Store(), dtype=dtype)
            if found is None:
                raise SystemExit(f"{self} is not written for a compiler")
        else:
            found = build_potential(network, numbers, variant, dtype=dtype, device="cpu")
        return found, torch.as_tensor(atoms.positions + moved)


class Child:
    """A process that evaluates when it is told to.

    Args:
        case: what.
        way: ``eager`` or ``compiled``.
        checkout: by whose code.
    """

    def __init__(self, case: Case, way: str, checkout: Path) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._forces = Path(self._folder.name) / "forces.npy"
        environment = {**os.environ, "PYTHONPATH": str(checkout / "src"), "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, str(HERE), "--child", way, str(self._forces), *case.words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        pipes = self._process.stdin, self._process.stdout
        if None in pipes:
            raise SystemExit("no pipes to another process")
        self._in, self._out = pipes
        self.first = float(self._answer())

    def _answer(self) -> str:
        answer = self._out.readline()
        if not answer:
            raise SystemExit(f"the process ended with {self._process.wait()}: see above")
        return answer

    def turn(self) -> float:
        """CPU milliseconds of an evaluation."""
        self._in.write("go\n")
        self._in.flush()
        return float(self._answer())

    def end(self) -> np.ndarray:
        """Forces (replica, atom, 3) of the first evaluation."""
        self._in.close()
        self._process.wait()
        return np.asarray(np.load(self._forces))


def serve(way: str, forces: Path, case: Case, seconds: float = 0.3) -> None:
    """What the process of a :class:`Child` does."""
    torch.set_num_threads(1)
    before = time.process_time()
    potential, position = case.potential(way)
    np.save(forces, potential(position)[1].numpy())
    print(time.process_time() - before, flush=True)
    step = STEP * torch.as_tensor(np.random.default_rng(1).normal(size=(16, *position.shape)))
    path = [position, *(position + step[:8].cumsum(0)), *(position + step[8:].cumsum(0))]
    for _ in sys.stdin:
        count, begun = 0, time.process_time()
        while time.process_time() - begun < seconds:
            potential(path[count % len(path)])
            count += 1
        print(1000 * (time.process_time() - begun) / count, flush=True)


def measure(case: Case, against: Path | None, turns: int) -> None:
    """Print the row of one case."""
    root = HERE.parents[1]
    ways = {"eager": Child(case, "eager", root), "compiled": Child(case, "compiled", root)}
    if against is not None:
        ways["older"] = Child(case, "eager", against)
    least = dict.fromkeys(ways, np.inf)
    for _ in range(turns):
        for name, child in ways.items():
            least[name] = min(least[name], child.turn())
    forces = {name: child.end() for name, child in ways.items()}
    largest = np.abs(forces["eager"]).max()
    apart = np.abs(forces["compiled"] - forces["eager"]).max() / largest
    row = [
        f"{case.family}, {case.molecule}", f"{case.cutoff:g}", f"{case.replicas}",
        f"{least['eager']:.2f}", f"{least['compiled']:.2f}",
        f"{least['eager'] / least['compiled']:.2f}",
    ]  # fmt: skip
    if "older" in least:
        row.append(f"{least['older'] / least['compiled']:.2f}")
    print(f"| {' | '.join([*row, f'{apart:.0e}'])} |", flush=True)


def main() -> None:
    """Print a table."""
    if sys.argv[1:2] == ["--child"]:
        serve(sys.argv[2], Path(sys.argv[3]), Case.of_words(sys.argv[4:]))
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--against", type=Path, help="another checkout, whose eager way is timed")
    parser.add_argument("--family", nargs="+", default=["schnet", "painn"])
    parser.add_argument("--molecule", nargs="+", default=["ethanol", "alanine_dipeptide"])
    parser.add_argument("--replicas", nargs="+", type=int, default=[1, 32])
    parser.add_argument("--cutoff", nargs="+", type=float, default=[5.0])
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--depth", type=int, default=3)
    parser.add_argument("--precision", default="float32", choices=["float32", "float64"])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="a small SchNet of ethanol alone")
    given = parser.parse_args()
    if given.quick:
        given.family, given.molecule, given.replicas = ["schnet"], ["ethanol"], [4]
        given.features, given.depth, given.turns = 4, 1, 2
    print(f"F = {given.features}, depth {given.depth}, {given.precision}; CPU ms an evaluation")
    if given.against is not None:
        print(f"aims over the older checkout with 32 replicas: {AIMS}")
    heads = ["network, molecule", "cutoff (Å)", "replicas", "eager", "compiled", "times eager"]
    heads += ["times older"] if given.against else []
    heads += ["forces apart, relative"]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}", flush=True)
    for family in given.family:
        for molecule in given.molecule:
            for cutoff in given.cutoff:
                for replicas in given.replicas:
                    case = Case(
                        family, given.features, given.depth, cutoff, molecule, replicas,
                        given.precision,
                    )  # fmt: skip
                    measure(case, given.against, given.turns)


if __name__ == "__main__":
    main()
