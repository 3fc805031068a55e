"""What a step of dynamics costs as a molecule grows: a drop of water, 100 to 25,000 atoms.

One run on one machine, one thread; times are CPU seconds of this process, the least of several.
Weights are random: the cost does not depend on them.

* ``--parts pairs``: pairs of neighbours by SciPy's tree, vesin, matscipy and all distances.
* ``--parts skin``: what a step pays for pairs, by skin, along a run at 300 K.
* ``--parts steps``: microseconds per atom and step of a whole run, with guards and records, and of
  energies and forces alone; the exponent of the fit; and forces by all pairs at once.
* ``--parts memory``: what a run adds to the process, each size in a process of its own, and from
  the largest of them what 24 GiB hold.

    python benchmarks/large.py
    python benchmarks/large.py --parts steps --family schnet --atoms 1000 10000
    python benchmarks/large.py --quick
"""

import argparse
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path

import ase
import numpy as np
import torch
from matscipy.neighbours import neighbour_list
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation
from vesin import NeighborList

from nearsight.config import Dynamics, make_variant
from nearsight.data.frames import Frames, frames_of_atoms
from nearsight.data.molecules import build_molecule
from nearsight.families.neighbors import MANY_ATOMS, pairs_by_distances
from nearsight.families.registry import build_network
from nearsight.families.tree import SkinPairs, pairs_by_tree
from nearsight.md.record.segments import Memory, Stretch
from nearsight.md.replicas.starts import draw_starts
from nearsight.md.rules.positions import look_at_geometry
from nearsight.md.rules.reference_guards import reference_guards
from nearsight.md.run.nve import run
from nearsight.models import potential as of_few
from nearsight.models.force_field import Potential
from nearsight.models.potential import build_potential
from nearsight.models.tensors import Tensors

CUTOFF, DEPTH = 5.0, 3
DENSITY = 0.0334
"""Molecules of water per Å³."""
ATOMS = (100, 300, 1000, 3000, 10_000, 25_000)
SKINS = (0.25, 0.5, 0.75, 1.0, 1.5)
WHOLE = 24 * 2**30
ALL_PAIRS = 3000
"""Atoms beyond which all distances are left out."""

SETTINGS = Dynamics(
    temperature=300.0, replicas=1, bond_deviation=10.0, bond_limits=[10.0], bond_breaks=10.0,
    bond_forms=0.01, close_contact=0.01, isolation=100.0, energy_deviation=1e6, write_interval=8,
)  # fmt: skip
"""Rules that are looked at but that nothing breaks: random weights do not hold water together."""


def main() -> None:
    """Print what was asked for."""
    arguments = parse()
    torch.set_num_threads(1)
    if "pairs" in arguments.parts:
        print("\npairs within 5 Å, microseconds per atom (and pairs)")
        for n_atoms in arguments.atoms:
            print_pairs(drop(n_atoms).positions, arguments.seconds)
    if "skin" in arguments.parts:
        print("\npairs from step to step: microseconds per atom and step, renewals a step")
        print_skins(drop(max(a for a in arguments.atoms if a <= ALL_PAIRS)), arguments)
    for family in arguments.family:
        name = f"{family}, F = {arguments.features}, depth {DEPTH}, cutoff {CUTOFF:g} Å, float32"
        if "steps" in arguments.parts:
            print(f"\n{name}: microseconds per atom and step")
            print_steps(family, arguments)
        if "memory" in arguments.parts:
            print(f"\n{name}: memory of a run")
            print_memory(family, arguments)


def parse() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = ["pairs", "skin", "steps", "memory"]
    parser.add_argument("--parts", nargs="+", default=parts, choices=parts)
    parser.add_argument("--family", nargs="+", default=["schnet", "painn"])
    parser.add_argument("--features", type=int, default=32)
    parser.add_argument("--atoms", nargs="+", type=int, default=ATOMS)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement, at least")
    parser.add_argument("--quick", action="store_true", help="small sizes, in seconds")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.atoms, arguments.seconds, arguments.features = [102, 204], 0.02, 8
    return arguments


def drop(n_atoms: int) -> ase.Atoms:
    """The molecules of water nearest to the middle, at its density, each turned at random."""
    n_molecules = -(-n_atoms // 3)
    side = int(np.ceil(n_molecules ** (1 / 3))) + 2
    grid = np.stack(np.meshgrid(*[np.arange(side)] * 3, indexing="ij"), -1).reshape(-1, 3)
    grid = grid - (side - 1) / 2
    grid = grid[np.argsort(np.square(grid).sum(1), kind="stable")[:n_molecules]]
    water = build_molecule("O", seed=0)
    turn = Rotation.random(n_molecules, rng=0).as_matrix()
    places = DENSITY ** (-1 / 3) * grid[:, None] + water.positions @ turn.transpose(0, 2, 1)
    return ase.Atoms(np.tile(water.numbers, n_molecules), places.reshape(-1, 3))


def least(job: Callable[[], object], seconds: float) -> float:
    """CPU seconds of one call, the least of several."""
    best, begun, calls = np.inf, time.process_time(), 0
    while calls < 2 or time.process_time() - begun < seconds:
        start = time.process_time()
        job()
        best, calls = min(best, time.process_time() - start), calls + 1
    return best


def print_pairs(points: np.ndarray, seconds: float) -> None:
    """Pairs of one molecule by each way, which must agree on how many there are."""
    position = torch.from_numpy(points)[None]
    ways: dict[str, Callable[[], int]] = {
        "SciPy": lambda: len(cKDTree(points).query_pairs(CUTOFF, output_type="ndarray")),
        "ours, by SciPy and sorted": lambda: len(pairs_by_tree(position, CUTOFF)[0]),
        "vesin": lambda: len(by_vesin(points)),
        "matscipy": lambda: len(by_matscipy(points)),
    }
    if len(points) <= ALL_PAIRS:
        ways["all distances"] = lambda: len(pairs_by_distances(position, CUTOFF)[0])
    found = {way() for way in ways.values()}
    if len(found) != 1:
        raise ValueError(f"ways differ in the number of pairs: {found}")
    cells = [f"{name} {1e6 * least(w, seconds / 4) / len(points):.2f}" for name, w in ways.items()]
    print(f"{len(points):7d} ({found.pop()})  " + "  ".join(cells), flush=True)


def by_vesin(points: np.ndarray) -> np.ndarray:
    """First atoms of pairs, each once, in no order."""
    cells = NeighborList(cutoff=CUTOFF, full_list=False, algorithm="cell_list", n_threads=1)
    first: np.ndarray = cells.compute(points, np.zeros((3, 3)), periodic=False, quantities="i")[0]
    return first


def by_matscipy(points: np.ndarray) -> np.ndarray:
    """First atoms of pairs, each once."""
    i, j = neighbour_list("ij", positions=points, cutoff=CUTOFF, pbc=[False] * 3)
    first: np.ndarray = i[i < j]
    return first


def print_skins(atoms: ase.Atoms, arguments: argparse.Namespace) -> None:
    """Along one run, the pairs by skins of several widths."""
    n_steps = 8 if arguments.quick else 60
    potential = potential_of("schnet", atoms, arguments.features)
    path: list[torch.Tensor] = []

    def watched(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        path.append(position.clone())
        return potential(position)

    simulate(watched, atoms, n_steps)
    anew = least(lambda: pairs_by_tree(path[-1], CUTOFF), arguments.seconds / 4)
    print(f"{len(atoms):7d} atoms, {n_steps} steps; anew at every step {scale(anew, atoms)}")
    for skin in SKINS:
        # As often as it takes for a number.
        counted = SkinPairs(CUTOFF, skin)
        for position in path:
            counted(position)
        spent = least(lambda: walk(path, skin), arguments.seconds / 2) / len(path)  # noqa: B023
        rate = counted.renewals / len(path)
        print(f"        skin {skin:4.2f} Å  {scale(spent, atoms)}  {rate:.3f}", flush=True)


def walk(path: list[torch.Tensor], skin: float) -> None:
    """Pairs at every step."""
    pairs = SkinPairs(CUTOFF, skin)
    for position in path:
        pairs(position)


def scale(seconds: float, atoms: ase.Atoms) -> str:
    """Microseconds per atom."""
    return f"{1e6 * seconds / len(atoms):.2f}"


def potential_of(family: str, atoms: ase.Atoms, features: int) -> Potential:
    """Of a network of random weights."""
    variant = make_variant(family=family, cutoff=CUTOFF, depth=DEPTH, features=features)
    numbers = torch.as_tensor(atoms.numbers)
    network = build_network(variant)
    # Forces of random weights would pull molecules into one another.
    network.output_modules[0].outnet[-1].weight.data *= 0.02
    return build_potential(network, numbers, variant, dtype=torch.float32, device="cpu")


class Dropped(Memory):
    """Segments that are written and forgotten, as those on a disk are to the memory."""

    def append(self, stretch: Stretch, state: Tensors) -> None:
        """Keep energies alone."""
        none = stretch.position[:, :, :0]
        kept = {**vars(stretch), "position": none, "velocity": none}
        super().append(Stretch(**kept), state)


def simulate(potential: Potential, atoms: ase.Atoms, n_steps: int) -> None:
    """A run with guards and frames, which nothing ends."""
    frames: Frames = frames_of_atoms([atoms])
    duration = n_steps * SETTINGS.timestep / 1000
    settings = SETTINGS.model_copy(update={"duration": duration})
    guards = reference_guards(frames, settings)
    record = run(potential, draw_starts(frames, settings), guards, settings, store=Dropped())
    if record.event.any():
        raise ValueError(f"the run ended: {record.ends.kind}")


def print_steps(family: str, arguments: argparse.Namespace) -> None:
    """A line for each size, and how times grow."""
    print("  atoms     run  forces   rules  forces by all pairs at once")
    whole, alone = [], []
    for n_atoms in arguments.atoms:
        atoms = drop(n_atoms)
        position = torch.from_numpy(atoms.positions)[None]
        potential = potential_of(family, atoms, arguments.features)
        bare = least(lambda: potential(position), arguments.seconds)  # noqa: B023
        n_steps = int(np.clip(arguments.seconds / bare, 8, 60))
        begun = time.process_time()
        simulate(potential, atoms, n_steps)
        spent = time.process_time() - begun
        # A run begins with guards and one evaluation more.
        begun = time.process_time()
        simulate(potential, atoms, 1)
        spent = (spent - (time.process_time() - begun)) / (n_steps - 1)
        whole.append(spent)
        alone.append(bare)
        spans = (spent, bare, rules(atoms, arguments.seconds))
        cells = [f"{len(atoms):7d}", *(f"{scale(t, atoms):>7s}" for t in spans)]
        if len(atoms) <= ALL_PAIRS:
            cells.append(f"{scale(all_pairs(family, atoms, arguments), atoms):>7s}")
        print(" ".join(cells), flush=True)
    if len(whole) > 1:
        for name, times in (("run", whole), ("forces", alone)):
            power = np.polyfit(np.log(arguments.atoms), np.log(times), 1)[0]
            print(f"time of a step ({name}) grows as the number of atoms to the power {power:.2f}")


def rules(atoms: ase.Atoms, seconds: float) -> float:
    """CPU seconds of the rules on positions as they are by default, pairs at hand."""
    position = torch.from_numpy(atoms.positions)[None]
    guards = reference_guards(frames_of_atoms([atoms]), Dynamics())
    unseen = torch.zeros((1, len(guards.bond_limits)), dtype=torch.bool)
    if look_at_geometry(position, unseen, guards) is not None:
        raise ValueError("a rule holds for the drop as it is")
    return least(lambda: look_at_geometry(position, unseen, guards), seconds / 4)


def all_pairs(family: str, atoms: ase.Atoms, arguments: argparse.Namespace) -> float:
    """CPU seconds of energies and forces by the way of small molecules."""
    of_few.MANY_ATOMS = 10**9
    potential = potential_of(family, atoms, arguments.features)
    of_few.MANY_ATOMS = MANY_ATOMS
    position = torch.from_numpy(atoms.positions)[None]
    return least(lambda: potential(position), min(arguments.seconds, 1.0))


def print_memory(family: str, arguments: argparse.Namespace) -> None:
    """Peaks of processes above what they had before, and what would fill 24 GiB."""
    spawn = multiprocessing.get_context("spawn")
    for n_atoms in arguments.atoms[-3:]:
        with spawn.Pool(1) as pool:
            before, peak = pool.apply(peak_of, (family, n_atoms, arguments.features))
        per_atom = max(1, peak - before) / n_atoms
        print(
            f"{n_atoms:7d} atoms: {(peak - before) / 2**20:.0f} MiB above {before / 2**20:.0f}, "
            f"{per_atom / 2**10:.1f} KiB an atom",
            flush=True,
        )
    print(f"24 GiB would hold {(WHOLE - before) / per_atom / 1e6:.1f} million atoms (extrapolated)")


def peak_of(family: str, n_atoms: int, features: int) -> tuple[int, int]:
    """Bytes of this process before a run and at its peak."""
    torch.set_num_threads(1)
    small = drop(102)
    simulate(potential_of(family, small, features), small, 1)
    before = peak_bytes()
    atoms = drop(n_atoms)
    simulate(potential_of(family, atoms, features), atoms, 2)
    return before, peak_bytes()


def peak_bytes() -> int:
    """The most that this process has had; ``getrusage`` would count its parent's too."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main()
