"""The kit of collect: cases, bins, fits, intervals, ranks, shares; no table of one aim."""

from nearsight.collect.cases import read_cases
from nearsight.collect.csv import write_csv
from nearsight.collect.results import inputs_of

__all__ = ["inputs_of", "read_cases", "write_csv"]
