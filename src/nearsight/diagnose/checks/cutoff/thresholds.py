"""From when on a jump, or noise, matters."""

import math

from nearsight.diagnose.checks.symmetry.thresholds import FORCE
from nearsight.diagnose.finding import Threshold

ENERGY_JUMP = Threshold(
    0.1,
    1.0,
    "a choice: some hundred pairs of a molecule of 20 atoms pass a cutoff in a ps, half of them "
    "each way, and the energy that NVE should conserve walks by the jump times the root of their "
    "number: 1 meV each makes tens of meV a ps",
)
"""meV."""

SLOPE_JUMP = FORCE
"""meV/Å."""

CURVATURE_JUMP = Threshold(
    0.06,
    math.nan,
    "a choice: 0.06 eV/Å² is 1 N/m, about the force constant of a van der Waals contact; dynamics "
    "bears it (forces are continuous), Hessians, vibrations and the response of distant pairs do "
    "not. A cosine cutoff jumps here by design",
)
"""eV/Å²."""

FORCE_NOISE = Threshold(
    10.0,
    100.0,
    "a choice by what random kicks do: at steps of 0.5 fs they heat a hydrogen atom by 0.7 meV a "
    "ps at 10 meV/Å and by 70 meV a ps at 100 meV/Å",
)
"""meV/Å of a component."""

DIFFERENCE = FORCE
"""meV/Å, single against double precision."""
