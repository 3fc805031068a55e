import numpy as np
import pytest
from chains import EveryWalk, MakeChain

from nearsight.errors import ConfigError
from nearsight.explain import Chain, pairs


def test_exact_pairs_are_sums_of_walks_on_exactly_two_atoms(chain: Chain, every_walk: EveryWalk):
    expected = np.zeros((5, 5))
    for walk, value in every_walk(chain).items():
        atoms = sorted(set(walk))
        if len(atoms) <= 2:
            expected[atoms[0], atoms[-1]] += value
    expected += np.triu(expected, 1).T
    found = pairs(chain, "exact")["relevance"].to_numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


def test_ends_are_sums_of_walks_from_start_to_end(chain: Chain, every_walk: EveryWalk):
    expected = np.zeros((5, 5))
    for walk, value in every_walk(chain).items():
        expected[walk[0], walk[-1]] += value
    found = pairs(chain, "ends")["relevance"].to_numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", ["exact", "ends"])
@pytest.mark.parametrize("depth", [1, 2, 4])
def test_atoms_in_parts_give_the_same(
    make_chain: MakeChain, monkeypatch: pytest.MonkeyPatch, kind: str, depth: int
):
    chain = make_chain(depth=depth, n_atoms=7)
    whole = pairs(chain, kind)["relevance"].to_numpy()
    for module in ("masked", "pairs"):
        # One atom at a time; three tiles of atoms.
        monkeypatch.setattr(f"nearsight.explain.sums.{module}.MEMORY", 1500.0)
    parts = pairs(chain, kind)["relevance"].to_numpy()
    np.testing.assert_allclose(parts, whole, rtol=1e-12, atol=1e-14)


def test_exact_pairs_are_symmetric_and_zero_beyond_the_cutoff(make_chain: MakeChain):
    table = pairs(make_chain(depth=4, n_atoms=8, seed=2), "exact")
    relevance, distance = table["relevance"].to_numpy(), table["distance"].to_numpy()
    assert (relevance == relevance.T).all()
    assert (distance > 2.5).any()
    assert (relevance[distance > 2.5] == 0).all()
    assert (relevance[(distance > 0) & (distance < 2.5)] != 0).all()


def test_far_pairs_keep_their_digits(make_chain: MakeChain, every_walk: EveryWalk):
    """No subtraction: a pair 1e12 times weaker than the others is still right."""
    chain = make_chain(depth=2, n_atoms=3, spread=0.5)
    for block in chain.blocks:
        block.f[0, 1] *= 1e-12
        block.f[1, 0] *= 1e-12
    exact = sum(value for walk, value in every_walk(chain).items() if set(walk) == {0, 1})
    found = pairs(chain)["relevance"].to_numpy()[0, 1]
    assert found == pytest.approx(exact, rel=1e-9)


def test_unknown_kind_is_refused(make_chain: MakeChain):
    with pytest.raises(ConfigError, match=r"'all'.*exact, contains, ends"):
        pairs(make_chain(), "all")
