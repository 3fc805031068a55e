"""Families of models: a folder each."""

from nearsight.families.parts import import_parts_alone

import_parts_alone("schnetpack")
