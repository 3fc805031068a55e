"""Molecules of many atoms: listed pairs, part by part, against the evaluation behind all else."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_models import drawn, family_with, small

from nearsight.families.family import Family
from nearsight.families.neighbors import pairs_by_distances
from nearsight.families.schnetpack import listed
from nearsight.models.form import Form, form_of
from nearsight.models.many_atoms import by_evaluation

NUMBERS = torch.tensor([6, 1, 8, 7] * 6)


def positions(copies: int = 2) -> torch.Tensor:
    """Two clusters of atoms that are nowhere too close, one with an atom flown off."""
    grid = np.stack(np.meshgrid(*[np.arange(3)] * 3), -1).reshape(-1, 3)[: len(NUMBERS)]
    noise = np.random.default_rng(0).normal(0, 0.15, (copies, len(NUMBERS), 3))
    position = torch.from_numpy(1.4 * grid + noise)
    position[-1, 5] += 40.0
    return position


def both(
    name: str, dtype: torch.dtype, position: torch.Tensor
) -> tuple[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...], Form]:
    """Energies and forces on listed pairs in a precision, and by ``values`` in float64."""
    family_with(name, "listed")
    variant = small(name)
    form = form_of(variant)
    network = drawn(variant).eval().requires_grad_(False)
    pairs = pairs_by_distances(position, form.pair_cutoff)
    expected = by_evaluation(form.evaluation(network), torch.float64)(NUMBERS, position, *pairs)
    evaluate = form.listed(drawn(variant).to(dtype).eval().requires_grad_(False))
    assert evaluate is not None
    return evaluate(NUMBERS, position, *pairs), expected, form


@pytest.mark.parametrize("values", [8, 3000, 2**18])
def test_energies_and_forces_are_those_of_the_family(
    name: str, values: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listed, "VALUES_OF_PART", values)
    (energy, force), (expected, slope), _ = both(name, torch.float64, positions())
    assert float(slope.abs().max()) > 1e-3
    assert energy.dtype == force.dtype == torch.float64
    torch.testing.assert_close(energy, expected, rtol=1e-11, atol=1e-11)
    # Slopes of a table are 1e-12 of the largest off.
    torch.testing.assert_close(force, slope, rtol=0, atol=1e-11 * float(slope.abs().max()))


def test_single_precision_is_good_for_dynamics(name: str) -> None:
    (energy, force), (expected, slope), _ = both(name, torch.float32, positions())
    torch.testing.assert_close(energy, expected, rtol=3e-6, atol=3e-6)
    torch.testing.assert_close(force, slope, rtol=0, atol=1e-5 * float(slope.abs().max()))


def test_atoms_that_see_nobody(name: str) -> None:
    apart = 50.0 * torch.arange(len(NUMBERS), dtype=torch.float64)[:, None] * torch.ones(3)
    (energy, force), (expected, _), _ = both(name, torch.float64, apart[None])
    torch.testing.assert_close(energy, expected, rtol=1e-12, atol=1e-12)
    assert (force == 0).all()


def test_what_is_not_a_number_comes_out_as_none(name: str) -> None:
    position = positions()
    position[1, 3, 0] = torch.nan
    (energy, force), _, _ = both(name, torch.float32, position)
    assert energy.isfinite().tolist() == [True, False]
    assert force[0].isfinite().all()
    assert force[1, 3].isnan().all()


def test_units_stand_about_the_network(name: str) -> None:
    found: Family = family_with(name, "listed")
    variant = small(name)
    network = drawn(variant).eval().requires_grad_(False)
    form = form_of(variant)
    halved = replace(form, pair_cutoff=form.pair_cutoff / 2, length=0.5, unit=3.0)
    assert found.listed is not None
    evaluate, own = halved.listed(network), found.listed(network)
    assert evaluate is not None
    assert own is not None
    position = positions()
    pairs = pairs_by_distances(position, form.pair_cutoff)
    energy, force = own(NUMBERS, position, *pairs)
    there = evaluate(NUMBERS, position / 2, *pairs)
    torch.testing.assert_close(there[0], 3.0 * energy)
    torch.testing.assert_close(there[1], 6.0 * force)


def test_what_is_not_a_sum_over_atoms_has_no_such_evaluation(name: str) -> None:
    found: Family = family_with(name, "listed")
    assert found.listed is not None
    mean = drawn(small(name, target="gap", pooling="average")).eval()
    assert found.listed(mean) is None
