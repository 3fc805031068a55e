"""Rules on positions: bonds, close contacts, the bond graph, and atoms that have left."""

from dataclasses import dataclass

import torch

from nearsight.md.rules.guards import (
    Ending,
    EndKind,
    Guards,
    Verdict,
    first_rule,
    lone_atom,
    not_finite,
)
from nearsight.md.rules.many_atoms import PairLimits, largest, loneliest


@dataclass(frozen=True, eq=False)
class Geometry:
    """What is new about the positions of a batch.

    Attributes:
        crossed: (row, limit) bond limits exceeded now and never before.
        bond: (row, 2) atoms of the bond that is furthest off its mean length.
        ending: every rule but that of the bonds.
    """

    crossed: torch.Tensor
    bond: torch.Tensor
    ending: Ending


def look_at_geometry(
    position: torch.Tensor, beyond: torch.Tensor, guards: Guards
) -> Geometry | None:
    """Check positions for everything that could end a replica.

    Nearly every step has nothing to tell, so this first asks whether *anything* happened, from one
    matrix of distances that all rules share, and names kinds and atoms only when it did.

    Args:
        position: (row, atom, 3) Å.
        beyond: (row, limit) whether a bond was off by more than a limit at an earlier step.
        guards: the rules.

    Returns:
        What is new, ``None`` when nothing is.
    """
    if guards.many is not None:
        return _look_at_many(position, beyond, guards, guards.many)
    distance = distances(position)
    crossed = (_stretch(distance, guards)[:, None] > guards.bond_limits) & ~beyond
    # A non-finite coordinate makes its distances NaN, for which no comparison holds.
    calm = (distance >= torch.maximum(guards.contact, guards.forms)) & (distance <= guards.breaks)
    near = distance.amin(-1) <= guards.isolation
    if bool(calm.all() & near.all() & ~crossed.any()):
        return None
    ending = _other_rules(position, distance, guards)
    crossed &= (ending.kind != EndKind.NOT_FINITE)[:, None]
    return Geometry(crossed, _worst_bond(distance, guards), ending)


def _look_at_many(
    position: torch.Tensor, beyond: torch.Tensor, guards: Guards, limits: PairLimits
) -> Geometry | None:
    here = position.cpu()
    i, j = guards.bond.unbind(-1)
    length = (here[:, i] - here[:, j]).norm(dim=-1)
    strain = (length - guards.bond_length).abs()
    stretch = strain.amax(-1) if len(guards.bond) else strain.new_zeros(len(here))
    crossed = (stretch[:, None] > guards.bond_limits) & ~beyond.cpu()
    near, rows = limits.near(here), len(here)
    contact = largest(rows, [(near.row, near.pair, near.contact)])
    row, bond = (length > limits.breaks).nonzero(as_tuple=True)
    broken = (row, guards.bond[bond], (length - limits.breaks)[row, bond])
    changed = largest(rows, [(near.row, near.pair, near.forms), broken])
    gone, atom = loneliest(here, guards.bond, length, guards.isolation)
    rules: list[Verdict] = [
        not_finite(here),
        (EndKind.CLOSE_CONTACT, *contact),
        (EndKind.TOPOLOGY, *changed),
        (EndKind.ISOLATED, gone, lone_atom(atom)),
    ]
    if not any(bool(holds.any()) for _, holds, _ in rules) and not bool(crossed.any()):
        return None
    ending = first_rule(rules)
    crossed &= (ending.kind != EndKind.NOT_FINITE)[:, None]
    nobody = torch.full((rows, 2), -1)
    worst = guards.bond[strain.argmax(-1)] if len(guards.bond) else nobody
    device = position.device
    ending = Ending(ending.kind.to(device), ending.atoms.to(device))
    return Geometry(crossed.to(device), worst.to(device), ending)


def distances(position: torch.Tensor) -> torch.Tensor:
    """(row, atom, atom) Å between all atoms; infinite on the diagonal."""
    distance = torch.cdist(position, position, compute_mode="donot_use_mm_for_euclid_dist")
    distance.diagonal(dim1=-2, dim2=-1).fill_(torch.inf)
    return distance


def _stretch(distance: torch.Tensor, guards: Guards) -> torch.Tensor:
    """(row,) largest deviation of a bond from its mean length in Å; zero without a bond."""
    if not len(guards.bond):
        return torch.zeros_like(distance[:, 0, 0])
    i, j = guards.bond.unbind(-1)
    return (distance[:, i, j] - guards.bond_length).abs().amax(-1)


def _other_rules(position: torch.Tensor, distance: torch.Tensor, guards: Guards) -> Ending:
    closest = _extreme(guards.contact - distance)
    changed = _extreme(torch.maximum(guards.forms - distance, distance - guards.breaks))
    loneliness, atom = distance.amin(-1).max(-1)
    rules: list[Verdict] = [
        not_finite(position),
        (EndKind.CLOSE_CONTACT, *closest),
        (EndKind.TOPOLOGY, *changed),
        (EndKind.ISOLATED, loneliness > guards.isolation, lone_atom(atom)),
    ]
    return first_rule(rules)


def _worst_bond(distance: torch.Tensor, guards: Guards) -> torch.Tensor:
    if not len(guards.bond):
        return torch.full((len(distance), 2), -1, device=distance.device)
    i, j = guards.bond.unbind(-1)
    return guards.bond[(distance[:, i, j] - guards.bond_length).abs().argmax(-1)]


def _extreme(excess: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Whether any pair exceeds its limit (row,), and the pair (row, 2) that does so most."""
    n_atoms = excess.shape[-1]
    # inf - inf on the diagonal of an unlimited pair is no excess.
    most, flat = excess.nan_to_num(nan=-torch.inf).flatten(1).max(-1)
    pair = torch.stack([flat // n_atoms, flat % n_atoms], dim=-1)
    return most > 0, pair.sort(dim=-1).values
