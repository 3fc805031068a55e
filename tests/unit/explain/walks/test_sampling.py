import numpy as np
import pytest
from chains import EveryWalk, MakeChain

from nearsight.errors import ConfigError
from nearsight.explain import bodies, estimate, sample
from nearsight.explain.walks.extent import distinct_atoms

N_SEEDS = 200


def test_draws_are_walks_with_their_relevance(make_chain: MakeChain, every_walk: EveryWalk):
    chain = make_chain(depth=3, spread=1.0)
    expected, drawn = every_walk(chain), sample(chain, 500, seed=1)
    for walk, value in zip(
        drawn["walk"].to_numpy().tolist(), drawn["relevance"].to_numpy(), strict=True
    ):
        assert value == pytest.approx(expected[tuple(walk)], rel=1e-9)


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_errors_cover_the_truth_at_their_rate(
    make_chain: MakeChain, every_walk: EveryWalk, depth: int
):
    chain = make_chain(depth=depth, spread=1.0, seed=depth)
    every = every_walk(chain)
    values = np.array(list(every.values()))
    order = distinct_atoms(np.array(list(every)))
    truth = np.array([values.sum(), np.abs(values).sum(), np.abs(values[order == 2]).sum()])
    z = []
    for seed in range(N_SEEDS):
        drawn = sample(chain, 400, seed)
        r, orders = drawn["relevance"].to_numpy(), distinct_atoms(drawn["walk"].to_numpy())
        statistic = np.stack([r, np.abs(r), np.abs(r) * (orders == 2)], axis=1)
        found, error = estimate(drawn["weight"].to_numpy(), statistic)
        z.append((found - truth) / error)
    z = np.array(z)
    # 95 % nominal; binomial error of 200 seeds is 1.5 %, and four of it are allowed.
    assert (np.abs((np.abs(z) < 1.96).mean(axis=0) - 0.95) < 0.06).all()
    assert (np.abs(z.mean(axis=0)) < 4 / np.sqrt(N_SEEDS)).all()


def test_error_falls_as_the_root_of_the_draws(make_chain: MakeChain):
    few, many = (sample(make_chain(), n, 0)["total_error"].item() for n in (1000, 100_000))
    assert few / many == pytest.approx(10, rel=0.2)


def test_same_seed_same_draws(make_chain: MakeChain):
    assert sample(make_chain(), 50, 3).identical(sample(make_chain(), 50, 3))
    assert not sample(make_chain(), 50, 3).identical(sample(make_chain(), 50, 4))


def test_bodies_by_sampling(make_chain: MakeChain):
    chain = make_chain(depth=3, spread=1.0)
    exact, found = bodies(chain), bodies(chain, method="sampling", n_samples=20_000)
    for name, n_exact in (("relevance", 2), ("absolute", 0)):
        error = found[f"{name}_error"].to_numpy()
        assert (error[:n_exact] == 0).all()
        assert (error[n_exact:] > 0).all()
        assert (np.abs(found[name] - exact[name]) < 5 * error + 1e-12).all()
    assert found["remainder"].item() == pytest.approx(exact["remainder"].item(), rel=1e-9)


def test_body_orders_cover_the_exact_sums_at_their_stated_rate(make_chain: MakeChain):
    chain = make_chain(depth=3, spread=1.0)
    exact, z = bodies(chain), []
    for seed in range(100):
        found = bodies(chain, method="sampling", n_samples=2000, seed=seed)
        for name in ("relevance", "absolute"):
            z += ((found[name] - exact[name]) / found[f"{name}_error"])[2:].to_numpy().tolist()
    # 400 draws, two and two of them nearly independent: four standard deviations about 95 %.
    assert 0.89 < np.mean(np.abs(z) < 1.96) < 0.995


def test_a_body_order_that_no_draw_shows_is_not_called_exact(make_chain: MakeChain):
    chain = make_chain(depth=3, n_atoms=5, spread=1.0)
    found = bodies(chain, method="sampling", n_samples=2)
    unseen = found["absolute"].to_numpy() == 0
    assert unseen.any()
    assert np.isnan(found["absolute_error"].to_numpy()[unseen]).all()


def test_a_body_order_beyond_the_number_of_atoms_is_exactly_zero(make_chain: MakeChain):
    found = bodies(make_chain(depth=3, n_atoms=2), method="sampling", n_samples=100)
    assert (found["absolute"][2:] == 0).all()
    assert (found["absolute_error"][2:] == 0).all()


def test_nothing_to_draw_is_an_error(make_chain: MakeChain):
    chain = make_chain()
    with pytest.raises(ConfigError, match="n = 1"):
        sample(chain, 1)
    chain.h.zero_()
    with pytest.raises(ConfigError, match="relevance 0"):
        sample(chain, 10)
