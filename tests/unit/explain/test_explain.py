from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
from ase import Atoms
from ase.build import molecule
from chains import MakeNetwork

from nearsight.config import Explain
from nearsight.errors import DataError
from nearsight.explain import Epsilon, Gamma, Zero, balance, bodies, explain, linearize, pairs
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
        exact, ends, contains = (
            pairs(chain, kind)["relevance"].to_numpy() for kind in ("exact", "ends", "contains")
        )
        rows = table.isel(pair=table["structure"].to_numpy() == index)
        where = rows["atom"].to_numpy(), rows["atom_other"].to_numpy()
        n_atoms = len(structure)
        assert len(where[0]) == n_atoms * (n_atoms - 1) / 2
        np.testing.assert_allclose(rows["relevance"], exact[where], rtol=1e-12)
        np.testing.assert_allclose(rows["relevance_contains"], contains[where], rtol=1e-12)
        np.testing.assert_allclose(rows["relevance_ends"], (ends + ends.T)[where], rtol=1e-12)
        np.testing.assert_allclose(
            rows["distance"], structure.get_all_distances()[where], rtol=1e-12
        )
        assert (rows["atomic_number"] == structure.numbers[where[0]]).all()
        assert (rows["atomic_number_other"] == structure.numbers[where[1]]).all()
        sites = table.isel(site=table["site_structure"].to_numpy() == index)
        assert (sites["site_atomic_number"] == structure.numbers).all()
        np.testing.assert_allclose(sites["site_relevance"], np.diag(exact), rtol=1e-12)
        by_ends = pairs(chain, "ends")["relevance"]
        starting, ending = by_ends.sum("atom_other"), by_ends.sum("atom")
        np.testing.assert_allclose(sites["site_relevance_start"], starting, rtol=1e-9)
        np.testing.assert_allclose(sites["site_relevance_end"], ending, rtol=1e-9)
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


@pytest.mark.parametrize("method", ["enumeration", "patterns", "sampling"])
def test_ranges_and_reaches_sum_to_the_body_orders(
    network: torch.nn.Module, structures: list[Atoms], method: str
):
    table = explain(network, structures, Explain(method=method, n_samples=2000, range_bin=0.5))
    assert (np.diff(table["range"]) == 0.5).all()
    assert table["range"][0] == table["reach"][0] == 0.5
    largest = max(atoms.get_all_distances().max() for atoms in structures)
    assert largest <= table["range"][-1] <= largest + 0.5
    signed = table["relevance_reach"].sum("reach", skipna=False)
    if method == "patterns":
        np.testing.assert_allclose(signed, table["walks"], rtol=1e-9)
        for name in ("relevance_range", "absolute_range", "absolute_reach"):
            assert np.isnan(table[name]).all()
        return
    close = {"rtol": 1e-9, "atol": 1e-12}
    by_range = table["absolute_range"].sum("range")
    np.testing.assert_allclose(by_range, table["absolute_bodies"], **close)
    np.testing.assert_allclose(table["absolute_reach"].sum("reach"), by_range.sum("n_atoms"))
    np.testing.assert_allclose(signed, table["relevance_range"].sum(["range", "n_atoms"]), **close)
    # One atom has no extent, and no walk is longer than all of its steps together.
    assert (table["absolute_range"][:, 0, 1:] == 0).all()
    assert (table["absolute_range"][:, 0, 0] > 0).all()


def flags(table: xr.Dataset):
    names = table["method"].attrs["flag_meanings"].split()
    return [names[value] for value in table["method"].to_numpy()]


def test_patterns_leave_absolute_sums_unknown(network: torch.nn.Module, structures: list[Atoms]):
    patterns = explain(network, structures, Explain(method="patterns"))
    assert flags(patterns) == 3 * ["patterns"]
    assert np.isnan(patterns["absolute"]).all()
    assert np.isnan(patterns["absolute_bodies"]).all()
    assert np.isnan(patterns["absolute_bodies_error"]).all()
    assert (patterns["relevance_bodies_error"] == 0).all()
    np.testing.assert_allclose(
        patterns["relevance_bodies"].sum("n_atoms"), patterns["walks"], rtol=1e-9
    )


def test_sampled_sums_have_errors(network: torch.nn.Module, structures: list[Atoms]):
    exact = explain(network, structures, Explain())
    table = explain(network, structures, Explain(budget=0.0, n_samples=5000, seed=3))
    assert flags(exact) == 3 * ["enumeration"]
    assert flags(table) == 3 * ["sampling"]
    assert np.isnan(table["absolute"]).all()
    for name in ("relevance_bodies", "absolute_bodies"):
        error = table[f"{name}_error"]
        assert (exact[f"{name}_error"] == 0).all()
        # Three atoms cannot make a walk of four.
        assert (error[1:, 2:] > 0).all()
        assert (abs(table[name] - exact[name]) < 5 * error + 1e-10).all()
    again = explain(network, structures, Explain(method="sampling", n_samples=5000, seed=3))
    np.testing.assert_array_equal(again["absolute_bodies"], table["absolute_bodies"])


def test_method_follows_the_cost_of_each_structure(
    network: torch.nn.Module, structures: list[Atoms]
):
    table = explain(network, structures, Explain())
    walks, patterns = (
        table[f"operations_{name}"].to_numpy() for name in ("enumeration", "patterns")
    )
    budget = float(walks[2])
    table = explain(network, structures, Explain(budget=budget, n_samples=100))
    others = np.where(patterns <= budget, "patterns", "sampling")
    expected = np.where(walks <= budget, "enumeration", others)
    assert flags(table) == expected.tolist()
    assert len(set(expected)) > 1


def test_rule_comes_from_the_settings(network: torch.nn.Module, structures: list[Atoms]):
    table = explain(network, structures[:1], Explain(rule="zero"))
    expected = pairs(linearize(network, structures[0], rule=Zero()))["relevance"].to_numpy()
    np.testing.assert_allclose(table["relevance"], expected[np.triu_indices(3, 1)], rtol=1e-12)
    assert table.attrs["rule"] == "zero"


def test_epsilon_is_among_the_rules(network: torch.nn.Module, structures: list[Atoms]):
    table = explain(network, structures[:1], Explain(rule="epsilon", epsilon=0.2))
    chain = linearize(network, structures[0], rule=Epsilon(0.2))
    expected = pairs(chain)["relevance"].to_numpy()[np.triu_indices(3, 1)]
    np.testing.assert_allclose(table["relevance"], expected, rtol=1e-12)
    assert (table.attrs["rule"], table.attrs["rule_strength"]) == ("epsilon", 0.2)
    assert table["leak"].item() == pytest.approx(balance(chain)["leak"].item())
    assert abs(table["leak"].item()) > 1e-6


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
