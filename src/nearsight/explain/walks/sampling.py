"""Walks drawn at random, from which any sum over walks is estimated without bias.

Halves p and s of walks that meet at one atom are drawn with probabilities proportional to their
norms, so a walk W = (p, s) has q(W) = |p||s| / Z with Z = sum of |p||s| over all walks, known
exactly because the sum factorises at each meeting. For any statistic g,

    sum_W g(W) = E[g(W) / q(W)],   estimated by  sum_m weight_m g(W_m),   weight_m = 1 / (n q(W_m)).

Since |R_W| <= |p||s|, no draw contributes more than Z / n to an estimate of relevance.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr

from nearsight import units
from nearsight.errors import ConfigError
from nearsight.explain.variables import chain_attributes, energy, variable
from nearsight.explain.walks.meeting import Meeting, meetings
from nearsight.lrp.chain import Chain

DrawnWalks = tuple[np.ndarray, np.ndarray, np.ndarray]


def sample(chain: Chain, n: int = 10_000, seed: int = 0) -> xr.Dataset:
    """Draw walks independently, with replacement.

    Args:
        chain: what to explain.
        n: number of draws.
        seed: of the random numbers, which are NumPy's whatever the device.

    Returns:
        ``walk(sample, step)``, ``relevance(sample)`` in eV and ``weight(sample)``, so that the sum
        of weight times any statistic is unbiased for its sum over all walks whose halves do not
        vanish (:func:`estimate` gives it with a standard error). The estimates ``total`` and
        ``total_absolute`` come with ``total_error`` and ``total_absolute_error``. Draws are sorted
        by the atom where their halves meet.

    Raises:
        ConfigError: fewer than 2 draws, or every walk vanishes.
    """
    if n < 2:
        raise ConfigError(f"n = {n}: at least 2 draws are needed for a standard error")
    mass = np.array([part.mass for part in _parts(chain)])
    if not mass.sum() > 0:
        raise ConfigError("every walk of this chain has relevance 0: there is nothing to draw")
    random = np.random.default_rng(seed)
    counts = random.multinomial(n, mass / mass.sum())
    drawn = [
        _draw(part, count, random)
        for part, count in zip(_parts(chain), counts.tolist(), strict=True)
        if count
    ]
    walk, relevance, size = (np.concatenate(part) for part in zip(*drawn, strict=True))
    return _dataset(chain, walk, relevance, mass.sum() / (n * size), seed)


def estimate(weight: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Estimated sum over all walks and its standard error.

    Args:
        weight: (n,) of draws.
        values: (n, ...) a statistic of each.

    Returns:
        Both of shape (...).
    """
    n = len(weight)
    terms = n * weight.reshape(-1, *[1] * (values.ndim - 1)) * values
    return terms.mean(axis=0), terms.std(axis=0, ddof=1) / np.sqrt(n)


def _norms(vectors: torch.Tensor) -> np.ndarray:
    return vectors.double().norm(dim=1).cpu().numpy()


def estimate_by_cell(
    weight: np.ndarray, values: np.ndarray, cell: np.ndarray, n_cells: int
) -> tuple[np.ndarray, np.ndarray]:
    """Estimated sums over all walks of each cell and their standard errors, (n_cells,) each.

    A cell that no draw hit has the error NaN: nothing is known of it.

    Args:
        weight: (n,) of draws.
        values: (n,) a statistic of each.
        cell: (n,) the cell that each falls in.
        n_cells: number of cells.
    """
    n, terms = len(weight), len(weight) * weight * values
    mean = np.bincount(cell, terms, n_cells) / n
    square = np.bincount(cell, terms**2, n_cells) / n
    error = np.sqrt(np.maximum(square - mean**2, 0) / (n - 1))
    return mean, np.where(np.bincount(cell, minlength=n_cells) > 0, error, np.nan)


@dataclass(frozen=True)
class _Part:
    """First halves from a row of a meeting on, and the second halves that fit their kind."""

    meeting: Meeting
    start: int
    first: torch.Tensor
    second: torch.Tensor

    @property
    def mass(self) -> float:
        """Sum of |p||s| over the walks."""
        return float(_norms(self.first).sum() * _norms(self.second).sum())


def _parts(chain: Chain) -> Iterator[_Part]:
    for meeting in meetings(chain):
        for part in meeting.products():
            yield _Part(meeting, *part)


def _draw(part: _Part, count: int, random: np.random.Generator) -> DrawnWalks:
    """Walks (count, depth + 1), their relevance and the product of their norms."""
    before, after = _norms(part.first), _norms(part.second)
    device = part.meeting.head.device
    rows = [random.choice(len(x), size=count, p=x / x.sum()) for x in (before, after)]
    first, second = (torch.as_tensor(x, device=device) for x in rows)
    relevance = (part.first[first] * part.second[second]).sum(-1)
    walk = part.meeting.walks(first + part.start, second).to(torch.int32)
    return walk.cpu().numpy(), relevance.cpu().numpy(), before[rows[0]] * after[rows[1]]


def _dataset(
    chain: Chain, walk: np.ndarray, relevance: np.ndarray, weight: np.ndarray, seed: int
) -> xr.Dataset:
    total, error = estimate(weight, relevance)
    absolute, absolute_error = estimate(weight, np.abs(relevance))
    return xr.Dataset(
        {
            "walk": variable(
                ("sample", "step"), walk, units.ONE, "atoms of a walk, embedding first"
            ),
            "relevance": energy(("sample",), relevance, "relevance of a walk"),
            "weight": variable(
                ("sample",), weight, units.ONE, "1 / (number of draws × probability of the walk)"
            ),
            "total": energy((), total, "estimated relevance of all walks"),
            "total_error": energy((), error, "its standard error"),
            "total_absolute": energy((), absolute, "estimated sum of |relevance| of all walks"),
            "total_absolute_error": energy((), absolute_error, "its standard error"),
        },
        attrs={**chain_attributes(chain), "method": "sampling by norms of halves", "seed": seed},
    )
