"""Replica-steps per second of batched NVE against ASE, SchNetPack's simulator and torch-sim.

One run on one machine, one thread. Times are CPU seconds of this process, so that a shared machine
counts little; engines take turns and the best of several turns counts. All integrate the same
network (random weights: the cost does not depend on them) from the same start with the same steps;
before anything is timed, their positions and energies in float64 are compared.

* ``bare`` is nothing but our energies and forces: no engine on this potential can be faster.
* ``bare SchNetPack`` is the same by SchNetPack's own forward pass, all replicas in one batch.
* ASE runs one replica, since its rate does not depend on their number.
* torch-sim gets SchNetPack's network, as its users would give it, and our batched neighbour list.

    python benchmarks/md.py
    python benchmarks/md.py --molecule ethanol --replicas 32 --turns 10
    python benchmarks/md.py --quick
"""

import argparse
import dataclasses
import time
from collections.abc import Callable
from itertools import product

import engines
import numpy as np
import torch
from engines import Engine, Task

from nearsight.config import make_variant
from nearsight.data.molecules import build_molecule
from nearsight.families.registry import build_network
from nearsight.models.model import Model

MOLECULES = ("ethanol", "alanine_dipeptide", "ac_ala3_nhme")
CUTOFF, DEPTH = 5.0, 3

ENGINES: dict[str, Engine] = {
    "nearsight": engines.nearsight,
    "bare": engines.bare,
    "bare SchNetPack": engines.bare_schnetpack,
    "ASE": engines.by_ase,
    "SchNetPack's simulator": engines.by_schnetpack,
    "torch-sim": engines.by_torch_sim,
}
RIVALS = ("SchNetPack's simulator", "torch-sim")

AIM_ASE = {"schnet": 10.0, "painn": 6.0}
"""Ethanol, 32 replicas: how many times faster than ASE."""
AIM_BARE = 1.15
"""At most this many times as long as the bare evaluations."""

LONG = 20.0
"""CPU seconds of a turn after which an engine has no other."""

CHECKED_STEPS = 24
TOLERANCE = 1e-6
"""Largest difference of positions (Å) and energies (eV) between engines after the steps above; they
take the units of time from different editions of the constants."""


def main() -> None:
    """Print a table for each family and molecule."""
    arguments = parse()
    torch.set_num_threads(1)
    if engines.torch_sim is None:
        print(
            "torch-sim is not installed and left out; Python 3.11 takes torch-sim-atomistic 0.3.0"
        )
        del ENGINES["torch-sim"]
    for family, name in product(arguments.family, arguments.molecule):
        task = first_task(family, name, arguments.features)
        print(
            f"\n{family}, {name}, {len(task.atoms)} atoms, F = {arguments.features}, "
            f"depth {DEPTH}, cutoff {CUTOFF:g} Å, float32; engines differ by "
            f"{check(task):.0e} (Å, eV) after {CHECKED_STEPS} steps in float64"
        )
        print("replica-steps per CPU second; in brackets, how many times faster nearsight is")
        print("replicas" + "".join(f"{kind:>24s}" for kind in ENGINES))
        for replicas in arguments.replicas:
            print_row(task, name, replicas, arguments)


def parse() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--molecule", nargs="+", default=MOLECULES, help="name or SMILES")
    parser.add_argument("--family", nargs="+", default=["schnet", "painn"])
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--replicas", type=int, nargs="+", default=[1, 8, 32, 128])
    parser.add_argument("--turns", type=int, default=5, help="turns of each engine, best counts")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a turn of ours")
    parser.add_argument("--quick", action="store_true", help="the smallest case, in seconds")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.molecule, arguments.replicas = ["ethanol"], [4]
        arguments.features, arguments.turns, arguments.seconds = 16, 2, 0.02
    return arguments


def first_task(family: str, name: str, features: int) -> Task:
    """Network and molecule; replicas, steps and precision are those of the check."""
    atoms = build_molecule(name, seed=0)
    variant = make_variant(family=family, cutoff=CUTOFF, depth=DEPTH, features=features)
    references = dict.fromkeys(map(int, set(atoms.numbers)), 0.0)
    model = Model(build_network(variant), variant, references)
    return Task(model, atoms, replicas=2, steps=CHECKED_STEPS, dtype=torch.float64)


def check(task: Task) -> float:
    """Largest difference of any engine from ours in positions and energies.

    Raises:
        ValueError: it is above what rounding and constants explain: not the same dynamics.
    """
    position, energy = ENGINES["nearsight"](task)()
    moved = np.abs(position - task.starts.position.numpy()).max()
    worst = 0.0
    for kind in ("ASE", *RIVALS):
        if kind in ENGINES:
            other, total = ENGINES[kind](task)()
            worst = max(worst, np.abs(other - position).max(), np.abs(total - energy).max())
    if not worst < TOLERANCE < 1e-3 * moved:
        raise ValueError(f"engines differ by {worst} (Å, eV) after moves of {moved} Å")
    return float(worst)


def print_row(task: Task, name: str, replicas: int, arguments: argparse.Namespace) -> None:
    """Measure all engines with so many replicas, and print rates and aims."""
    task = dataclasses.replace(task, replicas=replicas, dtype=torch.float32, steps=9)
    spent = seconds(ENGINES["bare"](task)) / (task.steps + 1)
    steps = int(np.clip(arguments.seconds / spent, 10, 200))
    rate = rates(dataclasses.replace(task, steps=steps), arguments)
    idle = dataclasses.replace(task, steps=200)
    ours = rate["nearsight"]
    cells = [f"{ours:.0f}", *(f"{r:.0f} ({ours / r:.2f})" for r in list(rate.values())[1:])]
    print(f"{replicas:8d}" + "".join(f"{cell:>24s}" for cell in cells), flush=True)
    aims = {f"of bare within {AIM_BARE:g}": rate["bare"] / ours <= AIM_BARE}
    for rival in RIVALS:
        if rival in rate:
            aims[f"no slower than {rival}"] = ours >= rate[rival]
    if (name, replicas) == ("ethanol", 32):
        wanted = AIM_ASE[task.model.variant.family]
        aims[f"{wanted:g} times ASE"] = ours >= wanted * rate["ASE"]
    beside = min(seconds(engines.idle(idle)) for _ in range(5)) / idle.steps
    met = "; ".join(f"{aim}: {'met' if held else 'NOT MET'}" for aim, held in aims.items())
    print(
        f"{'':8s}  {steps} steps, {1e6 * beside:.0f} us each beside the forces; {met}", flush=True
    )


def rates(task: Task, arguments: argparse.Namespace) -> dict[str, float]:
    """Replica-steps per CPU second of each engine, the best of its turns."""
    # ASE takes one replica after another, so a single one tells its rate.
    alone = dataclasses.replace(task, replicas=1)
    jobs = {kind: engine(alone if kind == "ASE" else task) for kind, engine in ENGINES.items()}
    count = {kind: task.steps * (1 if kind == "ASE" else task.replicas) for kind in jobs}
    best = dict.fromkeys(jobs, np.inf)
    for turn in range(arguments.turns):
        for kind, job in jobs.items():
            if turn == 0 or best[kind] < LONG:
                best[kind] = min(best[kind], seconds(job))
    return {kind: count[kind] / best[kind] for kind in jobs}


def seconds(job: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    begin = time.process_time()
    job()
    return time.process_time() - begin


if __name__ == "__main__":
    main()
