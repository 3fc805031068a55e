"""What is expected of the demo against what it took: CPU seconds of 1 December 2026.

On two shared cores that were busy otherwise: the whole took 1.33 times what it takes on idle ones.
"""

from pathlib import Path

import pytest

from nearsight.config import Machine, Study, load_study
from nearsight.costs.expected import expected
from nearsight.costs.work import work_of
from nearsight.workflow.requests import Requests, count_dataset_atoms

DEMO = Path(__file__).parents[3] / "config" / "demo.yaml"
DATA = "alanine_dipeptide"
BUSY = 1.33
# Training and dynamics of each network, with its start.
TOOK = {
    "schnet~rc3.0~T1~F32~n400~s0": (8.1, 20.9),
    "schnet~rc3.0~T3~F32~n400~s0": (13.0, 29.6),
    "schnet~rc5.0~T1~F32~n400~s0": (9.6, 23.5),
    "schnet~rc5.0~T3~F32~n400~s0": (14.3, 31.3),
    "schnet~rc8.0~T1~F32~n400~s0": (11.7, 25.1),
    "schnet~rc8.0~T3~F32~n400~s0": (16.7, 38.1),
    "painn~rc3.0~T1~F32~n400~s0": (10.3, 29.7),
    "painn~rc3.0~T3~F32~n400~s0": (25.7, 59.0),
    "painn~rc5.0~T1~F32~n400~s0": (12.9, 33.0),
    "painn~rc5.0~T3~F32~n400~s0": (34.0, 74.5),
    "painn~rc8.0~T1~F32~n400~s0": (16.3, 40.6),
    "painn~rc8.0~T3~F32~n400~s0": (42.4, 91.2),
}
# Of all networks: explained, probed and so on, three to a job.
OF_ALL = {
    "train": 215.0,
    "dynamics": 496.7,
    "explain": 25.7,
    "respond": 42.4,
    "faithfulness": 35.3,
    "stability": 41.6,
    "failures": 33.7,
}
OF_DATA = {"make_data": 99.3, "reference_dynamics": 92.1, "respond_reference": 18.5}


@pytest.fixture(scope="module")
def demo() -> Study:
    return load_study(DEMO)


def core_seconds(study: Study, stage: str, *names: str) -> float:
    networks = [(stage, DATA, name) for name in names]
    return expected(work_of(study), networks, Machine(variants_per_job=3))[stage].core


def test_the_networks_are_those_of_the_demo(demo: Study) -> None:
    assert set(TOOK) == set(demo.variants_of(DATA))
    assert list(demo.datasets) == [DATA]


@pytest.mark.parametrize("name", TOOK)
@pytest.mark.parametrize("stage", ["train", "dynamics"])
def test_a_network_takes_about_what_is_expected(demo: Study, stage: str, name: str) -> None:
    took = TOOK[name][("train", "dynamics").index(stage)] / BUSY
    assert 0.55 < core_seconds(demo, stage, name) / took < 1.6


@pytest.mark.parametrize("stage", OF_ALL)
def test_a_stage_takes_about_what_is_expected(demo: Study, stage: str) -> None:
    assert 0.6 < core_seconds(demo, stage, *TOOK) / (OF_ALL[stage] / BUSY) < 1.7


@pytest.mark.parametrize("stage", OF_DATA)
def test_the_reference_takes_about_what_is_expected(demo: Study, stage: str) -> None:
    found = expected(work_of(demo), [], Machine())
    assert 0.7 < found[stage].core / (OF_DATA[stage] / BUSY) < 1.5


def test_the_whole_takes_what_is_expected(demo: Study) -> None:
    networks = [(stage, DATA, name) for stage in OF_ALL for name in TOOK]
    found = expected(work_of(demo), networks, Machine(variants_per_job=3))
    took = (sum(OF_ALL.values()) + sum(OF_DATA.values()) + 45.0) / BUSY
    assert 0.8 < sum(one.core for one in found.values()) / took < 1.25


@pytest.mark.parametrize("stage", ["train", "dynamics", "explain", "respond", "failures"])
def test_requests_are_generous(demo: Study, stage: str) -> None:
    """A job that is killed at its limit costs more than one that asked for too much."""
    requests = Requests(demo, Machine(), count_dataset_atoms(demo), work_of(demo).rows)
    name = {"train": "training", "explain": "relevance", "respond": "response"}.get(stage, stage)
    for variant in TOOK:
        asked = getattr(requests, f"minutes_of_{name}")(DATA, [variant], 1)
        assert 60 * asked > 3 * core_seconds(demo, stage, variant)


def test_larger_studies_are_dominated_by_dynamics(demo: Study) -> None:
    """Starts, which are half of the demo's short stages, are next to nothing there."""
    longer = demo.model_copy(
        update={
            "dynamics": demo.dynamics.model_copy(update={"duration": 150.0}),
            "training": demo.training.model_copy(update={"max_epochs": 2000}),
        }
    )
    networks = [(stage, DATA, name) for stage in OF_ALL for name in TOOK]
    found = expected(work_of(longer), networks, Machine(variants_per_job=3))
    whole = sum(one.core for one in found.values())
    assert found["dynamics"].core + found["train"].core > 0.7 * whole
    assert whole > 50 * sum(OF_ALL.values()) / BUSY
