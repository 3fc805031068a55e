import numpy as np
import pytest
import torch
from chains import EveryWalk, MakeChain

from nearsight.errors import ConfigError
from nearsight.explain import Chain, balance, subsets
from nearsight.explain.sums import masked


@pytest.fixture(params=[None, 1.0], ids=["one batch", "one by one"])
def memory(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch):
    if request.param:
        monkeypatch.setattr(masked, "MEMORY", request.param)


@pytest.mark.usefixtures("memory")
def test_subsets_are_sums_of_walks_inside(chain: Chain, every_walk: EveryWalk):
    masks = np.random.default_rng(0).random((12, chain.n_atoms)) < 0.6
    expected = [
        sum(value for walk, value in every_walk(chain).items() if mask[list(walk)].all())
        for mask in masks
    ]
    found = subsets(chain, masks)["relevance"].to_numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_all_atoms_are_all_walks_and_none_is_nothing(make_chain: MakeChain):
    chain = make_chain()
    found = subsets(chain, torch.tensor([[1] * 5, [0] * 5]))["relevance"].to_numpy()
    assert found[0] == pytest.approx(balance(chain)["walks"].item(), rel=1e-12)
    assert found[1] == 0


def test_nested_sets_differ_by_the_walks_that_leave_the_inner(
    make_chain: MakeChain, every_walk: EveryWalk
):
    chain = make_chain(spread=1.0)
    inner, outer = np.array([1, 1, 0, 0, 0], bool), np.array([1, 1, 1, 1, 0], bool)
    leaving = sum(
        value
        for walk, value in every_walk(chain).items()
        if outer[list(walk)].all() and not inner[list(walk)].all()
    )
    small, large = subsets(chain, np.stack([inner, outer]))["relevance"].to_numpy()
    assert leaving != 0
    assert large - small == pytest.approx(leaving, rel=1e-9)


@pytest.mark.parametrize("masks", [np.ones((2, 4)), np.ones(5), np.full((1, 5), 0.5)])
def test_bad_masks_are_refused(make_chain: MakeChain, masks: np.ndarray):
    with pytest.raises(ConfigError, match="masks"):
        subsets(make_chain(), masks)


def test_no_masks_give_no_relevance(make_chain: MakeChain):
    assert subsets(make_chain(), np.ones((0, 5), bool))["relevance"].shape == (0,)
