"""The relevance of a dipole's magnitude: published algorithm, conservation, symmetry."""

import numpy as np
import pytest
import schnetpack as spk
import torch
from ase import Atoms
from ase.build import molecule
from test_relevance import RULES, assert_equals_oracle, bent, build

from nearsight.errors import ModelError, UnsupportedModelError
from nearsight.explain import Gamma, Rule, Zero, balance, linearize, walks
from nearsight.families.schnetpack.inputs import assemble

HEADS = [("schnet", "detach", False), ("painn", "detach", False), ("painn", "flow", True)]
KEY = "dipole_moment"


def dipole(
    kind: str, *, local: bool = False, correct: bool = True, layers: int = 2, **options: object
):
    network = build(kind, **options)
    torch.manual_seed(11)
    head = spk.atomistic.DipoleMoment(
        n_in=8,
        n_layers=layers,
        predict_magnitude=True,
        use_vector_representation=local,
        correct_charges=correct,
    )
    for name, parameter in head.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter, std=0.3)
    network.output_modules = torch.nn.ModuleList([head.double()])
    network.collect_derivatives()
    network.collect_outputs()
    return network


def magnitude(network: torch.nn.Module, atoms: Atoms, **extra: float):
    """SchNetPack's whole forward pass."""
    i, j = np.nonzero(~np.eye(len(atoms), dtype=bool))
    inputs = assemble(
        torch.as_tensor(atoms.numbers.astype(np.int64)),
        torch.as_tensor(atoms.positions.copy()),
        torch.tensor([len(atoms)]),
        torch.as_tensor(i),
        torch.as_tensor(j),
    )
    inputs |= {key: torch.tensor([value]).double() for key, value in extra.items()}
    return network(inputs)[KEY].item()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("correct", [True, False])
@pytest.mark.parametrize(("kind", "vector", "local"), HEADS)
def test_every_walk_equals_the_published_algorithm(
    kind: str, vector: str, local: bool, correct: bool, rule: Rule
):
    network = dipole(kind, local=local, correct=correct, layers=3, cutoff=2.4)
    assert_equals_oracle(network, bent("H2CO"), rule, vector, batch=64, output=KEY)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("correct", [True, False])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize(("kind", "vector", "local"), HEADS)
def test_relevances_add_up_to_the_magnitude(
    kind: str, vector: str, local: bool, layers: int, correct: bool, rule: Rule
):
    network, atoms = dipole(kind, local=local, correct=correct, layers=layers, depth=3), bent()
    shares = balance(linearize(network, atoms, output=KEY, vector=vector, rule=rule))
    names = ("walks", "bias", "vector", "readout_bias", "leak")
    expected = magnitude(network, atoms)
    assert expected > 1e-3
    assert sum(shares[n].sum().item() for n in names) == pytest.approx(expected, rel=1e-10)
    assert shares["conservation_error"].item() < 1e-10 * max(1, expected)


def test_a_total_charge_is_part_of_the_constants():
    network, atoms = dipole("schnet"), bent()
    atoms.positions += (3.0, -1.0, 2.0)
    atoms.info["total_charge"] = 1.0
    shares = balance(linearize(network, atoms, output=KEY))
    assert shares["output"].item() == pytest.approx(magnitude(network, atoms, total_charge=1.0))
    assert shares["output"].item() != pytest.approx(magnitude(network, atoms), rel=1e-2)
    assert shares["conservation_error"].item() < 1e-10


@pytest.mark.parametrize(("kind", "vector", "local"), HEADS)
def test_the_frame_of_reference_does_not_matter(kind: str, vector: str, local: bool):
    network, atoms = dipole(kind, local=local), bent()
    moved = atoms.copy()
    moved.rotate(50, (1, -2, 3))
    moved.translate((4, 5, -6))
    before, after = (
        walks(linearize(network, a, output=KEY, vector=vector))["relevance"].to_numpy()
        for a in (atoms, moved)
    )
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-10 * np.abs(before).max())


def test_zero_rule_without_activations_is_gradient_times_embedding():
    """With identities for activations the network is linear in its embedding."""
    network = dipole("schnet", activation=torch.nn.Identity())
    head, atoms = network.output_modules[0], bent("H2O")
    for layer in head.outnet:
        layer.activation = torch.nn.Identity()
    shares = balance(linearize(network, atoms, output=KEY, rule=Zero()))
    weight = network.representation.embedding.weight

    def total(table: torch.Tensor) -> float:
        weight.data = table
        return magnitude(network, atoms)

    original, step = weight.data.clone(), 1e-5
    value = (total(original * (1 + step)) - total(original * (1 - step))) / (2 * step)
    weight.data = original
    assert shares["walks"].item() == pytest.approx(value, rel=1e-6)


def test_a_vanishing_dipole_has_no_direction():
    network = dipole("painn", local=True)
    for name in ("CH4", "N2"):
        with pytest.raises(ModelError, match="dipole vanishes"):
            linearize(network, molecule(name), output=KEY, vector="flow")


def test_what_is_not_covered_is_said():
    atoms = bent("H2O")
    with pytest.raises(UnsupportedModelError, match="use vector = 'flow'"):
        linearize(dipole("painn", local=True), atoms, output=KEY, rule=Gamma(0.1))
    with pytest.raises(UnsupportedModelError, match="does not fit SchNet"):
        linearize(dipole("schnet", local=True), atoms, output=KEY, vector="flow")
    network = dipole("painn")
    network.output_modules[0].predict_magnitude = False
    with pytest.raises(UnsupportedModelError, match="predict_magnitude must be true"):
        linearize(network, atoms, output=KEY)
    network = dipole("painn")
    network.output_modules[0].model_outputs.append("partial_charges")
    with pytest.raises(UnsupportedModelError, match="one value per atom"):
        linearize(network, atoms, output="partial_charges")
