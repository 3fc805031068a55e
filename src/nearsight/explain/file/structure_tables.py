"""Tables of the relevance of one structure, and of many one after another."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.data.pair_columns import pair_columns
from nearsight.explain.file.range_tables import range_tables
from nearsight.explain.sums.atoms import atoms
from nearsight.explain.sums.balance import balance
from nearsight.explain.sums.costs import costs
from nearsight.explain.sums.pairs import pairs
from nearsight.explain.sums.tally import Tally
from nearsight.explain.variables import energy, variable
from nearsight.lrp.chain import Chain

Variables = dict[str, xr.Variable]


INCLUSIVE = 500
"""Atoms up to which relevance of walks that visit both of a pair is found: N³ operations and N²
vectors, minutes and gigabytes for a thousand atoms."""

METHODS = ("patterns", "enumeration", "sampling")


def structure_tables(
    chain: Chain, exact: np.ndarray, sums: Tally, *, index: int, unit: str
) -> Variables:
    """Tables of one structure.

    Args:
        chain: the network at this structure.
        exact: (N, N) exclusive relevance of its pairs, in the unit of the output.
        sums: its walks summed up, with ranges.
        index: number of the structure.
        unit: unit of the network's output.

    Returns:
        Variables along ``pair``, ``site`` and ``structure`` (of length 1), the last ones also
        along ``n_atoms``, ``range`` and ``reach``; see :func:`nearsight.explain.explain`.
    """
    tables = {
        **range_tables(sums),
        **_pair_table(chain, exact, sums, index),
        **_site_table(chain, exact, index),
        **_balance_table(chain),
        **_sums_table(chain, sums),
    }
    for values in tables.values():
        if values.attrs["units"] == units.ENERGY:
            values.attrs["units"] = unit
    return tables


def join_tables(parts: Sequence[xr.Dataset]) -> xr.Dataset:
    """Tables of structures one after another, along the first dimension of each variable."""
    first = parts[0]
    # All variables: xarray counts the one called "structure" among the coordinates.
    variables = {
        str(name): values
        if values.dims[0] in ("n_atoms", "range", "reach")
        else xr.Variable(
            values.dims, np.concatenate([part.variables[name].values for part in parts]),
            values.attrs,
        )
        for name, values in first.variables.items()
    }  # fmt: skip
    return xr.Dataset(variables, attrs=first.attrs)


def _pair_table(chain: Chain, exact: np.ndarray, sums: Tally, index: int) -> Variables:
    dims = ("pair",)
    pair = np.triu_indices(chain.n_atoms, 1)
    numbers, distance = chain.atomic_number.cpu().numpy(), chain.distance.cpu().numpy()
    ends = pairs(chain, "ends")["relevance"].to_numpy()
    contains = (
        pairs(chain, "contains")["relevance"].to_numpy()
        if chain.n_atoms <= INCLUSIVE
        else np.full_like(exact, np.nan)
    )
    return {
        **pair_columns([(numbers, distance[pair])], first=index),
        "relevance": energy(dims, exact[pair], "relevance of walks on exactly the two"),
        "absolute": energy(
            dims, sums.pair_absolute[pair], "sum of |relevance| of walks on exactly the two"
        ),
        "relevance_contains": energy(
            dims, contains[pair], "relevance of walks that visit both of the two"
        ),
        "relevance_ends": energy(
            dims, (ends + ends.T)[pair], "relevance of walks from one to the other"
        ),
    }


def _site_table(chain: Chain, exact: np.ndarray, index: int) -> Variables:
    dims, n_atoms = ("site",), chain.n_atoms
    structure = np.full(n_atoms, index)
    by_block = atoms(chain)["relevance"].to_numpy()
    start, end = by_block[0], by_block[-1]
    return {
        "site_structure": variable(dims, structure, units.ONE, "structure of the atom"),
        "site_atom": variable(dims, np.arange(n_atoms), units.ONE, "atom"),
        "site_atomic_number": variable(dims, chain.atomic_number, units.ONE, "nuclear charge"),
        "site_relevance": energy(dims, np.diag(exact).copy(), "relevance of the constant walk"),
        "site_relevance_start": energy(
            dims, start, "relevance of the walks that start at the atom"
        ),
        "site_relevance_end": energy(dims, end, "relevance of the walks that end at the atom"),
    }


def _balance_table(chain: Chain) -> Variables:
    return {
        str(name): energy(
            ("structure",),
            [float(share.sum())],
            share.attrs["long_name"].replace(" of a block", " of all blocks"),
        )
        for name, share in balance(chain).data_vars.items()
    }


def _sums_table(chain: Chain, sums: Tally) -> Variables:
    dims = ("structure",)
    orders = ("structure", "n_atoms")
    return {
        "size": variable(dims, [chain.n_atoms], units.ONE, "number of atoms"),
        "n_walks": variable(dims, [float(sums.n_walks)], units.ONE, "number of walks"),
        "method": variable(
            dims, np.array([METHODS.index(sums.method)], dtype="i1"), units.ONE,
            "how body orders were found",
            flag_values=np.arange(len(METHODS), dtype="i1"), flag_meanings=" ".join(METHODS),
        ),
        **{
            f"operations_{name}": variable(
                dims, [cost], units.ONE, f"estimated floating-point operations of {name}"
            )
            for name, cost in costs(chain).items()
        },
        "relevance_bodies": energy(orders, [sums.signed], "relevance of walks by body order"),
        "relevance_bodies_error": energy(
            orders, [sums.signed_error], "standard error of relevance by body order, 0 if exact"
        ),
        "absolute_bodies": energy(
            orders, [sums.absolute], "sum of |relevance| of walks by body order"
        ),
        "absolute_bodies_error": energy(
            orders, [sums.absolute_error], "standard error of the sum of |relevance|, 0 if exact"
        ),
        "remainder": energy(
            dims, [sums.remainder], "relevance of walks on three or more atoms"
        ),
    }  # fmt: skip
