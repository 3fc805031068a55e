"""From variant to network: seeds, radial bases, and SchNetPack's own evaluation."""

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule

from nearsight.config import Variant, make_variant
from nearsight.errors import ModelError
from nearsight.families.registry import build_network
from nearsight.models.model import Model, choose_device


def weights(variant: Variant) -> dict[str, torch.Tensor]:
    return build_network(variant).state_dict()


def test_same_seed_same_weights(variant: Variant) -> None:
    first, second = weights(variant), weights(variant)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_another_seed_other_weights(variant: Variant) -> None:
    other = weights(variant.model_copy(update={"seed": variant.seed + 1}))
    first = weights(variant)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_global_random_state_is_left_alone(variant: Variant) -> None:
    torch.manual_seed(11)
    np.random.seed(11)
    expected = torch.rand(3), np.random.random(3)
    torch.manual_seed(11)
    np.random.seed(11)
    build_network(variant)
    assert torch.equal(torch.rand(3), expected[0])
    np.testing.assert_array_equal(np.random.random(3), expected[1])


@pytest.mark.parametrize("family", ["schnet", "painn"])
@pytest.mark.parametrize("cutoff", [3.0, 5.0, 8.0, 12.5])
def test_resolution_stays_when_the_cutoff_changes(family: str, cutoff: float) -> None:
    variant = make_variant(family=family, cutoff=cutoff, depth=1, features=8)
    basis = build_network(variant).representation.radial_basis
    np.testing.assert_allclose(basis.offsets.diff(), 0.25, rtol=1e-5)
    np.testing.assert_allclose(basis.widths, 0.25, rtol=1e-5)
    assert float(basis.offsets[-1]) == cutoff


def test_bessel_frequencies_stay_when_the_cutoff_changes() -> None:
    """Their highest frequency n pi / cutoff is the resolution."""
    highest = []
    for cutoff in (4.0, 8.0):
        variant = make_variant(
            family="painn", cutoff=cutoff, depth=1, features=8, radial_basis="bessel"
        )
        highest.append(float(build_network(variant).representation.radial_basis.freqs[-1]))
    np.testing.assert_allclose(highest, np.pi / 0.25, rtol=0.07)


def test_network_has_the_variants_shape(variant: Variant) -> None:
    representation = build_network(variant).representation
    assert float(representation.cutoff) == variant.cutoff
    assert len(representation.interactions) == variant.depth
    assert representation.n_atom_basis == variant.features


@pytest.fixture
def ethanol() -> Atoms:
    atoms = molecule("CH3CH2OH")
    atoms.positions += np.random.default_rng(1).normal(0, 0.05, atoms.positions.shape)
    return atoms


def test_same_as_schnetpacks_own_calculator(variant: Variant, ethanol: Atoms) -> None:
    """Its path: ASE atoms, its neighbour list, its converter, its batch."""
    from schnetpack.interfaces import SpkCalculator
    from schnetpack.transform import ASENeighborList

    network = build_network(variant)
    model = Model(network, variant, dict.fromkeys((1, 6, 8), 0.0))
    energy, force = model.potential(ethanol.numbers, dtype=torch.float64)(
        torch.as_tensor(ethanol.positions)[None]
    )
    calculator = SpkCalculator(
        network.double().eval(),
        neighbor_list=ASENeighborList(variant.cutoff),
        energy_unit="eV",
        position_unit="Ang",
        dtype=torch.float64,
    )
    ethanol.calc = calculator
    assert abs(ethanol.get_potential_energy()) > 1e-3
    np.testing.assert_allclose(float(energy), ethanol.get_potential_energy(), rtol=1e-10)
    np.testing.assert_allclose(force[0], ethanol.get_forces(), atol=1e-10)


def test_potentials_of_two_precisions_do_not_disturb_each_other(
    variant: Variant, ethanol: Atoms
) -> None:
    model = Model(build_network(variant), variant, dict.fromkeys((1, 6, 8), 0.0))
    position = torch.as_tensor(ethanol.positions)[None]
    single = model.potential(ethanol.numbers)
    before = single(position)
    double = model.potential(ethanol.numbers, dtype=torch.float64)(position)
    after = single(position)
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert not torch.equal(before[1], double[1])
    torch.testing.assert_close(before[1], double[1], rtol=1e-3, atol=1e-5)
    assert next(model.network.parameters()).dtype == torch.float32


def test_atom_references_are_added(variant: Variant, ethanol: Atoms) -> None:
    network = build_network(variant)
    position = torch.as_tensor(ethanol.positions)[None]
    plain = Model(network, variant, dict.fromkeys((1, 6, 8), 0.0)).potential(ethanol.numbers)
    shifted = Model(network, variant, {1: -13.0, 6: -1030.0, 8: -2040.0}).potential(ethanol.numbers)
    difference = shifted(position)[0] - plain(position)[0]
    np.testing.assert_allclose(difference, 6 * -13.0 + 2 * -1030.0 - 2040.0, rtol=1e-12)


def test_element_not_seen(variant: Variant) -> None:
    model = Model(build_network(variant), variant, {1: 0.0, 8: 0.0})
    with pytest.raises(ModelError, match=r"nuclear charge \[6, 7\]: it was trained on \[1, 8\]"):
        model.potential(np.array([1, 6, 7, 8]))


def test_device_by_policy() -> None:
    assert choose_device("cpu").type == "cpu"
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    with pytest.raises(ModelError, match="--device tpu: expected auto, cpu or cuda"):
        choose_device("tpu")
    if not torch.cuda.is_available():
        with pytest.raises(ModelError, match="no usable GPU"):
            choose_device("cuda")
