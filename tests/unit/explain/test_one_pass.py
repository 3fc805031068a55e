"""What one structure's file costs: one linearisation, and one pass over its walks."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import wraps
from importlib import import_module

import pytest
from ase import Atoms
from chains import MakeNetwork

from nearsight.config import Explain
from nearsight.explain import count_walks, explain, linearize
from nearsight.explain.walks.meeting import Meeting, meetings
from nearsight.families.schnetpack.walks import SchNetPackWalks

VISITORS = ("histogram", "enumeration", "strongest", "sampling")
"""Modules that go through the walks of a chain."""


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Linearisations, forward passes of representations, passes over walks, and walks made."""
    found: Counter[str] = Counter()

    def counting(name: str, function: Callable[..., object]) -> Callable[..., object]:
        @wraps(function)
        def call(*given: object, **named: object) -> object:
            found[name] += 1
            return function(*given, **named)

        return call

    monkeypatch.setattr(
        SchNetPackWalks, "linearize", counting("linearisations", SchNetPackWalks.linearize)
    )
    for module in VISITORS:
        # By its name: the package has a function that is called as this folder is.
        visitor = import_module(f"nearsight.explain.walks.{module}")
        monkeypatch.setattr(visitor, "meetings", counting("passes", meetings))
    relevance = Meeting.relevance

    def made(self: Meeting, rows: slice) -> object:
        values = relevance(self, rows)
        found["walks"] += values.numel()
        return values

    monkeypatch.setattr(Meeting, "relevance", made)
    return found


@pytest.fixture(params=["schnet", "painn"])
def passes(request: pytest.FixtureRequest, make_network: MakeNetwork) -> Iterator[tuple]:
    """A network, and how often its representation has run."""
    network, ran = make_network(request.param, depth=3), []
    remove = network.representation.register_forward_hook(lambda *_: ran.append(1)).remove
    yield network, ran
    remove()


def test_each_structure_takes_one_of_each(
    counted: Counter[str], passes: tuple, ethanol: Atoms
) -> None:
    network, ran = passes
    n_walks = count_walks(linearize(network, ethanol))
    counted.clear()
    ran.clear()
    table = explain(network, [ethanol, ethanol], Explain())
    assert counted["linearisations"] == 2
    assert len(ran) == 2
    assert counted["passes"] == 2
    assert counted["walks"] == 2 * n_walks == table["n_walks"].sum()


def test_patterns_visit_no_walk(counted: Counter[str], passes: tuple, ethanol: Atoms) -> None:
    explain(passes[0], [ethanol], Explain(method="patterns"))
    assert counted["linearisations"] == 1
    assert counted["passes"] == counted["walks"] == 0
