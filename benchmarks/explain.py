"""Cost of GNN-LRP as a frozen chain, against the published way and in units of the model itself.

One run on one machine, one thread. Times are CPU seconds of this process (so that a shared machine
counts little), the smallest of several repetitions, each on a chain without any cached result. Two
comparisons:

* the published way, one masked forward and backward pass per walk (``published.py``), alone and
  batched (copies of the molecule in one pass). It is measured on a sample of walks and multiplied
  by the number of walks: nobody could wait for the rest. The same sample must give the relevances
  of the chain, and the largest difference is printed.
* one evaluation of energy and forces of the same network (forward and backward), the unit.

Networks have random weights and random biases: the cost does not depend on them.

    python benchmarks/explain.py --atoms 42 --depth 3 --features 64
    python benchmarks/explain.py --quick
    python benchmarks/explain.py --memory --atoms 42 --depth 5
"""

import argparse
import ctypes
import dataclasses
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
import torch
from cases import GAMMA, MOLECULES, Case, evaluation
from published import MaskedPasses

import nearsight.explain as lrp
from nearsight.explain import Chain
from nearsight.explain.sums.tally import RANGES, tally

EDGES = np.arange(0.0, 20.5, 0.5)
ROUNDING = {torch.float64: 1e-10, torch.float32: 1e-4}
"""Largest difference from the published way, in units of the largest walk of the sample."""

SAMPLE = 12
"""Walks whose masked passes are measured one by one."""

AIM_PUBLISHED = {(9, 3): 1e3, (21, 3): 1e4, (42, 3): 1e5, (42, 5): 1e6}
AIM_BATCHED = {(9, 3): 200, (21, 3): 5e3, (42, 3): 3e4}
"""All walks at F = 64, by atoms and depth: how many times faster than the published way."""

QUANTITIES: dict[str, tuple[Callable[[Chain], object], float | None]] = {
    "balance, atoms, hops": (lambda c: (lrp.balance(c), lrp.atoms(c), lrp.hops(c)), 1),
    "exact pairs": (lambda c: lrp.pairs(c, "exact"), 1),
    "exact triples": (lambda c: lrp.triples(c), None),
    "pairs from end to end": (lambda c: lrp.pairs(c, "ends"), None),
    "pairs that contain": (lambda c: lrp.pairs(c, "contains"), 12),
    "body orders": (lambda c: lrp.bodies(c), None),
    "all walks": (lambda c: sum(len(part) for _, part in lrp.stream(c)), 4),
    "body order × diameter": (
        lambda c: lrp.decay(c, EDGES, by="diameter", method="enumeration"),
        8,
    ),
    "top 100": (lambda c: lrp.top(c, 100), 7),
    "all sums, a pass each": (
        lambda c: (
            tally(c, method="enumeration"),
            *(lrp.decay(c, EDGES, by=by, method="enumeration") for by in RANGES),
        ),
        None,
    ),
    "all sums in one pass": (lambda c: tally(c, edges=EDGES, method="enumeration"), None),
}
"""Quantity: how to get it, and the aim in evaluations (42 atoms, depth 3, F = 64)."""

SUMS: dict[str, Callable[[Chain], object]] = {
    "body order × diameter": lambda c: lrp.decay(c, EDGES, method="enumeration"),
    "body orders by patterns": lambda c: lrp.bodies(c, method="patterns"),
}
"""Sums over all walks whose memory is measured."""

AIM_LINEARIZE = 3
WIDE = 2
"""At F = 128 an aim may take this many times as many evaluations."""

WALKERS = (
    "all walks",
    "body order × diameter",
    "top 100",
    "all sums, a pass each",
    "all sums in one pass",
)
"""Quantities whose cost grows with the number of walks."""


def main() -> None:
    """Print the tables of all cases asked for."""
    arguments = parse()
    torch.set_num_threads(1)
    for case in cases(arguments):
        if arguments.memory:
            print_memory(case)
        else:
            print_case(case, arguments)


def parse() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--atoms", type=int, nargs="+", default=[9, 21, 42], choices=MOLECULES)
    parser.add_argument("--depth", type=int, nargs="+", default=[1, 2, 3, 4, 5, 6])
    parser.add_argument("--features", type=int, nargs="+", default=[64, 128])
    parser.add_argument("--family", nargs="+", default=["schnet", "painn"])
    parser.add_argument("--vector", nargs="+", default=["detach"], choices=["detach", "flow"])
    parser.add_argument("--dtype", default="float64", choices=["float32", "float64"])
    parser.add_argument("--quantity", nargs="+", default=list(QUANTITIES), choices=QUANTITIES)
    parser.add_argument("--seconds", type=float, default=1.0, help="least time per measurement")
    parser.add_argument("--batch", type=int, default=32, help="copies in a batched masked pass")
    parser.add_argument("--most-walks", type=float, default=5e8, help="skip enumeration above")
    parser.add_argument("--memory", action="store_true", help="peak memory instead of times")
    parser.add_argument("--quick", action="store_true", help="the smallest case, in seconds")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.atoms, arguments.depth, arguments.features = [9], [2], [16]
        arguments.seconds = 0.02
    return arguments


def cases(arguments: argparse.Namespace) -> Iterator[Case]:
    """Cases asked for; SchNet has no vectors to treat in two ways."""
    for kind, n_atoms, depth, features in product(
        arguments.family, arguments.atoms, arguments.depth, arguments.features
    ):
        for vector in arguments.vector if kind == "painn" else ["detach"]:
            dtype = getattr(torch, arguments.dtype)
            yield Case(n_atoms, depth, features, kind, vector, dtype)


def print_case(case: Case, arguments: argparse.Namespace) -> None:
    """Measure one case and print its table."""
    network = case.network()
    unit = seconds(lambda _: None, evaluation(case, network), arguments.seconds)
    n_walks = lrp.count_walks(case.chain(network))
    print(f"\n{case}, {n_walks} walks; one energy and forces: {1e3 * unit:.2f} ms")
    alone, batched = published(case, network, arguments)
    linearize = seconds(lambda _: None, lambda _: case.chain(network), arguments.seconds)
    print(
        f"  {'':24s}{'ms':>11s}{'evaluations':>13s}{'aim':>7s}{'published/':>13s}{'batched/':>11s}"
    )
    print_row("linearize", linearize, unit, aim(case, AIM_LINEARIZE), None)
    for name in arguments.quantity:
        function, wanted = QUANTITIES[name]
        if name in WALKERS and n_walks > arguments.most_walks:
            print(f"  {name:24s}{'skipped: too many walks':>24s}")
            continue
        spent = seconds(lambda _: case.chain(network), function, arguments.seconds)
        both = n_walks * alone / (spent + linearize), n_walks * batched / (spent + linearize)
        print_row(name, spent, unit, aim(case, wanted), both)
        if name == "all walks":
            print_aims(case, *both)


def aim(case: Case, evaluations: float | None) -> float | None:
    """The aim for a case in evaluations, where there is one."""
    if evaluations is None or (case.n_atoms, case.depth, case.vector) != (42, 3, "detach"):
        return None
    return evaluations * (WIDE if case.features > 64 else 1)


def print_row(
    name: str, spent: float, unit: float, wanted: float | None, ratios: tuple[float, float] | None
) -> None:
    """One line: ms, evaluations, aim, and how many times the published way takes longer."""
    verdict = "" if wanted is None else f"{wanted:g} {'met' if spent <= wanted * unit else 'NO'}"
    row = f"  {name:24s}{1e3 * spent:11.2f}{spent / unit:13.2f}{verdict:>7s}"
    print(row + ("" if ratios is None else f"{ratios[0]:13.2e}{ratios[1]:11.2e}"), flush=True)


def print_aims(case: Case, alone: float, batched: float) -> None:
    """Compare all walks with the aims for this size."""
    if case.features != 64:
        return
    for name, ratio, table in (
        ("published", alone, AIM_PUBLISHED),
        ("batched", batched, AIM_BATCHED),
    ):
        wanted = table.get((case.n_atoms, case.depth))
        if wanted is not None:
            print(f"    aim {wanted:g} times {name}: {'met' if ratio >= wanted else 'NOT MET'}")


def seconds(
    prepare: Callable[[None], object], function: Callable[[object], object], least: float
) -> float:
    """CPU seconds: the smallest of repetitions that take ``least`` seconds, after a first run."""
    function(prepare(None))
    best, total = np.inf, 0.0
    while total < least or not np.isfinite(best):
        ready = prepare(None)
        begin = time.process_time()
        function(ready)
        spent = time.process_time() - begin
        best, total = min(best, spent), total + max(spent, 1e-6)
    return best


def published(
    case: Case, network: torch.nn.Module, arguments: argparse.Namespace
) -> tuple[float, float]:
    """Seconds per walk of the published way, alone and batched, on a sample of walks."""
    chain = dataclasses.replace(case, vector="detach").chain(network)
    passes = MaskedPasses(network, case.structure, case.dtype, GAMMA)
    sample = random_walks(passes, case.depth, max(SAMPLE, arguments.batch))
    expected = torch.stack([walk_relevance(chain, walk) for walk in sample])
    found = passes(sample)
    error = (found - expected).abs().max() / expected.abs().max()
    print(f"  sample of {len(sample)} walks: largest relative difference {error:.1e}")
    if not error < ROUNDING[case.dtype]:
        raise SystemExit(f"{case}: the chain and the published way disagree")
    turn = iter(range(10**9))
    alone = seconds(lambda _: sample[next(turn) % len(sample)][None], passes, arguments.seconds)
    batched = seconds(lambda _: sample[: arguments.batch], passes, arguments.seconds)
    per_walk = batched / min(arguments.batch, len(sample))
    print(f"  published: {1e3 * alone:.2f} ms per walk alone, {1e3 * per_walk:.2f} batched")
    return alone, per_walk


def random_walks(passes: MaskedPasses, depth: int, count: int) -> torch.Tensor:
    """(count, depth + 1) walks over neighbours and self-steps, uniform at each step."""
    generator = torch.Generator().manual_seed(0)
    allowed = (passes.neighbors | torch.eye(passes.n_atoms, dtype=torch.bool)).double()
    walks = [torch.randint(passes.n_atoms, (count,), generator=generator)]
    for _ in range(depth):
        walks.append(torch.multinomial(allowed[walks[-1]], 1, generator=generator)[:, 0])
    return torch.stack(walks, dim=1)


def walk_relevance(chain: Chain, walk: torch.Tensor) -> torch.Tensor:
    """Relevance of one walk, as the product of its steps."""
    state = chain.h[walk[0]]
    for block, source, target in zip(chain.blocks, walk[:-1], walk[1:], strict=True):
        moved = block.M[target] @ (block.f[target, source] * (block.K[source] @ state))
        stays = state if block.P is None else block.P[target] @ state
        state = moved + stays if source == target else moved
    return state @ chain.o[walk[-1]]


def print_memory(case: Case) -> None:
    """Peak memory of sums over all walks above what model and chain hold."""
    network = case.network()
    small = dataclasses.replace(case, n_atoms=9, depth=min(case.depth, 3))
    for name, statistic in SUMS.items():
        # A small run first: libraries and buffers that any run loads are no part of the statistic.
        statistic(small.chain(small.network()))
        chain = case.chain(network)
        n_walks = lrp.count_walks(chain)
        before = reset_peak()
        begin = time.process_time()
        statistic(chain)
        spent = time.process_time() - begin
        above = (memory("VmHWM") - before) / 1e6
        verdict = "met" if above < 100 else "NOT MET"
        print(
            f"{case}, {n_walks} walks: {name} took {spent:.1f} s and {above:.0f} MB "
            f"above the model and its chain (aim: below 100 MB, {verdict})"
        )


def reset_peak() -> float:
    """Set the kernel's peak of this process to the present, and return that in bytes."""
    # What was freed but kept for later use would otherwise be used without being seen.
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    return memory("VmRSS")


def memory(field: str) -> float:
    """A memory field of this process in bytes (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return 1024 * float(line.split()[1])
    raise OSError(f"/proc/self/status has no {field}: memory is measured on Linux only")


if __name__ == "__main__":
    main()
