"""PaiNN in a study: messages over scalars and vectors.

Schütt, Unke, Gastegger, Equivariant message passing, ICML 2021.
"""

from typing import ClassVar, Literal

from nearsight.families.look import Look
from nearsight.families.pace import Pace
from nearsight.families.schnetpack.spec import SchNetPackVariant
from nearsight.section import setting


class PaiNNVariant(SchNetPackVariant):
    """One PaiNN to train."""

    look: ClassVar[Look] = Look("PaiNN", marker="s", line=(0, (5, 1.5)), color="#D55E00")
    pace: ClassVar[Pace] = Pace(block=1.4e-4, speed=4.3e9)
    treatments: ClassVar[tuple[str, ...]] = ("detach", "flow")

    family: Literal["painn"] = setting(unit="", description="Scalars and vectors.")
