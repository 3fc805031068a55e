"""PaiNN's derivative by hand against autograd, and where it is used."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from test_states_and_fast import KNOWN, PAINN, built, geometries, network
from torch import nn
from torch.nn import functional

from nearsight.families.painn import states as states_module
from nearsight.families.painn.by_hand import Block, TwoLayers, last_states
from nearsight.families.painn.states import painn_states
from nearsight.families.schnetpack.sums import Links

ATOMS, FEATURES, RADIAL = 4, 3, 5
LINKS = Links(torch.tensor([0, 0, 1, 2]), torch.tensor([1, 2, 2, 3]))


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    source = torch.Generator().manual_seed(seed + sum(shape))
    return 0.7 * torch.randn(*shape, generator=source, dtype=torch.float64)


def layers(n_in: int, n_out: int, activation: Callable[..., torch.Tensor]) -> TwoLayers:
    return TwoLayers(
        first=drawn(FEATURES, n_in),
        first_bias=drawn(FEATURES, seed=1),
        second=drawn(n_out, FEATURES, seed=2),
        second_bias=drawn(n_out, seed=3),
        activation=activation,
    )


def blocks(depth: int, activation: Callable[..., torch.Tensor]) -> list[Block]:
    found = []
    for k in range(depth):
        kinds, read = 2 if k == 0 else 3, 2 if k == depth - 1 else 3
        found.append(
            Block(
                filters=drawn(RADIAL + 1, kinds * FEATURES, seed=10 * k),
                context=layers(FEATURES, kinds * FEATURES, activation),
                mix=drawn(2 * FEATURES, FEATURES, seed=10 * k),
                read=layers(2 * FEATURES, read * FEATURES, activation),
                epsilon=1e-3,
            )
        )
    return found


def pairs() -> tuple[torch.Tensor, torch.Tensor]:
    direction = functional.normalize(drawn(1, 4, 3, seed=5), dim=-1)[..., None]
    basis, both = drawn(4, RADIAL + 1, seed=6), torch.cat([direction, -direction])
    return basis.requires_grad_(), both.requires_grad_()


def in_a_loop(
    q: torch.Tensor, basis: torch.Tensor, direction: torch.Tensor, blocks: list[Block]
) -> torch.Tensor:
    """The formulas of the paper, atom by atom, with the zero vectors of the first block."""
    mu, n = q.new_zeros(len(q), 3, FEATURES), FEATURES
    for block in blocks:
        x, filters = block.context(q)[0], basis @ block.filters
        if x.shape[1] == 2 * n:
            x, filters = functional.pad(x, (0, n)), functional.pad(filters, (0, n))
        dq, dmu = [0.0] * len(q), [torch.zeros(3, n).double()] * len(q)
        for link, (i, j) in enumerate(zip(LINKS.to.tolist(), LINKS.source.tolist(), strict=True)):
            way, pair = divmod(link, len(basis))
            into_q, along, own = (x[j] * filters[pair]).split(n)
            dq[i] = dq[i] + into_q
            dmu[i] = dmu[i] + along * direction[way, pair] + own * mu[j]
        q, mu = q + torch.stack(dq), mu + torch.stack(dmu)
        v, w = (mu @ block.mix.T).split(n, -1)
        read = block.read(torch.cat([q, (v.square().sum(1) + block.epsilon).sqrt()], 1))[0]
        q = q + read[:, :n] + read[:, n : 2 * n] * (v * w).sum(1)
        if read.shape[1] > 2 * n:
            mu = mu + read[:, None, 2 * n :] * w
    return q


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("activation", [functional.silu, torch.tanh, functional.softplus])
def test_states_and_gradients_are_those_of_a_loop(depth: int, activation: Any) -> None:
    q, made = drawn(ATOMS, FEATURES, seed=7), blocks(depth, activation)
    by_hand, by_loop = pairs(), pairs()
    found = last_states(q, *by_hand, made, LINKS)
    # Autograd has to see through the layers: the way back that they hand out is not for it.
    with torch.enable_grad():
        expected = in_a_loop(q, *by_loop, [plain(block) for block in made])
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    weight = drawn(ATOMS, FEATURES, seed=8)
    ours = torch.autograd.grad((weight * found).sum(), by_hand)
    others = torch.autograd.grad((weight * expected).sum(), by_loop)
    for a, b in zip(ours, others, strict=True):
        assert float(b.abs().max()) > 1e-3
        torch.testing.assert_close(a, b, rtol=1e-11, atol=1e-12)


def plain(block: Block) -> Any:
    """The block with layers through which autograd sees."""

    class Plain:
        filters, mix, epsilon = block.filters, block.mix, block.epsilon

        @staticmethod
        def context(x: torch.Tensor) -> tuple[torch.Tensor]:
            return (through(block.context, x),)

        @staticmethod
        def read(x: torch.Tensor) -> tuple[torch.Tensor]:
            return (through(block.read, x),)

    return Plain


def through(layer: TwoLayers, x: torch.Tensor) -> torch.Tensor:
    hidden = layer.activation(functional.linear(x, layer.first, layer.first_bias))
    return functional.linear(hidden, layer.second, layer.second_bias)


@pytest.mark.parametrize("activation", [functional.silu, torch.tanh])
def test_gradients_are_differences(activation: Any) -> None:
    q, made = drawn(ATOMS, FEATURES, seed=9), blocks(2, activation)
    assert torch.autograd.gradcheck(
        lambda basis, direction: last_states(q, basis, direction, made, LINKS), pairs()
    )


def test_gradients_may_be_asked_for_twice_but_not_their_own() -> None:
    q, given = drawn(ATOMS, FEATURES, seed=9), pairs()
    total = last_states(q, *given, blocks(2, functional.silu), LINKS).square().sum()
    first = torch.autograd.grad(total, given, retain_graph=True)
    again = torch.autograd.grad(total, given, create_graph=True)
    for a, b in zip(first, again, strict=True):
        assert torch.equal(a, b)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        again[0].sum().backward()


@pytest.mark.parametrize("name", [name for name in KNOWN if name.startswith("painn")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_by_hand_and_by_autograd_agree(
    name: str, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, (atoms, position) = KNOWN[name](), geometries()
    few = built(net, atoms, dtype)(position)
    monkeypatch.setattr(states_module, "FEW_BYTES", -1)
    many = built(net, atoms, dtype)(position)
    close = 1e-12 if dtype == torch.float64 else 3e-6
    for a, b in zip(few, many, strict=True):
        torch.testing.assert_close(a, b, rtol=close, atol=close * float(b.abs().max()))


@pytest.mark.parametrize("n_pairs", [0, 1, 40])
def test_few_pairs_are_taken_by_hand(n_pairs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to a size in bytes, so half as many in double precision."""
    net, taken = network(PAINN).representation, []
    n = net.n_atom_basis
    monkeypatch.setattr(states_module, "FEW_BYTES", 40 * 4 * n)
    for name in ("last_states", "_states"):
        real = getattr(states_module, name)
        monkeypatch.setattr(
            states_module, name, lambda *a, name=name, real=real: taken.append(name) or real(*a)
        )
    for dtype in (torch.float32, torch.float64):
        made = painn_states(net.to(dtype), trained=False)
        assert made is not None
        vector = drawn(n_pairs, 3).to(dtype)
        first, second = torch.zeros(n_pairs).long(), torch.ones(n_pairs).long()
        found = made(torch.tensor([1, 6]), vector, Links(first, second))
        assert found.shape == (2, n)
    assert taken == ["last_states", "_states" if n_pairs == 40 else "last_states"]


def test_an_atom_alone_has_no_gradient_and_its_own_state() -> None:
    net = network(PAINN).double().representation
    made = painn_states(net, trained=False)
    assert made is not None
    none = torch.zeros(0).long()
    vector = torch.zeros(0, 3).double().requires_grad_()
    found = made(torch.tensor([6, 6]), vector, Links(none, none))
    assert torch.equal(found[0], found[1])
    (slope,) = torch.autograd.grad(found.sum(), vector)
    assert slope.shape == (0, 3)


def test_weights_that_nobody_reads_are_left_out() -> None:
    """The first block sends no vectors, and the last changes none that a head would read."""
    net = network(PAINN).representation
    n, made = net.n_atom_basis, states_module._blocks(net)
    assert [block.filters.shape[1] for block in made] == [2 * n, 3 * n, 3 * n]
    assert [len(block.read.second) for block in made] == [3 * n, 3 * n, 2 * n]
    assert all(not isinstance(block.mix, nn.Parameter) for block in made)


def test_forces_turn_with_the_molecule_and_add_up_to_nothing() -> None:
    net, (atoms, position) = KNOWN["painn"](), geometries()
    turn = torch.linalg.qr(drawn(3, 3, seed=4)).Q
    energy, force = built(net, atoms, torch.float64)(position[:3])
    turned, of_turned = built(net, atoms, torch.float64)(position[:3] @ turn)
    torch.testing.assert_close(turned, energy, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(of_turned, force @ turn, rtol=0, atol=1e-12)
    torch.testing.assert_close(force.sum(1), torch.zeros(3, 3).double(), rtol=0, atol=1e-12)
    torque = torch.linalg.cross(position[:3], force).sum(1)
    torch.testing.assert_close(torque, torch.zeros(3, 3).double(), rtol=0, atol=1e-11)


def test_copies_do_not_see_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """One by one by hand as all at once by autograd: a replica may leave a batch at any step."""
    net, (atoms, position) = KNOWN["painn"](), geometries()
    potential = built(net, atoms, torch.float64)
    alone = [potential(one[None]) for one in position]
    monkeypatch.setattr(states_module, "FEW_BYTES", -1)
    for k, whole in enumerate(potential(position)):
        apart = torch.cat([one[k] for one in alone])
        torch.testing.assert_close(apart, whole, rtol=1e-12, atol=1e-12)
