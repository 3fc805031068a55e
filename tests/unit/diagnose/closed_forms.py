"""Models whose answers are known in closed form, as a diagnosis opens any other."""

from collections.abc import Callable

import numpy as np
import torch

from nearsight.models.energies import Energy
from nearsight.models.force_field import Potential
from nearsight.models.open_model import OpenModel

MORSE = {"depth": 4.0, "stiffness": 2.0, "length": 1.1}
"""eV, 1/Å, Å."""
LJ = {"depth": 0.01, "size": 3.4}
"""eV, Å."""


class Solvable(OpenModel):
    """A model of an energy that is written down, differentiated by torch.

    Args:
        energy_of: from positions (..., atom, 3) in Å to energy (...) in eV.
        label: what to call it.
        differentiable: whether its energy is handed out, or forces alone, as of a calculator.
    """

    kind = "calculator"

    def __init__(
        self,
        energy_of: Callable[[torch.Tensor], torch.Tensor],
        label: str = "solvable",
        *,
        differentiable: bool = True,
    ) -> None:
        self.energy_of, self.label, self.differentiable = energy_of, label, differentiable
        self.files, self.attributes = {}, {}
        self.no_walks = "no network"

    def potential(self, atomic_number: np.ndarray, **_: object) -> Potential:
        def energy_and_force(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            moved = position.detach().double().clone().requires_grad_()
            energy = self.energy_of(moved)
            (slope,) = torch.autograd.grad(energy.sum(), moved)
            return energy.detach(), -slope

        return energy_and_force

    def energy(self, atomic_number: np.ndarray, **_: object) -> Energy | None:
        return self.energy_of if self.differentiable else None


def distances(position: torch.Tensor) -> torch.Tensor:
    """(..., pair) Å, of the pairs i < j."""
    i, j = np.triu_indices(position.shape[-2], k=1)
    return (position[..., i, :] - position[..., j, :]).norm(dim=-1)


def springs(position: torch.Tensor, length: torch.Tensor, stiffness: torch.Tensor) -> torch.Tensor:
    """Energy of springs between all atoms; lengths and stiffness are (pair,)."""
    return (0.5 * stiffness * (distances(position) - length) ** 2).sum(dim=-1)


def spring_model(position: np.ndarray, *, power: float = 6.0, factor: float = 1.0) -> Solvable:
    """Springs at rest at a geometry, as stiff as ``factor * 40 / r**power``."""
    rest = distances(torch.as_tensor(position))
    stiffness = factor * 40.0 / rest**power
    return Solvable(lambda r: springs(r, rest, stiffness), f"springs r^-{power:g} times {factor:g}")


def morse(position: torch.Tensor) -> torch.Tensor:
    """Energy of a diatomic molecule."""
    r = distances(position)
    decay = torch.exp(-MORSE["stiffness"] * (r - MORSE["length"]))
    return (MORSE["depth"] * (1 - decay) ** 2).sum(dim=-1)


def lennard_jones(position: torch.Tensor) -> torch.Tensor:
    """Energy of pairs of atoms, each 4 e [(s/r)^12 - (s/r)^6]."""
    x = (LJ["size"] / distances(position)) ** 6
    return (4 * LJ["depth"] * (x**2 - x)).sum(dim=-1)


def nothing(position: torch.Tensor) -> torch.Tensor:
    """No energy, whatever the positions."""
    return (0.0 * position).sum(dim=(-1, -2))
