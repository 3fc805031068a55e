"""The smallest model of each family that still has everything, on molecules of several sizes."""

import numpy as np
import torch
from ase import Atoms
from ase.build import molecule

from nearsight.config import Variant, make_variant
from nearsight.data.frames import Frames, frames_of_atoms
from nearsight.families.family import Family
from nearsight.families.graph import LabelledGraph
from nearsight.families.registry import FAMILIES, build_network, family
from nearsight.families.specs import FAMILIES as SPECS
from nearsight.models.batching import to_tensors
from nearsight.models.model import Model

NAMES = tuple(FAMILIES)
SIZES = {"cutoff": 3.0, "depth": 2, "features": 8, "seed": 3}
"""Of what a family has, this; the rest stays at its default."""
TARGETS = (
    ("energy", "sum"), ("energy", "average"), ("gap", "average"), ("polarizability", "sum"),
    ("dipole", "dipole"),
)  # fmt: skip


def small(name: str, **options: object) -> Variant:
    chosen = {key: value for key, value in SIZES.items() if key in SPECS[name].model_fields}
    return make_variant(**{"family": name, **chosen, **options})


def drawn(variant: Variant) -> torch.nn.Module:
    """In double precision and, unlike at the start of training, with biases that are not zero."""
    network = build_network(variant).double()
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("bias"):
                parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
    return network


def model_of(name: str, **options: object) -> Model:
    variant = small(name, **options)
    return Model(drawn(variant), variant, {z: -10.0 * z for z in (1, 6, 7, 8)})


def family_with(name: str, part: str) -> Family:
    """A family, where it has a part; else the test says that there is nothing to test."""
    import pytest

    found = family(name)
    if not getattr(found, part):
        pytest.skip(f"{name} has no {part}")
    return found


def rattled(formula: str = "CH3CH2OH", seed: int = 0) -> Atoms:
    atoms = molecule(formula)
    atoms.positions += np.random.default_rng(seed).normal(0, 0.08, atoms.positions.shape)
    return atoms


def mixed() -> list[Atoms]:
    return [rattled(formula, seed=k) for k, formula in enumerate(("CH3CH2OH", "H2O", "NH3", "H2O"))]


def frames_of(structures: list[Atoms]) -> Frames:
    return frames_of_atoms(structures)


def graph_of(structures: list[Atoms], variant: Variant) -> LabelledGraph:
    """Structures in double precision, as training has them."""
    frames = frames_of(structures)
    labels = np.zeros(len(structures))
    data = to_tensors(frames, variant.pair_cutoff, labels, dtype=torch.float64)
    return data.batch(torch.arange(len(structures)))
