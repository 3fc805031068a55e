"""Is every file of a study whole, and made from what lies beside it? And how to mend it."""

from nearsight.verification.remedy import remedy
from nearsight.verification.survey import Flaw, Survey, survey

__all__ = ["Flaw", "Survey", "remedy", "survey"]
