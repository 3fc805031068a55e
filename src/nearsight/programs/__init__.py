"""Compiled functions of tensors, kept on disk and shared by the processes of a user."""

from nearsight.programs.source import Program, Source
from nearsight.programs.store import Compile, NoProgramError, Store

__all__ = ["Compile", "NoProgramError", "Program", "Source", "Store"]
