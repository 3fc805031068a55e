"""The rules by which a replica ends early: an end is data, with its kind, step and atoms.

Limits are here; :mod:`nearsight.md.rules.positions` looks at positions before forces are asked for,
and :mod:`nearsight.md.rules.motion` at energies, forces and velocities after. When several rules
hold at one step, the first of this order is the end: ``not_finite``, ``bond``, ``close_contact``,
``topology``, ``isolated``, ``energy``, ``temperature``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import torch

from nearsight.md.rules.many_atoms import PairLimits


class EndKind(IntEnum):
    """How a replica ended; the numbers are the flag values in files."""

    SURVIVED = 0
    BOND = 1
    CLOSE_CONTACT = 2
    NOT_FINITE = 3
    TEMPERATURE = 4
    TOPOLOGY = 5
    ISOLATED = 6
    ENERGY = 7
    COMPUTE_LIMIT = 8

    @property
    def code(self) -> str:
        """Name in files: the member's name in lower case."""
        return self.name.lower()


CENSORED = (EndKind.SURVIVED, EndKind.COMPUTE_LIMIT)
"""Ends that no rule brought about: all that is known is that the replica held until then."""


@dataclass(frozen=True, eq=False)
class Guards:
    """The reference's bonds and the limits of every rule.

    Attributes:
        bond: (bond, 2) indices of bonded atoms, i < j.
        bond_length: (bond,) mean length in the reference data in Å.
        bond_limits: (limit,) increasing deviations from the mean length that are watched, Å.
        main: index of the limit that ends a replica; those above it are only followed.
        contact: (atom, atom) Å; atoms closer than this are in close contact. Zero on the diagonal.
        forms: (atom, atom) Å; atoms that the reference does not bond are bonded below. Zero for
            bonded pairs and on the diagonal.
        breaks: (atom, atom) Å; a bond of the reference is broken above. Infinite elsewhere.
        isolation: an atom further than this from all others has left, Å.
        energy_deviation: largest change of the total energy, eV.
        temperature_limit: kinetic temperature that must not last, K.
        temperature_time: fs for which it may last.
        many: of many atoms the limits of pairs, in place of ``contact``, ``forms`` and ``breaks``,
            which are empty then.
    """

    bond: torch.Tensor
    bond_length: torch.Tensor
    bond_limits: torch.Tensor
    main: int
    contact: torch.Tensor
    forms: torch.Tensor
    breaks: torch.Tensor
    isolation: float
    energy_deviation: float
    temperature_limit: float
    temperature_time: float
    many: PairLimits | None = None

    def closest(self) -> torch.Tensor:
        """(atom, atom) Å below which a rule holds for two atoms; zero on the diagonal."""
        if self.many is not None:
            return self.many.closest()
        return torch.maximum(self.contact, self.forms)


@dataclass(frozen=True, eq=False)
class Ending:
    """Which rule holds for which replica.

    Attributes:
        kind: (row,) values of ``EndKind``; ``SURVIVED`` where no rule holds.
        atoms: (row, 2) the two atoms of the rule, or one atom and -1; -1 where none.
    """

    kind: torch.Tensor
    atoms: torch.Tensor


Verdict = tuple[EndKind, torch.Tensor, torch.Tensor]
"""What one rule says: its kind, whether it holds (row,), and its atoms (row, 2)."""


def first_rule(rules: Sequence[Verdict]) -> Ending:
    """The earliest rule of the list that holds, for every row."""
    _, holds, atoms = rules[0]
    kind, chosen = torch.zeros_like(holds, dtype=torch.int64), torch.full_like(atoms, -1)
    for name, holds, atoms in reversed(rules):
        kind = torch.where(holds, int(name), kind)
        chosen = torch.where(holds[:, None], atoms, chosen)
    return Ending(kind, chosen)


def not_finite(vectors: torch.Tensor) -> Verdict:
    """The rule for vectors (row, atom, k) that must be finite; names the first atom that is not."""
    lost = ~vectors.isfinite().all(-1)
    return EndKind.NOT_FINITE, lost.any(-1), lone_atom(lost.int().argmax(-1))


def lone_atom(atom: torch.Tensor) -> torch.Tensor:
    """(row, 2) of one atom (row,) and -1."""
    return torch.stack([atom, torch.full_like(atom, -1)], dim=-1)
