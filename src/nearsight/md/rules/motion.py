"""Rules on energies, forces and velocities: finite, conserved, and not too hot for too long."""

import torch

from nearsight.md.replicas.running import Running
from nearsight.md.rules.guards import Ending, EndKind, Guards, first_rule, not_finite


def look_at_motion(batch: Running, guards: Guards, timestep: float) -> Ending | None:
    """Check what the last evaluation gave for everything that could end a replica.

    A kinetic temperature above the limit ends a replica once it has lasted without a break: a
    molecule that falls into a hole of its energy surface stays hot, a fluctuation passes.

    Args:
        batch: with forces, energies and velocities at one time.
        guards: the rules.
        timestep: fs between looks.

    Returns:
        The rules that hold, ``None`` when none does, which is nearly always.
    """
    deviation = (batch.total_energy - batch.start_energy).abs()
    hot = (batch.hot_steps - 1) * timestep >= guards.temperature_time
    # The energy of a replica with a non-finite force or velocity is not finite either.
    if bool((deviation < guards.energy_deviation).all() & ~hot.any()):
        return None
    nobody = torch.full((len(batch), 2), -1, device=deviation.device)
    return first_rule(
        [
            not_finite(torch.cat([batch.force, batch.velocity], dim=-1)),
            (EndKind.NOT_FINITE, ~batch.energy.isfinite(), nobody),
            (EndKind.ENERGY, deviation > guards.energy_deviation, nobody),
            (EndKind.TEMPERATURE, hot, nobody),
        ]
    )
