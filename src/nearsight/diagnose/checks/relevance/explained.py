"""Relevance of the structures, the strongest walks of the first, and the response beside."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from ase import Atoms

from nearsight import units
from nearsight.config import Explain
from nearsight.diagnose.subject import Subject
from nearsight.errors import WalkLimitError
from nearsight.explain import top
from nearsight.explain.relevance import Target, chain_of, explain
from nearsight.explain.strongest_walks import strongest_walks
from nearsight.labels import variable
from nearsight.models.open_model import Explicable

COUNT = 6
"""Walks of either sign that are kept of each body order: the page shows up to 12."""
NO_ATOM = -1
RENAMED = {
    "walk": "walk_atom",
    "relevance": "walk_relevance",
    "signed_sum": "walk_signed_sum",
    "absolute_sum": "walk_absolute_sum",
    "n_walks": "walk_count",
    "n_atoms": "walk_order",
    "atomic_number": "walk_atomic_number",
    "position": "walk_position",
    "atom": "walk_site",
}
"""Names of the table of strongest walks, and theirs beside the relevance of pairs."""


@dataclass(frozen=True)
class Explained:
    """What was computed.

    Attributes:
        structures: that were explained.
        relevance: table of :func:`nearsight.explain.relevance.explain`.
        walks: strongest walks of the first structure, in the names of ``RENAMED``.
        response: (pair,) eV/Å², norms of the Hessian blocks of the same pairs; NaN where none.
    """

    structures: list[Atoms]
    relevance: xr.Dataset
    walks: xr.Dataset
    response: np.ndarray


def explained(subject: Subject, network: Explicable) -> Explained:
    """Explain as many structures as the effort allows.

    Args:
        subject: what is diagnosed.
        network: of its model.

    Raises:
        UnsupportedModelError, ModelError, DataError: see :func:`nearsight.explain.linearize`.
    """
    structures = subject.structures[: subject.choose(quick=1, default=3, full=10)]
    settings = Explain(
        budget=subject.choose(quick=1e9, default=5e9, full=2e10),
        n_samples=subject.choose(quick=5_000, default=20_000, full=100_000),
        seed=subject.seed,
    )
    target = Target(network.output, network.unit, network.length, device=subject.device)
    return Explained(
        structures,
        explain(network.network, structures, settings, target=target),
        _strongest(subject, network, structures[0], settings, target),
        _response(subject, len(structures)),
    )


def _strongest(
    subject: Subject, network: Explicable, structure: Atoms, settings: Explain, target: Target
) -> xr.Dataset:
    limit = subject.choose(quick=10_000_000, default=60_000_000, full=1_000_000_000)
    depth = subject.model.depth or chain_of(network.network, structure, settings, target).depth
    orders = range(1, min(depth + 1, len(structure)) + 1)
    try:
        found = strongest_walks(
            network.network,
            structure,
            settings,
            n_atoms=tuple(orders),
            count=COUNT,
            target=target,
            limit=limit,
        )
    except WalkLimitError:
        return _of_the_largest(network, structure, settings, target)
    return found.rename(RENAMED).assign_attrs(walks="complete")


def _of_the_largest(
    network: Explicable, structure: Atoms, settings: Explain, target: Target, k: int = 2000
) -> xr.Dataset:
    """Strongest walks by body order among the largest of all, where there are too many to visit."""
    chain = chain_of(network.network, structure, settings, target)
    largest = top(chain, k)
    walk = largest["walk"].to_numpy()
    value = largest["relevance"].to_numpy()
    bodies = 1 + (np.diff(np.sort(walk, axis=1), axis=1) != 0).sum(axis=1)
    orders = np.unique(bodies)
    atoms = np.full((len(orders), 2 * COUNT, walk.shape[1]), NO_ATOM, dtype=np.int32)
    relevance = np.full(atoms.shape[:2], np.nan)
    for row, order in enumerate(orders):
        own = np.flatnonzero(bodies == order)
        kept = [own[sign * value[own] > 0][:COUNT] for sign in (1, -1)]
        rows = np.sort(np.concatenate(kept))
        atoms[row, : len(rows)], relevance[row, : len(rows)] = walk[rows], value[rows]
    dims = ("walk_order", "rank")
    return xr.Dataset(
        {
            "walk_atom": variable(
                (*dims, "step"), atoms, units.ONE, "atoms of a walk, embedding first; -1: no walk"
            ),
            "walk_relevance": variable(dims, relevance, target.unit, "relevance of a walk"),
        },
        coords={
            "walk_order": variable(
                "walk_order", orders, units.ONE, "number of distinct atoms on a walk"
            )
        },
        attrs={"walks": f"the strongest of either sign among the {len(value)} largest of all"},
    )


def _response(subject: Subject, n_structures: int) -> np.ndarray:
    """(pair,) of the pairs i < j of the first structures."""
    parts = []
    for index in range(n_structures):
        blocks = subject.blocks(index)
        i, j = np.triu_indices(len(blocks), k=1)
        symmetric = (blocks[i, j] + blocks[j, i].transpose(0, 2, 1)) / 2
        parts.append(np.linalg.norm(symmetric, axis=(1, 2)))
    return np.concatenate(parts)
