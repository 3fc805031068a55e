"""The page of a study: its questions answered, its figures, its table, its networks in 3-D."""

from nearsight.report.study_page import page_of_study

__all__ = ["page_of_study"]
