"""From what was measured to findings and to the figure, on numbers that are written down."""

import math

import numpy as np
import pytest
import xarray as xr
from broken import ethanol, sound, subject_of, with_energy

from nearsight.diagnose.checks.symmetry import CHECK
from nearsight.diagnose.checks.symmetry.figure import FLOOR, ROWS, draw, values_of
from nearsight.diagnose.checks.symmetry.findings import ADVICE, findings_of
from nearsight.diagnose.checks.symmetry.measure import measure
from nearsight.diagnose.checks.symmetry.motions import KINDS, WORDS
from nearsight.diagnose.checks.symmetry.thresholds import ENERGY, FORCE
from nearsight.diagnose.finding import Finding, Verdict

BOTH = ("float32", "float64")


def table(
    precisions: tuple[str, ...] = ("own",),
    *,
    error: float = 0.0,
    allowed: float = 0.1,
    force: float = 0.0,
    energy: float = 0.0,
    net: float = 0.0,
    motion: str = "rotation",
) -> xr.Dataset:
    """What two structures of three atoms would give, one number out of order in the second."""
    n = len(precisions)
    errors = np.full((n, 6), 0.01)
    errors[:, 4] = error
    changes = np.zeros((2, n, 2, len(KINDS)))
    changes[0, :, 1, KINDS.index(motion)] = force
    changes[1, :, 1, KINDS.index(motion)] = energy
    nets = np.zeros((n, 2))
    nets[:, 1] = net
    along = ("precision", "structure")
    return xr.Dataset(
        {
            "slope_error": (("precision", "atom"), errors),
            "slope_allowed": (("precision", "atom"), np.full((n, 6), allowed)),
            "force_change": ((*along, "motion"), changes[0]),
            "energy_change": ((*along, "motion"), changes[1]),
            "net_force": (along, nets),
            "net_torque": (along, nets / 2),
        },
        coords={"precision": list(precisions), "motion": list(KINDS)},
    )


def by_quantity(of: xr.Dataset) -> dict[str, Finding]:
    return {finding.quantity: finding for finding in findings_of(of)}


def test_every_kind_of_motion_has_words_and_advice() -> None:
    assert set(WORDS) == set(KINDS)
    assert set(KINDS) < set(ADVICE)
    assert {"gradient", "net_force", "net_torque", "energy"} < set(ADVICE)
    assert [name for name, _ in ROWS] == ["gradient", *KINDS, "net_force", "net_torque"]


def test_a_model_of_one_precision_has_plain_names() -> None:
    found = by_quantity(table())
    assert set(found) == {"gradient", *KINDS, "net_force", "net_torque", "energy"}
    assert not any("float" in finding.reason for finding in found.values())


def test_a_model_of_two_has_both_and_says_which() -> None:
    found = by_quantity(table(BOTH))
    assert len(found) == 2 * (len(KINDS) + 4)
    assert "in float32" in found["rotation_float32"].reason
    assert "in float64" in found["rotation_float64"].reason
    assert next(iter(found)).endswith("float32")


@pytest.mark.parametrize(
    ("error", "verdict"),
    [(1.0, Verdict.PASS), (1.2, Verdict.WARN), (10.0, Verdict.WARN), (10.2, Verdict.FAIL)],
)
def test_noise_is_taken_off_a_gradient_that_is_off(error: float, verdict: Verdict) -> None:
    found = by_quantity(table(error=error))["gradient"]
    assert found.value == pytest.approx(error - 0.1)
    assert found.verdict == verdict
    assert f"{error:.2g} meV/Å" in found.reason
    assert "0.1 meV/Å of it" in found.reason


def test_the_sign_of_an_error_does_not_matter() -> None:
    up, down = (by_quantity(table(error=e))["gradient"].value for e in (5.0, -5.0))
    assert up == down == pytest.approx(4.9)


def test_a_gradient_within_its_noise_passes() -> None:
    found = by_quantity(table(error=3.0, allowed=4.0))["gradient"]
    assert found.value == 0
    assert found.verdict == Verdict.PASS
    assert not found.advice


@pytest.mark.parametrize("motion", KINDS)
def test_each_motion_is_told_as_itself(motion: str) -> None:
    found = by_quantity(table(force=20.0, energy=30.0, motion=motion))
    assert found[motion].verdict == Verdict.FAIL
    assert found[motion].advice == ADVICE[motion]
    assert WORDS[motion] in found[motion].reason
    others = {name for name, f in found.items() if f.verdict == Verdict.FAIL}
    assert others == {motion, "energy"}
    assert f"({WORDS[motion]})" in found["energy"].reason
    assert found["energy"].value == 30.0


def test_the_worst_structure_counts() -> None:
    found = by_quantity(table(net=5.0))
    assert found["net_force"].value == 5.0
    assert found["net_torque"].value == 2.5
    assert found["net_force"].verdict == Verdict.WARN


@pytest.mark.parametrize("name", ["force_change", "energy_change", "slope_error", "net_force"])
def test_what_is_unknown_fails_and_says_why(name: str) -> None:
    of = table()
    of[name][...] = math.nan
    found = [f for f in findings_of(of, ": it was tired") if f.verdict == Verdict.FAIL]
    assert found
    for finding in found:
        assert math.isnan(finding.value)
        assert finding.reason.endswith("where it was asked: it was tired")


def test_a_reason_is_not_added_where_all_is_known() -> None:
    assert not any("tired" in f.reason for f in findings_of(table(), ": it was tired"))


def test_thresholds_have_sources_and_an_order() -> None:
    for limit in (FORCE, ENERGY):
        assert 0 < limit.warn < limit.fail
        assert limit.smaller_is_better
    assert "choice" in FORCE.source
    assert "ml-peg" in ENERGY.source


def test_the_answer_tells_a_fault_of_both_precisions_once() -> None:
    said = CHECK.gist(findings_of(table(BOTH, force=20.0)))
    assert said.lower().count("rotated in") == 1
    assert "float32" in said


def test_the_answer_tells_a_fault_of_double_precision_alone() -> None:
    of = table(BOTH)
    of["force_change"][1, 0, 0] = 50.0
    said = CHECK.gist(findings_of(of))
    assert "float64" in said
    assert "50 meV/Å" in said


def test_the_answer_of_a_sound_model_has_its_numbers() -> None:
    said = CHECK.gist(findings_of(table(force=0.3)))
    assert "0.3 meV/Å" in said
    assert said.startswith("Forces are minus the gradient")


def test_rows_of_the_figure_are_in_their_order() -> None:
    row = values_of(table(error=7.0, force=3.0, net=2.0).isel(precision=0))
    assert row[0] == 7.0
    assert row[1 + KINDS.index("rotation")] == 3.0
    assert tuple(row[-2:]) == (2.0, 1.0)


def test_what_is_too_small_stands_at_the_edge() -> None:
    (picture,) = draw({"still": table()})
    drawn = picture.figure.axes[0].lines[0].get_xdata()
    assert min(drawn) == FLOOR
    assert f"{FLOOR:g}" in picture.caption
    assert picture.figure.axes[0].get_xscale() == "log"


def test_models_of_a_comparison_do_not_hide_each_other() -> None:
    (picture,) = draw({"one": table(), "two": table(), "three": table()})
    heights = [line.get_ydata()[0] for line in picture.figure.axes[0].lines[:3]]
    assert len(set(heights)) == 3
    assert max(np.abs(heights)) < 0.5


def test_no_table_no_figure() -> None:
    assert draw({"nothing": xr.Dataset()}) == ()


def test_a_net_torque_is_told_as_a_force() -> None:
    """A couple of 10 meV/Å at two atoms 2 Å apart, of a square with radius of gyration 1 Å."""
    from ase import Atoms

    square = Atoms("HCNO", [[1.0, 0, 0], [-1.0, 0, 0], [0, 1.0, 0], [0, -1.0, 0]])

    def twist(r: object) -> object:
        return 0.01 * (r[..., 0, 1] - r[..., 1, 1])  # type: ignore[index]

    measured = measure(subject_of(with_energy(twist)), square, "own", np.random.default_rng(0))
    assert measured.net_torque == pytest.approx(20.0)
    assert measured.net_force == pytest.approx(0.0, abs=1e-9)


def test_directions_and_motions_are_by_the_seed() -> None:
    first, again, other = (
        CHECK.run(subject_of(sound(), ethanol(), seed=seed)).table["slope_error"].to_numpy()
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize(("effort", "count"), [("quick", 1), ("default", 1), ("full", 3)])
def test_how_many_structures_a_calculator_is_tried_on(effort: str, count: int) -> None:
    structures = [ethanol(k) for k in range(4)]
    result = CHECK.run(subject_of(sound(), *structures, effort=effort))
    assert result.table.sizes["structure"] == count
    # A quick look at a calculator, which may be slow, takes eight atoms.
    assert result.table.sizes["atom"] == (8 if effort == "quick" else count * 9)
