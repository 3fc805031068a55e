"""Relevance of many structures in one labelled data set."""

from collections.abc import Sequence
from dataclasses import dataclass

import ase
import numpy as np
import torch
import xarray as xr
from tqdm import tqdm

from nearsight import units
from nearsight.config import Explain
from nearsight.errors import DataError
from nearsight.explain.balance import balance
from nearsight.explain.chain import Chain
from nearsight.explain.labels import body_order, chain_attributes, energy, variable
from nearsight.explain.linearize import linearize
from nearsight.explain.pairs import pairs
from nearsight.explain.rules import Gamma, Rule, Zero
from nearsight.explain.tally import Tally, tally

Table = dict[str, xr.Variable]


@dataclass(frozen=True)
class _Explained:
    """Relevance of one structure: (N, N) pairs, sums over walks, shares of the output."""

    numbers: np.ndarray
    distance: np.ndarray
    exact: np.ndarray
    ends: np.ndarray
    sums: Tally
    shares: xr.Dataset

    @property
    def pair(self) -> tuple[np.ndarray, np.ndarray]:
        """Indices i < j of all unordered pairs."""
        return np.triu_indices(len(self.numbers), 1)


def explain(
    network: torch.nn.Module, structures: Sequence[ase.Atoms], settings: Explain
) -> xr.Dataset:
    """Explain an energy network at several geometries.

    Args:
        network: SchNetPack network with the output ``energy`` in eV.
        structures: molecules of any sizes.
        settings: rule, treatment of vectors, limit on enumeration.

    Returns:
        Tables in eV and Å. Per ``pair`` of atoms: exclusive two-body ``relevance``, its
        ``absolute`` sum (NaN where walks were too many to enumerate), ``relevance_ends``,
        ``distance``. Per ``site``: one-body relevance. Per ``structure``: output, walks,
        constants, conservation error and sums by body order. The conservation error is rounding;
        more than that is a fault of nearsight, and it is stored so that it can be checked.

    Raises:
        DataError: no structure, or one that is not fit.
        UnsupportedModelError, ModelError: see :func:`nearsight.explain.linearize`.
    """
    if len(structures) == 0:
        raise DataError("0 structures to explain: at least 1 is needed")
    rule: Rule = Gamma(settings.gamma) if settings.rule == "gamma" else Zero()
    results = []
    for structure in tqdm(structures, desc="explain", unit="structure", disable=None):
        chain = linearize(network, structure, rule=rule, vector=settings.vector)
        results.append(_explain_one(chain, settings.walk_limit))
    return xr.Dataset(
        {**_pair_table(results), **_site_table(results), **_structure_table(results)},
        coords={"n_atoms": body_order(chain.depth)},
        attrs={
            **chain_attributes(chain),
            "gamma": rule.strength,
            "walk_limit": settings.walk_limit,
            "status": "ok",
            "reason": "",
        },
    )


def _explain_one(chain: Chain, limit: int) -> _Explained:
    return _Explained(
        numbers=chain.atomic_number.numpy(),
        distance=chain.distance.numpy(),
        exact=pairs(chain, "exact")["relevance"].to_numpy(),
        ends=pairs(chain, "ends")["relevance"].to_numpy(),
        sums=tally(chain, limit),
        shares=balance(chain),
    )


def _joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts)


def _pair_table(results: Sequence[_Explained]) -> Table:
    dims = ("pair",)
    first = _joined([r.pair[0] for r in results])
    second = _joined([r.pair[1] for r in results])
    structure = np.repeat(np.arange(len(results)), [len(r.pair[0]) for r in results])
    ends = _joined([(r.ends + r.ends.T)[r.pair] for r in results])
    relevance = _joined([r.exact[r.pair] for r in results])
    absolute = _joined([r.sums.pair_absolute[r.pair] for r in results])
    return {
        "structure": variable(dims, structure, units.ONE, "structure of the pair"),
        "atom": variable(dims, first, units.ONE, "first atom"),
        "atom_other": variable(dims, second, units.ONE, "second atom"),
        "atomic_number": variable(
            dims, _joined([r.numbers[r.pair[0]] for r in results]), units.ONE,
            "nuclear charge of the first atom",
        ),
        "atomic_number_other": variable(
            dims, _joined([r.numbers[r.pair[1]] for r in results]), units.ONE,
            "nuclear charge of the second atom",
        ),
        "distance": variable(
            dims, _joined([r.distance[r.pair] for r in results]), units.LENGTH, "distance"
        ),
        "relevance": energy(dims, relevance, "relevance of walks on exactly the two"),
        "absolute": energy(dims, absolute, "sum of |relevance| of walks on exactly the two"),
        "relevance_ends": energy(dims, ends, "relevance of walks from one to the other"),
    }  # fmt: skip


def _site_table(results: Sequence[_Explained]) -> Table:
    dims = ("site",)
    sizes = [len(r.numbers) for r in results]
    structure = np.repeat(np.arange(len(results)), sizes)
    atom = _joined([np.arange(size) for size in sizes])
    return {
        "site_structure": variable(dims, structure, units.ONE, "structure of the atom"),
        "site_atom": variable(dims, atom, units.ONE, "atom"),
        "site_atomic_number": variable(
            dims, _joined([r.numbers for r in results]), units.ONE, "nuclear charge"
        ),
        "site_relevance": energy(
            dims, _joined([np.diag(r.exact) for r in results]), "relevance of the constant walk"
        ),
    }


def _structure_table(results: Sequence[_Explained]) -> Table:
    dims = ("structure",)
    orders = ("structure", "n_atoms")
    shares = {
        name: energy(
            dims,
            [float(r.shares[name].sum()) for r in results],
            results[0].shares[name].attrs["long_name"].replace(" of a block", " of all blocks"),
        )
        for name in results[0].shares.data_vars
    }
    sums = [r.sums for r in results]
    return {
        **{str(name): values for name, values in shares.items()},
        "size": variable(dims, [len(r.numbers) for r in results], units.ONE, "number of atoms"),
        "n_walks": variable(dims, [float(s.n_walks) for s in sums], units.ONE, "number of walks"),
        "enumerated": variable(
            dims, np.array([s.enumerated for s in sums], dtype="i1"), units.ONE,
            "how body orders were found", flag_values=np.array([0, 1], dtype="i1"),
            flag_meanings="pairs enumeration",
        ),
        "relevance_bodies": energy(
            orders, [s.signed for s in sums], "relevance of walks by body order"
        ),
        "absolute_bodies": energy(
            orders, [s.absolute for s in sums], "sum of |relevance| of walks by body order"
        ),
        "remainder": energy(
            dims, [s.remainder for s in sums], "relevance of walks on three or more atoms"
        ),
    }  # fmt: skip
