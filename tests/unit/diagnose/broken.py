"""Models that break one law each, by a known amount, and molecules to try them on."""

from collections.abc import Callable

import numpy as np
import torch
from ase import Atoms
from ase.build import molecule
from closed_forms import Solvable, distances

from nearsight.diagnose.subject import Subject
from nearsight.models.force_field import Potential
from nearsight.models.open_model import OpenModel


class Forced(OpenModel):
    """A model by its energies and forces, which need not belong together.

    Args:
        answer: from positions (copy, atom, 3) to energy (copy,) and force (copy, atom, 3).
        label: what to call it.
    """

    kind = "calculator"

    def __init__(self, answer: Potential, label: str = "forced") -> None:
        self.answer, self.label = answer, label
        self.files, self.attributes = {}, {}
        self.no_walks = "no network"

    def potential(self, atomic_number: np.ndarray, **_: object) -> Potential:
        return self.answer


def ethanol(seed: int = 0) -> Atoms:
    atoms = molecule("CH3CH2OH")
    atoms.positions += np.random.default_rng(seed).normal(0, 0.05, atoms.positions.shape)
    return atoms


def pairs(position: torch.Tensor) -> torch.Tensor:
    """Energy of soft Morse pairs, alike for all elements."""
    return (0.2 * (1 - torch.exp(2.0 - distances(position))) ** 2).sum(dim=-1)


def sound() -> Solvable:
    """Conservative, invariant and smooth, and repulsive at short range."""
    return Solvable(pairs, "sound", differentiable=False)


def with_force(extra: Callable[[torch.Tensor], torch.Tensor]) -> Forced:
    """Soft pairs with a further force that has no energy."""
    exact = sound().potential(np.array([]))

    def answer(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        energy, force = exact(position)
        return energy, force + extra(position)

    return Forced(answer)


def with_energy(extra: Callable[[torch.Tensor], torch.Tensor]) -> Solvable:
    """Soft pairs with a further energy of positions (..., atom, 3)."""
    return Solvable(lambda r: pairs(r) + extra(r), differentiable=False)


def dead() -> Forced:
    """Fails on everything."""
    return Forced(lambda r: (r.new_full((len(r),), torch.nan), torch.full_like(r, torch.nan)))


def single(model: OpenModel) -> Forced:
    """A model whose positions and results go through single precision, as they come."""
    exact = model.potential(np.array([]))

    def answer(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        energy, force = exact(position.float().double())
        return energy.float().double(), force.float().double()

    return Forced(answer, "single")


def cut_springs(cutoff: float, power: int, height: float) -> Solvable:
    """Pairs that push by ``height (cutoff - r)^power`` within a cutoff: jumps of one derivative.

    Power 0 jumps in the energy, 1 in the slope (by ``height``), 2 in the curvature (by twice it).
    """

    def energy(position: torch.Tensor) -> torch.Tensor:
        r = distances(position)
        inside = height * (cutoff - r).clamp(min=0.0) ** power + 0.0 * r
        return torch.where(r < cutoff, inside, torch.zeros_like(r)).sum(dim=-1)

    return Solvable(energy, f"cut at {cutoff:g}", differentiable=False)


def subject_of(model: OpenModel, *structures: Atoms, **options: object) -> Subject:
    """A quick diagnosis on ethanol, without a reference."""
    chosen = list(structures) or [ethanol()]
    return Subject(model=model, structures=chosen, **{"effort": "quick", **options})  # type: ignore[arg-type]
