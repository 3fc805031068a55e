"""How every replica of a run ended, written while the run goes on."""

from dataclasses import dataclass, fields, replace

import numpy as np
import torch

from nearsight.md.replicas.running import Running
from nearsight.md.rules.guards import Ending, EndKind
from nearsight.md.rules.positions import Geometry

NEVER = -1
"""In place of a step: it was not seen."""


@dataclass(frozen=True, eq=False)
class Ledger:
    """Ends of all replicas; the arrays are written in place.

    A replica whose bond was off by more than the main limit, and that broke no other rule, has
    ended, but is followed until a bond exceeds the largest limit or another rule holds: only so
    is it known when it would have ended under a wider limit.

    Attributes:
        kind: (replica,) values of ``EndKind``.
        step: (replica,) first step at which a rule held, or the last step of the run.
        atom: (replica, 2) atoms of the rule, -1 where none.
        position: (replica, atom, 3) Å at the end.
        velocity: (replica, atom, 3) Å/fs at the end of those that no rule ended, else NaN.
        bond_step: (replica, limit) first step at which a bond was off by more, ``NEVER``.
        other_step: (replica,) first step at which a rule other than the bonds' held, ``NEVER``.
        other_kind: (replica,) that rule; ``SURVIVED`` where none held.
        followed_step: (replica,) last step that was integrated.
    """

    kind: np.ndarray
    step: np.ndarray
    atom: np.ndarray
    position: np.ndarray
    velocity: np.ndarray
    bond_step: np.ndarray
    other_step: np.ndarray
    other_kind: np.ndarray
    followed_step: np.ndarray

    def copy(self) -> "Ledger":
        """The same in arrays of its own."""
        return replace(self, **{f.name: getattr(self, f.name).copy() for f in fields(self)})

    def bonds(self, batch: Running, seen: Geometry, main: int, step: int) -> None:
        """Note bond limits that were crossed at this step; beyond the main one is an end.

        Args:
            batch: the rows of ``seen``.
            seen: what is new about their positions.
            main: index of the limit that ends a replica.
            step: of the run.
        """
        crossed = seen.crossed.cpu().numpy()
        row, limit = np.nonzero(crossed)
        self.bond_step[batch.replica.cpu().numpy()[row], limit] = step
        kind = torch.full_like(batch.replica, int(EndKind.BOND))
        self._end(batch, seen.crossed[:, main], Ending(kind, seen.bond), step)

    def rules(self, batch: Running, ending: Ending, step: int) -> None:
        """Note which replicas broke a rule other than that of the bonds at this step.

        Args:
            batch: the rows of ``ending``.
            ending: which rule holds for which row.
            step: of the run.
        """
        broken = ending.kind != EndKind.SURVIVED
        replica = batch.replica[broken].cpu().numpy()
        self.other_step[replica] = step
        self.other_kind[replica] = ending.kind[broken].cpu().numpy()
        self._end(batch, broken, ending, step)

    def leave(self, batch: Running, rows: torch.Tensor, step: int) -> None:
        """Note that some replicas are integrated no further.

        Args:
            batch: those that run.
            rows: (row,) true for those of them that leave.
            step: of the run, the last for these.
        """
        self.followed_step[batch.replica[rows].cpu().numpy()] = step

    def _end(self, batch: Running, rows: torch.Tensor, ending: Ending, step: int) -> None:
        replica = batch.replica[rows].cpu().numpy()
        first = self.kind[replica] == EndKind.SURVIVED
        replica = replica[first]
        self.kind[replica] = ending.kind[rows].cpu().numpy()[first]
        self.atom[replica] = ending.atoms[rows].cpu().numpy()[first]
        self.position[replica] = batch.position[rows].cpu().numpy()[first]
        self.step[replica] = step

    def closed(self, batch: Running, step: int, n_steps: int) -> "Ledger":
        """The ledger as it stands when the run stops at a step, the last or not.

        Replicas that no rule ended have survived, or were cut off by the limit on computing.

        Args:
            batch: the replicas that still run.
            step: at which the run stops.
            n_steps: steps of the whole run.
        """
        ledger = self.copy()
        ledger.leave(batch, torch.ones_like(batch.replica, dtype=torch.bool), step)
        replica = batch.replica.cpu().numpy()
        held = ledger.kind[replica] == EndKind.SURVIVED
        replica = replica[held]
        ledger.kind[replica] = EndKind.SURVIVED if step == n_steps else EndKind.COMPUTE_LIMIT
        ledger.step[replica] = step
        ledger.position[replica] = batch.position.cpu().numpy()[held]
        ledger.velocity[replica] = batch.velocity.cpu().numpy()[held]
        return ledger


def new_ledger(n_replicas: int, n_atoms: int, n_limits: int) -> Ledger:
    """A ledger without any end.

    Args:
        n_replicas: of the run.
        n_atoms: of the molecule.
        n_limits: bond limits that are watched.
    """
    never = np.full(n_replicas, NEVER, dtype=np.int64)
    nowhere = np.full((n_replicas, n_atoms, 3), np.nan)
    return Ledger(
        kind=np.full(n_replicas, int(EndKind.SURVIVED), dtype=np.int64),
        step=never.copy(),
        atom=np.full((n_replicas, 2), -1, dtype=np.int64),
        position=nowhere.copy(),
        velocity=nowhere.copy(),
        bond_step=np.full((n_replicas, n_limits), NEVER, dtype=np.int64),
        other_step=never.copy(),
        other_kind=np.full(n_replicas, int(EndKind.SURVIVED), dtype=np.int64),
        followed_step=never.copy(),
    )
