import numpy as np
import pytest
from chains import EveryWalk, MakeChain

from nearsight.errors import ConfigError
from nearsight.explain import bodies, estimate, sample
from nearsight.explain.walks.extent import distinct_atoms
from nearsight.explain.walks.meeting import meetings
from nearsight.explain.walks.sampling import estimate_by_cell

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


def test_no_draw_contributes_more_than_its_share(make_chain: MakeChain):
    """|R| <= |p||s|, so that weight times |R| is at most Z / n, the same for all draws."""
    chain, n = make_chain(depth=3, spread=1.0), 400
    drawn = sample(chain, n, seed=2)
    contribution = (drawn["weight"] * np.abs(drawn["relevance"])).to_numpy()
    mass = sum(
        float(first.norm(dim=1).sum() * second.norm(dim=1).sum())
        for meeting in meetings(chain)
        for _, first, second in meeting.products()
    )
    assert contribution.max() <= mass / n * (1 + 1e-12)
    assert contribution.max() > 0.5 * mass / n


def test_weights_count_walks(make_chain: MakeChain, every_walk: EveryWalk):
    """The statistic 1 estimates how many walks there are, of those that do not vanish."""
    chain = make_chain(depth=2, n_state=12, n_message=12)
    found = [sample(chain, 500, seed)["weight"].sum().item() for seed in range(60)]
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert abs(np.mean(found) - len(every_walk(chain))) < 3 * error
    assert error < 0.02 * len(every_walk(chain))


@pytest.mark.parametrize("n_cells", [3, 6])
def test_sums_by_cell_are_those_of_a_statistic_that_is_zero_elsewhere(n_cells: int):
    random = np.random.default_rng(1)
    weight, values = random.random(200), random.normal(size=200)
    cell = random.integers(0, 3, 200)
    mean, error = estimate_by_cell(weight, values, cell, n_cells)
    for k in range(n_cells):
        found, spread = estimate(weight, np.where(cell == k, values, 0.0))
        assert mean[k] == pytest.approx(found, rel=1e-12, abs=1e-14)
        if k < 3:
            assert error[k] == pytest.approx(spread, rel=1e-9)
        else:
            assert np.isnan(error[k])


def test_an_estimate_is_a_mean_with_its_error():
    weight, values = np.full(4, 0.25), np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [6.0, 0.0]])
    found, error = estimate(weight, values)
    np.testing.assert_allclose(found, [3.0, 0.0])
    np.testing.assert_allclose(error, [values[:, 0].std(ddof=1) / 2, 0.0])


def test_where_all_walks_are_alike_every_estimate_is_exact(make_chain: MakeChain):
    """One atom, one walk: whatever is drawn, it is that."""
    drawn = sample(make_chain(n_atoms=1), 10, seed=0)
    total = drawn["relevance"][0].item()
    assert drawn["total"].item() == pytest.approx(total, rel=1e-12)
    assert drawn["total_error"].item() == pytest.approx(0, abs=1e-12 * abs(total))
    assert drawn["total_absolute"].item() == pytest.approx(abs(total), rel=1e-12)
