"""From when on a broken symmetry matters."""

from nearsight.diagnose.finding import Threshold

FORCE = Threshold(
    1.0,
    10.0,
    "a choice: 1 meV/Å along the way of a hydrogen atom at 300 K (rms 0.027 Å/fs) does work of up "
    "to 27 meV in a ps; 10 meV/Å is more than the whole force error of good models of small "
    "molecules (MACE on aspirin of rMD17: 6.6 meV/Å, arXiv 2206.07697)",
)
"""meV/Å."""

ENERGY = Threshold(
    1.0,
    10.0,
    "10 meV of a system that ought not to have changed is bad in ml-peg (physicality, "
    "extensivity); a tenth of it is a choice",
)
"""meV of a molecule."""
