"""Decay against stability: the unit of evidence is the trained model."""

from nearsight.collect.association.sensitivity import sensitivity
from nearsight.collect.association.table import associate

__all__ = ["associate", "sensitivity"]
