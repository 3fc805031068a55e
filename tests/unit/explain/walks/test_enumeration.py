from pathlib import Path

import numpy as np
import pytest
import torch
from chains import EveryWalk, MakeChain

from nearsight.errors import WalkLimitError
from nearsight.explain import Chain, count_walks, stream, walks
from nearsight.explain.walks.enumeration import _lexicographic, check_limit
from nearsight.storage import read_dataset, write_dataset


def test_every_walk_once_with_its_relevance(chain: Chain, every_walk: EveryWalk):
    expected, table = every_walk(chain), walks(chain)
    keys = list(map(tuple, table["walk"].to_numpy().tolist()))
    assert keys == sorted(expected)
    values = [expected[key] for key in keys]
    np.testing.assert_allclose(table["relevance"], values, rtol=1e-9, atol=1e-9)


def test_count_is_exact(chain: Chain, every_walk: EveryWalk):
    assert count_walks(chain) == len(every_walk(chain))


def test_count_does_not_overflow(make_chain: MakeChain):
    chain = make_chain(depth=40, n_atoms=6, spread=0.1)
    assert count_walks(chain) == 6**41


@pytest.mark.parametrize("depth", [3, 4])
def test_pieces_are_small_and_complete(make_chain: MakeChain, depth: int):
    chain = make_chain(depth=depth, spread=0.5)
    pieces = list(stream(chain, chunk=40))
    assert max(len(relevance) for _, relevance in pieces) <= 40
    assert sum(len(relevance) for _, relevance in pieces) == count_walks(chain)


def test_limit_names_number_limit_and_alternatives(make_chain: MakeChain):
    chain = make_chain(spread=0.1)
    assert walks(chain, limit=625).sizes["walk"] == 625
    with pytest.raises(WalkLimitError, match=r"625 walks.*limit is 624.*pairs"):
        walks(chain, limit=624)


def test_walks_can_be_stored(make_chain: MakeChain, tmp_path: Path):
    table = walks(make_chain())
    write_dataset(table, tmp_path / "walks.nc", title="walks")
    stored = read_dataset(tmp_path / "walks.nc")
    assert stored["walk"].dims == ("walk", "step")
    np.testing.assert_array_equal(stored["walk"], table["walk"])
    np.testing.assert_array_equal(stored["relevance"], table["relevance"])


def test_pieces_hold_every_walk_once(chain: Chain, every_walk: EveryWalk):
    found: dict[tuple[int, ...], float] = {}
    for atoms, relevance in stream(chain, chunk=30):
        assert atoms.dtype == np.int32
        assert atoms.shape == (len(relevance), chain.depth + 1)
        new = dict(zip(map(tuple, atoms.tolist()), relevance.tolist(), strict=True))
        assert not new.keys() & found.keys()
        found |= new
    expected = every_walk(chain)
    assert found.keys() == expected.keys()
    scale = max(map(abs, expected.values()))
    assert all(abs(found[walk] - value) < 1e-12 * scale for walk, value in expected.items())


@pytest.mark.parametrize("n_atoms", [5, 2**21])
def test_order_of_walks_whose_key_is_too_large_for_an_integer(n_atoms: int):
    atoms = np.random.default_rng(0).integers(0, 5, (300, 4)).astype(np.int32)
    order = _lexicographic(atoms, n_atoms)
    assert atoms[order].tolist() == sorted(atoms.tolist())
    # Equal walks stay in the order in which they came.
    same = (np.diff(atoms[order], axis=0) == 0).all(axis=1)
    assert same.any()
    assert (np.diff(order)[same] > 0).all()


def test_precision_is_that_of_the_chain(make_chain: MakeChain):
    single = walks(make_chain().to(dtype=torch.float32))
    assert single["relevance"].dtype == np.float32
    assert walks(make_chain())["relevance"].dtype == np.float64


def test_the_limit_is_checked_before_the_work(make_chain: MakeChain):
    chain = make_chain(depth=40, n_atoms=6, spread=0.1)
    with pytest.raises(WalkLimitError, match=rf"^{6**41} walks \(6 atoms, depth 40\)"):
        walks(chain)
    assert check_limit(make_chain(spread=0.1), 625) == 625


def test_walks_by_adjacency_to_a_power(make_chain: MakeChain):
    chain = make_chain(depth=3, n_atoms=7, spread=1.0)
    power = np.eye(7, dtype=int)
    for block in chain.blocks:
        power = block.adjacency.numpy().astype(int) @ power
    assert count_walks(chain) == chain.n_walks == power.sum()
