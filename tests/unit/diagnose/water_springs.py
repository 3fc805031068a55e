"""Water whose force fields have known dynamics, opened like any other model."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from ase import Atoms
from ase.build import molecule
from ase.calculators.calculator import Calculator, all_changes

from nearsight.diagnose.checks.dynamics.plan import Plan
from nearsight.diagnose.subject import Subject
from nearsight.models.force_field import Potential
from nearsight.models.open_model import OpenModel

STIFF = 30.0
"""eV/Å² of the springs between all three atoms."""
WATER = molecule("H2O")
REST = torch.as_tensor(WATER.get_all_distances())
PAIRS = torch.triu_indices(3, 3, 1)

Energy = Callable[[torch.Tensor], torch.Tensor]
Push = Callable[[torch.Tensor], torch.Tensor]


def strains(position: torch.Tensor) -> torch.Tensor:
    """(replica, pair) Å, deviations of the three distances from rest."""
    i, j = PAIRS
    return (position[:, i] - position[:, j]).norm(dim=-1) - REST[i, j]


def springs(position: torch.Tensor) -> torch.Tensor:
    return 0.5 * STIFF * strains(position).square().sum(-1)


DEPTH = 0.005
"""eV that holds two atoms together where springs give way."""


def with_hole(position: torch.Tensor) -> torch.Tensor:
    """Springs that give way: strained by a fifth of an Å they hardly pull any more."""
    return (DEPTH * (1 - torch.exp(-0.5 * STIFF * strains(position).square() / DEPTH))).sum(-1)


def twist(position: torch.Tensor) -> torch.Tensor:
    """Forces about the z axis that no energy has: a molecule that turns turns faster and faster."""
    arm = position - position.mean(1, keepdim=True)
    axis = torch.tensor([0.0, 0.0, 0.3], dtype=position.dtype).expand_as(arm)
    return torch.linalg.cross(axis, arm)


def nowhere(position: torch.Tensor) -> torch.Tensor:
    """An energy that is none."""
    return springs(position) * torch.nan


class Springs(OpenModel):
    """A force field of an energy, and of a push that has none."""

    kind = "converted"

    def __init__(self, energy: Energy = springs, push: Push | None = None) -> None:
        self.label, self.files = energy.__name__, {}
        self.attributes = {"push": push.__name__ if push else ""}
        self.of, self.push, self.calls = energy, push, 0
        self.stop_after = np.inf
        self.no_walks = "no relevance: springs are no network"

    def potential(self, atomic_number: np.ndarray, **_: Any) -> Potential:
        def energy_and_force(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            self.calls += 1
            if self.calls > self.stop_after:
                raise KeyboardInterrupt
            at = position.detach().double().requires_grad_()
            energy = self.of(at)
            (slope,) = torch.autograd.grad(energy.sum(), at)
            force = -slope if self.push is None else self.push(position) - slope
            return energy.detach(), force

        return energy_and_force


class Forgetful(Calculator):
    """Springs for ASE, whose forces hang on how often it was asked."""

    implemented_properties = ("energy", "forces")
    drift = 0.0

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: list[str] | None = None,
        system_changes: list[str] = all_changes,
    ) -> None:
        super().calculate(atoms, properties, system_changes)
        energy, force = Springs().potential(self.atoms.numbers)(
            torch.as_tensor(self.atoms.positions)[None]
        )
        Forgetful.drift += 1e-3
        extra = np.array([[Forgetful.drift, 0, 0], [-Forgetful.drift, 0, 0], [0, 0, 0]])
        self.results = {"energy": float(energy[0]), "forces": force[0].numpy() + extra}


def waters(count: int, seed: int = 0) -> list[Atoms]:
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        atoms = WATER.copy()
        atoms.positions += rng.normal(0, 0.01, (3, 3))
        found.append(atoms)
    return found


def subject_of(model: OpenModel, count: int = 1, **options: Any) -> Subject:
    return Subject(model=model, structures=waters(count), **{"effort": "quick", **options})


def planned(steps: int, replicas: int = 4, halved: int = 2) -> Callable[..., Plan]:
    """A planner that knows without measuring."""
    return lambda *_: Plan(replicas, halved, steps, steps, 1e-3, 10.0)
