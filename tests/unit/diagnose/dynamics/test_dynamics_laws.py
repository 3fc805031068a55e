"""Force fields whose dynamics is known: springs conserve, a twist heats, a hole ends replicas."""

import numpy as np
import pytest
from water_springs import Springs, planned, subject_of, twist, with_hole

from nearsight.diagnose.check import Result
from nearsight.diagnose.checks.dynamics.broken import BY_RULE, find_broken, frames_of
from nearsight.diagnose.checks.dynamics.cross_check import cross_check
from nearsight.diagnose.checks.dynamics.findings import Outcome, findings_of, gist
from nearsight.diagnose.checks.dynamics.running import numbers_of
from nearsight.diagnose.checks.dynamics.runs import Runs, make_runs
from nearsight.diagnose.checks.dynamics.table import table_of
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.subject import Subject


def made(subject: Subject, steps: int) -> tuple[Runs, Result]:
    """The check as its code makes it, over as many steps as are told."""
    runs = make_runs(subject, planned(steps))
    numbers, broken = numbers_of(runs), find_broken(subject, runs)
    crossed = cross_check(subject, runs)
    return runs, Result(
        findings_of(Outcome(runs, numbers, broken, crossed)),
        table_of(runs, numbers, broken, crossed),
        {"ends": frames_of(broken, runs, subject.model.label)},
    )


def by_name(result: Result) -> dict[str, Finding]:
    return {finding.quantity: finding for finding in result.findings}


@pytest.fixture(scope="module")
def sound() -> Result:
    return made(subject_of(Springs()), 500)[1]


@pytest.fixture(scope="module")
def fallen() -> tuple[Runs, Result]:
    return made(subject_of(Springs(with_hole), reference=Springs()), 400)


def test_springs_pass(sound: Result) -> None:
    found = by_name(sound)
    assert sound.verdict == Verdict.PASS
    assert found["survival"].value == 1
    assert found["half_step"].verdict == Verdict.NOT_APPLICABLE
    assert "all 4 replicas hold for 0.25 ps" in found["survival"].reason
    assert not sound.frames["ends"]


def test_springs_conserve_and_fluctuate_with_the_square_of_the_step(sound: Result) -> None:
    found = by_name(sound)
    assert found["fluctuation_exponent"].value == pytest.approx(2, abs=0.1)
    assert abs(found["drift"].low) < found["drift"].threshold.fail  # type: ignore[union-attr]
    assert found["fluctuation"].value < 5


def test_another_program_agrees_to_rounding(sound: Result) -> None:
    found = by_name(sound)["integrators_agree"]
    assert found.value < 1e-9
    energy = sound.table["cross_energy"], sound.table["cross_energy_ase"]
    np.testing.assert_allclose(*energy, atol=1e-7)
    assert float(sound.table["cross_time"][-1]) == 50
    assert np.abs(energy[0]).max() > 0


def test_forces_without_an_energy_heat() -> None:
    """The work that a twist does on a molecule that turns has no end."""
    subject = subject_of(Springs(push=twist))
    found = by_name(made(subject, 600)[1])
    assert Verdict.FAIL in {found["drift"].verdict, found["survival"].verdict}
    assert found["drift"].value > 10 or "energy not conserved" in found["survival"].reason


def test_a_hole_ends_replicas(fallen: tuple[Runs, Result]) -> None:
    runs, result = fallen
    found = by_name(result)
    assert result.verdict == found["survival"].verdict == Verdict.FAIL
    assert runs.record.event.all()
    assert "4 of 4 replicas end within 0.2 ps" in found["survival"].reason
    assert "H1" in found["survival"].reason
    assert found["half_step"].value == 0
    assert "2 end again: the force field is to blame" in found["half_step"].reason
    assert gist(result.findings).startswith("4 of 4 replicas end")


def test_both_frames_of_every_end(fallen: tuple[Runs, Result]) -> None:
    runs, result = fallen
    frames = result.frames["ends"]
    names = [atoms.info["frame"] for atoms in frames]
    assert names == ["last_good", "first_bad"] * 4
    for good, bad in zip(frames[::2], frames[1::2], strict=True):
        replica = bad.info["replica"]
        assert good.info["step"] < bad.info["step"] == runs.record.ends.step[replica]
        assert bad.info["rule"] in {"bond", "topology", "close_contact", "energy"}
        assert bad.info["time_fs"] == 0.5 * bad.info["step"]
        assert bad.info["model"] == "with_hole"
        guilty = np.flatnonzero(bad.arrays["guilty"])
        assert " ".join(map(str, guilty)) == bad.info["atoms"]
        np.testing.assert_array_equal(bad.positions, runs.record.ends.position[replica])
        strain = [np.abs(a.get_all_distances() - good_rest()).max() for a in (good, bad)]
        assert strain[0] < strain[1]


def good_rest() -> np.ndarray:
    from water_springs import REST

    return np.asarray(REST)


def test_the_table_holds_what_the_page_plays(fallen: tuple[Runs, Result]) -> None:
    runs, result = fallen
    table = result.table
    assert table["trajectory"].dtype == np.float32
    assert table["trajectory"].dims == ("replica", "moment", "atom", "xyz")
    for k in range(table.sizes["replica"]):
        time = table["trajectory_time"].to_numpy()[k]
        known = np.isfinite(time)
        assert (np.diff(time[known]) > 0).all()
        assert time[0] == 0
        assert time[known][-1] == float(table["end_time"][k]) == runs.record.end_time[k] / 1000
        last = table["trajectory"].to_numpy()[k][known][-1]
        np.testing.assert_allclose(last, runs.record.ends.position[k], atol=1e-6)
        assert np.isnan(table["trajectory"].to_numpy()[k][~known]).all()
        assert (table["guilty_atom"].to_numpy()[k] >= 0).all()
        assert table["guilty_by"].to_numpy()[k] == BY_RULE
        assert table["end_cause"].to_numpy()[k] in result.frames["ends"][2 * k].info["rule"]


def test_the_pair_is_driven_apart_beside_the_reference(fallen: tuple[Runs, Result]) -> None:
    """Where its springs have given way the reference still pulls."""
    table = fallen[1].table
    assert (table["guilty_force_error"].to_numpy() > 0).all()
    assert np.isfinite(table["guilty_push"].to_numpy()).all()
    assert (table["good_time"].to_numpy() < table["end_time"].to_numpy()).all()


def test_every_variable_has_a_unit_and_a_name(sound: Result) -> None:
    for name, values in sound.table.variables.items():
        assert {"units", "long_name"} <= set(values.attrs), name
