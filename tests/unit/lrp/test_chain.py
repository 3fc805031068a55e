import pytest
import torch
from chains import EveryWalk, MakeChain

from nearsight.explain import Chain


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
