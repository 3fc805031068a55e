"""Collect: decay and stability of every variant, joined in labelled tables."""

from nearsight.collect.analysis import analyse_all
from nearsight.collect.cases import read_cases
from nearsight.collect.csv import write_csv, write_rows
from nearsight.collect.curves import collect_curves
from nearsight.collect.failures import collect_failures
from nearsight.collect.results import inputs_of
from nearsight.collect.table import collect_table

__all__ = [
    "analyse_all",
    "collect_curves",
    "collect_failures",
    "collect_table",
    "inputs_of",
    "read_cases",
    "write_csv",
    "write_rows",
]
