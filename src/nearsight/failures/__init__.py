"""Blame: where dynamics broke, and what the network thought of it just before."""

from nearsight.failures.blame import Blame, find_failures

__all__ = ["Blame", "find_failures"]
