import pytest
import torch
from chains import EveryWalk, MakeChain

from nearsight.explain import Chain, balance


def test_terms_add_up_to_the_forward_pass_of_the_chain(chain: Chain):
    state = chain.h
    for block in chain.blocks:
        state = block.step(state) + block.c
    total = (chain.o * state).sum().item() + chain.readout_bias + chain.readout_leak
    shares = balance(chain)
    parts = [shares[name].sum().item() for name in ("walks", "bias", "vector")]
    parts += [shares["readout_bias"].item(), shares["leak"].item()]
    assert sum(parts) == pytest.approx(total, rel=1e-10)
    assert shares["conservation_error"].item() == pytest.approx(abs(total - 1.0), rel=1e-10)


def test_constants_of_the_last_block_are_read_out_directly(make_chain: MakeChain):
    chain = make_chain(depth=3)
    block, shares = chain.blocks[-1], balance(make_chain(depth=3))
    bias = block.c - block.vector - block.leak
    assert shares["vector"][-1].item() == pytest.approx((chain.o * block.vector).sum().item())
    assert shares["bias"][-1].item() == pytest.approx((chain.o * bias).sum().item())


def test_walks_are_all_walks(chain: Chain, every_walk: EveryWalk):
    total = sum(every_walk(chain).values())
    assert balance(chain)["walks"].item() == pytest.approx(total, rel=1e-10)


def test_no_gradient_is_recorded(make_chain: MakeChain):
    assert not any(torch.is_tensor(v) and v.requires_grad for v in make_chain().states())
