"""nearsight: what a machine-learned force field has learned, and whether its dynamics will hold."""

from importlib.metadata import version

__version__ = version("nearsight")
