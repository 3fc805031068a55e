"""Every number of a test, from a design: what it is blind to, and what it leaves out."""

import numpy as np
import pytest
from null_studies import DECAY, design, null_study
from scipy.stats import spearmanr

from nearsight.aims.stability.association.descriptors import ERROR, SURVIVAL
from nearsight.aims.stability.association.design import Design
from nearsight.aims.stability.association.finding import TEXT, Finding, examine
from nearsight.aims.stability.association.power import detectable_rho
from nearsight.config import Statistics

SIGNED = "response_deviation_signed"
FEW = Statistics(n_permutations=200)


def models(n_settings: int = 7, n_seeds: int = 2, seed: int = 0) -> Design:
    random = np.random.default_rng(seed)
    # Seeds of a setting share its descriptor almost wholly, and its outcome less so.
    spread = np.array([0.1, 0.7, 0.1])[:, None, None, None]
    x, y, error = random.normal(size=(3, 1, n_settings, 1)) + spread * random.normal(
        size=(3, 1, n_settings, n_seeds)
    )
    return Design(x, y, error, np.arange(n_settings), np.zeros(n_settings, int))


def test_every_field_is_explained_and_nothing_else() -> None:
    bare = {name.removesuffix("_low").removesuffix("_high") for name in Finding().columns()}
    assert bare == set(TEXT)
    bounds = {name for name in Finding().columns() if name.endswith(("_low", "_high"))}
    assert len(bounds) == 2 * 2


def test_numbers_are_those_of_means_over_seeds() -> None:
    one = models()
    found = examine(one, SIGNED, "either", FEW)
    x, y = (values.mean(axis=2)[0] for values in (one.x, one.y))
    assert found.rho == pytest.approx(spearmanr(x, y).statistic)
    error = one.given.mean(axis=2)[0]
    a, b, c = (spearmanr(*two).statistic for two in ((x, y), (x, error), (y, error)))
    partial = (a - b * c) / np.sqrt((1 - b**2) * (1 - c**2))
    assert found.partial_rho == pytest.approx(partial) != pytest.approx(found.rho)
    assert found.outcome_seed_rho == pytest.approx(spearmanr(*one.y[0].T).statistic)
    assert found.descriptor_seed_rho > found.outcome_seed_rho
    assert found.descriptor_seed_rho == pytest.approx(spearmanr(*one.x[0].T).statistic)
    assert found.rho_low <= found.rho <= found.rho_high
    assert found.partial_rho_low <= found.partial_rho <= found.partial_rho_high
    assert (found.n_models, found.n_settings, found.n_seeds, found.n_strata) == (14, 7, 2, 1)
    assert found.tied_share == 0.0


def test_the_stated_direction_halves_the_test_and_raises_its_power() -> None:
    one = models()
    either, up, down = (
        examine(one, SIGNED, d, FEW, 26) for d in ("either", "positive", "negative")
    )
    assert either.detectable_rho == pytest.approx(detectable_rho(7, sides=2))
    assert up.detectable_rho == down.detectable_rho == pytest.approx(detectable_rho(7, sides=1))
    # Over all orders either sign is equally likely.
    assert either.p_value == pytest.approx(2 * min(up.p_value, down.p_value))
    assert up.rho == down.rho == either.rho


def test_all_orders_are_looked_at_where_asked_for() -> None:
    one = models()
    assert examine(one, SIGNED, "either", FEW).least_p == pytest.approx(1 / 201)
    assert examine(one, SIGNED, "either", FEW, 26).least_p == pytest.approx(1 / 5040)


def test_the_force_error_is_not_held_fixed_against_itself() -> None:
    found = examine(models(), ERROR, "either", FEW)
    partial = [v for k, v in found.columns().items() if k.startswith("partial")]
    assert len(partial) == 4
    assert np.isnan(partial).all()
    assert np.isfinite(found.rho)


def test_monotone_maps_of_seeds_that_agree_change_nothing() -> None:
    """With one seed only order counts, in all three."""
    one = models(n_seeds=1)
    bent = Design(np.exp(one.x), one.y**3, np.arctan(one.given), one.cutoff, one.rest)
    first, second = (examine(d, SIGNED, "negative", FEW).columns() for d in (one, bent))
    np.testing.assert_allclose(list(second.values()), list(first.values()), atol=1e-12)
    assert np.isnan(first["outcome_seed_rho"])
    assert np.isnan(first["ceiling"])


def test_no_model_and_a_constant_outcome_have_no_correlation() -> None:
    one = models()
    nothing = Design(one.x[:0], one.y[:0], one.given[:0], one.cutoff, one.rest)
    np.testing.assert_equal(examine(nothing, SIGNED, "either", FEW).columns(), Finding().columns())
    flat = Design(one.x, np.ones_like(one.y), one.given, one.cutoff, one.rest)
    found = examine(flat, SIGNED, "either", FEW)
    assert np.isnan([found.rho, found.p_value, found.rho_low, found.partial_p_value]).all()
    assert (found.n_models, found.n_strata, found.least_p, found.tied_share) == (14, 0, 1.0, 1.0)


def test_of_a_study_of_two_families_each_weighs_alike() -> None:
    columns = null_study(DECAY, np.random.default_rng(0), effect=-3.0)["home"]
    both = design(columns, SIGNED, SURVIVAL)
    found = examine(both, SIGNED, "negative", FEW)
    each = [
        examine(
            Design(both.x[[k]], both.y[[k]], both.given[[k]], both.cutoff, both.rest),
            SIGNED, "negative", FEW,
        ).rho
        for k in (0, 1)
    ]  # fmt: skip
    assert found.rho == pytest.approx(np.mean(each))
    assert found.rho < -0.5
    assert found.n_seeds == 2
    assert found.p_value == pytest.approx(1 / 201)
