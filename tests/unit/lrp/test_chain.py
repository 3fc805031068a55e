import pytest
import torch
from chains import EveryWalk, MakeChain

from nearsight.explain import Block, Chain
from nearsight.lrp.maps import Pieces


def test_adjoint_is_the_transpose(make_chain: MakeChain):
    block = make_chain(seed=4).blocks[0]
    u, v = torch.randn(2, 5, 3, dtype=torch.float64)
    assert (v * block.step(u)).sum().item() == pytest.approx(
        (block.adjoint.step(v) * u).sum().item()
    )


def test_states_and_adjoints_give_the_sum_of_all_walks_at_every_block(
    chain: Chain, every_walk: EveryWalk
):
    total = sum(every_walk(chain).values())
    for state, adjoint in zip(chain.states(), chain.adjoints(), strict=True):
        assert (state * adjoint).sum().item() == pytest.approx(total, rel=1e-10)


def test_batched_states_are_single_states(make_chain: MakeChain):
    chain = make_chain()
    starts = torch.randn(4, 5, 3, dtype=torch.float64)
    batched = chain.states(starts)[-1]
    for start, last in zip(starts, batched, strict=True):
        torch.testing.assert_close(chain.states(start)[-1], last)


def joined_block(width: int = 2) -> tuple[Block, Block]:
    """A block whose P is the beginning of its M, in pieces, and the same with matrices."""
    random = torch.Generator().manual_seed(3)
    n_atoms, unit = 4, torch.eye(2 * width, dtype=torch.float64).expand(4, -1, -1)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=random, dtype=torch.float64)

    corner, last = draw(n_atoms, width, width), draw(n_atoms, width, width)
    keeps = {(0, 0): corner, (0, 1): last, (1, 1): corner}
    pieces = Block(
        P=Pieces(2, 2, width, n_atoms, keeps),
        M=Pieces(2, 3, width, n_atoms, {**keeps, (0, 2): last, (1, 2): corner}),
        K=Pieces(3, 2, width, n_atoms, {(0, 0): last, (1, 1): None, (2, 1): corner}),
        f=draw(n_atoms, n_atoms, 3 * width),
        c=draw(n_atoms, 2 * width),
    )
    wide = torch.eye(3 * width, dtype=torch.float64).expand(4, -1, -1)
    dense = Block(P=pieces.P @ unit, M=pieces.M @ wide, K=pieces.K @ unit, f=pieces.f, c=pieces.c)
    return pieces, dense


@pytest.mark.parametrize("batch", [(), (3,)])
def test_what_is_kept_and_what_arrives_take_one_product(batch: tuple[int, ...]):
    pieces, dense = joined_block()
    state = torch.randn(*batch, 4, 4, dtype=torch.float64)
    torch.testing.assert_close(pieces.step(state), dense.step(state))
    torch.testing.assert_close(pieces.adjoint.step(state), dense.adjoint.step(state))


def test_no_product_is_made_of_what_is_kept_alone(monkeypatch: pytest.MonkeyPatch):
    """Forward three distinct pieces of M and two of K, backward the same: none for P."""
    pieces, _ = joined_block()
    products = []
    whole = torch.Tensor.__matmul__
    monkeypatch.setattr(torch.Tensor, "__matmul__", lambda x, y: products.append(x) or whole(x, y))
    for block in (pieces, pieces.adjoint):
        products.clear()
        block.step(torch.ones(4, 4, dtype=torch.float64))
        assert len(products) == 5


def test_an_atom_that_keeps_nothing_cannot_stay(make_chain: MakeChain):
    assert make_chain(stays="identity").blocks[0].adjacency.diagonal().all()
    assert make_chain(stays="matrix").blocks[0].adjacency.diagonal().all()
    assert not make_chain(stays="nothing").blocks[0].adjacency.diagonal().any()


def test_distances(make_chain: MakeChain):
    chain = make_chain()
    torch.testing.assert_close(chain.distance, torch.cdist(chain.position, chain.position))
    assert (chain.distance.diagonal() == 0).all()


def test_a_chain_is_frozen(make_chain: MakeChain):
    with pytest.raises(AttributeError):
        make_chain().readout_bias = 0.0
