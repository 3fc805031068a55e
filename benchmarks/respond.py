"""Hessian blocks by automatic differentiation against central differences of forces.

One run on one machine, one thread, float64 on both sides, random weights. Times are CPU seconds of
this process, both take turns and the best of several turns counts. The differences are taken of the
batched potential of dynamics, which is the faster of the two ways to forces here.

    python benchmarks/respond.py
    python benchmarks/respond.py --turns 5
"""

import argparse
import time
from collections.abc import Callable
from itertools import product

import numpy as np
import torch

from nearsight.config import make_variant
from nearsight.data.molecules import build_molecule
from nearsight.families.registry import build_network
from nearsight.models.energies import build_energy
from nearsight.models.model import Model
from nearsight.respond import autograd_blocks, hessian_blocks

MOLECULES = ("ethanol", "alanine_dipeptide", "ac_ala3_nhme")
STEP = 0.005


def main() -> None:
    """Print the ratio of the two for each case, and how far they are apart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--turns", type=int, default=3, help="repetitions, of which the best counts"
    )
    turns = parser.parse_args().turns
    torch.set_num_threads(1)
    print(
        "molecule            network  cutoff  autograd (s)  differences / autograd  largest error"
    )
    cases = product(MOLECULES, ("schnet", "painn"), (5.0, 10.0))
    for molecule, family, cutoff in cases:
        variant = make_variant(family=family, cutoff=cutoff, depth=3, features=64)
        structure = build_molecule(molecule, 0)
        numbers = torch.as_tensor(structure.numbers).long()
        elements = dict.fromkeys(map(int, structure.numbers), 0.0)
        model = Model(build_network(variant), variant, elements)
        energy = build_energy(model.network, numbers, variant)
        potential = model.potential(structure.numbers, dtype=torch.float64)

        def exact(energy=energy, position=structure.positions) -> np.ndarray:  # noqa: ANN001
            return autograd_blocks(energy, position)

        def differences(potential=potential, position=structure.positions) -> np.ndarray:  # noqa: ANN001
            return hessian_blocks(
                lambda r: potential(torch.as_tensor(r))[1].numpy(), position, STEP
            )

        times = [best(way, turns) for way in (exact, differences)]
        apart = np.abs(exact() - differences()).max() / np.abs(exact()).max()
        print(
            f"{molecule:18}  {family:7}  {cutoff:4g} Å  {times[0]:10.2f}"
            f"  {times[1] / times[0]:20.2f}  {apart:16.1e}"
        )


def best(way: Callable[[], np.ndarray], turns: int) -> float:
    """CPU seconds of the fastest of several turns."""
    found = []
    for _ in range(turns):
        start = time.process_time()
        way()
        found.append(time.process_time() - start)
    return min(found)


if __name__ == "__main__":
    main()
