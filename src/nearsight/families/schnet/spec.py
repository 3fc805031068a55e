"""SchNet in a study: continuous-filter convolutions over scalars.

Schütt et al., J. Chem. Phys. 148, 241722 (2018).
"""

from typing import ClassVar, Literal

from nearsight.families.look import Look
from nearsight.families.pace import Pace
from nearsight.families.schnetpack.spec import SchNetPackVariant
from nearsight.section import setting


class SchNetVariant(SchNetPackVariant):
    """One SchNet to train."""

    look: ClassVar[Look] = Look("SchNet", marker="o", line="-", color="#0072B2")
    pace: ClassVar[Pace] = Pace(block=8.1e-5, speed=1.5e10)

    family: Literal["schnet"] = setting(unit="", description="Continuous-filter convolutions.")
