"""Velocity Verlet of a batch of replicas, with the guards watching every step."""

from dataclasses import dataclass, field, replace

from nearsight.md.record.ledger import Ledger
from nearsight.md.record.run_state import RunState
from nearsight.md.replicas.running import Running
from nearsight.md.rules.guards import EndKind, Guards
from nearsight.md.rules.lookout import Lookout
from nearsight.md.rules.motion import look_at_motion
from nearsight.md.rules.positions import look_at_geometry
from nearsight.models.force_field import Potential


@dataclass
class Verlet:
    r"""The integrator (Swope, Andersen, Berens, Wilson, J. Chem. Phys. 76, 637, 1982).

    .. math::
        v(t + h/2) &= v(t) + \tfrac{h}{2} F(r(t)) / m \\
        r(t + h)   &= r(t) + h\, v(t + h/2) \\
        v(t + h)   &= v(t + h/2) + \tfrac{h}{2} F(r(t + h)) / m

    with r ``position`` (Å), v ``velocity`` (Å/fs), F ``force`` (eV/Å), m ``mass`` (u) and
    h ``timestep`` (fs). Phase-space points and energies are float64 whatever the potential's own
    precision. Positions are looked at before the potential is asked for forces.

    Attributes:
        potential: force field.
        guards: rules by which a replica ends.
        timestep: fs.
    """

    potential: Potential
    guards: Guards
    timestep: float
    _lookout: Lookout = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._lookout = Lookout(self.guards)

    def begin(self, state: RunState) -> None:
        """Evaluate the start, in place."""
        batch = self._watch_geometry(state.batch, state.ledger, 0).evaluate(self.potential)
        batch = replace(batch, start_energy=batch.total_energy)
        state.batch = self._watch_motion(batch, state.ledger, 0)

    def advance(self, state: RunState) -> None:
        """One step, in place."""
        state.step += 1
        batch = state.batch.kick(self.timestep / 2).drift(self.timestep)
        batch = self._watch_geometry(batch, state.ledger, state.step)
        batch = batch.evaluate(self.potential).kick(self.timestep / 2)
        state.batch = self._watch_motion(batch, state.ledger, state.step)

    def _watch_geometry(self, batch: Running, ledger: Ledger, step: int) -> Running:
        if not len(batch) or self._lookout.is_calm(batch):
            return batch
        seen = look_at_geometry(batch.position, batch.beyond, self.guards)
        if seen is None:
            return batch
        # Bonds first: they are the end where another rule holds at the same step.
        ledger.bonds(batch, seen, self.guards.main, step)
        ledger.rules(batch, seen.ending, step)
        beyond = batch.beyond | seen.crossed
        over = beyond[:, -1] | (seen.ending.kind != EndKind.SURVIVED)
        ledger.leave(batch, over, step)
        return replace(batch, beyond=beyond).keep(~over)

    def _watch_motion(self, batch: Running, ledger: Ledger, step: int) -> Running:
        if not len(batch) or self._lookout.is_steady(batch):
            return batch
        batch = batch.feel(self.guards.temperature_limit)
        ending = look_at_motion(batch, self.guards, self.timestep)
        if ending is None:
            return batch
        ledger.rules(batch, ending, step)
        over = ending.kind != EndKind.SURVIVED
        ledger.leave(batch, over, step)
        return batch.keep(~over)
