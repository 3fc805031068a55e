import json
from typing import Any

import numpy as np
import pytest
from ase import Atoms

from nearsight.config import Sampling
from nearsight.data import trajectory
from nearsight.data.engine import ReferenceCalculator, label
from nearsight.data.frames import Frames
from nearsight.data.molecules import build_molecule
from nearsight.data.sample import relax, sample
from nearsight.data.trajectory import run_trajectory
from nearsight.errors import ReferenceEngineError

# Atoms fly through each other: the engine cannot go on.
HOT = Sampling(
    n_frames=8, n_trajectories=2, stride=50, temperature=1e4, timestep=2.0, equilibration=0
)


def test_frames_are_complete_and_described(water: Frames, short_sampling: Sampling) -> None:
    assert len(water) == short_sampling.n_frames
    assert water.source.tolist() == [0] * 6 + [1] * 6
    assert water.position.shape == water.force.shape == (36, 3)
    assert water.attributes["level_of_theory"] == "GFN2-xTB"
    assert water.attributes["temperature_K"] == short_sampling.temperature
    assert water.attributes["formula"] == "H2O"
    assert water.attributes["n_skipped"] == 0


def test_labels_are_those_of_the_engine(water: Frames) -> None:
    for frame in (0, 7, 11):
        energy, forces = label(water.atoms(frame))
        assert energy == pytest.approx(water.energy[frame], abs=1e-5)
        assert forces == pytest.approx(water.forces(frame), abs=1e-4)


def test_trajectories_differ_and_frames_move(water: Frames) -> None:
    assert len(np.unique(water.energy)) == len(water)
    assert not np.allclose(water.position[:18], water.position[18:], atol=1e-3)


def test_result_repeats_bit_for_bit(water: Frames, short_sampling: Sampling) -> None:
    again = sample(build_molecule("water", 3), short_sampling, workers=1)
    for name in ("position", "force", "energy"):
        assert np.array_equal(getattr(again, name), getattr(water, name)), name


def test_result_does_not_depend_on_workers(water: Frames, short_sampling: Sampling) -> None:
    parallel = sample(build_molecule("water", 3), short_sampling, workers=2)
    for name in ("position", "force", "energy", "source"):
        assert np.array_equal(getattr(parallel, name), getattr(water, name)), name


def test_another_seed_gives_another_sample(water: Frames, short_sampling: Sampling) -> None:
    other = sample(build_molecule("water", 3), short_sampling.model_copy(update={"seed": 4}))
    assert not np.array_equal(other.energy, water.energy)


def test_relaxed_molecule_is_at_rest() -> None:
    atoms, fmax = relax(build_molecule("methanol", 0), accuracy=0.1)
    assert fmax <= 0.05
    assert np.linalg.norm(label(atoms)[1], axis=1).max() <= 0.051


@pytest.mark.slow
def test_thermostat_holds_the_temperature() -> None:
    # At one time the kinetic temperature of f = 9 degrees of freedom spreads by T sqrt(2/f). Its
    # memory is lost at twice the friction, exp(-2) a frame, so 240 frames are worth about 180:
    # 4 standard errors are 14 %.
    settings = Sampling(
        n_frames=240, n_trajectories=2, stride=20, equilibration=200, friction=0.1, temperature=400
    )
    found = sample(build_molecule("water", 0), settings).attributes["sampled_temperature_K"]
    assert found == pytest.approx(400.0, rel=0.14)


def test_failure_restarts_from_the_last_good_frame(
    monkeypatch: pytest.MonkeyPatch, short_sampling: Sampling
) -> None:
    calls, real = iter(range(10_000)), ReferenceCalculator.calculate

    def failing(self: ReferenceCalculator, *args: object, **kwargs: object) -> None:
        real(self, *args, **kwargs)  # type: ignore[arg-type]
        if next(calls) in (10, 40):
            raise ReferenceEngineError("made to fail")

    begun: list[np.ndarray] = []
    begin = trajectory._begin

    def noted(position: np.ndarray, *rest: Any) -> Any:
        begun.append(position.copy())
        return begin(position, *rest)

    monkeypatch.setattr(ReferenceCalculator, "calculate", failing)
    monkeypatch.setattr(trajectory, "_begin", noted)
    frames = sample(build_molecule("water", 3), short_sampling)
    monkeypatch.undo()
    # In the first trajectory, once during equilibration and once after some frames were stored.
    assert np.array_equal(begun[1], begun[0])
    stored = frames.position.reshape(-1, 3, 3)[:6]
    assert any(np.array_equal(begun[2], position) for position in stored)
    assert len(frames) == short_sampling.n_frames
    assert frames.attributes["n_skipped"] == 2
    skipped = json.loads(frames.attributes["skipped"])
    assert {entry["reason"] for entry in skipped} == {"made to fail"}
    for frame in range(len(frames)):
        assert label(frames.atoms(frame))[0] == pytest.approx(frames.energy[frame], abs=1e-5)


def test_too_many_failures_end_the_run() -> None:
    start = relax(build_molecule("water", 0), accuracy=1.0)[0]
    with pytest.raises(ReferenceEngineError, match=r"failed 6 times.*lower temperature"):
        run_trajectory(start, HOT, np.random.SeedSequence(0), 4, lambda: None)


@pytest.mark.slow
def test_error_in_a_worker_process_reaches_the_user() -> None:
    with pytest.raises(ReferenceEngineError, match="lower temperature or timestep"):
        sample(build_molecule("water", 0), HOT, workers=2)


def test_start_geometry_the_engine_cannot_take() -> None:
    with pytest.raises(ReferenceEngineError):
        sample(Atoms("H2", [[0, 0, 0], [0, 0, 0.01]]), Sampling(n_frames=4))
