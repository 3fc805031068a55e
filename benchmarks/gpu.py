"""What one GPU does in eight minutes: training, dynamics, relevance, Hessian blocks, precision.

    python benchmarks/gpu.py --out gpu.json              # on one GPU
    python benchmarks/gpu.py --device cpu --quick        # seconds, small sizes, anywhere

* ``training``: 1 to 64 networks side by side, each in a process of its own as in a batch of the
  workflow: frames a second of all of them, and how busy the GPU was.
* ``dynamics``: energies and forces of 32 to 4,096 replicas, as they are written and compiled.
* ``explain``: a network linearised, and all walks of the chain added up by body order.
* ``hessian``: Hessian blocks by automatic differentiation.
* ``precision``: float32, with and without TF32, against float64; and the GPU against the CPU.

Times are of the wall, since a GPU works beside its process; the least of several turns counts,
after one that warms up. A part stops when its share of the time is over and says what it left out.
Weights are random, labels those of another network. ``--out`` keeps all rows, with the device and
versions. The compiled way is a stored program on a CPU and PyTorch's own compiler on a GPU.
"""

import argparse
import json
import multiprocessing
import platform
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from nearsight.config import Training, Variant, make_variant
from nearsight.data.frames import Frames, frames_of_atoms
from nearsight.data.molecules import build_molecule
from nearsight.explain import bodies, linearize
from nearsight.families.pairlist import all_pairs
from nearsight.families.registry import build_network, family_of
from nearsight.models.batching import to_tensors
from nearsight.models.compiled_potential import build_compiled
from nearsight.models.energies import build_energy
from nearsight.models.force_field import Potential
from nearsight.models.potential import build_potential
from nearsight.programs import NoProgramError, Store
from nearsight.respond import autograd_blocks
from nearsight.train.epoch import train_epoch
from nearsight.train.loss import EagerGradients
from nearsight.train.state import new_state

MOLECULE = "alanine_dipeptide"
CUTOFF, BATCH = 5.0, 10
SHARES = {"training": 0.35, "dynamics": 0.3, "explain": 0.1, "hessian": 0.15, "precision": 0.1}
Row = dict[str, object]


def main() -> None:
    """Run the parts and print their rows."""
    given = parse()
    torch.set_num_threads(1)
    rows: dict[str, list[Row]] = {}
    for part in given.parts:
        limit = time.monotonic() + SHARES[part] * 60 * given.minutes
        print(f"\n{part}, {given.device}", flush=True)
        rows[part] = []
        for row in PARTS[part](given, limit):
            rows[part].append(row)
            print("  " + ", ".join(f"{key} {value}" for key, value in row.items()), flush=True)
    if given.out is not None:
        about = {"device": name_of(given.device), "torch": torch.__version__}
        given.out.write_text(json.dumps({**about, "rows": rows}, indent=2), encoding="utf-8")


def parse() -> argparse.Namespace:
    """Words of the command line; --quick makes everything small."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--parts", nargs="+", choices=list(SHARES), default=list(SHARES))
    parser.add_argument("--family", nargs="+", default=["schnet", "painn"])
    parser.add_argument("--features", type=int, default=128)
    parser.add_argument("--networks", nargs="+", type=int, default=[1, 4, 16, 64])
    parser.add_argument("--replicas", nargs="+", type=int, default=[32, 256, 1024, 4096])
    parser.add_argument("--depth", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=7.0, help="after which nothing begins")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if given.quick:
        given.features, given.depth, given.networks, given.replicas = 8, 1, [1, 2], [4, 8]
        given.family = given.family[:1]
    return given


def name_of(device: str) -> str:
    """The device in words."""
    if device == "cpu":
        return f"CPU {platform.machine()}, one thread"
    return f"GPU {torch.cuda.get_device_name()}"


def variant_of(family: str, given: argparse.Namespace) -> Variant:
    """The network of all parts."""
    return make_variant(family=family, cutoff=CUTOFF, depth=given.depth, features=given.features)


def positions(replicas: int) -> torch.Tensor:
    """(replica, atom, 3) Å: the molecule, its atoms moved at random."""
    atoms = build_molecule(MOLECULE, seed=0)
    moved = 0.05 * np.random.default_rng(0).normal(size=(replicas, len(atoms), 3))
    return torch.as_tensor(atoms.positions + moved)


def numbers() -> torch.Tensor:
    """(atom,) nuclear charges."""
    return torch.as_tensor(build_molecule(MOLECULE, seed=0).numbers)


def seconds(call: Callable[[], object], device: str, limit: float, turns: int = 5) -> float:
    """Least wall time of some turns, after one that warms up."""
    least = np.inf
    for turn in range(turns + 1):
        start = time.perf_counter()
        call()
        if device != "cpu":
            torch.cuda.synchronize()
        if turn:
            least = min(least, time.perf_counter() - start)
            if time.monotonic() > limit:
                break
    return float(least)


def training(given: argparse.Namespace, limit: float) -> Iterator[Row]:
    """Frames a second of networks that train side by side."""
    for family in given.family:
        for count in given.networks:
            if time.monotonic() > limit:
                yield {"family": family, "networks": count, "left out": "no time"}
                continue
            with multiprocessing.get_context("spawn").Manager() as manager:
                ready, go, done = manager.Barrier(count + 1), manager.Event(), manager.list()
                spawn = multiprocessing.get_context("spawn").Process
                work = (family, given, ready, go, done)
                processes = [spawn(target=train, args=(*work, seed)) for seed in range(count)]
                for process in processes:
                    process.start()
                ready.wait(timeout=240)
                go.set()
                busy = utilisation(given.device)
                for process in processes:
                    process.join()
                rates = list(done)
            whole = sum(rates)
            yield {
                "family": family, "networks": count, "frames a second": round(whole, 1),
                "of each": round(whole / max(1, len(rates)), 1), "busy": busy,
                "ended": len(rates),
            }  # fmt: skip


def train(
    family: str,
    given: argparse.Namespace,
    ready,  # noqa: ANN001 - of a manager of processes
    go,  # noqa: ANN001
    done,  # noqa: ANN001
    seed: int,
) -> None:
    """One network in a process of its own: epochs for some seconds, frames a second at the end."""
    torch.set_num_threads(1)
    variant = variant_of(family, given).model_copy(update={"seed": seed})
    settings = Training(batch_size=BATCH)
    data = frames(40 if given.quick else 400, variant)
    source = to_tensors(data, CUTOFF, data.energy, device=given.device)
    state = new_state(build_network(variant).to(given.device), settings)
    gradients = EagerGradients(state.network, variant, settings, forces=True)
    train_epoch(state, source, settings, torch.arange(2 * BATCH), gradients)
    ready.wait()
    go.wait()
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < (0.5 if given.quick else 8.0):
        order = torch.randperm(len(data))[: 4 * BATCH]
        train_epoch(state, source, settings, order, gradients)
        count += len(order)
    done.append(count / (time.perf_counter() - start))


def frames(count: int, variant: Variant) -> Frames:
    """Frames labelled by another network."""
    atoms, places = build_molecule(MOLECULE, seed=0), positions(count)
    teacher = build_network(variant.model_copy(update={"seed": 99}))
    label = build_potential(teacher, numbers(), variant, dtype=torch.float32, device="cpu")
    energy, force = label(places)
    images = []
    for position in places.numpy():
        image = atoms.copy()
        image.positions = position
        images.append(image)
    plain = frames_of_atoms(images)
    return replace(plain, energy=energy.numpy(), force=force.numpy().reshape(-1, 3))


def utilisation(device: str) -> str:
    """How busy the GPU is, in percent, while networks train."""
    if device == "cpu":
        return "not of a CPU"
    time.sleep(3)
    command = ["nvidia-smi", "--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def dynamics(given: argparse.Namespace, limit: float) -> Iterator[Row]:
    """Evaluations of a batch, as they are written and compiled."""
    for family in given.family:
        variant = variant_of(family, given)
        network = build_network(variant).eval()
        ways: dict[str, Potential | None] = {
            "eager": build_potential(
                network, numbers(), variant, dtype=torch.float32, device=given.device
            ),
            "compiled": compiled(network, variant, given.device),
        }
        for replicas in given.replicas:
            places = positions(replicas).to(given.device)
            row: Row = {"family": family, "replicas": replicas}
            for way, potential in ways.items():
                if potential is None or time.monotonic() > limit:
                    row[way] = "left out"
                    continue
                taken = seconds(lambda p=potential, r=places: p(r), given.device, limit)
                row[f"{way} (ms)"] = round(1000 * taken, 3)
                row[f"{way} (us a replica)"] = round(1e6 * taken / replicas, 2)
            yield row


def compiled(network: torch.nn.Module, variant: Variant, device: str) -> Potential | None:
    """The compiled way: a stored program on a CPU, PyTorch's own compiler on a GPU."""
    if device == "cpu":
        try:
            return build_compiled(network, numbers(), variant, Store(), dtype=torch.float32)
        except NoProgramError as error:
            print(f"  not compiled: {error}")
            return None
    write = family_of(variant).written
    written = None if write is None else write(network.to(device).requires_grad_(False))
    if written is None:
        return None
    program = torch.compile(written.function, dynamic=True)
    charges = numbers().to(device)
    pairs = all_pairs(len(charges), dtype=torch.float32, device=device)

    def potential(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        energy, force = program(position.float(), charges, *pairs, *written.weights)
        return energy.double(), force.double()

    return potential


def explain(given: argparse.Namespace, limit: float) -> Iterator[Row]:
    """A chain, and all its walks by body order."""
    atoms = build_molecule(MOLECULE, seed=0)
    for family in given.family:
        network = build_network(variant_of(family, given))
        chain = linearize(network, atoms, device=given.device)
        made = seconds(lambda n=network: linearize(n, atoms, device=given.device), given.device,
                       limit)  # fmt: skip
        walked = seconds(lambda c=chain: bodies(c), given.device, limit)
        yield {"family": family, "walks": chain.n_walks, "linearize (ms)": round(1000 * made, 2),
               "bodies (ms)": round(1000 * walked, 2)}  # fmt: skip


def hessian(given: argparse.Namespace, limit: float) -> Iterator[Row]:
    """All Hessian blocks of one molecule in float64."""
    place = build_molecule(MOLECULE, seed=0).positions
    for family in given.family:
        variant = variant_of(family, given)
        energy = build_energy(build_network(variant), numbers(), variant, device=given.device)
        taken = seconds(
            lambda e=energy: autograd_blocks(e, place, device=given.device), given.device, limit, 3
        )
        yield {"family": family, "atoms": len(place), "blocks (ms)": round(1000 * taken, 1)}


def precision(given: argparse.Namespace, limit: float) -> Iterator[Row]:
    """How far forces are from those in float64 on a CPU, over the largest."""
    places = positions(8)
    for family in given.family:
        if time.monotonic() > limit:
            return
        variant = variant_of(family, given)
        network = build_network(variant)

        def forces(kind: torch.dtype, device: str, network=network, variant=variant) -> np.ndarray:  # noqa: ANN001
            potential = build_potential(network, numbers(), variant, dtype=kind, device=device)
            return potential(places)[1].numpy()

        exact = forces(torch.float64, "cpu")
        row: Row = {"family": family}
        for tf32 in (False, True):
            torch.backends.cuda.matmul.allow_tf32 = tf32
            apart = np.abs(forces(torch.float32, given.device) - exact).max() / np.abs(exact).max()
            row["float32, TF32" if tf32 else "float32"] = f"{apart:.1e}"
        torch.backends.cuda.matmul.allow_tf32 = False
        apart = np.abs(forces(torch.float64, given.device) - exact).max() / np.abs(exact).max()
        yield {**row, "float64": f"{apart:.1e}"}


PARTS: dict[str, Callable[[argparse.Namespace, float], Iterator[Row]]] = {
    "training": training, "dynamics": dynamics, "explain": explain, "hessian": hessian,
    "precision": precision,
}  # fmt: skip


if __name__ == "__main__":
    main()
