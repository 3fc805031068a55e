"""Random chains, which no family made, and every walk of one by walking it."""

from collections.abc import Callable
from dataclasses import replace

import torch

from nearsight.explain import Block, Chain, Gamma
from nearsight.lrp.filters import Listed, hops
from nearsight.lrp.links import both_ways

Walks = dict[tuple[int, ...], float]
MakeChain = Callable[..., Chain]
EveryWalk = Callable[[Chain], Walks]
MakeNetwork = Callable[..., torch.nn.Module]


def random_chain(
    *,
    depth: int = 3,
    n_atoms: int = 5,
    n_state: int = 3,
    n_message: int = 4,
    stays: str = "matrix",
    seed: int = 0,
    spread: float = 1.0,
):
    """A chain of random matrices on random positions; edges below 2.5 Å."""
    random = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=random, dtype=torch.float64)

    position = spread * draw(n_atoms, 3)
    near = (torch.cdist(position, position) < 2.5) & ~torch.eye(n_atoms, dtype=torch.bool)
    keeps = {
        "matrix": lambda: draw(n_atoms, n_state, n_state),
        "identity": lambda: None,
        "nothing": lambda: torch.zeros(n_atoms, n_state, n_state, dtype=torch.float64),
    }
    blocks = tuple(
        Block(
            P=keeps[stays](),
            M=draw(n_atoms, n_state, n_message),
            K=draw(n_atoms, n_message, n_state),
            f=draw(n_atoms, n_atoms, n_message) * near[..., None],
            c=draw(n_atoms, n_state),
            vector=draw(n_atoms, n_state),
            leak=draw(n_atoms, n_state),
        )
        for _ in range(depth)
    )
    return Chain(
        h=draw(n_atoms, n_state),
        o=draw(n_atoms, n_state),
        blocks=blocks,
        readout_bias=0.7,
        atomic_number=torch.ones(n_atoms, dtype=torch.long),
        position=position,
        rule=Gamma(0.1),
        vector="detach",
        cutoff=2.5,
        output=1.0,
        readout_leak=0.2,
    )


def listed(chain: Chain) -> Chain:
    """The same chain with its filters listed, as those of large molecules are."""
    links = both_ways([hops(block.f).links for block in chain.blocks])
    tables = [block.array[links.i, links.j] for block in chain.blocks]
    blocks = zip(chain.blocks, tables, strict=True)
    return replace(
        chain, blocks=tuple(replace(block, f=Listed(links, table)) for block, table in blocks)
    )


_WALKED: dict[int, tuple[Chain, Walks]] = {}


def brute_force(chain: Chain) -> Walks:
    """Relevance of every walk that can be taken, by walking it; known chains are not walked again.

    In lexicographic order. A chain is held as long as it is known, so that its id stays its own.
    """
    if id(chain) not in _WALKED:
        found: Walks = {}
        for atom in range(chain.n_atoms):
            _go_on(chain, (atom,), chain.h[atom], found)
        _WALKED[id(chain)] = chain, found
    return _WALKED[id(chain)][1]


def _go_on(chain: Chain, walk: tuple[int, ...], state: torch.Tensor, found: Walks) -> None:
    """From a walk so far, and what it brings to its last atom, every way on."""
    j = walk[-1]
    if len(walk) > chain.depth:
        found[walk] = float(chain.o[j] @ state)
        return
    block = chain.blocks[len(walk) - 1]
    sent = block.K[j] @ state
    for i in range(chain.n_atoms):
        if i == j:
            possible = block.P is None or bool(block.P.any())
            moved = state if block.P is None else block.P[i] @ state
        else:
            possible = bool((block.array[i, j] != 0).any())
            moved = block.M[i] @ (block.array[i, j] * sent)
        if possible:
            _go_on(chain, (*walk, i), moved, found)
