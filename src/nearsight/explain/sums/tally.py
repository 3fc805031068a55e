"""Sums over all walks by body order: from one pass over the walks, or without."""

from dataclasses import dataclass

import numpy as np
import torch

from nearsight.explain.sums.contraction import bodies_by_patterns
from nearsight.explain.sums.costs import BUDGET, N_SAMPLES, choose
from nearsight.explain.sums.pairs import pairs
from nearsight.explain.walks.enumeration import count_walks
from nearsight.explain.walks.histogram import pieces, sum_cells
from nearsight.explain.walks.sampling import estimate, sample
from nearsight.lrp.chain import Chain


@dataclass(frozen=True)
class Tally:
    """Sums of the relevance of walks.

    Attributes:
        method: ``enumeration``; ``patterns``, which leaves absolute sums NaN; or ``sampling``,
            which estimates them and the sums from three atoms on.
        n_walks: number of walks there are.
        signed: (depth + 1,) by number of distinct atoms, 1 first.
        absolute: (depth + 1,) sum of |R|.
        pair_absolute: (N, N) sum of |R| of walks on exactly these two atoms, in ij and ji; the
            constant walks on the diagonal; NaN unless enumerated.
        remainder: relevance of walks on three or more atoms, exact by every method.
        signed_error, absolute_error: (depth + 1,) standard errors; 0 where exact, NaN where
            unknown.
    """

    method: str
    n_walks: int
    signed: np.ndarray
    absolute: np.ndarray
    pair_absolute: np.ndarray
    remainder: float
    signed_error: np.ndarray
    absolute_error: np.ndarray


def tally(
    chain: Chain,
    budget: float = BUDGET,
    *,
    method: str = "auto",
    n_samples: int = N_SAMPLES,
    seed: int = 0,
) -> Tally:
    """Sum up walks.

    Args:
        chain: what to sum up.
        budget: floating-point operations that an exact method may cost.
        method: see :func:`nearsight.explain.sums.costs.choose`.
        n_samples: draws, for sampling.
        seed: of the draws.

    Raises:
        ConfigError: no such method.
    """
    chosen = choose(chain, budget, method)
    if chosen == "enumeration":
        return _enumerate(chain)
    if chosen == "patterns":
        return _by_patterns(chain)
    return _sampled(chain, n_samples, seed)


def distinct_atoms(walks: np.ndarray) -> np.ndarray:
    """(n,) number of distinct atoms on each walk (n, step)."""
    found = np.ones(len(walks), dtype=np.int64)
    for step in range(1, walks.shape[1]):
        found += (walks[:, :step] != walks[:, step, None]).all(axis=1)
    return found


def _enumerate(chain: Chain) -> Tally:
    n_orders, n_atoms = chain.depth + 1, chain.n_atoms
    sums = chain.h.new_zeros(2, n_orders, dtype=torch.float64)
    pair_absolute = sums.new_zeros(n_atoms * n_atoms)
    for piece in pieces(chain):
        sums += sum_cells(piece.n_distinct.flatten() - 1, piece.relevance, n_orders)
        few = piece.n_distinct <= 2
        atoms = piece.walks(few)
        key = atoms.amin(1) * n_atoms + atoms.amax(1)
        size = piece.relevance[few].double().abs()
        pair_absolute += torch.bincount(key, size, minlength=n_atoms * n_atoms)
    signed, absolute = sums.cpu().numpy()
    square = pair_absolute.reshape(n_atoms, n_atoms).cpu().numpy()
    return Tally(
        method="enumeration",
        n_walks=count_walks(chain),
        signed=signed,
        absolute=absolute,
        pair_absolute=square + np.triu(square, 1).T,
        remainder=float(signed[2:].sum()),
        signed_error=np.zeros(n_orders),
        absolute_error=np.zeros(n_orders),
    )


def _by_patterns(chain: Chain) -> Tally:
    exact = pairs(chain, "exact")["relevance"].to_numpy()
    signed = bodies_by_patterns(chain).cpu().numpy()
    # Found without subtractions, so with more digits than by patterns.
    signed[:2] = np.trace(exact), np.triu(exact, 1).sum()
    unknown = np.full_like(signed, np.nan)
    return Tally(
        method="patterns",
        n_walks=count_walks(chain),
        signed=signed,
        absolute=unknown,
        pair_absolute=np.full_like(exact, np.nan),
        remainder=float(signed[2:].sum()),
        signed_error=np.zeros_like(signed),
        absolute_error=unknown,
    )


def _sampled(chain: Chain, n_samples: int, seed: int) -> Tally:
    drawn = sample(chain, n_samples, seed)
    relevance, weight = drawn["relevance"].to_numpy(), drawn["weight"].to_numpy()
    orders = np.arange(1, chain.depth + 2)
    member = distinct_atoms(drawn["walk"].to_numpy())[:, None] == orders
    signed, signed_error = estimate(weight, relevance[:, None] * member)
    absolute, absolute_error = estimate(weight, np.abs(relevance)[:, None] * member)
    # No draw of an order that can occur says nothing of its sums, least of all that they are exact.
    unknown = ~member.any(axis=0) & (orders <= chain.n_atoms)
    signed_error[unknown] = absolute_error[unknown] = np.nan
    exact = pairs(chain, "exact")["relevance"].to_numpy()
    signed[:2], signed_error[:2] = (np.trace(exact), np.triu(exact, 1).sum()), 0.0
    return Tally(
        method="sampling",
        n_walks=count_walks(chain),
        signed=signed,
        absolute=absolute,
        pair_absolute=np.full((chain.n_atoms, chain.n_atoms), np.nan),
        remainder=float((chain.adjoints()[0] * chain.h).sum()) - float(signed[:2].sum()),
        signed_error=signed_error,
        absolute_error=absolute_error,
    )
