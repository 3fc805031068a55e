"""Relevance of triples of atoms by chains of three atoms, all triples at a time."""

import torch
import xarray as xr

from nearsight import units
from nearsight.explain.sums.masked import MEMORY
from nearsight.explain.sums.near import alone_states
from nearsight.explain.sums.pairs import step_pairs
from nearsight.explain.variables import chain_attributes, energy, require_tables, variable
from nearsight.lrp.chain import Block, Chain
from nearsight.lrp.maps import Maps, at_atom, by_group, is_shared


def triples(chain: Chain) -> xr.Dataset:
    """Relevance of walks on exactly {i, j, k}, for every triple that walks can connect.

    A chain of three atoms per triple carries, for each of its atoms, the state of walks that stand
    there and have visited two or all three; nothing is subtracted. Cost: N³/2 states at most, and
    memory that grows with N².

    Returns:
        Along ``triple``, in lexicographic order: ``i`` < ``j`` < ``k`` (atoms), ``relevance`` in
        eV, and ``diameter``, the largest of the three distances, in Å. Triples that are absent have
        the relevance 0.

    Raises:
        MemoryLimitError: messages of all pairs of atoms do not fit.
    """
    n_state, n_message = chain.blocks[0].M.shape[1:]
    # Messages and filters of every block, and states of pairs twice.
    per_pair = 2 * chain.depth * n_message + 2 * n_state
    require_tables(chain, per_pair, "triples", instead="take near_pairs, or fewer atoms")
    table = _connected(chain)
    n_rows = max(1, int(MEMORY / (6 * _width(chain) * chain.h.element_size())))
    sent = _pair_messages(chain)
    relevance = [_relevance(chain, sent, some) for some in table.split(n_rows)]
    i, j, k = table.T
    distance = chain.distance
    diameter = torch.maximum(torch.maximum(distance[i, j], distance[i, k]), distance[j, k])
    dims = ("triple",)
    return xr.Dataset(
        {
            "i": variable(dims, i, units.ONE, "first atom"),
            "j": variable(dims, j, units.ONE, "second atom"),
            "k": variable(dims, k, units.ONE, "third atom"),
            "relevance": energy(
                dims,
                torch.cat(relevance) if relevance else chain.h.new_zeros(0),
                "relevance of walks on exactly these three atoms",
            ),
            "diameter": variable(dims, diameter, units.LENGTH, "largest of the three distances"),
        },
        attrs=chain_attributes(chain),
    )


def _width(chain: Chain) -> int:
    return sum(chain.blocks[0].M.shape[1:])


def _connected(chain: Chain) -> torch.Tensor:
    """(n, 3) triples i < j < k joined by at least two bonds of the graph; none below depth 2."""
    near = torch.stack([block.adjacency | block.adjacency.T for block in chain.blocks]).any(0)
    found = []
    for i in range(chain.n_atoms if chain.depth > 1 else 0):
        j, k = torch.triu_indices(chain.n_atoms, chain.n_atoms, 1, device=near.device)
        bonds = near[i, j].int() + near[i, k].int() + near[j, k].int()
        rows = ((j > i) & (bonds >= 2)).nonzero()[:, 0]
        found.append(torch.stack([torch.full_like(rows, i), j[rows], k[rows]], dim=1))
    return torch.cat(found) if found else torch.zeros(0, 3, dtype=torch.long, device=near.device)


def _relevance(chain: Chain, sent_pairs: list[torch.Tensor], table: torch.Tensor) -> torch.Tensor:
    """(n,) of triples (n, 3), given the messages (N, N, D) of walks on pairs, block by block."""
    at = [_Grouped(table[:, role], chain.n_atoms) for role in range(3)]
    three = [chain.h.new_zeros(len(table), chain.h.shape[1]) for _ in range(3)]
    # On fewer than two steps no walk has seen three atoms.
    for t, (block, sent) in enumerate(zip(chain.blocks[1:], sent_pairs, strict=True)):
        three = _step(block, table, at, three, sent, first=t == 0)
    parts = [(chain.o[table[:, role]] * three[role]).sum(-1) for role in range(3)]
    return parts[0] + parts[1] + parts[2]


def _pair_messages(chain: Chain) -> list[torch.Tensor]:
    """(N, N, D) what j sends to each block but the first, after walks on exactly {j, other}."""
    found: list[torch.Tensor] = []
    both, every = None, slice(0, chain.n_atoms)
    steps = zip(chain.blocks, chain.blocks[1:], alone_states(chain), strict=False)
    for block, following, alone in steps:
        both = step_pairs(block, both, both, alone, every, every)
        found.append((following.K @ both).mT)
    return found


class _Grouped:
    """Rows sorted by the atom they stand at, so that each atom's matrix is applied once."""

    def __init__(self, atom: torch.Tensor, n_atoms: int) -> None:
        self.order = atom.argsort(stable=True)
        self.counts = torch.bincount(atom, minlength=n_atoms).tolist()

    def apply(self, maps: Maps, rows: torch.Tensor) -> torch.Tensor:
        """Maps of the rows' atoms applied to rows (n, B)."""
        if is_shared(maps):
            return at_atom(maps, 0, rows)
        found = rows.new_empty(len(rows), maps.shape[1])
        found[self.order] = by_group(maps, rows[self.order], self.counts)
        return found


def _step(
    block: Block,
    table: torch.Tensor,
    at: "list[_Grouped]",
    three: list[torch.Tensor],
    sent_pairs: torch.Tensor,
    *,
    first: bool,
) -> list[torch.Tensor]:
    """One block for walks that have visited all three; ``three[role]`` stand at table[:, role]."""
    sent = None if first else [at[role].apply(block.K, three[role]) for role in range(3)]
    found = []
    for here in range(3):
        gathered = torch.zeros_like(three[here][:, :1])
        for by, other in (((here + 1) % 3, (here + 2) % 3), ((here + 2) % 3, (here + 1) % 3)):
            # Came from `by` having visited {by, other} or all: now all three are visited.
            message = sent_pairs[table[:, by], table[:, other]]
            message = message if sent is None else message + sent[by]
            gathered = gathered + block.array[table[:, here], table[:, by]] * message
        if block.keeps_as_arrived and not first:
            gathered[:, : three[here].shape[1]] += three[here]
            found.append(at[here].apply(block.M, gathered))
            continue
        moved = at[here].apply(block.M, gathered)
        found.append(moved if first else moved + _keep(block, at[here], three[here]))
    return found


def _keep(block: Block, at: _Grouped, rows: torch.Tensor) -> torch.Tensor:
    return rows if block.P is None else at.apply(block.P, rows)
