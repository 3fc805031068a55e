"""NVE molecular dynamics of many replicas, the rules that end them, and their stability.

Knows nothing of networks but in :mod:`nearsight.md.simulate`, which is therefore not imported here.
"""

from nearsight.md.batch import Potential
from nearsight.md.dataset import to_dataset
from nearsight.md.dynamics import run
from nearsight.md.guards import Ending, EndKind, Guards, check_geometry, check_motion
from nearsight.md.record import Trajectories
from nearsight.md.reference import reference_guards
from nearsight.md.stability import stability
from nearsight.md.starts import Starts, draw_starts
from nearsight.md.trajectory import write_trajectories

__all__ = [
    "EndKind",
    "Ending",
    "Guards",
    "Potential",
    "Starts",
    "Trajectories",
    "check_geometry",
    "check_motion",
    "draw_starts",
    "reference_guards",
    "run",
    "stability",
    "to_dataset",
    "write_trajectories",
]
