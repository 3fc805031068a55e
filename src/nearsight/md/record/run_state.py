"""Everything that an interrupted run needs to go on to the same end."""

from dataclasses import dataclass, fields

import torch

from nearsight.md.record.ledger import Ledger, new_ledger
from nearsight.md.replicas.running import PER_ROW, Running, all_running
from nearsight.md.replicas.starts import Starts
from nearsight.md.rules.guards import Guards
from nearsight.models.tensors import Tensors

_BATCH, _LEDGER = "batch.", "ledger."


@dataclass
class RunState:
    """A run between two steps.

    Attributes:
        batch: the replicas that are still integrated.
        ledger: the ends of the others.
        step: steps done.
        seconds: wall time spent so far, in this process and in those before it.
    """

    batch: Running
    ledger: Ledger
    step: int = 0
    seconds: float = 0.0


def first_state(starts: Starts, guards: Guards) -> RunState:
    """A run before its first evaluation."""
    n_replicas, n_atoms, _ = starts.position.shape
    n_limits = len(guards.bond_limits)
    return RunState(all_running(starts, n_limits), new_ledger(n_replicas, n_atoms, n_limits))


def pack(state: RunState) -> Tensors:
    """A state as named tensors; float64 stays float64, so that nothing is lost."""
    return {
        **{_BATCH + name: getattr(state.batch, name) for name in PER_ROW},
        **{_LEDGER + f.name: torch.from_numpy(getattr(state.ledger, f.name)) for f in _ARRAYS},
        "step": torch.tensor(state.step),
        "seconds": torch.tensor(state.seconds, dtype=torch.float64),
    }


def unpack(tensors: Tensors, starts: Starts) -> RunState:
    """The state that :func:`pack` took apart; ``starts`` are those of the run."""
    device = starts.position.device
    rows = {name: tensors[_BATCH + name].to(device) for name in PER_ROW}
    ledger = {f.name: tensors[_LEDGER + f.name].numpy().copy() for f in _ARRAYS}
    return RunState(
        batch=Running(**rows, mass=starts.mass),
        ledger=Ledger(**ledger),
        step=int(tensors["step"]),
        seconds=float(tensors["seconds"]),
    )


_ARRAYS = fields(Ledger)
