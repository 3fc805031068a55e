"""The check as a whole: killed and begun again, of calculators, of models that fail, of several."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from ase import Atoms
from ase.build import molecule
from water_springs import Springs, nowhere, planned, subject_of, twist, waters, with_hole

from nearsight.diagnose.check import Result
from nearsight.diagnose.checks.dynamics import CHECK
from nearsight.diagnose.checks.dynamics import running as room
from nearsight.diagnose.checks.dynamics import runs as running
from nearsight.diagnose.checks.dynamics.runs import make_runs
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.finished import packed, unpacked
from nearsight.diagnose.subject import Subject
from nearsight.errors import ModelError
from nearsight.models.force_field import Potential
from nearsight.models.opening import open_model
from nearsight.storage import read_dataset, write_dataset

EMT = "ase.calculators.emt:EMT"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of 60 fs, with a segment at every step."""
    monkeypatch.setattr(room, "make_runs", lambda subject: make_runs(subject, planned(120)))
    monkeypatch.setattr(running, "INTERVAL", 0.0)


def by_name(result: Result) -> dict[str, Finding]:
    return {finding.quantity: finding for finding in result.findings}


def same(one: Result, other: Result) -> None:
    assert [repr(finding) for finding in one.findings] == [repr(f) for f in other.findings]
    xr.testing.assert_identical(one.table, other.table)
    assert set(one.frames) == set(other.frames)
    for name, frames in one.frames.items():
        for left, right in zip(frames, other.frames[name], strict=True):
            np.testing.assert_array_equal(left.positions, right.positions)
            assert left.info == right.info


@pytest.mark.parametrize("stop_after", [1, 20, 60])
def test_killed_and_gone_on_equals_uninterrupted(tmp_path: Path, stop_after: int) -> None:
    whole = CHECK.run(subject_of(Springs(with_hole)))
    killed = Springs(with_hole)
    killed.stop_after = stop_after
    with pytest.raises(KeyboardInterrupt):
        CHECK.run(subject_of(killed, scratch=tmp_path))
    same(whole, CHECK.run(subject_of(Springs(with_hole), scratch=tmp_path)))


def test_killed_while_ase_integrates(tmp_path: Path) -> None:
    """Both runs are done by then, and are not done again."""
    counted = Springs()
    whole = CHECK.run(subject_of(counted))
    killed = Springs()
    killed.stop_after = counted.calls - 20
    with pytest.raises(KeyboardInterrupt):
        CHECK.run(subject_of(killed, scratch=tmp_path))
    again = Springs()
    same(whole, CHECK.run(subject_of(again, scratch=tmp_path)))
    assert again.calls < counted.calls / 2


def test_a_finished_check_made_again_is_the_same(tmp_path: Path) -> None:
    first = CHECK.run(subject_of(Springs(), scratch=tmp_path))
    same(first, CHECK.run(subject_of(Springs(), scratch=tmp_path)))


def test_a_result_survives_the_folder_of_finished_checks(tmp_path: Path) -> None:
    """As a diagnosis keeps it, with what the page needs."""
    result = CHECK.run(subject_of(Springs(with_hole)))
    write_dataset(packed(result, 1.0), tmp_path / "check.nc", title="a check")
    again = unpacked(read_dataset(tmp_path / "check.nc"))
    assert [f.reason for f in again.findings] == [f.reason for f in result.findings]
    replicas = CHECK.view(result.table).replicas
    shown = CHECK.view(again.table).replicas
    assert [replica.end for replica in shown] == [replica.end for replica in replicas]
    assert [replica.guilty for replica in shown] == [replica.guilty for replica in replicas]
    for one, other in zip(replicas, shown, strict=True):
        np.testing.assert_array_equal(one.position, other.position)
    assert len(CHECK.draw({"a": again.table})) == 2
    assert len(again.frames["ends"]) == len(result.frames["ends"])


def test_a_calculator_by_its_name() -> None:
    """EMT knows a molecule or two."""
    water = molecule("H2O")
    subject = Subject(model=open_model(EMT, {}), structures=[water], effort="quick")
    result = CHECK.run(subject)
    found = by_name(result)
    assert result.table.attrs["precision"] == "its own"
    assert found["integrators_agree"].verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE)
    assert found["length"].reason.startswith("4 replicas of 0.06 ps")


def test_a_calculator_that_fails_is_an_end_and_no_traceback() -> None:
    """EMT knows no silicon."""
    silane = molecule("SiH4")
    subject = Subject(model=open_model(EMT, {}), structures=[silane], effort="quick")
    found = by_name(CHECK.run(subject))
    assert found["survival"].verdict == Verdict.FAIL
    assert "no replica can begin" in found["survival"].reason
    assert CHECK.gist(list(found.values())).startswith("No replica can begin")


def test_a_model_that_does_not_know_an_element_is_its_own_error() -> None:
    """The diagnosis tells of it as of a check that could not be made."""

    class Picky(Springs):
        def potential(self, atomic_number: np.ndarray, **_: Any) -> Potential:
            raise ModelError("element 8 was not in its training data")

    with pytest.raises(ModelError, match="element 8"):
        CHECK.run(subject_of(Picky()))


def test_several_structures_and_one_differ_only_in_where_they_begin() -> None:
    several = CHECK.run(subject_of(Springs(), count=4))
    one = CHECK.run(subject_of(Springs(), count=1))
    assert set(several.table.variables) == set(one.table.variables)
    frames = several.table["replica_start_frame"].to_numpy()
    assert sorted(frames) == [0, 1, 2, 3]
    assert set(one.table["replica_start_frame"].to_numpy()) == {0}


def test_a_seed_decides_all() -> None:
    first, again, other = (
        CHECK.run(subject_of(Springs(), count=2, seed=seed)).table for seed in (1, 1, 2)
    )
    xr.testing.assert_identical(first, again)
    assert not first["energy_change"].equals(other["energy_change"])


def test_verdicts_of_the_three_force_fields_that_are_known() -> None:
    sound, *faulty = (
        CHECK.run(subject_of(model)) for model in (Springs(), Springs(with_hole), Springs(nowhere))
    )
    assert [result.verdict for result in faulty] == [Verdict.FAIL, Verdict.FAIL]
    # Of the springs nothing is wrong but that runs of a test are too short to tell.
    bad = [one for one in sound.findings if one.verdict in (Verdict.WARN, Verdict.FAIL)]
    assert [one.quantity for one in bad] == ["survival"]
    assert "too short to tell" in bad[0].reason


def test_a_twist_is_seen_by_the_energy_alone() -> None:
    """The total energy grows with every turn; springs beside it keep theirs."""
    twisted, sound = (CHECK.run(subject_of(Springs(push=p))).table for p in (twist, None))
    grown = np.abs(twisted["energy_change"].to_numpy()[:, -1])
    kept = np.abs(sound["energy_change"].to_numpy()[:, -1])
    known = np.isfinite(grown)
    assert (grown[known] > 5 * kept[known]).all()


def test_the_molecule_is_left_as_it_was() -> None:
    structures = waters(2)
    before = [atoms.positions.copy() for atoms in structures]
    CHECK.run(Subject(model=Springs(), structures=structures, effort="quick"))
    for atoms, position in zip(structures, before, strict=True):
        np.testing.assert_array_equal(atoms.positions, position)
        assert isinstance(atoms, Atoms)
        assert atoms.calc is None
