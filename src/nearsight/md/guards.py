"""The rules by which a replica ends early: an end is data, with its kind, step and atoms.

Precedence when several rules hold at one step: first the geometry (``not_finite`` position, then
``bond``, then ``close_contact``), which is checked before forces are asked for, then the motion
(``not_finite`` energy, force or velocity, then ``temperature``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import torch


class EndKind(IntEnum):
    """How a replica ended; the numbers are the flag values in files."""

    SURVIVED = 0
    BOND = 1
    CLOSE_CONTACT = 2
    NOT_FINITE = 3
    TEMPERATURE = 4

    @property
    def code(self) -> str:
        """Name in files: the member's name in lower case."""
        return self.name.lower()


@dataclass(frozen=True, eq=False)
class Guards:
    """Bonds of the reference and the limits that go with them.

    Attributes:
        bond: (bond, 2) indices of bonded atoms, i < j.
        bond_length: (bond,) mean length in the reference data in Å.
        bond_deviation: a bond further than this from its mean length ends a replica, Å.
        contact_distance: two atoms closer than this end a replica, Å.
        temperature_limit: a kinetic temperature above this ends a replica, K.
    """

    bond: torch.Tensor
    bond_length: torch.Tensor
    bond_deviation: float
    contact_distance: float
    temperature_limit: float


@dataclass(frozen=True, eq=False)
class Ending:
    """Outcome of a check.

    Attributes:
        kind: (replica,) values of ``EndKind``; ``SURVIVED`` where no rule holds.
        atoms: (replica, 2) the two atoms of the bond or contact, or one atom and -1; -1 where none.
    """

    kind: torch.Tensor
    atoms: torch.Tensor


_Rule = tuple[EndKind, torch.Tensor, torch.Tensor]


def check_geometry(position: torch.Tensor, guards: Guards) -> Ending:
    """Check positions (replica, atom, 3) in Å for finiteness, bonds and close contacts.

    The bond rule is that of Fu et al., "Forces are not Enough" (arXiv 2210.07237):
    max over bonds of ``|r_ij - mean r_ij|`` above the allowed deviation.
    """
    i, j = torch.triu_indices(position.shape[1], position.shape[1], 1, device=position.device)
    distance = _distance(position, i, j)
    shortest, pair = distance.min(-1)
    contact = (EndKind.CLOSE_CONTACT, shortest < guards.contact_distance, _pairs(i[pair], j[pair]))
    return _first([_not_finite(position), *_bond_rule(position, guards), contact])


def check_motion(
    energy: torch.Tensor, phase: torch.Tensor, temperature: torch.Tensor, guards: Guards
) -> Ending:
    """Check finiteness and the bound on the temperature.

    Args:
        energy: (replica,) potential energy in eV.
        phase: (replica, atom, k) forces (eV/Å), with or without velocities (Å/fs) beside them.
        temperature: (replica,) kinetic temperature in K.
        guards: the limit.
    """
    nobody = torch.full((len(energy), 2), -1, device=energy.device)
    hot = (EndKind.TEMPERATURE, temperature > guards.temperature_limit, nobody)
    energy_lost = (EndKind.NOT_FINITE, ~energy.isfinite(), nobody)
    return _first([_not_finite(phase), energy_lost, hot])


def _bond_rule(position: torch.Tensor, guards: Guards) -> list[_Rule]:
    if not len(guards.bond):
        return []
    i, j = guards.bond.unbind(-1)
    worst, bond = (_distance(position, i, j) - guards.bond_length).abs().max(-1)
    return [(EndKind.BOND, worst > guards.bond_deviation, guards.bond[bond])]


def _not_finite(vectors: torch.Tensor) -> _Rule:
    lost = ~vectors.isfinite().all(-1)
    atom = lost.int().argmax(-1)
    return EndKind.NOT_FINITE, lost.any(-1), _pairs(atom, torch.full_like(atom, -1))


def _first(rules: Sequence[_Rule]) -> Ending:
    """The earliest rule of the list that holds, for every replica."""
    _, broken, atoms = rules[0]
    kind, chosen = torch.zeros_like(broken, dtype=torch.int64), torch.full_like(atoms, -1)
    for name, broken, atoms in reversed(rules):
        kind = torch.where(broken, int(name), kind)
        chosen = torch.where(broken[:, None], atoms, chosen)
    return Ending(kind, chosen)


def _distance(position: torch.Tensor, i: torch.Tensor, j: torch.Tensor) -> torch.Tensor:
    return (position[:, i] - position[:, j]).norm(dim=-1)


def _pairs(i: torch.Tensor, j: torch.Tensor) -> torch.Tensor:
    return torch.stack([i, j], dim=-1)
