"""A small network that has seen methanol, trained in seconds on GFN2-xTB, and its data."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import torch
from ase import Atoms
from ase.build import molecule

from nearsight.config import Training, make_variant
from nearsight.data.engine import LEVEL_OF_THEORY, label, reference_calculator
from nearsight.data.frames import Frames, frames_of_atoms
from nearsight.models.files import load_model, save_model
from nearsight.models.trained_model import TrainedModel
from nearsight.train.fit import fit

N_FRAMES = {"train": 60, "validation": 10, "test": 12}


def rattled_methanol(count: int, seed: int = 0, width: float = 0.05) -> list[Atoms]:
    """Methanol with displaced atoms."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        atoms = molecule("CH3OH")
        atoms.positions += rng.normal(0, width, atoms.positions.shape)
        found.append(atoms)
    return found


@cache
def methanol_frames() -> Frames:
    """Frames of methanol with labels of GFN2-xTB, in all three subsets."""
    structures = rattled_methanol(sum(N_FRAMES.values()))
    calculator = reference_calculator(0.1)
    energy, force = zip(*(label(atoms, calculator) for atoms in structures), strict=True)
    bare = frames_of_atoms(structures)
    return Frames(
        atomic_number=bare.atomic_number,
        position=bare.position,
        force=np.concatenate(force),
        n_atoms=bare.n_atoms,
        energy=np.array(energy),
        subset=np.repeat([0, 1, 2], list(N_FRAMES.values())),
        source=bare.source,
        attributes={"level_of_theory": LEVEL_OF_THEORY},
    )


@cache
def methanol_network() -> TrainedModel:
    """A PaiNN of 16 features after a few epochs, opened as a user opens it."""
    torch.set_num_threads(1)
    variant = make_variant(family="painn", cutoff=3.5, depth=2, features=16, n_train=60, seed=0)
    settings = Training(max_epochs=12, learning_rate=1e-2, ema_decay=0.8)
    parts = (methanol_frames().of_subset(name) for name in ("train", "validation"))
    model, _ = fit(*parts, variant, settings, run_hash="small network")
    path = Path(mkdtemp()) / "model.safetensors"
    save_model(model, path)
    return TrainedModel(load_model(path), path)
