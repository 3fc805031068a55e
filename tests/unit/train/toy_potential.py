"""An analytic molecule: Morse potentials between all atoms, with exact energies and forces."""

import numpy as np

from nearsight.data.frames import SUBSETS, Frames

NUMBERS = np.array([6, 8, 1, 1])
REST = np.array([[0.0, 0, 0], [1.2, 0, 0], [-0.55, 0.95, 0], [-0.55, -0.95, 0]])
ATOM_ENERGY = {1: -13.5, 6: -1030.0, 8: -2040.0}


def morse(position: np.ndarray, depth: float = 3.0, width: float = 1.5) -> tuple[float, np.ndarray]:
    """Energy in eV and forces (atom, 3) in eV/Å of E = sum_(i<j) D (1 - exp(-a (r - r0)))²."""
    separation = position[:, None] - position[None]
    distance = np.linalg.norm(separation, axis=-1) + np.eye(len(position))
    rest = np.linalg.norm(REST[:, None] - REST[None], axis=-1) + np.eye(len(position))
    decay = np.exp(-width * (distance - rest))
    slope = 2 * depth * width * (1 - decay) * decay
    force = -(slope[..., None] * separation / distance[..., None]).sum(axis=1)
    energy = 0.5 * depth * ((1 - decay) ** 2).sum() + sum(ATOM_ENERGY[z] for z in NUMBERS)
    return float(energy), force


def toy_frames(
    n_train: int = 60, n_validation: int = 15, n_test: int = 20, seed: int = 0
) -> Frames:
    """Geometries scattered about the rest, in the three subsets."""
    counts = (n_train, n_validation, n_test)
    n_frames = sum(counts)
    positions = REST + np.random.default_rng(seed).normal(0, 0.08, (n_frames, 4, 3))
    labels = [morse(position) for position in positions]
    return Frames(
        atomic_number=np.tile(NUMBERS, n_frames),
        position=positions.reshape(-1, 3),
        force=np.concatenate([force for _, force in labels]),
        n_atoms=np.full(n_frames, 4),
        energy=np.array([energy for energy, _ in labels]),
        subset=np.repeat(np.arange(len(SUBSETS)), counts),
        source=np.zeros(n_frames, dtype=int),
        attributes={"level_of_theory": "Morse"},
    )
