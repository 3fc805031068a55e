"""Walks that visit two given atoms, whatever else, summed without visiting any.

A walk that visits i and j is cut where it first touches either, at i say. Before, it has avoided
both; there it meets the adjoint of all walks that still visit j. That is R(V) - R(V without i) -
R(V without j) + R(V without both), but every term has a factor that is small where the pair is far
apart, so that far pairs keep their digits.

With g_ij what arrives at i from j alone at the first step, G_i = sum_j g_ij, and b_k, a_kj what k
sends at the second step in all and because of g_kj, walks that touch i first have brought along

    step 1:  G_i - g_ij
    step 2:  sum_{k not j} f_ik * (b_k - a_ki - a_kj)

None of these is made for every pair and every third atom, but for pairs alone: the sum over
k of f_ik * a_kj is a product of matrices. From the third step on a state is carried for every pair
and atom.
"""

import torch

from nearsight.explain.sums.masked import batch_size
from nearsight.lrp.chain import Chain
from nearsight.lrp.maps import apply, per_atom


def contains(chain: Chain) -> torch.Tensor:
    """(N, N) relevance of walks that visit both atoms; visits to one atom on the diagonal.

    Cost: to depth 3 two states per pair and step and N³ D operations, then N²/2 masked
    propagations of all atoms.
    """
    wanted, from_start = _wanted(chain)
    # By the first atom touched (row) and the other.
    first = from_start
    for gathered, later in zip(_first_touches(chain), wanted, strict=False):
        first = first + (gathered.transpose(0, 1) * later).sum(1)
    if chain.depth > 3:
        first = first + _late_touches(chain, wanted)
    first.fill_diagonal_(0)
    visits = from_start.sum(0) - from_start.diagonal() + (chain.h * chain.adjoints()[0]).sum(1)
    return first + first.T + torch.diag(visits)


def _wanted(chain: Chain) -> tuple[list[torch.Tensor], torch.Tensor]:
    """What is wanted by walks that visit a target later on, or where they are.

    Returns:
        For blocks 1 to T - 1, (N at, D, N target): of what arrives at an atom in that block. And
        (N start, N target) relevance of the walks that start at an atom and visit a target; the
        diagonal means nothing.
    """
    every = torch.arange(chain.n_atoms, device=chain.h.device)
    adjoints, last = chain.adjoints(), chain.blocks[-1]
    # Of walks that visit the target at the end and no later: one message of each atom.
    sent = per_atom(last.M.mT, chain.o).T[:, None]
    gathered = (last.adjoint.filters * sent).transpose(0, 1)
    found, waiting = [], None
    for t in range(chain.depth - 1, 0, -1):
        block, back = chain.blocks[t - 1], chain.blocks[t].adjoint
        if waiting is None:
            waiting = apply(back.M, gathered)
        else:
            waiting = back.update(waiting, gathered, sent=found[-1])
        waiting[every, :, every] = adjoints[t]
        found.append(apply(block.M.mT, waiting))
        gathered = block.adjoint.gather(found[-1])
    block = chain.blocks[0]
    from_start = per_atom(block.K, chain.h)[:, None] @ gathered
    if waiting is not None:
        from_start += block.keep(chain.h)[:, None] @ waiting
    return found[::-1], from_start[:, 0]


def _first_touches(chain: Chain) -> list[torch.Tensor]:
    """For steps 1 and 2, (D, N i, N j) what arrives at i of walks that avoided i and j before."""
    if chain.depth < 2:
        return []
    first, second = chain.blocks[:2]
    arrived = first.filters * per_atom(first.K, chain.h).T[:, None]
    found = [arrived.sum(-1, keepdim=True) - arrived]
    if chain.depth > 2:
        because, whole = _second_messages(chain, arrived)
        come = second.filters * (whole.T[:, None] - because.permute(1, 2, 0))
        found.append(come.sum(-1, keepdim=True) - come - second.gather(because).transpose(0, 1))
    return found


def _second_messages(chain: Chain, arrived: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(N k, D, N j) what k sends at the second step because of j, and (N, D) in all.

    Args:
        chain: of depth 2 at least.
        arrived: (D, N k, N j) what arrives at k from j at the first step.
    """
    because = apply(chain.blocks[0].M, arrived.transpose(0, 1))
    return apply(chain.blocks[1].K, because), per_atom(chain.blocks[1].K, chain.states()[1])


def _late_touches(chain: Chain, wanted: list[torch.Tensor]) -> torch.Tensor:
    """(N i, N j) relevance of walks that first touch i or j at step 3 or later, above the diagonal.

    Args:
        chain: of depth 4 at least.
        wanted: see :func:`_wanted`.
    """
    first, n_atoms = chain.blocks[0], chain.n_atoms
    arrived = first.filters * per_atom(first.K, chain.h).T[:, None]
    because = apply(first.M, arrived.transpose(0, 1))
    i, j = torch.triu_indices(n_atoms, n_atoms, 1, device=chain.h.device)
    found = chain.h.new_zeros(n_atoms, n_atoms)
    for a, b in zip(*(x.split(batch_size(chain)) for x in (i, j)), strict=True):
        found[a, b] = _touches_of(chain, because, wanted, a, b)
    return found


def _touches_of(
    chain: Chain,
    because: torch.Tensor,
    wanted: list[torch.Tensor],
    i: torch.Tensor,
    j: torch.Tensor,
) -> torch.Tensor:
    """(pairs,) of :func:`_late_touches` for some pairs.

    Args:
        chain: of depth 4 at least.
        because: (N k, S, N j) state of k after the first step because of j.
        wanted: see :func:`_wanted`.
        i: (pairs,) first atoms.
        j: (pairs,) second atoms.
    """
    rows = torch.arange(len(i), device=i.device)
    outside = chain.h.new_ones(chain.n_atoms, 1, len(i))
    outside[i, 0, rows] = outside[j, 0, rows] = 0
    away = chain.states()[1][..., None] - because[..., i] - because[..., j]
    away *= outside
    total = chain.h.new_zeros(len(i))
    for t, block in enumerate(chain.blocks[1:-1], start=2):
        sent = apply(block.K, away)
        gathered = block.gather(sent)
        if t > 2:
            later = wanted[t - 1]
            total += (gathered[i, :, rows] * later[i, :, j]).sum(-1)
            total += (gathered[j, :, rows] * later[j, :, i]).sum(-1)
        if t < chain.depth - 1:
            away = block.update(away, gathered, sent=sent).mul_(outside)
    return total
