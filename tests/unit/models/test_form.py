"""How a network is fed and read: units about an evaluation that stays as it is."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from ase.build import molecule

from nearsight.config import make_variant
from nearsight.families.graph import Graph, copies
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.registry import build_network, family, recognised
from nearsight.models.ablation import ablate, connected_pairs
from nearsight.models.energies import build_energy
from nearsight.models.form import Form, form_of
from nearsight.models.forward import Forward
from nearsight.models.potential import build_potential, precision_of

VARIANT = make_variant(family="painn", cutoff=4.0, depth=2, features=8, seed=2)
LENGTH, UNIT = 0.5, 3.0
ATOMS = molecule("CH3OH")


def graph(length: float, cutoff: float) -> Graph:
    position = torch.as_tensor(ATOMS.positions / length)
    pairs = neighbor_pairs(position[None], cutoff)
    return copies(torch.as_tensor(ATOMS.numbers).long(), position, *pairs)


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    return build_network(VARIANT).double().eval()


@pytest.fixture(scope="module")
def form() -> Form:
    """The same network, said to read halves of an Å and to give units of 3 eV."""
    return replace(form_of(VARIANT), pair_cutoff=LENGTH * 4.0, length=LENGTH, unit=UNIT)


def test_a_variant_is_evaluated_as_ever(network: torch.nn.Module) -> None:
    found = form_of(VARIANT)
    assert found == Form(family("painn"), 4.0, 8)
    assert form_of(found) is found
    one = found.evaluation(network)(graph(1.0, 4.0))
    assert torch.equal(one, family("painn").evaluation(network)(graph(1.0, 4.0)))


def test_units_stand_about_the_network(network: torch.nn.Module, form: Form) -> None:
    """In Å what the network says in its own unit of length, times its unit of energy."""
    own = family("painn").evaluation(network)(graph(LENGTH, 4.0))
    here = graph(1.0, form.pair_cutoff)
    fast = form.fast(network)
    assert fast is not None
    for evaluate in (form.evaluation(network), fast):
        torch.testing.assert_close(evaluate(here), UNIT * own, rtol=1e-12, atol=1e-12)
    value, force = Forward(network, form)(here, forces=True)
    _, slope = Forward(network, VARIANT)(graph(LENGTH, 4.0), forces=True)
    assert force is not None
    assert slope is not None
    torch.testing.assert_close(value, UNIT * own, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(force, UNIT / LENGTH * slope, rtol=1e-9, atol=1e-10)


def test_all_that_is_built_of_it_agrees(network: torch.nn.Module, form: Form) -> None:
    """Potential, energy and ablation with nothing taken away."""
    numbers = torch.as_tensor(ATOMS.numbers).long()
    position = torch.as_tensor(ATOMS.positions)
    energy, force = build_potential(network, numbers, form, dtype=torch.float64, device="cpu")(
        position[None]
    )
    alone = build_energy(network, numbers, form)(position)
    pairs = connected_pairs(ATOMS.positions, form.pair_cutoff)
    assert 0 < len(pairs) < 15
    whole = np.ones((1, len(pairs)), dtype=bool)
    value, slope = ablate(network, form, ATOMS.numbers, ATOMS.positions, pairs, whole)
    assert float(energy[0]) == pytest.approx(float(alone), rel=1e-13)
    assert float(energy[0]) == pytest.approx(value[0], rel=1e-13)
    np.testing.assert_allclose(force[0], slope[0], atol=1e-12)


def test_the_family_that_recognises_a_network(network: torch.nn.Module) -> None:
    assert recognised(network) is family("painn")
    assert recognised(torch.nn.Linear(2, 2)) is None
    assert precision_of("float64") is torch.float64
