"""The first four checks as a whole: on files, on ASE's calculators, on a trained network."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import ase.io
import numpy as np
import pytest
import xarray as xr
from ase import Atoms
from ase.build import molecule
from broken import dead, sound, subject_of
from small_network import methanol_network, rattled_methanol

from nearsight.diagnose.check import Check, Result
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.reference import EmbeddedReference
from nearsight.diagnose.registry import CHECKS, check
from nearsight.diagnose.subject import Subject
from nearsight.models.open_model import OpenModel
from nearsight.models.opening import open_model
from nearsight.storage import read_groups, write_groups

FIRST = ("symmetry", "cutoff", "locality", "repulsion")


@cache
def diagnosed() -> Mapping[str, Result]:
    """All four of a trained network beside GFN2-xTB."""
    subject = Subject(
        model=methanol_network(),
        structures=rattled_methanol(2, seed=5),
        reference=EmbeddedReference(),
        effort="quick",
    )
    return {name: check(name).run(subject) for name in FIRST}


def by_quantity(name: str) -> dict[str, Finding]:
    return {finding.quantity: finding for finding in diagnosed()[name].findings}


def test_they_stand_in_the_registry_in_their_order() -> None:
    assert [name for name in CHECKS if name in FIRST] == list(FIRST)
    for name in FIRST:
        found = check(name)
        assert isinstance(found, Check)
        assert found.name == name
        assert found.question.endswith("?")


@pytest.mark.parametrize("name", FIRST)
def test_every_variable_has_a_unit_and_a_name(name: str) -> None:
    table = diagnosed()[name].table
    assert table.data_vars
    for variable in table.variables.values():
        assert "units" in variable.attrs
        assert variable.attrs["long_name"]


@pytest.mark.parametrize("name", FIRST)
def test_every_finding_tells_number_reason_and_source(name: str) -> None:
    findings = diagnosed()[name].findings
    names = [finding.quantity for finding in findings]
    assert len(set(names)) == len(names)
    for finding in findings:
        assert finding.reason
        assert finding.text
        assert not finding.reason.endswith(".")
        if finding.threshold is not None:
            assert len(finding.threshold.source) > 20
        if finding.verdict in (Verdict.WARN, Verdict.FAIL):
            assert finding.advice


@pytest.mark.parametrize("name", FIRST)
def test_figures_are_made_from_files_alone(name: str, tmp_path: Path) -> None:
    path = tmp_path / "tables.nc"
    table = diagnosed()[name].table
    write_groups(
        {"/": xr.Dataset(attrs={"status": "ok", "reason": ""}), "/model_0": table}, path,
        title="test", inputs={}, settings={},
    )  # fmt: skip
    back = read_groups(path)["/model_0"]
    own, again = (check(name).draw({"network": each}) for each in (table, back))
    assert [picture.name for picture in own] == [picture.name for picture in again]
    assert own
    for one, other in zip(own, again, strict=True):
        assert one.caption == other.caption
        assert one.alt == other.alt
        first, second = tmp_path / "one.png", tmp_path / "other.png"
        one.figure.savefig(first, dpi=60)
        other.figure.savefig(second, dpi=60)
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("name", FIRST[:3])
def test_two_runs_agree(name: str) -> None:
    """Repulsion draws nothing at random."""
    subject = Subject(
        model=methanol_network(), structures=rattled_methanol(2, seed=5), effort="quick"
    )
    again = check(name).run(subject)
    of = {finding.quantity: finding.value for finding in again.findings}
    for quantity, finding in by_quantity(name).items():
        np.testing.assert_equal(of[quantity], finding.value)


@pytest.mark.parametrize("name", FIRST)
def test_captions_and_alts_are_sentences(name: str) -> None:
    for picture in check(name).draw({"network": diagnosed()[name].table}):
        assert picture.caption[0].isupper()
        assert picture.caption.endswith(".")
        assert picture.alt.endswith(".")
        assert "network" in picture.alt


@pytest.mark.parametrize("name", FIRST)
def test_the_answer_is_a_sentence(name: str) -> None:
    said = check(name).gist(diagnosed()[name].findings)
    assert said[0].isupper()
    assert said.endswith((".", ")"))
    assert "nan" not in said


def test_a_trained_network_keeps_its_laws() -> None:
    assert diagnosed()["symmetry"].verdict == Verdict.PASS
    of = by_quantity("locality")
    assert of["excess"].verdict == of["far_probe"].verdict == Verdict.PASS
    assert "GFN2-xTB" in of["reach"].reason
    assert "3.5 Å × 2 = 7 Å" in of["reach"].reason
    jumps = by_quantity("cutoff")
    assert jumps["energy_jump"].verdict == jumps["slope_jump"].verdict == Verdict.PASS


def test_a_network_of_sixty_frames_is_soft() -> None:
    """It has seen no two atoms closer than in methanol at rest."""
    of = by_quantity("repulsion")
    assert diagnosed()["repulsion"].verdict in (Verdict.WARN, Verdict.FAIL)
    assert "GFN2-xTB has risen by" in of["wall"].reason
    table = diagnosed()["repulsion"].table
    pairs = set(table["pair"].to_numpy().astype(str))
    assert pairs == {"C-C", "C-H", "C-O", "H-H", "H-O", "O-O"}
    # Methanol holds one carbon and one oxygen atom: there is nothing to press.
    assert np.isnan(table["pressed"].sel(pair="C-C")).all()
    assert np.isfinite(table["pressed"].sel(pair="C-O", distance=slice(None, 1.3))).all()


def test_the_reference_rises_while_it_is_known() -> None:
    table = diagnosed()["repulsion"].table
    for pair in ("C-O", "C-H", "H-O"):
        curve = table["reference_pressed"].sel(pair=pair).dropna("distance")
        assert len(curve) > 2
        assert (curve.diff("distance") < 0).all()
    assert np.isnan(table["reference_pressed"].sel(pair="C-O", distance=0.5))


def test_frames_are_written_as_extended_xyz(tmp_path: Path) -> None:
    frames = diagnosed()["repulsion"].frames.get("holes", ())
    assert bool(frames) == (by_quantity("repulsion")["hole"].value > 0)
    if not frames:
        return
    ase.io.write(tmp_path / "holes.xyz", list(frames), format="extxyz")
    back = ase.io.read(tmp_path / "holes.xyz", index=":")
    assert len(back) == len(frames)
    assert all("bottom of a hole" in atoms.info["what"] for atoms in back)


ARGON = Atoms("Ar4", [[0.0, 0, 0], [3.7, 0, 0], [0.2, 3.9, 0], [1.9, 1.8, 3.4]])
WIDE = {"sigma": 3.4, "epsilon": 0.0104}


def lennard_jones(**options: object) -> OpenModel:
    return open_model("ase.calculators.lj:LennardJones", {**WIDE, **options})


def findings_of(name: str, model: OpenModel, *structures: Atoms) -> dict[str, Finding]:
    found = check(name).run(subject_of(model, *structures))
    return {finding.quantity: finding for finding in found.findings}


def slope_at(r: float) -> float:
    """eV/Å: derivative of the pair energy of Lennard-Jones."""
    x = (WIDE["sigma"] / r) ** 6
    return 4 * WIDE["epsilon"] * (6 * x - 12 * x**2) / r


def test_lennard_jones_keeps_every_law() -> None:
    of = findings_of("symmetry", lennard_jones(rc=40.0), ARGON)
    assert {finding.verdict for finding in of.values()} == {Verdict.PASS}
    assert of["gradient"].value < 1e-3


def test_the_cutoff_of_lennard_jones_is_found_where_it_is() -> None:
    """ASE shifts the energy to zero there and leaves the force: a jump of the slope alone."""
    of = findings_of("cutoff", lennard_jones(rc=6.0), ARGON)
    assert of["energy_jump"].value == pytest.approx(0.0, abs=1e-3)
    jump = of["slope_jump"]
    # Along the way of the probe no more than one atom passes at once, at an angle or head-on.
    assert 0.4 < jump.value / (1e3 * slope_at(6.0)) <= 1.001
    assert jump.verdict == Verdict.WARN


def test_a_smooth_lennard_jones_has_no_such_jump() -> None:
    of = findings_of("cutoff", lennard_jones(rc=8.0, ro=6.0, smooth=True), ARGON)
    assert of["slope_jump"].verdict == of["energy_jump"].verdict == Verdict.PASS
    assert "double precision" in of["force_noise"].reason


def test_lennard_jones_adds_up_and_rises() -> None:
    far = findings_of("locality", lennard_jones(rc=12.0), ARGON)
    assert far["excess"].verdict == far["far_probe"].verdict == Verdict.PASS
    close = findings_of("repulsion", lennard_jones(rc=12.0), ARGON)
    assert close["hole"].value == close["lone_hole"].value == 0.0
    assert "--reference" in close["wall"].reason


def test_metals_of_emt_are_diagnosed_too() -> None:
    copper = Atoms("Cu4", [[0, 0, 0], [2.5, 0, 0], [1.25, 2.2, 0], [1.25, 0.7, 2.1]])
    emt = open_model("ase.calculators.emt:EMT")
    for name in FIRST:
        result = check(name).run(subject_of(emt, copper))
        assert result.findings
        assert not any("Traceback" in finding.reason for finding in result.findings)
    assert {f.verdict for f in findings_of("symmetry", emt, copper).values()} == {Verdict.PASS}


def test_an_element_that_a_calculator_does_not_know_is_a_reason() -> None:
    emt = open_model("ase.calculators.emt:EMT")
    xenon = Atoms("Xe3", [[0, 0, 0], [4.0, 0, 0], [0, 4.0, 0]])
    for name, quantity in (("symmetry", "gradient"), ("cutoff", "energy_jump")):
        said = findings_of(name, emt, xenon)[quantity].reason
        assert "EMT" in said
        assert "\n" not in said


@pytest.mark.parametrize("name", FIRST)
def test_one_atom_is_no_traceback(name: str) -> None:
    result = check(name).run(subject_of(sound(), Atoms("H", [[0.0, 0, 0]])))
    assert check(name).gist(result.findings)
    check(name).draw({"one atom": result.table})


@pytest.mark.parametrize("name", FIRST)
def test_structures_of_several_formulas(name: str) -> None:
    result = check(name).run(
        subject_of(sound(), molecule("H2O"), molecule("CH3OH"), molecule("NH3"), effort="default")
    )
    assert all(np.isfinite(f.value) for f in result.findings if f.verdict == Verdict.PASS)


@pytest.mark.parametrize("name", FIRST)
def test_a_dead_model_beside_a_live_one_is_drawn(name: str) -> None:
    tables = {
        "dead": check(name).run(subject_of(dead())).table,
        "live": check(name).run(subject_of(sound())).table,
    }
    for picture in check(name).draw(tables):
        assert picture.figure.axes
