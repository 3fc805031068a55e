"""Families of models: a folder each."""

from nearsight.families.parts import import_parts_alone, import_when_called

import_parts_alone("schnetpack")
import_when_called("schnetpack.nn.ops.so3", "sympy.physics.wigner", "clebsch_gordan")
