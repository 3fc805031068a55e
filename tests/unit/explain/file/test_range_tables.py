"""Bins of ranges and reaches: they hold every distance of every structure."""

import numpy as np
import pytest
from ase import Atoms
from chains import MakeChain
from hypothesis import given
from hypothesis import strategies as st

from nearsight import units
from nearsight.explain.file import range_tables as range_tables_module
from nearsight.explain.file.range_tables import range_coordinates, range_edges, range_tables
from nearsight.explain.sums.tally import tally


def dimer(length: float) -> Atoms:
    return Atoms("H2", positions=[[0, 0, 0], [length, 0, 0]])


@given(st.floats(0.1, 60.0), st.sampled_from([0.05, 0.25, 1.0, 3.0]))
def test_every_distance_is_inside_and_no_bin_too_many(length: float, width: float) -> None:
    edges = range_edges([dimer(length), Atoms("H")], width)
    assert edges[0] == 0
    np.testing.assert_allclose(np.diff(edges), width)
    assert edges[-2] <= length * (1 + 1e-12)
    assert length < edges[-1] * (1 + 1e-12)


def test_a_distance_on_an_edge_is_in_the_bin_above_it() -> None:
    assert range_edges([dimer(2.0)], 0.5)[-1] == 2.5


def test_the_longest_of_all_structures_counts() -> None:
    lengths = (1.0, 7.3, 2.0)
    assert range_edges([dimer(x) for x in lengths], 1.0)[-1] == 8.0


def test_many_atoms_are_done_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(range_tables_module, "ROWS", 7)
    many = Atoms("H50", positions=np.random.default_rng(0).uniform(0, 9, (50, 3)))
    longest = many.get_all_distances().max()
    assert range_edges([many], 0.01)[-2] <= longest < range_edges([many], 0.01)[-1]


def test_single_atoms_have_one_bin() -> None:
    assert range_edges([Atoms("H")], 0.25).tolist() == [0, 0.25]


def test_coordinates_are_upper_edges_with_a_unit() -> None:
    edges = np.array([0.0, 0.5, 1.0])
    for name, values in range_coordinates(edges).items():
        assert values.dims == (name,)
        assert values.values.tolist() == [0.5, 1.0]
        assert values.attrs["units"] == units.LENGTH
        assert values.attrs["long_name"].startswith(f"upper edge of a bin of {name}")


@pytest.mark.parametrize("method", ["enumeration", "patterns", "sampling"])
def test_tables_leave_nothing_outside(make_chain: MakeChain, method: str) -> None:
    chain = make_chain(spread=1.2)
    edges = np.arange(0.0, 12.0, 0.5)
    sums = tally(chain, edges=edges, method=method, n_samples=200)
    tables = range_tables(sums)
    n_bins = len(edges) - 1
    assert tables["relevance_range"].shape == (1, chain.depth + 1, n_bins)
    assert tables["relevance_reach"].shape == (1, n_bins)
    total = sums.ranges["hop"].total.sum()
    assert tables["relevance_reach"].values.sum() == pytest.approx(total, rel=1e-12)
    absolute = tables["absolute_reach"].values
    if method == "patterns":
        assert np.isnan(absolute).all()
    else:
        assert absolute.sum() == pytest.approx(tables["absolute_range"].values.sum(), rel=1e-10)
        assert (absolute >= np.abs(tables["relevance_reach"].values) - 1e-9).all()
        # No step is longer than the cutoff; walks go further.
        beyond = edges[1:] > chain.cutoff + 0.5
        assert not absolute[0, beyond].any()
        assert tables["absolute_range"].values[0][:, beyond].any()
