"""NVE molecular dynamics of many replicas, the rules that end them, and their stability.

Knows nothing of networks but in :mod:`nearsight.md.simulate`, which is therefore not imported here.
"""

from nearsight.md.batch import Batch, Potential
from nearsight.md.dataset import to_dataset
from nearsight.md.dynamics import run
from nearsight.md.geometry import Geometry, look_at_geometry
from nearsight.md.guards import Ending, EndKind, Guards
from nearsight.md.half_step import Halved, replicas_to_halve, run_halved
from nearsight.md.ledger import Ledger
from nearsight.md.motion import look_at_motion
from nearsight.md.record import Trajectories
from nearsight.md.reference import reference_guards
from nearsight.md.segments import Disk, Memory, Store, Stretch
from nearsight.md.stability import stability
from nearsight.md.starts import Starts, draw_starts
from nearsight.md.trajectory import write_trajectories

__all__ = [
    "Batch",
    "Disk",
    "EndKind",
    "Ending",
    "Geometry",
    "Guards",
    "Halved",
    "Ledger",
    "Memory",
    "Potential",
    "Starts",
    "Store",
    "Stretch",
    "Trajectories",
    "draw_starts",
    "look_at_geometry",
    "look_at_motion",
    "reference_guards",
    "replicas_to_halve",
    "run",
    "run_halved",
    "stability",
    "to_dataset",
    "write_trajectories",
]
