"""Heads of dipoles, frozen: linear in the states, whatever these are."""

from typing import Any

import numpy as np
import pytest
import schnetpack as spk
import torch
from scipy.spatial.transform import Rotation
from torch import nn

from nearsight.errors import ModelError, UnsupportedModelError
from nearsight.explain import Epsilon, Gamma, Zero
from nearsight.families.schnetpack.dipole import freeze_dipole
from nearsight.lrp.readout import Readout

N_ATOMS, FEATURES = 5, 6
RULES = {"zero": Zero(), "gamma": Gamma(0.4), "epsilon": Epsilon(0.1)}
Features = tuple[torch.Tensor, torch.Tensor | None]


def head(*, local: bool = False, correct: bool = True, **options: Any) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(7)
        made = spk.atomistic.DipoleMoment(
            FEATURES, predict_magnitude=True, use_vector_representation=local,
            correct_charges=correct, **options,
        )  # fmt: skip
        for name, parameter in made.named_parameters():
            if name.endswith("bias"):
                nn.init.normal_(parameter, std=0.3)
    return made.double().requires_grad_(False)


def drawn(*shape: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


@pytest.fixture
def features() -> Features:
    """One atom has no vectors at all, as one that sees nobody."""
    vectors = drawn(N_ATOMS, 3, FEATURES, seed=1)
    vectors[2] = 0.0
    return drawn(N_ATOMS, FEATURES, seed=0), vectors


@pytest.fixture
def position() -> torch.Tensor:
    return 2.0 * drawn(N_ATOMS, 3, seed=2)


def magnitude(made: Any, features: Features, position: torch.Tensor, charge: float = 0.0) -> float:
    """By SchNetPack."""
    results = made(
        {
            "scalar_representation": features[0],
            "vector_representation": features[1],
            spk.properties.R: position,
            spk.properties.n_atoms: torch.tensor([len(position)]),
            spk.properties.idx_m: torch.zeros(len(position), dtype=torch.long),
            spk.properties.total_charge: torch.tensor([charge], dtype=torch.float64),
        }
    )
    return float(results[made.dipole_key])


def total(found: Readout, features: Features) -> float:
    """The linear form at the states that it was frozen at."""
    scalar, vectors = features
    state = scalar if vectors is None else torch.cat([scalar, vectors.flatten(1)], -1)
    return float((found.o * state[:, : found.o.shape[1]]).sum() + found.constants.total().sum())


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("correct", [True, False])
@pytest.mark.parametrize("local", [True, False])
def test_it_adds_up_to_the_magnitude(
    features: Features, position: torch.Tensor, local: bool, correct: bool, layers: int, rule: str
) -> None:
    made = head(local=local, correct=correct, n_layers=layers)
    for charge in (0.0, -1.0):
        found = freeze_dipole(made, features, position, RULES[rule], total_charge=charge)
        assert found.o.shape == (N_ATOMS, FEATURES * (4 if local else 1))
        assert torch.isfinite(found.o).all()
        expected = magnitude(made, features, position, charge)
        assert total(found, features) == pytest.approx(expected, rel=1e-12)
        # The epsilon rule alone leaks, where there is an activation.
        assert (found.constants.leak is not None) is (rule == "epsilon" and (layers > 1 or local))


@pytest.mark.parametrize("correct", [True, False])
def test_without_activations_it_is_the_gradient(
    features: Features, position: torch.Tensor, correct: bool
) -> None:
    """The direction of a vector is the gradient of its length."""
    made = head(correct=correct, n_layers=2, activation=nn.Identity())
    scalar = features[0].clone().requires_grad_()
    moment = made.outnet(scalar) * (position - (position.mean(0) if correct else 0))
    moment.sum(0).norm().backward()
    found = freeze_dipole(made, features, position, Zero())
    torch.testing.assert_close(found.o, scalar.grad, rtol=1e-10, atol=1e-12)


def test_an_atom_in_the_middle_has_no_charge_to_move(features: Features) -> None:
    position = drawn(N_ATOMS, 3, seed=4)
    position[0] = position[1:].mean(0)
    found = freeze_dipole(head(), features, position, Zero())
    assert float(found.o[0].abs().max()) < 1e-14
    assert float(found.o[1:].abs().amax(1).min()) > 1e-3


@pytest.mark.parametrize("rule", RULES)
def test_it_turns_with_the_molecule(features: Features, position: torch.Tensor, rule: str) -> None:
    turn = torch.as_tensor(Rotation.random(rng=5).as_matrix())
    made = head(local=True, correct=False)
    scalar, vectors = features
    assert vectors is not None
    before = freeze_dipole(made, features, position, RULES[rule]).o
    after = freeze_dipole(made, (scalar, turn @ vectors), position @ turn.T, RULES[rule]).o
    torch.testing.assert_close(after[:, :FEATURES], before[:, :FEATURES], rtol=1e-9, atol=1e-11)
    shares = [o[:, FEATURES:].unflatten(1, (3, FEATURES)) for o in (before, after)]
    torch.testing.assert_close(shares[1], turn @ shares[0], rtol=1e-9, atol=1e-11)


def test_where_it_stands_matters_to_charges_that_are_not_corrected(
    features: Features, position: torch.Tensor
) -> None:
    for correct in (True, False):
        made = head(correct=correct)
        here, there = (
            freeze_dipole(made, features, place, Zero()).o for place in (position, position + 5.0)
        )
        assert torch.allclose(here, there, rtol=1e-9, atol=1e-11) is correct


def test_an_ions_constant_is_its_charge_along_the_dipole(
    features: Features, position: torch.Tensor
) -> None:
    """Far away, the middle of the charge is all that counts."""
    far = position + torch.tensor([0.0, 0.0, 1e8])
    made = head(n_layers=1)
    for name in ("weight", "bias"):
        getattr(made.outnet[0], name).mul_(1e-3)
    found = freeze_dipole(made, features, far, Zero(), total_charge=2.0)
    assert float(found.constants.bias) == pytest.approx(2e8, rel=1e-6)


# No direction.


@pytest.mark.parametrize("local", [True, False])
def test_a_dipole_that_vanishes_has_no_direction(local: bool) -> None:
    alone = drawn(1, FEATURES, seed=0), torch.zeros(1, 3, FEATURES, dtype=torch.float64)
    words = r"the network's dipole vanishes \(0\.0e\+00\): its magnitude has no direction to be sh"
    with pytest.raises(ModelError, match=words):
        freeze_dipole(head(local=local), alone, torch.ones(1, 3, dtype=torch.float64), Zero())
    # Rounding is no direction either: equal charges about their middle.
    scalar = alone[0].expand(2, -1)
    pair = torch.tensor([[0.1, 0.2, 0.3], [-0.1, -0.2, -0.3 + 1e-13]], dtype=torch.float64)
    with pytest.raises(ModelError, match="dipole vanishes"):
        freeze_dipole(head(correct=False), (scalar, None), pair, Zero())


def test_one_atom_off_the_origin_has_one() -> None:
    """|d| = |q| |r|: where charges are not corrected."""
    made, state = head(correct=False, n_layers=1), drawn(1, FEATURES, seed=3)
    place = torch.tensor([[0.0, 3.0, 4.0]], dtype=torch.float64)
    found = freeze_dipole(made, (state, None), place, Zero())
    sign = float(made.outnet(state).sign())
    np.testing.assert_allclose(found.o, sign * 5.0 * made.outnet[0].weight, rtol=1e-12)
    assert float(found.constants.bias) == pytest.approx(5 * sign * float(made.outnet[0].bias))


def test_what_is_not_a_number_passes(features: Features, position: torch.Tensor) -> None:
    """The output is checked where the chain is made, and says more."""
    position[0, 0] = float("nan")
    assert torch.isnan(freeze_dipole(head(), features, position, Zero()).o).any()


def test_what_cannot_be_frozen_is_said(features: Features, position: torch.Tensor) -> None:
    with pytest.raises(UnsupportedModelError, match="local dipoles need a representation with vec"):
        freeze_dipole(head(local=True), (features[0], None), position, Zero())
    for local in (True, False):
        with pytest.raises(UnsupportedModelError, match="sigmoid"):
            freeze_dipole(head(local=local, activation=torch.sigmoid), features, position, Zero())
