"""A real force field of others, GFN1-xTB, beside GFN2-xTB and its labels, by the four checks.

What two published methods of one kind are off from each other is what thresholds must let pass.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule
from small_network import methanol_frames, rattled_methanol

from nearsight.data.frames import write_frames
from nearsight.diagnose.check import Result
from nearsight.diagnose.checks.dimers.partners import OWN
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.given import open_models, read_given
from nearsight.diagnose.reference import open_reference
from nearsight.diagnose.registry import check
from nearsight.diagnose.subject import Subject
from nearsight.models.opening import open_model

GFN1 = "tblite.ase:TBLite"
ARGUMENTS = {"method": "GFN1-xTB", "verbosity": 0}


@cache
def subject() -> Subject:
    frames = methanol_frames()
    return Subject(
        open_model(GFN1, ARGUMENTS),
        [*rattled_methanol(6, seed=4), molecule("CH3OH")],
        open_reference("gfn2"),
        labels=frames.of_subset("test"),
        train=frames.of_subset("train"),
    )


@cache
def result_of(name: str) -> Result:
    return check(name).run(subject())


def findings(name: str) -> dict[str, Finding]:
    return {finding.quantity: finding for finding in result_of(name).findings}


def test_its_response_passes() -> None:
    found = findings("response")
    assert 0.01 < found["response_deviation"].value < 0.3
    assert found["response_deviation"].verdict == Verdict.PASS
    assert found["own_noise"].value < 0.01


def test_its_dimers_attract_each_other_at_all_distances() -> None:
    found = findings("dimers")
    assert {name.rpartition("_")[0] for name in found} == {OWN, "water", "methane"}
    for name in (OWN, "water", "methane"):
        assert found[f"{name}_reach"].verdict == Verdict.PASS
        assert "up to 15 Å and further" in found[f"{name}_reach"].reason
    assert found["methane_energy"].verdict == Verdict.PASS
    assert "single molecules alone" not in result_of("dimers").findings[0].reason


def test_a_calculator_is_taken_at_its_word_on_dimers() -> None:
    """The labels hold single molecules, but are none that it was trained on."""
    said = check("dimers").gist(result_of("dimers").findings)
    assert "has not been shown to know two molecules" not in said
    assert "of 3 dimers are within 1 kcal/mol" in said


def test_its_polar_dimers_fall_as_those_of_the_reference() -> None:
    """Two dipoles in a line: the force falls as r^-4; higher moments are not gone at 8 Å."""
    table = result_of("dimers").table.sel(dimer="water")
    far = table["separation"] > 8
    log = np.log(table["separation"].where(far, drop=True))
    for name in ("force", "reference_force"):
        force = np.log(np.abs(table[name].where(far, drop=True)))
        slope = np.polyfit(log, force, 1)[0]
        assert slope == pytest.approx(-4, abs=1.0), name


def test_its_minimum_is_a_minimum_near_the_reference_s() -> None:
    found = findings("minimum")
    assert found["relaxations"].verdict == Verdict.PASS
    assert found["lowest_mode"].verdict == Verdict.PASS
    assert found["rmsd"].value < 0.125
    assert found["bond_length"].value < 0.05
    assert 1 < found["frequencies"].value < 100
    assert result_of("minimum").table.sizes["mode"] == 3 * 6 - 6


def test_its_frames_are_laid_over_each_other() -> None:
    own, beside = result_of("minimum").frames["minimum"]
    apart = np.linalg.norm(own.positions - beside.positions, axis=1)
    rmsd = float(np.sqrt((apart**2).mean()))
    assert rmsd == pytest.approx(findings("minimum")["rmsd"].value, abs=1e-6)


def test_its_errors_hold_another_level_of_theory_and_another_zero() -> None:
    found = findings("errors")
    assert result_of("errors").verdict == Verdict.WARN
    assert "The labels are GFN2-xTB" in result_of("errors").findings[0].reason
    assert abs(found["energy_offset"].value) > 1000
    assert found["energy_mae_per_atom"].value < 100
    assert found["novelty"].verdict == Verdict.NOT_APPLICABLE


def test_both_methods_are_compared_in_one_figure() -> None:
    reference = open_reference("gfn2")
    assert reference is not None
    itself = Subject(
        reference,
        subject().structures,
        reference,
        labels=subject().labels,
        shared=subject().shared,
    )
    for name in ("response", "dimers", "minimum", "errors"):
        tables = {"GFN1-xTB": result_of(name).table, "GFN2-xTB": check(name).run(itself).table}
        assert all("2 models" in picture.alt for picture in check(name).draw(tables))


# Labels of a file.


@pytest.fixture
def energies_alone(tmp_path: Path) -> Path:
    """A data set without forces."""
    frames = methanol_frames()
    bare = replace(frames, force=np.full_like(frames.force, np.nan))
    path = tmp_path / "energies.nc"
    write_frames(bare, path, title="energies of methanol")
    return path


def test_a_file_of_energies_alone_is_labelled_too(energies_alone: Path) -> None:
    given = read_given(
        open_models([GFN1], [ARGUMENTS], ["GFN1-xTB"]),
        energies_alone,
        reference="none",
        labels=energies_alone,
        effort="quick",
    )
    assert given.common.labels is not None
    assert len(given.common.labels) == 12
    ((_, one),) = given.subjects
    result = check("errors").run(one)
    assert {f.quantity for f in result.findings} >= {"energy_mae_per_atom", "energy_offset"}
    assert not any("force" in f.quantity for f in result.findings)
