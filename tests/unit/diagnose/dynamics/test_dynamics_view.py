"""What the page plays: every replica up to the frame at which it broke."""

import numpy as np
import pytest
import xarray as xr
from water_springs import Springs, planned, subject_of, with_hole

from nearsight.diagnose.checks.dynamics.broken import find_broken
from nearsight.diagnose.checks.dynamics.cross_check import nothing
from nearsight.diagnose.checks.dynamics.running import numbers_of
from nearsight.diagnose.checks.dynamics.runs import Runs, make_runs
from nearsight.diagnose.checks.dynamics.table import MOST_TIMES, table_of
from nearsight.diagnose.checks.dynamics.view import end_in_words, view
from nearsight.page.replica import MOST_FRAMES


def table_and_runs(model: Springs, steps: int) -> tuple[xr.Dataset, Runs]:
    subject = subject_of(model)
    runs = make_runs(subject, planned(steps, halved=1))
    return table_of(runs, numbers_of(runs), find_broken(subject, runs), nothing("no time")), runs


@pytest.fixture(scope="module")
def fallen() -> tuple[xr.Dataset, Runs]:
    return table_and_runs(Springs(with_hole), 200)


@pytest.fixture(scope="module")
def held() -> tuple[xr.Dataset, Runs]:
    return table_and_runs(Springs(), 700)


def test_those_that_ended_come_first_the_earliest_before(fallen: tuple[xr.Dataset, Runs]) -> None:
    table, runs = fallen
    replicas = view(table).replicas
    assert len(replicas) == 4
    last = [replica.time[-1] for replica in replicas]
    np.testing.assert_allclose(last, np.sort(runs.record.end_time) / 1000)
    for replica in replicas:
        k = int(replica.title.removeprefix("replica "))
        np.testing.assert_allclose(replica.position[-1], runs.record.ends.position[k], atol=1e-6)
        assert replica.guilty == tuple(runs.record.ends.atom[k])
        assert f"after {replica.time[-1]:.3g} ps" in replica.end
        assert "(O0 and H" in replica.end or "(H1 and H2)" in replica.end


def test_a_replica_that_holds_is_thinned_and_says_so(held: tuple[xr.Dataset, Runs]) -> None:
    table, runs = held
    assert int(runs.record.n_frames[0]) > MOST_FRAMES
    for replica in view(table).replicas:
        assert MOST_FRAMES <= len(replica.time) <= MOST_FRAMES + 1
        assert replica.is_thinned
        assert replica.end == "holds for 0.35 ps"
        assert replica.guilty == ()
        assert replica.time[0] == 0
        assert replica.time[-1] == pytest.approx(0.35)
        assert np.isfinite(replica.position).all()


def test_frames_are_those_of_their_time(held: tuple[xr.Dataset, Runs]) -> None:
    table, runs = held
    time = runs.record.time / 1000
    for replica in view(table).replicas:
        k = int(replica.title.removeprefix("replica "))
        for moment, position in zip(replica.time[:-1], replica.position[:-1], strict=True):
            frame = int(np.abs(time - moment).argmin())
            np.testing.assert_array_equal(position, runs.record.position[k, frame])


def test_curves_have_no_more_points_than_are_seen(held: tuple[xr.Dataset, Runs]) -> None:
    table, runs = held
    assert table.sizes["frame_time"] == min(len(runs.record.time), MOST_TIMES)
    assert table["energy_change"].dims == ("replica", "frame_time")
    assert (table["energy_change"][:, 0] == 0).all()
    assert (table["frame_temperature"][:, 0] == pytest.approx(500)).all()
    assert table["halved_energy_change"].sizes == {"halved": 1, "frame_time": len(table.frame_time)}


def test_no_comparison_with_ase_leaves_its_reason(held: tuple[xr.Dataset, Runs]) -> None:
    table = held[0]
    assert table["cross_reason"].item() == "no time"
    assert np.isnan(table["cross_distance"])
    assert table.sizes["cross_time"] == 0


def test_an_end_without_atoms_is_told_without() -> None:
    own = xr.Dataset(
        {
            "end_cause": "energy",
            "end_time": 0.5,
            "replica_ended": 1,
            "guilty_atom": ("two", [-1, -1]),
            "atomic_number": ("atom", [8, 1, 1]),
        }
    )
    assert end_in_words(own) == "energy not conserved after 0.5 ps"
    own["guilty_atom"] = ("two", [2, -1])
    assert end_in_words(own) == "energy not conserved (H2) after 0.5 ps"
    own["end_cause"] = "of tomorrow"
    assert end_in_words(own).startswith("of tomorrow")


def test_without_dynamics_nothing_is_played() -> None:
    assert view(xr.Dataset()).replicas == ()
