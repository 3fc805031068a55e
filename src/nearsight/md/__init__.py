"""NVE molecular dynamics of many replicas, the rules that end them, and their stability.

Knows nothing of networks but in :mod:`nearsight.md.simulate`, which is therefore not imported here.
"""

from nearsight.md.analysis.stability import stability
from nearsight.md.record.amber import write_trajectories
from nearsight.md.record.halved import Halved
from nearsight.md.record.labelled import to_dataset
from nearsight.md.record.ledger import Ledger
from nearsight.md.record.segments import Disk, Memory, Store, Stretch
from nearsight.md.record.trajectories import Trajectories
from nearsight.md.replicas.running import Running
from nearsight.md.replicas.starts import Starts, draw_starts
from nearsight.md.rules.guards import Ending, EndKind, Guards
from nearsight.md.rules.motion import look_at_motion
from nearsight.md.rules.positions import Geometry, look_at_geometry
from nearsight.md.rules.reference_guards import reference_guards
from nearsight.md.run.nve import run
from nearsight.md.run.shorter_step import replicas_to_halve, run_halved
from nearsight.models.force_field import Potential

__all__ = [
    "Running",
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
