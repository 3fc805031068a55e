from pathlib import Path

import numpy as np
import pytest
from chains import EveryWalk, MakeChain

from nearsight.errors import WalkLimitError
from nearsight.explain import Chain, count_walks, stream, walks
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
