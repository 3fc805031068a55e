"""A data set in a few words."""

import numpy as np
from ase.symbols import Symbols

from nearsight.config import TARGETS
from nearsight.data.frames import SUBSETS, Frames

_SHOWN = 5


def formulas(frames: Frames) -> str:
    """Sum formulas of the data set, the first few of them when there are many."""
    found = sorted({formula_of(frames, k) for k in _representatives(frames)})
    rest = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + rest


def composition_ids(frames: Frames) -> np.ndarray:
    """(frame,) a number per frame, equal for frames of equal composition."""
    width = int(frames.atomic_number.max(initial=0)) + 1
    counts = np.zeros((len(frames), width), dtype=int)
    owner = np.repeat(np.arange(len(frames)), frames.n_atoms)
    np.add.at(counts, (owner, frames.atomic_number.astype(int)), 1)
    return np.unique(counts, axis=0, return_inverse=True)[1].reshape(-1)


def formula_of(frames: Frames, frame: int) -> str:
    """Sum formula of one frame, in Hill order."""
    return Symbols(frames.atoms(frame).numbers).get_chemical_formula()


def summary(frames: Frames) -> list[str]:
    """Lines that tell a person what a data set holds, with units."""
    per_atom = frames.energy / frames.n_atoms
    subsets = ", ".join(
        f"{int((frames.subset == flag).sum())} {name}" for flag, name in enumerate(SUBSETS)
    )
    sizes = f"{frames.n_atoms.min()} to {frames.n_atoms.max()} atoms"
    lines = [
        f"frames: {len(frames)} ({subsets}) from {len(np.unique(frames.source))} source(s)",
        f"molecules: {formulas(frames)}; {sizes}",
        f"level of theory: {frames.attributes.get('level_of_theory', 'unknown')}",
        f"energy: {frames.energy.min():.3f} to {frames.energy.max():.3f} eV, "
        f"{per_atom.mean():.3f} eV per atom",
        _forces(frames),
        *(_spread(name, values) for name, values in frames.properties.items()),
    ]
    keys = ("temperature_K", "split", "split_leak", "energy_autocorrelation_frames", "n_skipped")
    return lines + [f"{key}: {frames.attributes[key]}" for key in keys if key in frames.attributes]


def _forces(frames: Frames) -> str:
    if not frames.has_forces:
        return "force: none"
    norms = np.linalg.norm(frames.force, axis=1)
    return (
        f"force: root mean square {np.sqrt((frames.force**2).mean()):.3f} eV/Å per component, "
        f"largest {norms.max():.2f} eV/Å"
    )


def _spread(name: str, values: np.ndarray) -> str:
    about = TARGETS[name]  # type: ignore[index]
    return f"{about.text}: {values.min():.3f} to {values.max():.3f} {about.unit}"


def _representatives(frames: Frames) -> np.ndarray:
    return np.unique(composition_ids(frames), return_index=True)[1]
