"""Networks of one study that were made in several places, brought together in one folder."""

from nearsight.merging.joining import Merged, merge

__all__ = ["Merged", "merge"]
