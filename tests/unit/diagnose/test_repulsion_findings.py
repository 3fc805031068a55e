"""Repulsion on curves that are written down: holes that count, walls, what is drawn."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from ase import Atoms
from broken import Forced, ethanol, sound, subject_of
from closed_forms import distances

from nearsight.diagnose.checks.repulsion import CHECK
from nearsight.diagnose.checks.repulsion.curves import HEIGHT, Curves, curves_of, grid
from nearsight.diagnose.checks.repulsion.figure import HIGHEST, LOWEST, MOST_PANELS, draw, pairs_of
from nearsight.diagnose.checks.repulsion.findings import (
    BARRIER,
    DEPTH,
    MINIMA,
    SOFTNESS,
    findings_of,
    lone_holes,
    pressed_holes,
)
from nearsight.diagnose.checks.repulsion.holes import TOLERANCE, hole_of
from nearsight.diagnose.checks.repulsion.pressing import Contact, Kind, closest
from nearsight.diagnose.finding import Finding, Verdict

R = np.round(np.arange(0.5, 3.01, 0.1), 6)
RISING = 4.0 / R**2 - 4.0 / 9
CONTACT = Contact(ethanol(), 0, 0, 1, 1.5)
"""Its two carbon atoms."""


def pit(place: float = 0.7, depth: float = 12.0, width: float = 0.12) -> np.ndarray:
    return -depth * np.exp(-(((R - place) / width) ** 2))


def within(values: np.ndarray, outer: float = 1.5) -> np.ndarray:
    """As far out as two atoms of a molecule stand."""
    return np.where(outer >= R, values, np.nan)


SOUND = Curves(
    kind=Kind(6, 6),
    alone=RISING,
    reference_alone=RISING,
    contact=CONTACT,
    pressed=within(RISING),
    reference_pressed=within(RISING),
    wall=1.14,
    wall_alone=1.14,
)


def told(*curves: Curves, reference: str = "GFN2-xTB") -> dict[str, Finding]:
    found = findings_of(R, curves, reference)
    assert len({finding.quantity for finding in found}) == len(found)
    return {finding.quantity: finding for finding in found}


def test_what_rises_passes() -> None:
    found = told(SOUND)
    assert {f.verdict for f in found.values()} == {Verdict.PASS}
    assert list(found) == ["hole", "wall", "lone_hole", "lone_minima"]
    assert "rises down to 0.5 Å (C-C)" in found["hole"].reason


def test_a_hole_is_told_with_atoms_place_depth_and_barrier() -> None:
    found = told(replace(SOUND, pressed=within(RISING + pit())))
    hole = found["hole"]
    assert hole.verdict == Verdict.WARN
    assert "C-C (C0 and C1 of structure 0)" in hole.reason
    assert f"{hole.value:.2g} eV below" in hole.reason
    barrier = found["hole_barrier"]
    assert f"over {barrier.value:.2g} eV" in hole.reason
    assert found["lone_hole"].verdict == Verdict.PASS


def test_a_low_barrier_fails_and_a_high_one_does_not() -> None:
    high = told(replace(SOUND, pressed=within(RISING + pit())))["hole_barrier"]
    low = told(replace(SOUND, pressed=within(0.2 * RISING + pit())))["hole_barrier"]
    assert (high.verdict, low.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert low.value < BARRIER.fail < high.value
    assert not BARRIER.smaller_is_better


def test_the_lowest_barrier_of_several_pairs_is_told() -> None:
    low = replace(SOUND, kind=Kind(6, 8), pressed=within(0.5 * RISING + pit()))
    found = told(replace(SOUND, pressed=within(RISING + pit(depth=30.0))), low)
    assert "C-O" in found["hole_barrier"].reason
    assert "2 of 2 pairs" in found["hole"].reason
    assert found["hole"].value > 15


def test_of_many_holes_the_deepest_are_named() -> None:
    many = [
        replace(SOUND, kind=Kind(6, z), pressed=within(RISING + pit(depth=20.0 + z)))
        for z in (6, 7, 8, 9, 16)
    ]
    said = told(*many)["hole"].reason
    assert "5 of 5 pairs" in said
    assert [said.find(name) > 0 for name in ("C-S", "C-F", "C-O", "C-N")] == [True] * 3 + [False]
    assert said.find("C-S") < said.find("C-F") < said.find("C-O")
    assert said.endswith("and 2 less deep")


def test_a_fall_that_the_reference_shares_is_none() -> None:
    both = within(RISING + pit())
    found = told(replace(SOUND, pressed=both, reference_pressed=both))
    assert found["hole"].verdict == Verdict.PASS
    assert pressed_holes(R, [replace(SOUND, pressed=both, reference_pressed=both)]) == []


def test_a_ripple_within_the_tolerance_is_none() -> None:
    flat = np.where(R <= 1.5, 3.0 + 0.4 * TOLERANCE * np.sin(20 * R), np.nan)
    assert told(replace(SOUND, pressed=flat))["hole"].verdict == Verdict.PASS


def test_bonds_are_no_holes() -> None:
    """A well at the length of a bond lies further out than the wall."""
    morse = 4 * (1 - np.exp(-2 * (R - 1.3))) ** 2 - 4
    found = told(replace(SOUND, alone=morse, reference_alone=morse))
    assert found["lone_hole"].value == 0
    assert found["lone_minima"].value == 1
    assert "GFN2-xTB has one at 1.30 Å" in found["lone_minima"].reason


def test_two_atoms_alone_are_told_apart_from_the_molecule() -> None:
    found = told(replace(SOUND, alone=RISING + pit()))
    assert found["hole"].verdict == Verdict.PASS
    assert found["lone_hole"].verdict == Verdict.WARN
    assert "two atoms alone fall" in found["lone_hole"].reason
    (fallen,) = lone_holes(R, [replace(SOUND, alone=RISING + pit())])
    assert fallen.hole.bottom == pytest.approx(0.7, abs=0.11)


def test_a_lone_barrier_is_counted_from_the_lowest_place() -> None:
    well = RISING - 3.0 * np.exp(-(((R - 1.5) / 0.3) ** 2))
    (fallen,) = lone_holes(R, [replace(SOUND, alone=well + pit())])
    assert fallen.hole.barrier > 3.0


@pytest.mark.parametrize(
    ("factor", "verdict"), [(1.0, Verdict.PASS), (0.4, Verdict.WARN), (0.1, Verdict.FAIL)]
)
def test_a_wall_is_judged_where_the_reference_has_risen(factor: float, verdict: Verdict) -> None:
    zero = 4.0 / 1.5**2
    reference = within(4.0 / R**2 - zero)
    found = told(replace(SOUND, pressed=factor * reference, reference_pressed=reference))["wall"]
    assert found.verdict == verdict
    place = R[reference >= HEIGHT].max()
    assert f"pressed to {place:.2f} Å" in found.reason
    assert found.value == pytest.approx(factor * np.nanmax(reference[place <= R]))


def test_the_softest_pair_is_told() -> None:
    soft = replace(SOUND, kind=Kind(6, 1), pressed=0.3 * SOUND.pressed)
    found = told(SOUND, soft)["wall"]
    assert "C-H is pressed" in found.reason
    assert "the least of 2 pairs" in found.reason


def test_no_wall_without_a_reference() -> None:
    bare = replace(
        SOUND,
        reference_alone=np.full(len(R), math.nan),
        reference_pressed=np.full(len(R), math.nan),
    )
    found = told(bare, reference="")
    assert found["wall"].verdict == Verdict.NOT_APPLICABLE
    assert "give one with --reference" in found["wall"].reason
    assert "nan" not in found["lone_minima"].reason


def test_a_reference_that_fails_too_early_gives_no_wall() -> None:
    silent = np.where(R > 1.4, SOUND.reference_pressed, np.nan)
    found = told(replace(SOUND, reference_pressed=silent * 0.1))["wall"]
    assert found.verdict == Verdict.NOT_APPLICABLE
    assert "rises by 2 eV nowhere" in found.reason


def test_several_minima_are_counted() -> None:
    wavy = RISING + 2 * np.sin(7 * R)
    found = told(replace(SOUND, alone=wavy), SOUND)["lone_minima"]
    assert found.value > 1
    assert found.verdict == Verdict.WARN
    assert "1 of 2 pairs have more than one" in found.reason
    assert MINIMA.warn == 1


def test_a_model_that_is_silent_close_in_is_well() -> None:
    """Engines of electrons fail at half an Å; that is no hole, and nothing to speak of."""
    quiet = np.where(R < 0.9, np.nan, RISING)
    found = told(replace(SOUND, alone=quiet, pressed=within(quiet)))
    assert {f.verdict for f in found.values()} == {Verdict.PASS}
    assert "silence" not in found


def test_silence_at_a_bond_is_told() -> None:
    quiet = np.where(R < 1.35, np.nan, RISING)
    found = told(replace(SOUND, alone=quiet))["silence"]
    assert found.value == pytest.approx(1.3)
    assert "C-C at 1.30 Å" in found.reason


def test_a_model_that_never_answers() -> None:
    nothing = np.full(len(R), math.nan)
    found = told(replace(SOUND, alone=nothing, pressed=nothing))
    assert found["hole"].verdict == Verdict.NOT_APPLICABLE
    assert found["lone_hole"].verdict == Verdict.NOT_APPLICABLE
    assert "lone_minima" not in found


def test_thresholds_say_where_they_come_from() -> None:
    for limit in (DEPTH, BARRIER, SOFTNESS):
        assert limit.source.startswith("a choice")
    assert "ml-peg" in MINIMA.source
    assert SOFTNESS.warn > SOFTNESS.fail


def test_the_outermost_place_of_a_flat_top_counts() -> None:
    energy = np.array([0.0, 2.0, 2.0, 1.0])
    hole = hole_of(np.array([0.5, 0.6, 0.7, 0.8]), energy, 0.9, 0.0)
    assert hole is not None
    assert hole.top == 0.7
    assert hole.depth == 2.0


def test_grids_go_from_half_to_three() -> None:
    for effort, step in (("quick", 0.125), ("default", 0.1), ("full", 0.05)):
        x = grid(subject_of(sound(), effort=effort))
        assert (x[0], x[-1]) == (0.5, 3.0)
        np.testing.assert_allclose(np.diff(x), step, atol=1e-6)


def test_curves_of_a_molecule_are_above_its_own_energy() -> None:
    subject = subject_of(sound())
    for curves in curves_of(subject):
        assert curves.alone[-1] == 0
        if curves.contact is None:
            assert np.isnan(curves.pressed).all()
            continue
        x, outer = grid(subject), curves.contact.distance
        assert np.isnan(curves.pressed[x > outer]).all()
        assert np.isfinite(curves.pressed[x <= outer]).all()


def test_a_pair_is_asked_of_the_structure_where_it_is_closest() -> None:
    far, near = ethanol(), ethanol()
    near.positions[8] = near.positions[3] + [0, 0, 0.9]
    contact = closest([far, near], Kind(1, 1))
    assert contact is not None
    assert contact.structure == 1


def test_a_wall_moves_out_to_where_the_reference_has_risen() -> None:
    stiff = Forced(_stiff)
    with_it, without = (
        curves_of(subject_of(sound(), Atoms("O2", [[0, 0, 0], [0, 0, 2.9]]), reference=reference))[
            0
        ]
        for reference in (stiff, None)
    )
    assert without.wall == Kind(8, 8).wall
    assert 2.0 < with_it.wall < 2.9


def _stiff(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return 10 * (3 - distances(position)).clamp(min=0).sum(-1), torch.zeros_like(position)


def drawn_table(**options: object) -> xr.Dataset:
    return CHECK.run(subject_of(sound(), **options)).table


def test_a_panel_for_every_pair_with_a_curve() -> None:
    table = drawn_table()
    assert pairs_of({"m": table}, "alone") == list(table["pair"].to_numpy())
    # Ethanol has one oxygen atom.
    assert "O-O" not in pairs_of({"m": table}, "pressed")


def test_of_too_many_pairs_the_worst_are_drawn() -> None:
    table = drawn_table()
    rows = [
        table.assign_coords(pair=[f"{p}{k}" for p in table["pair"].to_numpy()]) for k in range(3)
    ]
    many = xr.concat(rows, "pair")
    depth = np.zeros(many.sizes["pair"])
    depth[-1] = 9.0
    many["alone_depth"] = ("pair", depth)
    kept = pairs_of({"m": many}, "alone")
    assert len(kept) == MOST_PANELS
    assert kept[-1] == many["pair"].to_numpy()[-1]


def test_what_is_beyond_the_bounds_is_not_drawn() -> None:
    table = drawn_table()
    table["alone"] = table["alone"] * 1e4
    alone = draw({"m": table})[-1]
    for axis in alone.figure.axes:
        low, high = axis.get_ylim()
        assert low >= 1.1 * LOWEST
        assert high <= 1.2 * HIGHEST + 2


def test_a_hole_has_a_ring() -> None:
    table = drawn_table()
    before = sum(len(axis.lines) for axis in draw({"m": table})[0].figure.axes)
    bottoms = table["pressed_bottom"].to_numpy().copy()
    bottoms[0] = 0.75
    table["pressed_bottom"] = ("pair", bottoms)
    pictures = draw({"m": table})
    after = sum(len(axis.lines) for axis in pictures[0].figure.axes)
    assert after == before + 1
    assert "m in C-C" in pictures[0].alt


def test_no_table_no_figure() -> None:
    assert draw({"nothing": xr.Dataset()}) == ()
