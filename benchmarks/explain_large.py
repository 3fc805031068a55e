"""How relevance grows with the molecule: time and memory of sums over walks of water clusters.

Times are CPU seconds of this process, the smallest of several repetitions, each on a chain without
any cached result; memory is the peak above what network and chain hold (Linux). The exponent is the
slope of log cost over log number of atoms. A larger ball has less surface, so neighbours per atom
grow too; a second exponent is over the number of pairs of neighbours, to which all that is measured
here is proportional.

    python benchmarks/explain_large.py                      # about a minute
    python benchmarks/explain_large.py --family painn
    python benchmarks/explain_large.py --quick              # seconds
"""

import argparse
import dataclasses
from collections.abc import Callable, Iterator
from functools import partial

import ase
import numpy as np
import torch
from cases import CUTOFF, GAMMA, Case
from clusters import water_cluster
from explain import memory, reset_peak, seconds

import nearsight.explain as lrp
from nearsight.errors import MemoryLimitError
from nearsight.explain import Chain
from nearsight.families.schnetpack.inputs import assemble
from nearsight.lrp.edges import find_edges

EDGES = np.arange(0.0, CUTOFF + 0.5, 0.5)

QUANTITIES: dict[str, Callable[[Chain], object]] = {
    "balance": lrp.balance,
    "atoms": lrp.atoms,
    "near_hops": lrp.near_hops,
    "near_pairs": lrp.near_pairs,
    "decay by hop": lambda c: lrp.decay(c, EDGES, by="hop", method="propagation"),
    "top 100": lambda c: lrp.top(c, 100),
}
"""What grows with the number of atoms."""

QUADRATIC: dict[str, Callable[[Chain], object]] = {
    "pairs that contain": lambda c: lrp.pairs(c, "contains"),
    "triples": lrp.triples,
    "body orders by patterns": lambda c: lrp.bodies(c, method="patterns"),
}
"""What needs all pairs of atoms, and refuses."""


@dataclasses.dataclass(frozen=True)
class Large(Case):
    """A network and a water cluster."""

    @property
    def structure(self) -> ase.Atoms:
        """The cluster."""
        return water_cluster(self.n_atoms)


@dataclasses.dataclass
class Row:
    """What one quantity took at each size: CPU seconds and bytes."""

    name: str
    seconds: list[float] = dataclasses.field(default_factory=list)
    bytes: list[float] = dataclasses.field(default_factory=list)


def main() -> None:
    """Print a table of costs and exponents for each family."""
    arguments = parse()
    torch.set_num_threads(1)
    for family in arguments.family:
        print(
            f"\n{family}, depth {arguments.depth}, F = {arguments.features}, cutoff {CUTOFF} Å, "
            f"gamma {GAMMA}, {arguments.dtype}"
        )
        cases = [
            Large(n, arguments.depth, arguments.features, family, "detach", dtype(arguments))
            for n in arguments.atoms
        ]
        print_growth(cases, arguments.seconds)
        if arguments.refusals:
            print_refusals(cases[-1])


def dtype(arguments: argparse.Namespace) -> torch.dtype:
    """Precision asked for."""
    return getattr(torch, arguments.dtype)


def parse() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--atoms", type=int, nargs="+", default=[100, 300, 1000, 3000])
    parser.add_argument("--depth", type=int, default=3)
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--family", nargs="+", default=["schnet"], choices=["schnet", "painn"])
    parser.add_argument("--dtype", default="float64", choices=["float32", "float64"])
    parser.add_argument("--seconds", type=float, default=1.0, help="least time per measurement")
    parser.add_argument("--refusals", action="store_true", help="what all pairs would take")
    parser.add_argument("--quick", action="store_true", help="small clusters, in seconds")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.atoms, arguments.features, arguments.seconds = [66, 132], 8, 0.01
    return arguments


def print_growth(cases: list[Case], least: float) -> None:
    """Costs of every quantity at every size, with their exponents."""
    rows = {name: Row(name) for name in ("one evaluation", "linearize", *QUANTITIES)}
    n_atoms, n_links, n_walks = [], [], []
    for case in cases:
        for name, spent, taken in measured(case, least):
            rows[name].seconds.append(spent)
            rows[name].bytes.append(taken)
        print(f"  {case.n_atoms} atoms measured", flush=True)
        chain = case.chain(case.network())
        n_atoms.append(chain.n_atoms)
        n_links.append(len(chain.blocks[0].hops.links))
        n_walks.append(float(chain.n_walks))
    print(f"  {'atoms':16s}" + "".join(f"{n:>18d}" for n in n_atoms))
    print(
        f"  {'neighbours each':16s}"
        + "".join(f"{m / n:>18.1f}" for m, n in pairs(n_links, n_atoms))
    )
    print(
        f"  {'walks':16s}"
        + "".join(f"{n:>18.1e}" for n in n_walks)
        + f"{'exponent':>12s}{'per pair':>10s}{'memory':>9s}"
    )
    for row in rows.values():
        print_row(row, n_atoms, n_links)


def pairs(first: list[int], second: list[int]) -> Iterator[tuple[int, int]]:
    """Both side by side."""
    return zip(first, second, strict=True)


def print_row(row: Row, n_atoms: list[int], n_links: list[int]) -> None:
    """One quantity: milliseconds and megabytes at each size, and how both grow."""
    cells = (
        f"{1e3 * s:9.1f} ms{b / 1e6:6.0f} MB" for s, b in zip(row.seconds, row.bytes, strict=True)
    )
    growth = exponent(n_atoms, row.seconds), exponent(n_links, row.seconds)
    held = exponent(n_atoms[-2:], row.bytes[-2:])
    print(
        f"  {row.name:16s}{''.join(cells)}{growth[0]:12.2f}{growth[1]:10.2f}{held:9.2f}", flush=True
    )


def exponent(sizes: list[int], costs: list[float]) -> float:
    """Slope of log cost over log size, by least squares."""
    if len(sizes) < 2 or min(costs) <= 0:
        return float("nan")
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def measured(case: Case, least: float) -> Iterator[tuple[str, float, float]]:
    """Name, CPU seconds and bytes of each quantity."""
    network = case.network()
    unit = evaluation(case, network)
    yield "one evaluation", seconds(lambda _: None, unit, least), peak(lambda: unit(None))
    spent = seconds(lambda _: None, lambda _: case.chain(network), least)
    yield "linearize", spent, peak(lambda: case.chain(network))
    chain = case.chain(network)
    for name, function in QUANTITIES.items():
        spent = seconds(lambda _: fresh(chain), function, least)
        made = fresh(chain)
        yield name, spent, peak(partial(function, made))


def fresh(chain: Chain) -> Chain:
    """The chain without any cached result."""
    blocks = tuple(dataclasses.replace(block) for block in chain.blocks)
    return dataclasses.replace(chain, blocks=blocks)


def peak(function: Callable[[], object]) -> float:
    """Bytes that a call takes at its peak, what it returns among them."""
    before = reset_peak()
    kept = function()
    taken = memory("VmHWM") - before
    del kept
    return max(taken, 0.0)


def evaluation(case: Case, network: torch.nn.Module) -> Callable[[object], object]:
    """Energy and forces by SchNetPack, the neighbour list at hand."""
    position = torch.as_tensor(case.structure.positions).to(case.dtype)
    numbers = torch.as_tensor(case.structure.numbers, dtype=torch.int64)
    edges = find_edges(position, CUTOFF)
    inputs = assemble(numbers, position, torch.tensor([len(numbers)]), edges.i, edges.j)
    return lambda _: network({**inputs})


def print_refusals(case: Case) -> None:
    """What sums over all pairs say of the largest cluster, where they do not fit."""
    chain = case.chain(case.network())
    for name, function in QUADRATIC.items():
        try:
            function(chain)
        except MemoryLimitError as error:
            print(f"  {name}: refused, {error}")
        else:
            print(f"  {name}: fits")


if __name__ == "__main__":
    main()
