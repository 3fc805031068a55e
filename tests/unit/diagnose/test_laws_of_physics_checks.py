"""Laws that parts of response, dimers, minimum and errors obey, and slower ways to the same."""

import math

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from closed_forms import Solvable, distances, lennard_jones, morse, spring_model
from hypothesis import given, settings
from hypothesis import strategies as st
from small_network import methanol_frames, methanol_network, rattled_methanol

from nearsight.aims.stability.tables.response_fits import reference_of as study_reference
from nearsight.aims.stability.tables.response_fits import response_of as study_response
from nearsight.collect.decay import bin_edges, curve, response_ratios
from nearsight.config import Statistics
from nearsight.data.frames import frames_of_atoms, join_frames
from nearsight.diagnose.bonds import bonds_of, lengths, n_molecules
from nearsight.diagnose.checks.dimers.partners import Dimer, axis_of, standard
from nearsight.diagnose.checks.dimers.running import curve_of
from nearsight.diagnose.checks.errors.novelty import novelty
from nearsight.diagnose.checks.errors.predicted import AT_ONCE, constants, predicted
from nearsight.diagnose.checks.errors.tables import table_of
from nearsight.diagnose.checks.minimum.modes import frequencies
from nearsight.diagnose.checks.minimum.relaxing import change_of_bonds, relaxed
from nearsight.diagnose.checks.minimum.running import aligned, nudged
from nearsight.diagnose.checks.response.measures import measures_of, statistics
from nearsight.diagnose.checks.response.pairs import pair_table, reference_of
from nearsight.diagnose.reference import open_reference
from nearsight.diagnose.subject import Subject
from nearsight.diagnose.trained_on import LOOKED_AT, frames_known, has_seen_molecules_together
from nearsight.respond import response
from nearsight.train.evaluate import evaluate

WATER = molecule("H2O")


def turned(atoms: Atoms, seed: int = 0) -> Atoms:
    """A molecule in another orientation at another place."""
    moved = atoms.copy()
    rng = np.random.default_rng(seed)
    moved.rotate(float(rng.uniform(0, 360)), rng.normal(size=3))
    moved.positions += rng.normal(0, 5, 3)
    return moved


# Response is what a study has.


@pytest.fixture(scope="module")
def twenty() -> Subject:
    """As many structures as let bins count that a study counts."""
    rng = np.random.default_rng(4)
    first = rng.uniform(0, 6, (12, 3))
    structures = [Atoms("C12", first + rng.normal(0, 0.03, first.shape)) for _ in range(20)]
    model, truth = (spring_model(first, power=power) for power in (3.0, 4.0))
    return Subject(model, structures, truth, effort="full")


def test_the_deviation_is_the_one_of_a_study(twenty: Subject) -> None:
    table = pair_table(twenty, list(range(20)))
    own, beside = measures_of(table, 5.0), reference_of(table)
    default = Statistics()
    assert statistics(20) == default
    edges = bin_edges(default.bin_width, float(table["distance"].max()))
    shown, physics, noise = (
        curve(*which, edges, default)
        for which in ((table, "norm"), (beside, "norm"), (beside, "asymmetry"))
    )
    study = study_response(shown, 5.0, default, study_reference(physics, noise, default))
    assert own.signed == pytest.approx(study.numbers["response_deviation_signed"])
    assert own.unsigned == pytest.approx(study.numbers["response_deviation"])
    ratios = response_ratios(table, beside, default)
    assert own.ratios[5][0] == pytest.approx(ratios["response_ratio_5"][0])


def test_pairs_are_those_of_a_response(twenty: Subject) -> None:
    structures = twenty.structures[:3]
    number = {id(atoms): k for k, atoms in enumerate(structures)}
    expected = response(structures, lambda atoms: twenty.blocks(number[id(atoms)]), label="")
    table = pair_table(twenty, [0, 1, 2])
    for name in ("norm", "anisotropy", "distance", "structure", "atom_other"):
        np.testing.assert_array_equal(table[name], expected[name])


def test_deviation_turns_its_sign_where_model_and_reference_change_places(
    twenty: Subject,
) -> None:
    assert twenty.reference is not None
    turned_round = Subject(twenty.reference, twenty.structures, twenty.model, effort="full")
    there, back = (
        measures_of(pair_table(one, list(range(20))), math.inf) for one in (twenty, turned_round)
    )
    assert there.signed[0] > 0
    assert back.signed[0] == pytest.approx(-there.signed[0], rel=1e-6)
    assert back.unsigned[0] == pytest.approx(there.unsigned[0], rel=1e-6)
    assert back.anisotropy[0] == pytest.approx(-there.anisotropy[0])


# Dimers.


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.floats(2.0, 12.0), st.integers(1, 8))
def test_any_molecule_is_as_far_as_was_asked(seed: int, separation: float, size: int) -> None:
    rng = np.random.default_rng(seed)
    monomer = Atoms(f"C{size}", rng.uniform(0, 4, (size, 3)))
    axis = rng.normal(size=3)
    dimer = Dimer("any", "any", monomer, axis / np.linalg.norm(axis))
    shift = dimer.shift(separation)
    assert dimer.contact(shift) == pytest.approx(separation)
    assert dimer.contact(shift + 1.0) > separation
    assert shift >= separation - 1e-9


def test_the_force_along_the_axis_is_minus_the_slope_of_the_energy() -> None:
    """Of GFN2-xTB on water, by central differences along the axis."""
    reference = open_reference("gfn2")
    assert reference is not None
    dimer = Dimer("water", "water", WATER, axis_of(WATER))
    around = np.array([2.8, 2.8 - 0.01, 2.8 + 0.01])
    found = curve_of(reference.potential(dimer.numbers), dimer, around)
    slope = (found.interaction[2] - found.interaction[1]) / 0.02
    assert found.force[0] == pytest.approx(-slope, abs=1e-3)


def test_interaction_does_not_depend_on_where_the_dimer_stands() -> None:
    network, grid = methanol_network(), np.array([2.8, 3.5, 5.0])
    found = []
    for monomer in (WATER, turned(WATER)):
        dimer = Dimer("water", "water", monomer, axis_of(monomer))
        potential = network.potential(dimer.numbers, precision="float64")
        found.append(curve_of(potential, dimer, grid))
    np.testing.assert_allclose(found[0].interaction, found[1].interaction, atol=1e-8)
    np.testing.assert_allclose(found[0].force, found[1].force, atol=1e-8)


@pytest.mark.parametrize("name", ["water", "n_methylacetamide", "benzene", "ammonia"])
def test_the_axis_turns_with_the_molecule(name: str) -> None:
    monomer = standard(name)
    moved = turned(monomer, seed=3)
    rotation = np.linalg.lstsq(
        monomer.positions - monomer.positions.mean(axis=0),
        moved.positions - moved.positions.mean(axis=0),
        rcond=None,
    )[0]
    if np.linalg.matrix_rank(monomer.positions - monomer.positions.mean(axis=0), tol=1e-6) == 3:
        np.testing.assert_allclose(axis_of(monomer) @ rotation, axis_of(moved), atol=1e-6)
    assert np.linalg.norm(axis_of(moved)) == pytest.approx(1)


def test_a_constant_of_the_energy_is_no_interaction() -> None:
    shifted = Solvable(lambda r: lennard_jones(r) + 7.0)
    dimer = Dimer("argon", "Ar", Atoms("Ar"), np.array([1.0, 0, 0]))
    grid = np.array([3.5, 14.0])
    own, other = (
        curve_of(model.potential(dimer.numbers), dimer, grid)
        for model in (Solvable(lennard_jones), shifted)
    )
    np.testing.assert_allclose(own.interaction, other.interaction, atol=1e-12)


# Bonds and what was seen.


def test_molecules_are_counted_by_bonds() -> None:
    many = WATER.copy()
    for k in range(1, 4):
        copy = WATER.copy()
        copy.positions += (4.0 * k, 0, 0)
        many += copy
    assert n_molecules(many) == 4
    assert len(bonds_of(many)) == 8
    np.testing.assert_allclose(lengths(many.positions, bonds_of(many)), 0.969, atol=1e-3)


def test_training_data_come_before_labels_and_a_rare_pair_is_found() -> None:
    pair = Dimer("water", "water", WATER, axis_of(WATER)).atoms(5.0)
    alone = frames_of_atoms([WATER] * 30)
    last = frames_of_atoms([*[WATER] * 30, pair])
    subject = Subject(Solvable(morse), [WATER], labels=last, train=alone)
    assert frames_known(subject) is alone
    assert has_seen_molecules_together(subject) is False
    assert len(last) > LOOKED_AT
    assert has_seen_molecules_together(Subject(Solvable(morse), [WATER], train=last)) is True


# Minima.


def test_frequencies_do_not_depend_on_place_and_order() -> None:
    atoms = molecule("CH3OH")
    model = spring_model(atoms.positions, power=2)
    own = frequencies(Subject(model, [atoms]).blocks(0), atoms.numbers, atoms.positions)
    moved = turned(atoms, seed=5)
    again = frequencies(Subject(model, [moved]).blocks(0), moved.numbers, moved.positions)
    np.testing.assert_allclose(again, own, rtol=1e-6)
    order = [5, 2, 0, 3, 1, 4]
    swapped = atoms[order]
    other = spring_model(swapped.positions, power=2)
    blocks = Subject(other, [swapped]).blocks(0)
    np.testing.assert_allclose(
        frequencies(blocks, swapped.numbers, swapped.positions), own, rtol=1e-6
    )


@pytest.mark.parametrize("factor", [0.25, 4.0])
def test_frequencies_go_with_the_root_of_the_stiffness(factor: float) -> None:
    atoms = molecule("NH3")
    own, stiffer = (
        frequencies(
            Subject(spring_model(atoms.positions, power=1, factor=f), [atoms]).blocks(0),
            atoms.numbers,
            atoms.positions,
        )
        for f in (1.0, factor)
    )
    np.testing.assert_allclose(stiffer, math.sqrt(factor) * own, rtol=1e-9)


def test_a_linear_molecule_bends_in_two_ways_alike() -> None:
    atoms = molecule("CO2")
    reference = open_reference("gfn2")
    assert reference is not None
    at = relaxed(reference.potential(atoms.numbers), "GFN2-xTB", atoms, most_steps=100)
    assert at.sound
    modes = frequencies(
        Subject(reference, [at.atoms]).blocks(0), at.atoms.numbers, at.atoms.positions
    )
    assert modes[0] == pytest.approx(modes[1], rel=1e-2)
    assert (modes > 300).all()


def test_a_relaxation_goes_downhill_and_ends_where_it_should() -> None:
    reference = open_reference("gfn2")
    assert reference is not None
    start = WATER.copy()
    start.positions[1] += (0.1, 0.05, -0.05)
    potential = reference.potential(start.numbers)
    at = relaxed(potential, "GFN2-xTB", start, most_steps=200)
    both = torch.as_tensor(np.stack([start.positions, at.atoms.positions]))
    higher, lower = potential(both)[0].tolist()
    assert lower < higher
    angle = at.atoms.get_angle(1, 0, 2)
    assert angle == pytest.approx(107, abs=2)


def test_alignment_is_the_same_both_ways_and_keeps_handedness() -> None:
    one, other = rattled_methanol(2, seed=7, width=0.1)
    assert aligned(one, other)[1] == pytest.approx(aligned(other, one)[1], rel=1e-6)
    chiral = molecule("CH3CH2OH")
    chiral.positions += np.random.default_rng(0).normal(0, 0.2, chiral.positions.shape)
    mirrored = chiral.copy()
    mirrored.positions *= (1, 1, -1)
    assert aligned(mirrored, chiral)[1] > 0.05


def test_a_nudge_is_small_and_follows_the_seed() -> None:
    subject = Subject(Solvable(morse), [WATER], seed=3)
    first, again = nudged(WATER, subject), nudged(WATER, subject)
    np.testing.assert_array_equal(first.positions, again.positions)
    assert 0 < np.abs(first.positions - WATER.positions).max() < 0.05
    assert not change_of_bonds(WATER, first.positions)


# Errors.


def test_errors_are_those_of_the_verb_evaluate() -> None:
    """Which batches frames of all sizes and runs in single precision."""
    network, test = methanol_network(), methanol_frames().of_subset("test")
    expected = evaluate(network.model, test)
    subject = Subject(network, [test.atoms(0)], labels=test)
    found = predicted(subject, test)
    table = table_of(found, np.full(len(test), np.nan), seed=0)
    for name in ("force_mae", "force_rmse"):
        assert float(table[name]) == pytest.approx(float(expected[name]), rel=1e-3)
    raw = 1e3 * (found.energy - test.energy)
    np.testing.assert_allclose(raw, expected["energy_error"], atol=0.5)
    np.testing.assert_allclose(
        table["force_mae_of_frame"], expected["force_mae_of_frame"], rtol=1e-3
    )


def test_frames_in_batches_are_those_one_by_one() -> None:
    structures = rattled_methanol(AT_ONCE + 3)
    model = Solvable(lambda r: (1 / distances(r)).sum(dim=-1))
    frames = frames_of_atoms(structures)
    found = predicted(Subject(model, structures), frames)
    for k in (0, AT_ONCE - 1, AT_ONCE, AT_ONCE + 2):
        alone = predicted(Subject(model, structures), frames.select(np.array([k])))
        assert found.energy[k] == pytest.approx(float(alone.energy[0]))


def test_errors_up_to_a_constant_sum_to_nothing() -> None:
    network, frames = methanol_network(), methanol_frames()
    found = predicted(Subject(network, [frames.atoms(0)]), frames)
    shift, _ = constants(found)
    assert (found.energy - shift - frames.energy).sum() == pytest.approx(0, abs=1e-8)


def test_groups_of_forces_hold_every_atom_once() -> None:
    network, test = methanol_network(), methanol_frames().of_subset("test")
    found = predicted(Subject(network, [test.atoms(0)]), test)
    table = table_of(found, np.linspace(0, 1, len(test)), seed=0)
    for name in ("element", "size"):
        count = table[f"{name}_count"].to_numpy()
        assert count.sum() == len(test.atomic_number)
        mean = (table[f"{name}_mae"].to_numpy() * count).sum() / count.sum()
        assert mean == pytest.approx(float(table["force_mae"]))
    assert np.ptp(table["size_count"].to_numpy()) <= 1


def test_novelty_of_what_was_seen_is_nothing_and_grows_with_displacement() -> None:
    base = rattled_methanol(5, seed=1)
    train = frames_of_atoms(base)
    assert novelty(train, train) == pytest.approx(np.zeros(5), abs=1e-12)
    moved = [molecule("CH3OH") for _ in range(4)]
    for k, atoms in enumerate(moved):
        atoms.positions[5] += 0.2 * k * np.array([1.0, 0, 0])
    only = frames_of_atoms([molecule("CH3OH")])
    far = novelty(frames_of_atoms(moved), only)
    assert (np.diff(far) > 0).all()
    # More training data are never farther away.
    both = join_frames([only, train])
    assert (novelty(frames_of_atoms(moved), both) <= far + 1e-12).all()
