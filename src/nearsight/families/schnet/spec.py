"""SchNet in a study: continuous-filter convolutions over scalars.

Schütt et al., J. Chem. Phys. 148, 241722 (2018).
"""

from typing import ClassVar, Literal

from nearsight.families.look import Look
from nearsight.families.schnetpack.spec import SchNetPackVariant
from nearsight.section import setting


class SchNetVariant(SchNetPackVariant):
    """One SchNet to train."""

    look: ClassVar[Look] = Look("SchNet", marker="o", line="-", color="#0072B2")

    family: Literal["schnet"] = setting(unit="", description="Continuous-filter convolutions.")
