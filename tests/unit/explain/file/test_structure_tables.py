"""Tables of one structure, and of many one after another."""

from dataclasses import fields

import numpy as np
import pytest
import xarray as xr
from chains import MakeChain

from nearsight import units
from nearsight.data.pair_columns import PAIR_COLUMNS
from nearsight.explain import Chain, atoms, balance, pairs
from nearsight.explain.file import structure_tables as structure_tables_module
from nearsight.explain.file.range_tables import range_coordinates
from nearsight.explain.file.structure_tables import METHODS, join_tables, structure_tables
from nearsight.explain.sums.tally import Tally, tally
from nearsight.explain.variables import body_order
from nearsight.labels import variable
from nearsight.storage import check_described

EDGES = np.arange(0.0, 30.0, 1.5)


def tables_of(chain: Chain, *, index: int = 0, unit: str = units.ENERGY, method: str = "auto"):
    exact = pairs(chain, "exact")["relevance"].to_numpy()
    sums = tally(chain, edges=EDGES, exact=exact, method=method, n_samples=100)
    return structure_tables(chain, exact, sums, index=index, unit=unit), exact, sums


@pytest.fixture(scope="module")
def some() -> Chain:
    from chains import random_chain

    return random_chain(depth=3, spread=0.9)


def test_pairs_are_those_above_the_diagonal(some: Chain) -> None:
    tables, exact, sums = tables_of(some, index=4)
    i, j = np.triu_indices(some.n_atoms, 1)
    assert tuple(tables)[: len(PAIR_COLUMNS)] != PAIR_COLUMNS  # ranges stand first, in the file too
    assert (tables["structure"] == 4).all()
    np.testing.assert_array_equal(tables["atom"], i)
    np.testing.assert_array_equal(tables["atom_other"], j)
    np.testing.assert_array_equal(tables["distance"], some.distance.numpy()[i, j])
    np.testing.assert_array_equal(tables["relevance"], exact[i, j])
    np.testing.assert_array_equal(tables["absolute"], sums.pair_absolute[i, j])
    contains, ends = (pairs(some, kind)["relevance"].to_numpy() for kind in ("contains", "ends"))
    np.testing.assert_array_equal(tables["relevance_contains"], contains[i, j])
    np.testing.assert_array_equal(tables["relevance_ends"], ends[i, j] + ends[j, i])


def test_walks_that_visit_both_are_not_looked_for_in_large_molecules(
    some: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = tables_of(some)[0]
    monkeypatch.setattr(structure_tables_module, "INCLUSIVE", some.n_atoms - 1)
    tables = tables_of(some)[0]
    assert np.isnan(tables.pop("relevance_contains")).all()
    for name, values in tables.items():
        np.testing.assert_array_equal(values, expected[name])


def test_sites_have_their_own_walks(some: Chain) -> None:
    tables, exact, _ = tables_of(some, index=2)
    assert tables["site_structure"].values.tolist() == [2] * some.n_atoms
    assert tables["site_atom"].values.tolist() == list(range(some.n_atoms))
    np.testing.assert_array_equal(tables["site_relevance"], np.diag(exact))
    by_block = atoms(some)["relevance"].to_numpy()
    np.testing.assert_array_equal(tables["site_relevance_start"], by_block[0])
    np.testing.assert_array_equal(tables["site_relevance_end"], by_block[-1])
    for name in ("site_relevance_start", "site_relevance_end"):
        total = balance(some)["walks"].item()
        assert tables[name].values.sum() == pytest.approx(total, rel=1e-10)


def test_shares_of_blocks_are_added_up(some: Chain) -> None:
    tables, shares = tables_of(some)[0], balance(some)
    for name in ("walks", "bias", "vector", "readout_bias", "leak", "output"):
        assert tables[name].values == pytest.approx([float(shares[name].sum())], rel=1e-12)
    assert " of all blocks" in tables["bias"].attrs["long_name"]
    assert "block" not in tables["walks"].attrs["long_name"]


@pytest.mark.parametrize("method", METHODS)
def test_method_is_a_flag_with_its_meanings(some: Chain, method: str) -> None:
    flag = tables_of(some, method=method)[0]["method"]
    assert flag.attrs["flag_meanings"].split()[int(flag.values[0])] == method
    assert flag.attrs["flag_values"].tolist() == list(range(len(METHODS)))


def test_energies_take_the_unit_of_the_output_and_nothing_else_does(some: Chain) -> None:
    in_energy, in_debye = (tables_of(some, unit=unit)[0] for unit in (units.ENERGY, "D"))
    for name, values in in_energy.items():
        unit = values.attrs["units"]
        assert in_debye[name].attrs["units"] == ("D" if unit == units.ENERGY else unit), name
    assert in_debye["distance"].attrs["units"] == units.LENGTH
    assert in_debye["n_walks"].attrs["units"] == units.ONE


def test_every_sum_of_the_tally_is_stored(some: Chain) -> None:
    tables, _, sums = tables_of(some, method="sampling")
    stored = {
        "signed": "relevance_bodies", "signed_error": "relevance_bodies_error",
        "absolute": "absolute_bodies", "absolute_error": "absolute_bodies_error",
        "remainder": "remainder", "n_walks": "n_walks",
    }  # fmt: skip
    for field, name in stored.items():
        np.testing.assert_array_equal(tables[name].values[0], getattr(sums, field))
    others = {"method", "pair_absolute", "ranges"}
    assert {field.name for field in fields(Tally)} == {*stored, *others}
    assert tables["size"].values.tolist() == [some.n_atoms]


def whole(chain: Chain, index: int) -> xr.Dataset:
    return xr.Dataset(
        tables_of(chain, index=index)[0],
        coords={"n_atoms": body_order(chain.depth), **range_coordinates(EDGES)},
        attrs={"rule": "gamma"},
    )


def test_structures_stand_one_after_another(make_chain: MakeChain) -> None:
    parts = [whole(make_chain(n_atoms=n, spread=0.8), k) for k, n in enumerate((3, 1, 4))]
    joined = join_tables(parts)
    assert dict(joined.sizes) == {
        "pair": 3 + 0 + 6, "site": 8, "structure": 3, "n_atoms": 4,
        "range": len(EDGES) - 1, "reach": len(EDGES) - 1,
    }  # fmt: skip
    assert joined.attrs == {"rule": "gamma"}
    check_described(joined)
    structure = joined.variables["structure"].values
    assert structure.tolist() == [0] * 3 + [2] * 6
    for k, part in enumerate(parts):
        for name in ("relevance", "distance"):
            np.testing.assert_array_equal(joined[name].values[structure == k], part[name])
        np.testing.assert_array_equal(joined["relevance_range"][k], part["relevance_range"][0])
    np.testing.assert_array_equal(joined["range"], EDGES[1:])


def test_one_part_alone_stays_as_it_is(some: Chain) -> None:
    part = whole(some, 0)
    xr.testing.assert_identical(join_tables([part]), part)


def test_two_atoms_without_an_edge_have_a_pair_of_no_relevance(make_chain: MakeChain) -> None:
    tables = tables_of(make_chain(n_atoms=2, spread=500.0))[0]
    # They are further apart than all bins, but no walk is.
    for name in ("relevance", "absolute", "relevance_contains", "relevance_ends"):
        assert tables[name].values.tolist() == [0.0], name
    np.testing.assert_allclose(
        tables["relevance_range"].values[0, 0].sum(), tables["walks"].values, rtol=1e-12
    )
    assert variable(("pair",), [0.0], units.ONE, "none").dims == tables["relevance"].dims
