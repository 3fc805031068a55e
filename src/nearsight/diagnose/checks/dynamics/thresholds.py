"""Where findings of dynamics begin to be worth a warning, and where the numbers come from."""

import math

from nearsight.diagnose.finding import Threshold

SURVIVAL = Threshold(
    warn=1.0,
    fail=1.0,
    source=(
        "the reference engine loses none of its replicas under the same rules: reference_survival "
        "is 1 in every row of docs/numbers/decay.csv (make study STUDY=decay) and "
        "docs/numbers/demo.csv (make demo); so one that is lost is a fault, and a warning only "
        "where the time step is to blame"
    ),
    smaller_is_better=False,
)

DRIFT = Threshold(
    warn=0.05,
    fail=1.0,
    source=(
        "warn: 0.005 kJ/mol/ps per particle, the tolerance that GROMACS sets by default for its "
        "buffered neighbour lists (verlet-buffer-tolerance); all but one of the 80 networks of "
        "docs/numbers/decay.csv are within 0.05. fail: a choice: 1 meV/atom/ps changes the "
        "temperature of a molecule by about 8 K in a picosecond, so that no run of nanoseconds is "
        "left of it. Judged by the end of the interval "
        "that is nearer to 0, less the fluctuation over the duration, which bends the line as well"
    ),
)

EXPONENT = Threshold(
    warn=1.5,
    fail=-math.inf,
    source=(
        "velocity Verlet on a smooth energy gives 2 (Hairer, Lubich, Wanner, Acta Numerica 12, "
        "399, 2003); a choice: halfway to a first-order error. 11 of the demo's 12 networks are "
        "between 1.9 and 2.2 (make demo, stability.nc). Judged by the upper end of the interval"
    ),
    smaller_is_better=False,
)

HEATING = Threshold(
    warn=25.0,
    fail=100.0,
    source=(
        "our own measurement on the demo's 12 networks from 500 K (make demo, dynamics.nc): the "
        "four that lose three or more of 16 replicas rise by 54 to 130 K, the others by 20 K at "
        "most and the reference engine by -3 K; between them, a choice. Judged only where the "
        "interval leaves out 0, or is narrow enough to tell a failure"
    ),
)

AGREEMENT = Threshold(
    warn=1e-4,
    fail=1e-2,
    source=(
        "a choice: both programs integrate the same equation. Exactly solvable molecules agree to "
        "1e-9 Å after 50 fs (tests), the demo's networks in double precision to 1e-14, and "
        "tblite's GFN1-xTB at its default accuracy, which begins every call from the last density, "
        "to 1e-5 (nearsight diagnose tblite.ase:TBLite on alanine dipeptide): warn at ten times "
        "that, fail where a run is no longer the same"
    ),
)
