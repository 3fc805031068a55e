"""Decay against stability: the unit of evidence is the setting, trained with several seeds."""

from nearsight.aims.stability.association.hazards import hazards
from nearsight.aims.stability.association.other_tests import associate
from nearsight.aims.stability.association.question import question_table
from nearsight.aims.stability.association.sensitivity import sensitivity

__all__ = ["associate", "hazards", "question_table", "sensitivity"]
