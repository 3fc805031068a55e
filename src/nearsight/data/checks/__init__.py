"""Is a data set fit to train on? Every problem has a name; errors stop, warnings inform."""

from nearsight.data.checks.check import check_frames, raise_errors, require_forces
from nearsight.data.checks.enough import check_subsets
from nearsight.data.checks.problems import Finding, Problem

__all__ = ["Finding", "Problem", "check_frames", "check_subsets", "raise_errors", "require_forces"]
