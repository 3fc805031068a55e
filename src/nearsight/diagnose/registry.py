"""All checks by their code, in the order in which they are run and told: one line each."""

from functools import cache
from importlib import import_module

from nearsight.diagnose.check import Check

CHECKS: dict[str, str] = {
    "symmetry": "nearsight.diagnose.checks.symmetry",
    "cutoff": "nearsight.diagnose.checks.cutoff",
    "locality": "nearsight.diagnose.checks.locality",
    "repulsion": "nearsight.diagnose.checks.repulsion",
    "response": "nearsight.diagnose.checks.response",
    "dimers": "nearsight.diagnose.checks.dimers",
    "minimum": "nearsight.diagnose.checks.minimum",
    "errors": "nearsight.diagnose.checks.errors",
    "dynamics": "nearsight.diagnose.checks.dynamics",
    "relevance": "nearsight.diagnose.checks.relevance",
}
"""Modules that hold a ``CHECK``, by its name."""


@cache
def check(name: str) -> Check:
    """A check by its name."""
    found: Check = import_module(CHECKS[name]).CHECK
    return found


def every_check() -> list[Check]:
    """All of them, in the order of the registry."""
    return [check(name) for name in CHECKS]
