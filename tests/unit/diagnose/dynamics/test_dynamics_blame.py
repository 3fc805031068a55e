"""Integrator or force field, luck, lifetimes, heat: verdicts on runs whose story is told."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from water_springs import Forgetful, Springs, nowhere, planned, subject_of

from nearsight.diagnose.checks.dynamics import CHECK, thresholds
from nearsight.diagnose.checks.dynamics.broken import BY_BOND, BY_FORCE, find_broken
from nearsight.diagnose.checks.dynamics.cross_check import STRIDE, by_ase, cross_check
from nearsight.diagnose.checks.dynamics.ends_in_words import (
    FORCE_FIELD,
    TIME_STEP,
    UNDECIDED,
    blamed,
    ends_in_words,
    energy_at_end,
    lifetime,
    luck,
    named,
    survival,
)
from nearsight.diagnose.checks.dynamics.findings import Outcome, findings_of
from nearsight.diagnose.checks.dynamics.heat import late_heating, rises
from nearsight.diagnose.checks.dynamics.running import numbers_of
from nearsight.diagnose.checks.dynamics.runs import Runs, make_runs
from nearsight.diagnose.finding import Verdict
from nearsight.md.rules.guards import EndKind

FLAGS = {
    "flag_values": [int(kind) for kind in EndKind],
    "flag_meanings": " ".join(kind.code for kind in EndKind),
}


def told(n: int, ended: int, again: list[EndKind], energy: float = 0.1, time: float = 1.0) -> Any:
    """Runs of which the first replicas ended, and of which some ran again, as far as it matters.

    Args:
        n: replicas, for 2 ps each.
        ended: how many of them ended, after ``time`` ps.
        again: how the first ran at half the step.
        energy: meV per atom off at the last frame before the end, of three atoms.
        time: ps.
    """
    event = np.arange(n) < ended
    total = np.zeros((n, 3))
    total[:, 1] = 3e-3 * energy
    total[event, 2] = np.nan
    table = xr.Dataset(
        {
            "halved_replica": ("halved", np.arange(len(again))),
            "halved_end_kind": ("halved", [int(kind) for kind in again], FLAGS),
        }
    )
    record = SimpleNamespace(
        event=event,
        end_time=np.where(event, 1000 * time, 2000.0),
        total_energy=total,
        atomic_number=np.array([8, 1, 1]),
    )
    return SimpleNamespace(
        record=record,
        table=table,
        plan=SimpleNamespace(duration=2.0),
        settings=SimpleNamespace(timestep=0.5),
    )


def test_an_end_that_comes_back_is_the_force_fields() -> None:
    runs = told(8, 4, [EndKind.SURVIVED, EndKind.BOND], energy=50.0)
    assert blamed(runs) == FORCE_FIELD


def test_energy_that_was_kept_until_the_end_clears_the_integrator() -> None:
    runs = told(8, 4, [EndKind.SURVIVED] * 4, energy=0.2)
    assert energy_at_end(runs) == pytest.approx(0.2)
    assert blamed(runs) == FORCE_FIELD


def test_energy_that_was_lost_and_ends_that_stay_away_are_the_time_steps() -> None:
    runs = told(8, 6, [EndKind.SURVIVED] * 4, energy=5.0)
    assert luck(runs) == pytest.approx(0.25**4)
    assert blamed(runs) == TIME_STEP


def test_a_single_rare_end_that_stays_away_may_be_luck() -> None:
    runs = told(8, 1, [EndKind.SURVIVED], energy=5.0)
    assert luck(runs) == pytest.approx(7 / 8)
    assert blamed(runs) == UNDECIDED


def test_without_an_end_nobody_is_to_blame() -> None:
    assert blamed(told(8, 0, [EndKind.SURVIVED] * 2)) == ""
    assert np.isnan(energy_at_end(told(4, 0, [])))


def test_survival_is_a_warning_only_where_the_time_step_is_to_blame() -> None:
    numbers = xr.Dataset(
        {name: ("time", [1.0, 0.5]) for name in ("survival", "survival_low", "survival_high")}
    )
    step = told(8, 6, [EndKind.SURVIVED] * 4, energy=5.0)
    field = told(8, 6, [EndKind.BOND] * 4)
    held = told(8, 0, [])
    verdicts = [survival(runs, numbers, "a bond").verdict for runs in (step, field, held)]
    assert verdicts == [Verdict.WARN, Verdict.FAIL, Verdict.PASS]
    found = survival(field, numbers, "a bond")
    assert found.threshold is thresholds.SURVIVAL
    assert "6 of 8 replicas end within 2 ps: a bond" in found.reason


def test_what_holds_for_too_short_a_time_has_not_passed() -> None:
    numbers = xr.Dataset({f"survival{end}": ("time", [1.0]) for end in ("", "_low", "_high")})
    short, ended = told(4, 0, []), told(4, 1, [EndKind.BOND])
    for runs in (short, ended):
        runs.plan.duration, runs.record.end_time = 0.2, np.full(4, 200.0)
    found = survival(short, numbers, "")
    assert found.verdict == Verdict.WARN
    assert found.reason.startswith("all 4 replicas hold for 0.2 ps, which is too short to tell")
    assert "give more time" in found.advice
    assert survival(ended, numbers, "a bond").verdict == Verdict.FAIL
    # As much over all replicas as the demo's worst network more likely breaks in than not.
    short.plan.duration, short.record.end_time = 0.22, np.full(4, 220.0)
    assert survival(short, numbers, "").verdict == Verdict.PASS


@pytest.mark.parametrize("n", [8, 16, 100])
def test_many_replicas_do_not_make_up_for_runs_before_the_first_end(n: int) -> None:
    """1.6 ps and more over all, of which none runs as long as the demo's first end takes."""
    numbers = xr.Dataset({f"survival{end}": ("time", [1.0]) for end in ("", "_low", "_high")})
    runs = told(n, 0, [])
    runs.plan.duration, runs.record.end_time = 0.2, np.full(n, 200.0)
    found = survival(runs, numbers, "")
    assert found.verdict == Verdict.WARN
    assert "too short to tell" in found.reason


def test_the_mean_life_is_all_time_over_all_ends() -> None:
    """Two of four ended after 1 ps, two ran for 2 ps: 6 ps over two ends."""
    mean, low, high = lifetime(told(4, 2, []))
    assert mean == 3
    assert low < 1.5
    assert high > 12
    fewer = lifetime(told(40, 20, []))
    assert fewer[0] == 3
    assert low < fewer[1] < 3 < fewer[2] < high


def test_ends_are_counted_by_cause_and_atoms() -> None:
    ends = SimpleNamespace(cause=np.array(["bond", "bond", "energy"]))
    broken: Any = SimpleNamespace(ends=ends, atoms=np.array([[0, 1], [0, 1], [-1, -1]]))
    words = ends_in_words(broken, told(3, 3, []))
    assert words == "a bond off its mean length (O0 and H1) 2 times, energy not conserved"
    assert named(np.array([2, -1]), np.array([8, 1, 1])) == "H2"


@pytest.fixture(scope="module")
def short() -> Runs:
    return make_runs(subject_of(Springs()), planned(60))


def with_energy_end(runs: Runs) -> Runs:
    """The same runs, had the rule on energies ended the first replica."""
    table = runs.table.copy(deep=True)
    table["event"][0] = 1
    table["end_kind"][0] = int(EndKind.ENERGY)
    table["end_atom"][0] = -1
    return replace(runs, table=table)


def test_where_no_rule_names_atoms_the_worst_force_does(short: Runs) -> None:
    """The reference pulls one hydrogen aside; without a reference the bonds have to do."""
    aside = Springs()
    whole = aside.of
    aside.of = lambda position: whole(position) + 0.5 * position[:, 2, 0] - 0.5 * position[:, 0, 0]
    runs = with_energy_end(short)
    found = find_broken(subject_of(Springs(), reference=aside), runs)
    assert found.found == [BY_FORCE]
    assert found.atoms[0, 0] in (0, 2)
    assert found.atoms[0, 1] == -1
    assert np.isnan(found.error).all()
    found = find_broken(subject_of(Springs()), runs)
    assert found.found == [BY_BOND]
    assert 0 in found.atoms[0]


def test_a_force_field_without_numbers_ends_at_the_start_and_says_so() -> None:
    subject = subject_of(Springs(nowhere))
    result = CHECK.run(subject)
    found = {finding.quantity: finding for finding in result.findings}
    assert found["survival"].verdict == Verdict.FAIL
    assert found["survival"].reason.startswith("no replica can begin: at the start of all 4")
    for name in ("half_step", "drift", "fluctuation", "late_heating", "integrators_agree"):
        assert found[name].verdict == Verdict.NOT_APPLICABLE, name
        assert found[name].reason
    assert CHECK.view(result.table).replicas
    assert len(CHECK.draw({"a": result.table})) == 2


def test_forces_that_hang_on_the_past_do_not_agree(short: Runs) -> None:
    """Asked by ASE a second time, such a calculator is another force field."""
    from water_springs import WATER

    start = replace(
        short.starts,
        position=short.starts.position[:1],
        velocity=short.starts.velocity[:1],
        frame=short.starts.frame[:1],
    )
    moved = [by_ase(start, Forgetful(), 4 * STRIDE)[0].positions for _ in "ab"]
    apart = float(np.linalg.norm(moved[0] - moved[1], axis=1).max())
    assert thresholds.AGREEMENT.judge(apart) != Verdict.PASS
    assert len(WATER) == 3


def test_a_short_run_is_compared_for_as_long_as_it_is(short: Runs) -> None:
    found = cross_check(subject_of(Springs()), short)
    assert found.time[-1] == 30
    assert found.distance < 1e-9


def test_no_replica_that_holds_long_enough_is_a_reason() -> None:
    subject = subject_of(Springs(nowhere))
    runs = make_runs(subject, planned(60))
    found = cross_check(subject, runs)
    assert found.reason == "no replica holds for 30 fs"
    finding = findings_of(Outcome(runs, numbers_of(runs), find_broken(subject, runs), found))[-2]
    assert finding.quantity == "integrators_agree"
    assert finding.reason == "no comparison with ASE: no replica holds for 30 fs"


def record(temperature: np.ndarray) -> xr.Dataset:
    """Frames every 4 fs."""
    time = 4.0 * np.arange(temperature.shape[1])
    return xr.Dataset({"temperature": (("replica", "time"), temperature)}, {"time": time})


def test_what_happens_at_the_start_is_no_heating() -> None:
    """From a minimum half of the kinetic energy goes into bonds within the first 100 fs."""
    temperature = np.full((3, 200), 250.0)
    temperature[:, :25] = 500.0
    np.testing.assert_array_equal(rises(record(temperature)), 0)


def test_heat_is_the_later_half_minus_the_earlier() -> None:
    ramp = np.tile(np.linspace(0, 1, 225), (4, 1)) * 224 + np.arange(4)[:, None]
    np.testing.assert_allclose(rises(record(ramp)), 100)
    found = late_heating(record(ramp), 0.95)
    assert float(found["late_heating"]) == pytest.approx(100)
    assert float(found["late_heating_low"]) == pytest.approx(100)


def test_a_replica_that_ended_early_has_its_own_halves_or_none() -> None:
    ramp = np.tile(np.arange(225.0), (2, 1))
    ramp[0, 125:] = np.nan
    ramp[1, 40:] = np.nan
    found = rises(record(ramp))
    assert found[0] == 50
    assert np.isnan(found[1])
