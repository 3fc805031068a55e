"""Listed filters do what the array of the same filters does."""

import pytest
import torch
from chains import MakeChain, listed

from nearsight.errors import MemoryLimitError
from nearsight.lrp import memory
from nearsight.lrp.filters import Filters, Listed, as_array, gather, hops, joined, turned
from nearsight.lrp.links import both_ways

N, D = 7, 3


@pytest.fixture
def array(make_chain: MakeChain) -> torch.Tensor:
    return make_chain(n_atoms=N, n_message=D, seed=5).blocks[0].f


@pytest.fixture(params=["in order", "by rows", "turned twice"])
def listing(request: pytest.FixtureRequest, array: torch.Tensor) -> Listed:
    links = both_ways([hops(array).links])
    table = array[links.i, links.j]
    if request.param == "in order":
        return Listed(links, table)
    order = torch.randperm(len(links), generator=torch.Generator().manual_seed(0))
    shuffled = Listed(links, table[order], order.argsort())
    return shuffled if request.param == "by rows" else shuffled.turned.turned


def test_the_array_of_a_list_is_the_array(listing: Listed, array: torch.Tensor):
    assert listing.shape == array.shape
    assert torch.equal(as_array(listing), array)
    assert as_array(array) is array


def test_what_arrives_is_the_sum_over_senders(listing: Listed, array: torch.Tensor):
    sent = torch.randn(N, D, dtype=torch.float64)
    expected = torch.einsum("ijd,jd->id", array, sent)
    torch.testing.assert_close(gather(listing, sent), expected)
    torch.testing.assert_close(gather(array, sent), expected)


def test_what_arrives_is_the_same_in_small_pieces(
    listing: Listed, array: torch.Tensor, monkeypatch: pytest.MonkeyPatch
):
    sent = torch.randn(N, D, dtype=torch.float64)
    monkeypatch.setattr("nearsight.lrp.filters.ROWS", 4)
    torch.testing.assert_close(gather(listing, sent), gather(array, sent))


def test_many_messages_at_once(listing: Listed, array: torch.Tensor):
    sent = torch.randn(N, D, 4, dtype=torch.float64)
    expected = torch.einsum("ijd,jdb->idb", array, sent)
    torch.testing.assert_close(listing.gather_many(sent), expected)


def test_turned_filters_exchange_the_atoms(listing: Listed, array: torch.Tensor):
    assert torch.equal(as_array(turned(listing)), array.transpose(0, 1))
    assert torch.equal(turned(array), array.transpose(0, 1))
    sent = torch.randn(N, D, 2, dtype=torch.float64)
    expected = torch.einsum("jid,jdb->idb", array, sent)
    torch.testing.assert_close(listing.turned.gather_many(sent), expected)


def test_a_part_of_the_filters(listing: Listed, array: torch.Tensor):
    near = listing.links.i < listing.links.j
    upper = torch.ones(N, N, dtype=torch.bool).triu(1)[..., None]
    assert torch.equal(as_array(listing.where(near)), array * upper)


def test_filters_on_other_links_are_zero_where_they_are_not_listed(
    listing: Listed, array: torch.Tensor
):
    some = listing.where(listing.links.j != 0)
    there = some.on(listing.links)
    assert there.links is listing.links
    without = array.clone()
    without[:, 0] = 0
    assert torch.equal(as_array(there), without)


def test_filters_of_no_links_are_zero_everywhere(listing: Listed):
    nothing = listing.where(torch.zeros(len(listing.links), dtype=torch.bool))
    assert not as_array(nothing.on(listing.links)).any()
    assert not gather(nothing, torch.ones(N, D, dtype=torch.float64)).any()


def test_joined_filters_stand_side_by_side(listing: Listed, array: torch.Tensor):
    expected = torch.cat([array, array], dim=-1)
    assert torch.equal(as_array(joined([listing, listing])), expected)
    assert torch.equal(joined([array, array]), expected)


@pytest.mark.parametrize("form", ["array", "turned array", "list"])
def test_hops_are_the_filters_that_are_not_zero(form: str, array: torch.Tensor, listing: Listed):
    silent = array.clone()
    silent[0, :3] = 0
    kept = listing.links.i.ne(0) | (listing.links.j >= 3)
    zeroed = Listed(listing.links, listing.of(slice(None)) * kept[:, None])
    forms: dict[str, Filters] = {
        "array": silent, "turned array": silent.transpose(0, 1), "list": zeroed
    }  # fmt: skip
    found = hops(forms[form])
    assert torch.equal(as_array(found), as_array(forms[form]))
    assert (found.of(slice(None)) != 0).any(-1).all()
    assert (found.links.key.diff() > 0).all()


def test_a_list_without_silent_pairs_is_its_own_hops(listing: Listed):
    whole = listing.where((listing.of(slice(None)) != 0).any(-1))
    assert hops(whole) is whole


def test_filters_move_to_another_precision(listing: Listed):
    assert listing.to(dtype=torch.float32).table.dtype == torch.float32
    assert listing.to(dtype=torch.float32).links is listing.links


def test_an_array_that_does_not_fit_is_refused_before_it_is_made(
    listing: Listed, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(memory, "free_bytes", lambda device=None: 1000.0)
    with pytest.raises(
        MemoryLimitError, match=r"filters of all pairs of 7 atoms would take .* GiB"
    ):
        as_array(listing)


def test_a_listed_block_steps_as_a_dense_one(make_chain: MakeChain):
    dense = make_chain(depth=2, n_atoms=8, seed=3)
    for state in (dense.h, torch.randn(3, 8, 3, dtype=torch.float64)):
        for one, other in zip(dense.blocks, listed(dense).blocks, strict=True):
            torch.testing.assert_close(one.step(state), other.step(state))
            torch.testing.assert_close(one.adjoint.step(state), other.adjoint.step(state))
            assert torch.equal(one.adjacency, other.adjacency)
            assert torch.equal(one.filters, other.filters)


def test_a_listed_chain_moves_to_single_precision_whole(make_chain: MakeChain):
    moved = listed(make_chain()).to(dtype=torch.float32)
    assert moved.listed
    assert moved.states()[-1].dtype == torch.float32
    assert moved.blocks[0].hops.links is moved.blocks[1].hops.links
