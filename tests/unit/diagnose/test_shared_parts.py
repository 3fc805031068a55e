"""What checks share: models as ASE calculators, looks in figures, work on the reference."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.optimize import BFGS
from broken import Forced
from closed_forms import LJ, MORSE, Solvable, lennard_jones, morse, spring_model

from nearsight.diagnose.affordable import affordable, too_large
from nearsight.diagnose.as_calculator import PotentialCalculator
from nearsight.diagnose.looks import looks_of
from nearsight.diagnose.registry import check
from nearsight.diagnose.subject import STEP, Effort, Subject
from nearsight.errors import ReferenceEngineError
from nearsight.respond import hessian_blocks


def test_ase_relaxes_a_potential_to_its_minimum() -> None:
    model = Solvable(morse)
    atoms = Atoms("CO", [(0, 0, 0), (0.9, 0.3, 0)])
    atoms.calc = PotentialCalculator(model.potential(atoms.numbers), model.label)
    BFGS(atoms, logfile=None).run(fmax=1e-6, steps=200)
    assert atoms.get_distance(0, 1) == pytest.approx(MORSE["length"], abs=1e-6)
    assert atoms.get_potential_energy() == pytest.approx(0, abs=1e-10)


def test_what_is_no_number_is_an_error_in_one_line() -> None:
    model = Solvable(lambda r: r.sum(dim=(-1, -2)) * np.nan, "broken")
    atoms = Atoms("CO", [(0, 0, 0), (1, 0, 0)])
    atoms.calc = PotentialCalculator(model.potential(atoms.numbers), model.label)
    with pytest.raises(ReferenceEngineError, match=r"^broken: gives no finite energy and forces$"):
        atoms.get_forces()


@pytest.mark.parametrize("differentiable", [True, False])
def test_blocks_of_springs_are_those_of_the_closed_form(differentiable: bool) -> None:
    """At rest, H_ij = -k n n^T."""
    atoms = Atoms("C3", [(0, 0, 0), (1.5, 0, 0), (0.3, 1.2, 0.5)])
    model = spring_model(atoms.positions, power=0)
    model.differentiable = differentiable
    blocks = Subject(model, [atoms]).blocks(0)
    away = atoms.positions[1] - atoms.positions[2]
    direction = away / np.linalg.norm(away)
    np.testing.assert_allclose(blocks[1, 2], -40 * np.outer(direction, direction), atol=2e-3)


def test_blocks_follow_the_curvature_of_lennard_jones_away_from_its_minimum() -> None:
    distance = 5.0
    atoms = Atoms("Ar2", [(0, 0, 0), (distance, 0, 0)])
    blocks = Subject(Solvable(lennard_jones), [atoms]).blocks(0)
    x = LJ["size"] / distance
    curvature = 4 * LJ["depth"] * (156 * x**12 - 42 * x**6) / distance**2
    slope = 4 * LJ["depth"] * (-12 * x**12 + 6 * x**6) / distance**2
    np.testing.assert_allclose(blocks[0, 1], -np.diag([curvature, slope, slope]), atol=1e-12)


def test_a_noisy_calculator_has_blocks_by_a_longer_step() -> None:
    """Springs whose forces are rough by 10 meV/Å."""
    atoms = Atoms("C3", [(0, 0, 0), (1.5, 0, 0), (0.3, 1.2, 0.5)])
    exact = spring_model(atoms.positions, power=0)
    of_springs = exact.potential(atoms.numbers)
    rng = np.random.default_rng(0)

    def noisy(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        energy, force = of_springs(position)
        return energy, force + 1e-2 * torch.as_tensor(rng.normal(size=force.shape))

    true = Subject(exact, [atoms]).blocks(0)
    chosen = Subject(Forced(noisy), [atoms]).blocks(0)
    short = hessian_blocks(
        lambda r: np.asarray(noisy(torch.as_tensor(r))[1]), atoms.positions, STEP
    )
    assert np.abs(chosen - true).max() < 0.5 * np.abs(short - true).max()


def test_work_on_the_reference_is_done_once_for_all_models() -> None:
    atoms = Atoms("CO", [(0, 0, 0), (1.2, 0, 0)])
    shared: dict[object, object] = {}
    one, other = (
        Subject(Solvable(morse), [atoms], Solvable(morse), shared=shared) for _ in range(2)
    )
    assert other.reference_blocks(0) is one.reference_blocks(0)
    assert other.blocks(0) is not one.blocks(0)


def test_looks_tell_many_models_apart_and_stay_the_same() -> None:
    labels = [f"model {k}" for k in range(20)]
    looks = looks_of(labels)
    assert len({(look.color, look.marker, str(look.line)) for look in looks.values()}) == 20
    assert looks_of(labels[:2]) == {label: looks[label] for label in labels[:2]}
    assert looks["model 0"].entry.get_label() == "model 0"


def crowd(size: int, count: int) -> list[Atoms]:
    """Molecules of so many atoms, which nobody computes."""
    return [Atoms(f"H{size}", np.zeros((size, 3))) for _ in range(count)]


@pytest.mark.parametrize(
    ("size", "effort", "expected"),
    [
        (9, "quick", [0, 9, 19]),
        (22, "default", [0, 2, 5, 8, 10, 13, 16, 19]),
        (44, "default", [0]),
        (30, "default", [0, 9, 19]),
        (44, "full", list(range(20))),
        (200, "default", []),
    ],
)
def test_large_molecules_have_fewer_hessians(
    size: int, effort: Effort, expected: list[int]
) -> None:
    subject = Subject(Solvable(morse), crowd(size, 20), effort=effort)
    assert affordable(subject) == expected
    assert bool(too_large(subject)) == (not expected)


def test_molecules_that_are_too_large_are_left_out_and_told() -> None:
    mixed = [*crowd(200, 1), *crowd(9, 2)]
    subject = Subject(Solvable(morse), mixed)
    assert affordable(subject) == [1, 2]
    assert "200 atoms, more than 120" in too_large(subject)
    for name in ("response", "minimum"):
        (finding,) = check(name).run(replace(subject, structures=mixed[:1])).findings
        assert "--full" in finding.reason
