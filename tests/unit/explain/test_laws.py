"""Laws that every quantity of a chain obeys, on random chains of any depth and width.

A chain is a product of affine maps, so whatever is a sum over its walks is linear in each of its
factors, does not know in which basis states are written, and reads the same from either end.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from chains import EveryWalk, MakeChain

from nearsight.explain import (
    Block,
    Chain,
    atoms,
    balance,
    bodies,
    count_walks,
    decay,
    hops,
    pairs,
    sample,
    subsets,
    top,
    triples,
    walks,
)

EDGES = np.array([0.0, 1.1, 2.3, 4.0, 9.0])
ORDER = [3, 0, 4, 2, 1]
Quantity = Callable[[Chain], np.ndarray]


def by_pair(kind: str) -> Quantity:
    return lambda chain: pairs(chain, kind)["relevance"].to_numpy()


def by_triple(chain: Chain) -> np.ndarray:
    """(N, N, N) of sorted atoms: which triples are listed depends on the edges."""
    found, table = np.zeros((chain.n_atoms,) * 3), triples(chain)
    found[tuple(table[x].to_numpy() for x in "ijk")] = table["relevance"]
    return found


def ranges(by: str, method: str) -> Quantity:
    return lambda chain: decay(chain, EDGES, by=by, method=method)["total"].to_numpy()


def inside(chain: Chain) -> np.ndarray:
    masks = np.tri(chain.n_atoms, dtype=bool)
    return subsets(chain, masks)["relevance"].to_numpy()


SIGNED: dict[str, Quantity] = {
    "all walks": lambda chain: balance(chain)["walks"].to_numpy(),
    "atoms": lambda chain: atoms(chain)["relevance"].to_numpy(),
    "exact pairs": by_pair("exact"),
    "pairs that contain": by_pair("contains"),
    "pairs of ends": by_pair("ends"),
    "triples": by_triple,
    "subsets": inside,
    "body orders": lambda chain: bodies(chain)["relevance"].to_numpy(),
    "by patterns": lambda chain: bodies(chain, method="patterns")["relevance"].to_numpy(),
    "diameter": ranges("diameter", "enumeration"),
    "start": ranges("start", "propagation"),
    "hop": ranges("hop", "propagation"),
    "ends": ranges("ends", "propagation"),
}
SIZES = [(1, 1, 1), (2, 3, 2), (3, 2, 5), (4, 1, 3)]
"""Depth, width of states and width of messages."""


def agree(found: np.ndarray, expected: np.ndarray, chain: Chain) -> None:
    """To rounding of the largest sums that cancel on the way."""
    scale = bodies(chain)["absolute"].sum().item() if chain.depth else 1.0
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11 * max(scale, 1e-300))


def changed(chain: Chain, block: int, **parts: torch.Tensor | None) -> Chain:
    """The chain with other parts in one of its blocks."""
    blocks = list(chain.blocks)
    blocks[block] = replace(blocks[block], **parts)
    return replace(chain, blocks=tuple(blocks))


@pytest.fixture(params=SIZES, ids=lambda size: "T{} S{} D{}".format(*size))
def some(request: pytest.FixtureRequest, make_chain: MakeChain) -> Chain:
    depth, n_state, n_message = request.param
    return make_chain(depth=depth, n_state=n_state, n_message=n_message, seed=depth)


def test_these_chains_have_walks_of_every_body_order(
    chain: Chain, some: Chain, every_walk: EveryWalk
) -> None:
    """Else the laws would hold of nothing."""
    for one in (chain, some):
        orders = {len(set(walk)) for walk in every_walk(one)}
        assert orders >= set(range(2, one.depth + 2))
        assert not one.blocks[0].adjacency.all() or one.depth == 1


@pytest.mark.parametrize("name", SIGNED)
def test_filters_may_be_split(some: Chain, name: str) -> None:
    """What two filters carry together is what each carries alone; what stays counts once."""
    middle = some.depth // 2
    block = some.blocks[middle]
    share = torch.rand(block.f.shape, generator=torch.Generator().manual_seed(0)).double()
    one = changed(some, middle, f=share * block.f)
    other = changed(some, middle, f=(1 - share) * block.f, P=torch.zeros_like(block.P))
    quantity = SIGNED[name]
    agree(quantity(one) + quantity(other), quantity(some), some)


@pytest.mark.parametrize("name", SIGNED)
def test_embeddings_and_gradients_may_be_split(some: Chain, name: str) -> None:
    quantity = SIGNED[name]
    for field in ("h", "o"):
        values = getattr(some, field)
        part = torch.rand(values.shape, generator=torch.Generator().manual_seed(1)).double()
        parts = [replace(some, **{field: x * values}) for x in (part, 1 - part)]
        agree(sum(quantity(x) for x in parts), quantity(some), some)


@pytest.mark.parametrize("name", SIGNED)
def test_the_basis_of_states_and_messages_does_not_matter(some: Chain, name: str) -> None:
    random = torch.Generator().manual_seed(2)

    def turn(size: int) -> torch.Tensor:
        matrix = torch.randn(size, size, generator=random, dtype=torch.float64)
        return torch.linalg.qr(matrix).Q * torch.linspace(0.5, 2.0, size).double()

    before = turn(some.h.shape[1])
    blocks, inverse = [], torch.linalg.inv(before)
    for block in some.blocks:
        after = turn(some.h.shape[1])
        # Filters are diagonal: messages may be scaled, but not mixed.
        scale = torch.rand(block.f.shape[-1], generator=random).double() + 0.5
        blocks.append(
            replace(
                block,
                P=after @ block.P @ inverse,
                M=after @ block.M / scale,
                K=scale[:, None] * block.K @ inverse,
            )
        )
        inverse = torch.linalg.inv(after)
    other = replace(some, h=some.h @ before.T, o=some.o @ inverse, blocks=tuple(blocks))
    agree(SIGNED[name](other), SIGNED[name](some), some)


def reordered(chain: Chain, order: Sequence[int]) -> Chain:
    """The same atoms under other numbers: new atom k is old atom ``order[k]``."""
    blocks = [
        Block(
            P=b.P[order], M=b.M[order], K=b.K[order], f=b.f[order][:, order], c=b.c[order],
        )
        for b in chain.blocks
    ]  # fmt: skip
    moved = {name: getattr(chain, name)[order] for name in ("h", "o", "position", "atomic_number")}
    return replace(chain, blocks=tuple(blocks), **moved)


def test_numbers_of_atoms_do_not_matter(some: Chain) -> None:
    other = reordered(some, ORDER)
    for name in ("all walks", "body orders", "by patterns", "diameter", "start", "hop", "ends"):
        agree(SIGNED[name](other), SIGNED[name](some), some)
    for name in ("exact pairs", "pairs that contain", "pairs of ends"):
        agree(SIGNED[name](other), SIGNED[name](some)[np.ix_(ORDER, ORDER)], some)
    agree(SIGNED["atoms"](other), SIGNED["atoms"](some)[:, ORDER], some)
    one, two = by_triple(some), by_triple(other)
    symmetric = [sum(x.transpose(a) for a in np.ndindex(3, 3, 3) if len(set(a)) == 3)
                 for x in (one, two)]  # fmt: skip
    agree(symmetric[1], symmetric[0][np.ix_(ORDER, ORDER, ORDER)], some)


def test_a_chain_read_from_its_end_has_the_walks_reversed(some: Chain) -> None:
    blocks = tuple(block.adjoint for block in reversed(some.blocks))
    other = replace(some, h=some.o, o=some.h, blocks=blocks)
    for name in ("all walks", "body orders", "by patterns", "diameter", "hop", "ends", "triples"):
        agree(SIGNED[name](other), SIGNED[name](some), some)
    for name in ("exact pairs", "pairs that contain", "subsets"):
        agree(SIGNED[name](other), SIGNED[name](some), some)
    agree(SIGNED["pairs of ends"](other), SIGNED["pairs of ends"](some).T, some)
    agree(SIGNED["atoms"](other), SIGNED["atoms"](some)[::-1], some)
    forward, backward = hops(some)["relevance"].to_numpy(), hops(other)["relevance"].to_numpy()
    agree(backward, forward[::-1].transpose(0, 2, 1), some)


def joined(one: Chain, other: Chain) -> Chain:
    """Both chains side by side, with no edge between them, 100 Å apart."""
    n, m = one.n_atoms, other.n_atoms

    def filters(a: Block, b: Block) -> torch.Tensor:
        found = a.f.new_zeros(n + m, n + m, a.f.shape[-1])
        found[:n, :n], found[n:, n:] = a.f, b.f
        return found

    blocks = tuple(
        Block(
            f=filters(a, b),
            **{x: torch.cat([getattr(a, x), getattr(b, x)]) for x in ("P", "M", "K", "c")},
        )
        for a, b in zip(one.blocks, other.blocks, strict=True)
    )
    both = {x: torch.cat([getattr(one, x), getattr(other, x)]) for x in ("h", "o", "atomic_number")}
    position = torch.cat([one.position, other.position + 100.0])
    return replace(one, blocks=blocks, position=position, **both)


@pytest.mark.parametrize("name", ["all walks", "body orders", "by patterns", "hop", "diameter"])
def test_chains_side_by_side_add_up(make_chain: MakeChain, name: str) -> None:
    one = make_chain(n_atoms=3, spread=0.8, seed=5)
    other = make_chain(n_atoms=4, spread=0.8, seed=6)
    both = joined(one, other)
    agree(SIGNED[name](both), SIGNED[name](one) + SIGNED[name](other), both)
    assert count_walks(both) == count_walks(one) + count_walks(other)
    for kind in ("exact", "contains", "ends"):
        assert (by_pair(kind)(both)[:3, 3:] == 0).all()


@pytest.mark.parametrize("method", ["enumeration", "sampling"])
def test_signed_sums_are_within_the_absolute_ones(some: Chain, method: str) -> None:
    table = bodies(some, method=method, n_samples=500)
    slack = 1e-12 * table["absolute"].sum()
    if method == "sampling":
        table = table.isel(n_atoms=slice(2, None))  # below, exact sums stand beside estimates
    assert (abs(table["relevance"]) <= table["absolute"] + slack).all()
    reach = decay(some, EDGES, method=method, n_samples=500)
    assert (abs(reach["relevance"]) <= reach["absolute"] + slack).all()
    assert (reach["absolute"] >= 0).all()


def test_one_atom_has_one_walk(make_chain: MakeChain) -> None:
    chain = make_chain(n_atoms=1, depth=3)
    state = chain.h[0]
    for block in chain.blocks:
        state = block.P[0] @ state
    alone = float(chain.o[0] @ state)
    table = walks(chain)
    assert table["walk"].to_numpy().tolist() == [[0, 0, 0, 0]]
    assert table["relevance"].item() == pytest.approx(alone, rel=1e-12)
    for method in ("enumeration", "patterns", "sampling"):
        found = bodies(chain, method=method, n_samples=10)
        assert found["relevance"].to_numpy() == pytest.approx([alone, 0, 0, 0], rel=1e-10)
    for kind in ("exact", "contains", "ends"):
        assert by_pair(kind)(chain) == pytest.approx(np.array([[alone]]), rel=1e-12)
    assert triples(chain).sizes["triple"] == 0
    assert top(chain, 5)["relevance"].to_numpy() == pytest.approx([alone], rel=1e-12)
    for by in ("diameter", "start", "hop", "ends"):
        assert decay(chain, EDGES, by=by)["total"].to_numpy()[0] == pytest.approx(alone, rel=1e-12)


def test_atoms_out_of_reach_of_each_other_stay_alone(make_chain: MakeChain) -> None:
    chain = make_chain(spread=500.0)
    assert not any(block.f.any() for block in chain.blocks)
    table = bodies(chain)
    total = balance(chain)["walks"].item()
    assert table["relevance"].to_numpy() == pytest.approx([total, 0, 0, 0], rel=1e-12)
    assert count_walks(chain) == chain.n_atoms
    exact = by_pair("exact")(chain)
    assert (exact == np.diag(np.diag(exact))).all()
    for kind in ("contains", "ends"):
        np.testing.assert_allclose(by_pair(kind)(chain), exact, rtol=1e-12)


def test_without_messages_or_states_that_stay_there_is_no_walk(make_chain: MakeChain) -> None:
    chain = make_chain(spread=500.0, stays="nothing")
    assert count_walks(chain) == 0
    assert walks(chain).sizes["walk"] == 0
    assert top(chain, 3).sizes["rank"] == 0
    for name, quantity in SIGNED.items():
        assert (quantity(chain) == 0).all(), name


def test_one_block_has_walks_of_one_step_by_hand(make_chain: MakeChain) -> None:
    chain = make_chain(depth=1, spread=1.0)
    (block,) = chain.blocks
    for i, j in ((0, 1), (3, 2), (4, 4)):
        step = block.P[i] if i == j else block.M[i] @ torch.diag(block.f[i, j]) @ block.K[j]
        found = by_pair("ends")(chain)[j, i]
        assert found == pytest.approx(float(chain.o[i] @ step @ chain.h[j]), rel=1e-12)


@pytest.mark.parametrize("depth", [2, 3])
def test_estimates_of_every_sum_lie_within_their_errors(
    make_chain: MakeChain, every_walk: EveryWalk, depth: int
) -> None:
    """Over independent seeds: unbiased, and as far off on average as their error says."""
    chain = make_chain(depth=depth, spread=0.9)
    total = sum(every_walk(chain).values())
    size = sum(abs(x) for x in every_walk(chain).values())
    offs = []
    for seed in range(80):
        drawn = sample(chain, 300, seed)
        offs.append([
            (drawn["total"].item() - total) / drawn["total_error"].item(),
            (drawn["total_absolute"].item() - size) / drawn["total_absolute_error"].item(),
        ])  # fmt: skip
    offs = np.array(offs)
    assert (np.abs(offs.mean(axis=0)) < 3.5 / np.sqrt(80)).all()
    assert ((offs.std(axis=0) > 0.7) & (offs.std(axis=0) < 1.3)).all()
