"""Replica-steps per second: batched NVE against ASE's velocity Verlet with SchNetPack's calculator.

Both integrate the same untrained network (its cost does not depend on the weights) from the same
start on one thread. Run it with ``python benchmarks/dynamics.py``; it prints ratios.
"""

import argparse
import time

import numpy as np
import torch
from ase import Atoms, units
from ase.build import molecule
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution
from ase.md.verlet import VelocityVerlet
from schnetpack.interfaces import SpkCalculator
from schnetpack.transform import MatScipyNeighborList

from nearsight.config import Dynamics, Variant
from nearsight.data.frames import Frames
from nearsight.md import draw_starts, reference_guards, run
from nearsight.models.model import Model
from nearsight.models.network import build_network


def main() -> None:
    """Print replica-steps per second of both and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--molecule", default="CH3CH2OH", help="name in ase.build.molecule")
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--replicas", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--seconds", type=float, default=10.0, help="time for each measurement")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    atoms = molecule(arguments.molecule)
    print(f"{atoms.get_chemical_formula()}, F = {arguments.features}, T = 3, cutoff 5 Å, float32")
    for architecture in ("schnet", "painn"):
        variant = Variant(
            architecture=architecture, cutoff=5.0, depth=3, features=arguments.features
        )
        slow = ase_rate(variant, atoms.copy(), arguments.seconds)
        print(f"{architecture}: ASE with SpkCalculator {slow:.0f} steps/s")
        for replicas in arguments.replicas:
            fast = batched_rate(variant, atoms, replicas, arguments.seconds)
            print(
                f"{architecture}: {replicas:4d} replicas {fast:.0f} replica-steps/s, "
                f"{fast / slow:.1f} times ASE"
            )


def ase_rate(variant: Variant, atoms: Atoms, seconds: float) -> float:
    """Steps per second of ASE's velocity Verlet with SchNetPack's calculator."""
    network = build_network(variant).eval()
    atoms.calc = SpkCalculator(
        network, neighbor_list=MatScipyNeighborList(cutoff=variant.cutoff), device="cpu"
    )
    MaxwellBoltzmannDistribution(atoms, temperature_K=10, rng=np.random.default_rng(0))
    dynamics = VelocityVerlet(atoms, timestep=0.01 * units.fs)
    dynamics.run(5)
    begin, steps = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        dynamics.run(10)
        steps += 10
    return steps / (time.perf_counter() - begin)


def batched_rate(variant: Variant, atoms: Atoms, replicas: int, seconds: float) -> float:
    """Replica-steps per second of nearsight's batched dynamics, guards and recording included."""
    n_atoms = len(atoms)
    model = Model(build_network(variant), variant, dict.fromkeys(map(int, set(atoms.numbers)), 0.0))
    frames = Frames(
        atomic_number=atoms.numbers,
        position=atoms.positions,
        force=np.zeros((n_atoms, 3)),
        n_atoms=np.array([n_atoms]),
        energy=np.zeros(1),
        subset=np.zeros(1, dtype=int),
        source=np.zeros(1, dtype=int),
    )
    potential = model.potential(atoms.numbers)
    steps, rate, spent = 20, 0.0, 0.0
    # Untrained networks push atoms about: tiny steps and loose guards keep all replicas alive.
    while spent < seconds / 2:
        settings = Dynamics(
            temperature=10.0,
            timestep=0.01,
            duration=steps * 1e-5,
            replicas=replicas,
            bond_deviation=50.0,
            close_contact=0.01,
            temperature_factor=1e6,
        )
        starts = draw_starts(frames, settings)
        guards = reference_guards(frames, settings)
        begin = time.perf_counter()
        record = run(potential, starts, guards, settings)
        spent = time.perf_counter() - begin
        rate = float(record.end_step.sum()) / spent
        steps *= 2
    return rate


if __name__ == "__main__":
    main()
