"""Decay against stability: the unit of evidence is the setting, trained with several seeds."""

from nearsight.collect.association.family import associate
from nearsight.collect.association.hazards import hazards
from nearsight.collect.association.question import question_table
from nearsight.collect.association.sensitivity import sensitivity

__all__ = ["associate", "hazards", "question_table", "sensitivity"]
