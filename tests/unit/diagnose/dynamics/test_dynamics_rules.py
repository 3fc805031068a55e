"""Where rules come from, and what is done with structures that break them as they are."""

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from water_springs import REST, WATER, Springs, nowhere, planned, subject_of, waters

from nearsight.data.frames import frames_of_atoms, join_frames
from nearsight.diagnose.checks.dynamics import CHECK
from nearsight.diagnose.checks.dynamics.molecule import molecules, relaxed, same_molecule
from nearsight.diagnose.checks.dynamics.runs import make_runs
from nearsight.diagnose.finding import Verdict
from nearsight.diagnose.subject import Subject

ETHANOL = molecule("CH3CH2OH")


def test_training_data_come_first_then_labels_then_the_reference() -> None:
    few, many = frames_of_atoms(waters(3)), frames_of_atoms(waters(5))
    options = {"labels": few, "train": many, "reference": Springs()}
    names = []
    for gone in (None, "train", "labels", "reference"):
        options.pop(gone or "", None)
        names.append(molecules(subject_of(Springs(), **options))[0].origin)
    assert names == [
        "5 frames of the training data",
        "3 frames of the labelled data",
        "the minimum of the reference",
        "the given structure",
    ]


def test_data_of_another_molecule_are_no_source() -> None:
    others = join_frames([frames_of_atoms([ETHANOL]), frames_of_atoms(waters(2))])
    assert len(same_molecule(others, WATER.numbers)) == 2
    np.testing.assert_array_equal(
        same_molecule(others, WATER.numbers).position, others.position[len(ETHANOL) :]
    )
    swapped = WATER.numbers[[1, 0, 2]]
    assert not len(same_molecule(others, swapped))
    found = molecules(subject_of(Springs(), train=frames_of_atoms([ETHANOL])))
    assert [one.origin for one in found] == ["the given structure"]


def test_only_structures_of_the_first_molecule_begin() -> None:
    subject = Subject(model=Springs(), structures=[waters(1)[0], ETHANOL, waters(2)[1]])
    found = molecules(subject)[0]
    assert len(found.starts) == 2
    assert found.origin == "the given 2 structures"


def test_the_minimum_of_springs_is_their_rest() -> None:
    strained = WATER.copy()
    strained.positions *= 1.1
    found = relaxed(Springs().potential(WATER.numbers), strained)
    assert found is not None
    np.testing.assert_allclose(found.get_all_distances(), REST, atol=3e-3)
    np.testing.assert_allclose(strained.positions, 1.1 * WATER.positions)


def test_without_a_minimum_the_structures_say_what_is_bonded() -> None:
    reference = Springs(nowhere)
    assert relaxed(reference.potential(WATER.numbers), WATER) is None
    subject = subject_of(Springs(), reference=reference)
    assert molecules(subject)[0].origin == "the given structure"


def test_rules_that_do_not_fit_the_structures_are_left_for_those_that_do() -> None:
    """A reference that binds other atoms than the structures have would end every replica."""
    stretched = WATER.copy()
    stretched.positions *= 1.8
    runs = make_runs(subject_of(Springs(), train=frames_of_atoms([stretched])), planned(20))
    assert runs.molecule.origin == "the given structure"
    assert runs.left_out == 0


def test_structures_that_break_a_rule_are_left_out() -> None:
    torn = WATER.copy()
    torn.positions[1] *= 4
    subject = Subject(
        model=Springs(),
        structures=[*waters(3), torn],
        train=frames_of_atoms(waters(4)),
        effort="quick",
    )
    runs = make_runs(subject, planned(20))
    assert runs.left_out == 1
    assert 3 not in runs.starts.frame


def test_one_structure_gives_replicas_by_velocities() -> None:
    runs = make_runs(subject_of(Springs()), planned(20))
    assert len(runs.starts) == 4
    assert not torch.equal(runs.starts.velocity[0], runs.starts.velocity[1])
    np.testing.assert_allclose(runs.record.temperature[:, 0], 500.0)


@pytest.mark.parametrize("atoms", [Atoms("Ar"), Atoms("H")])
def test_a_single_atom_has_no_dynamics(atoms: Atoms) -> None:
    found = CHECK.run(Subject(model=Springs(), structures=[atoms], effort="quick"))
    (finding,) = found.findings
    assert finding.verdict == Verdict.NOT_APPLICABLE
    assert "at least 2 atoms" in finding.reason
    assert not found.table.data_vars


def test_the_closest_that_atoms_come_is_known_from_all_that_is_at_hand() -> None:
    runs = make_runs(subject_of(Springs(), count=3, train=frames_of_atoms(waters(4))), planned(20))
    distances = np.array([atoms.get_all_distances() for atoms in waters(4)]).min(axis=0)
    off = ~np.eye(3, dtype=bool)
    assert (runs.nearest[off] <= distances[off] + 1e-9).all()
