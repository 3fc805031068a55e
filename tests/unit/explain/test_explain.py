from pathlib import Path

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from chains import MakeNetwork

from nearsight.config import Explain
from nearsight.errors import DataError
from nearsight.explain import Gamma, Zero, balance, bodies, explain, linearize, pairs
from nearsight.storage import read_dataset, write_dataset


@pytest.fixture
def structures(ethanol: Atoms):
    return [molecule("H2O"), ethanol, molecule("CH3OH")]


@pytest.fixture
def network(make_network: MakeNetwork):
    return make_network("painn", depth=3).double()


def test_tables_hold_what_the_functions_give(network: torch.nn.Module, structures: list[Atoms]):
    table = explain(network, structures, Explain(vector="flow"))
    for index, structure in enumerate(structures):
        chain = linearize(network, structure, rule=Gamma(0.1), vector="flow")
        exact, ends = (pairs(chain, kind)["relevance"].to_numpy() for kind in ("exact", "ends"))
        rows = table.isel(pair=table["structure"].to_numpy() == index)
        where = rows["atom"].to_numpy(), rows["atom_other"].to_numpy()
        n_atoms = len(structure)
        assert len(where[0]) == n_atoms * (n_atoms - 1) / 2
        np.testing.assert_allclose(rows["relevance"], exact[where], rtol=1e-12)
        np.testing.assert_allclose(rows["relevance_ends"], (ends + ends.T)[where], rtol=1e-12)
        np.testing.assert_allclose(
            rows["distance"], structure.get_all_distances()[where], rtol=1e-12
        )
        assert (rows["atomic_number"] == structure.numbers[where[0]]).all()
        assert (rows["atomic_number_other"] == structure.numbers[where[1]]).all()
        sites = table.isel(site=table["site_structure"].to_numpy() == index)
        assert (sites["site_atomic_number"] == structure.numbers).all()
        np.testing.assert_allclose(sites["site_relevance"], np.diag(exact), rtol=1e-12)
        expected = bodies(chain)
        np.testing.assert_allclose(table["relevance_bodies"][index], expected["relevance"])
        np.testing.assert_allclose(table["absolute_bodies"][index], expected["absolute"])
        assert table["output"][index].item() == pytest.approx(balance(chain)["output"].item())


def test_conservation_and_bounds(network: torch.nn.Module, structures: list[Atoms]):
    table = explain(network, structures, Explain())
    assert (table["conservation_error"] < 1e-10).all()
    assert (table["absolute"] >= abs(table["relevance"]) - 1e-12).all()
    total = table["relevance_bodies"].sum("n_atoms")
    np.testing.assert_allclose(total, table["walks"], rtol=1e-9)


def test_above_the_limit_absolute_sums_are_not_known(
    network: torch.nn.Module, structures: list[Atoms]
):
    table = explain(network, structures, Explain(walk_limit=100))
    assert table["enumerated"].to_numpy().tolist() == [1, 0, 0]
    first = table["structure"].to_numpy() == 0
    assert np.isfinite(table["absolute"][first]).all()
    assert np.isnan(table["absolute"][~first]).all()
    assert np.isfinite(table["relevance"]).all()
    assert np.isfinite(table["relevance_bodies"]).all()
    assert np.isnan(table["absolute_bodies"][1:]).all()


def test_rule_comes_from_the_settings(network: torch.nn.Module, structures: list[Atoms]):
    table = explain(network, structures[:1], Explain(rule="zero"))
    expected = pairs(linearize(network, structures[0], rule=Zero()))["relevance"].to_numpy()
    np.testing.assert_allclose(table["relevance"], expected[np.triu_indices(3, 1)], rtol=1e-12)
    assert table.attrs["rule"] == "zero"


def test_result_can_be_stored(network: torch.nn.Module, structures: list[Atoms], tmp_path: Path):
    table = explain(network, structures, Explain())
    write_dataset(table, tmp_path / "relevance.nc", title="relevance")
    stored = read_dataset(tmp_path / "relevance.nc")
    for name in table.variables:
        assert stored[name].dims == table[name].dims
        np.testing.assert_array_equal(stored[name], table[name])
    assert stored.attrs["status"] == "ok"
    assert stored.attrs["depth"] == 3


def test_nothing_to_explain(network: torch.nn.Module):
    with pytest.raises(DataError, match="0 structures"):
        explain(network, [], Explain())
