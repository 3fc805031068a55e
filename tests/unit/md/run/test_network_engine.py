"""Which way the forces of a run are computed, and what a record says of it."""

import logging
from typing import Any

import numpy as np
import pytest

from nearsight.config import Dynamics
from nearsight.errors import ConfigError
from nearsight.md.run.engine import Engine
from nearsight.md.run.network_engine import (
    COMPILED,
    EAGER,
    REPAYS,
    SECONDS_PER_CALL,
    SECONDS_PER_VALUE,
    Asked,
    eager_seconds,
    engine_of,
)
from nearsight.models.open_model import OpenModel
from nearsight.programs import NoProgramError

NUMBERS = np.array([8, 1, 1])
SHORT = Dynamics(duration=0.01, replicas=2, halved_replicas=0)


class Known(OpenModel):
    """A model whose two potentials can be told apart; an error in ``compiles`` is raised."""

    def __init__(self, compiles: Any = "compiled forces", kind: Any = "trained") -> None:
        self.label, self.kind, self.files, self.attributes = "known", kind, {}, {}
        self.compiles, self.asked = compiles, 0

    def potential(self, atomic_number: np.ndarray, **_: Any) -> Any:
        return "forces as they are written"

    def compiled_potential(self, atomic_number: np.ndarray, **_: Any) -> Any:
        self.asked += 1
        if isinstance(self.compiles, Exception):
            raise self.compiles
        return self.compiles

    def values_of_evaluation(self, n_atoms: int) -> int:
        return 1000


def engine(
    model: OpenModel, settings: Dynamics, *, begun: Any = False, device: str = "cpu"
) -> Engine:
    asked = Asked(model, settings, device, 1)
    return engine_of(asked, NUMBERS, begun if callable(begun) else lambda _: begun)


def way(found: Engine) -> Any:
    return found.attributes.get("evaluation"), found.potential(NUMBERS)


def chosen(**settings: Any) -> Dynamics:
    return SHORT.model_copy(update=settings)


def test_true_compiles_and_false_does_not() -> None:
    assert way(engine(Known(), chosen(compile=True))) == (COMPILED, "compiled forces")
    model = Known()
    assert way(engine(model, chosen(compile=False)))[0] == EAGER
    assert model.asked == 0


def test_auto_compiles_what_repays_it() -> None:
    """By the number of evaluations, pairs and features, and by nothing that was timed."""
    steps = REPAYS / (SECONDS_PER_CALL + 100 * 1000 * SECONDS_PER_VALUE)
    long = chosen(replicas=100, timestep=1.0, duration=1.01 * steps / 1000)
    assert way(engine(Known(), long))[0] == COMPILED
    shorter = long.model_copy(update={"duration": 0.98 * long.duration})
    model = Known()
    assert way(engine(model, shorter))[0] == EAGER
    assert model.asked == 0


def test_the_estimate_counts_every_evaluation() -> None:
    settings = Dynamics(replicas=10, duration=1.0, timestep=0.5, halved_replicas=3)
    calls, evaluations = 2000 + 4000, 2000 * 10 + 4000 * 3
    expected = calls * SECONDS_PER_CALL + evaluations * 1000 * SECONDS_PER_VALUE
    assert eager_seconds(Known(), settings, 3) == pytest.approx(expected)
    assert expected == pytest.approx(3.64)


def test_a_model_of_which_nothing_is_known_is_left_alone() -> None:
    class Unknown(Known):
        def values_of_evaluation(self, n_atoms: int) -> int:
            return 0

    model = Unknown()
    assert way(engine(model, chosen(duration=1e5, replicas=1000)))[0] == EAGER


def test_without_a_program_one_line_says_so(caplog: pytest.LogCaptureFixture) -> None:
    model = Known(NoProgramError("schnet: no C++ compiler"))
    with caplog.at_level(logging.WARNING):
        found = engine(model, chosen(compile=True))
    assert way(found) == (EAGER, "forces as they are written")
    (line,) = caplog.messages
    assert line.endswith("the slower way: schnet: no C++ compiler")


def test_other_errors_are_not_hidden() -> None:
    with pytest.raises(ConfigError, match="precision"):
        engine(Known(ConfigError("precision 'float16'")), chosen(compile=True))


@pytest.mark.parametrize(("compile_", "lines"), [(True, 1), ("auto", 0)])
def test_a_model_without_one_is_told_where_it_was_asked_for(
    caplog: pytest.LogCaptureFixture, compile_: Any, lines: int
) -> None:
    long = chosen(compile=compile_, duration=1e5, replicas=1000)
    with caplog.at_level(logging.WARNING):
        assert way(engine(Known(None), long))[0] == EAGER
    assert [("of no effect on model known" in line) for line in caplog.messages] == [True] * lines


@pytest.mark.parametrize(("compile_", "lines"), [(True, 1), ("auto", 0)])
def test_on_a_gpu_nothing_is_compiled(
    caplog: pytest.LogCaptureFixture, compile_: Any, lines: int
) -> None:
    model, long = Known(), chosen(compile=compile_, duration=1e5, replicas=1000)
    with caplog.at_level(logging.WARNING):
        assert way(engine(model, long, device="cuda"))[0] == EAGER
    assert model.asked == 0
    assert len(caplog.messages) == lines


def test_a_run_goes_on_as_it_began() -> None:
    """One that began without a program, for the disk was full, does not begin anew with one."""
    asked: list[str] = []

    def begun(found: Engine) -> bool:
        asked.append(found.forces)
        return True

    assert way(engine(Known(), chosen(compile=True), begun=begun))[0] == EAGER
    assert asked == ["model float32"]


def test_the_two_ways_never_go_on_with_each_other() -> None:
    compiled, eager = (engine(Known(), chosen(compile=c)) for c in (True, False))
    assert compiled.forces == "model float32 compiled"
    assert eager.forces == "model float32"


def test_a_calculator_has_a_precision_of_its_own_and_no_evaluation() -> None:
    found = engine(Known(None, kind="calculator"), chosen(compile="auto"))
    assert found.precision == "its own"
    assert "evaluation" not in found.attributes
    assert found.attributes["model_kind"] == "calculator"


def test_without_a_molecule_nothing_is_compiled() -> None:
    model = Known()
    found = engine_of(Asked(model, chosen(compile=True), "cpu", 1), None, lambda _: False)
    assert way(found)[0] == EAGER
    assert model.asked == 0
