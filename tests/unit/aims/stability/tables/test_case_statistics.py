"""What is computed of one case: known laws come back, and missing stages stay unknown."""

from dataclasses import replace

import numpy as np
import pytest
from law_tables import EDGES, MISSING, OK, SETTINGS, case, relevance, response

from nearsight.aims.stability.tables.case_statistics import CaseStatistics, analyse, analyse_all
from nearsight.config import Statistics
from nearsight.storage import check_described

WHOLE = case(relevance=relevance(-4.0), response=response(-5.0), reference=response(-6.0))


@pytest.fixture(scope="module")
def whole() -> CaseStatistics:
    return analyse(WHOLE, EDGES, SETTINGS)


def test_every_decay_has_its_own_power(whole: CaseStatistics) -> None:
    assert whole.relevance.exponent[0] == pytest.approx(-4.0, abs=0.02)
    assert whole.relevance_contains.exponent[0] == pytest.approx(-4.0, abs=0.02)
    assert whole.response.exponent[0] == pytest.approx(-5.0, abs=0.02)
    assert whole.reference.decay.exponent[0] == pytest.approx(-6.0, abs=0.02)


def test_relevance_is_fitted_short_of_the_cutoff(whole: CaseStatistics) -> None:
    """0.7 of 9 Å is 6.3 Å: the bin that ends at 6 Å is the last."""
    assert (whole.relevance.fit.start, whole.relevance.fit.end) == (2.5, 6.0)
    assert (whole.response.fit.start, whole.response.fit.end) == (2.5, 9.0)


def test_inclusive_relevance_is_twice_the_exclusive(whole: CaseStatistics) -> None:
    one, other = whole.relevance.curve, whole.relevance_contains.curve
    np.testing.assert_allclose(other.mean, 2 * one.mean)
    np.testing.assert_allclose(other.low, 2 * one.low)


def test_shares_by_hand(whole: CaseStatistics) -> None:
    """Walks of sizes 2, 1, 1; constants of 1 beside a net of 3, and beside sizes of 4."""
    np.testing.assert_allclose(whole.body_order_share[:, 0], [0.5, 0.25, 0.25])
    assert whole.numbers["effective_body_order"] == pytest.approx((1.75,) * 3)
    assert whole.numbers["constants_share_after_cancellation"] == pytest.approx((0.25,) * 3)
    assert whole.numbers["constants_share_of_sizes"] == pytest.approx((0.2,) * 3)


def test_conservation_is_the_largest_error_of_either_sign(whole: CaseStatistics) -> None:
    assert whole.conservation_error == pytest.approx(2e-9)


def test_relevance_is_compared_with_the_reference_by_its_shape_alone(
    whole: CaseStatistics,
) -> None:
    """Two powers apart over 2.5 to 6 Å: twice the spread of log10 r, but for the bins' width."""
    value = whole.numbers["relevance_deviation"][0]
    centre = np.log10((EDGES[1:] + EDGES[:-1])[(EDGES[:-1] >= 2.5) & (EDGES[1:] <= 6.3)] / 2)
    assert value == pytest.approx(2 * centre.std(), rel=0.04)
    louder = WHOLE.relevance.copy()
    louder["relevance"] = 1000 * louder["relevance"]
    again = analyse(replace(WHOLE, relevance=louder), EDGES, SETTINGS)
    assert again.numbers["relevance_deviation"][0] == pytest.approx(value)


def test_elements_of_one_kind_are_as_strong_as_all(whole: CaseStatistics) -> None:
    for name in ("element_pair_relevance", "element_pair_response"):
        assert whole.curves[name].sel(element_pair="C-C") == pytest.approx(1.0)
    check_described(whole.curves)


def test_shares_by_range_stand_among_the_curves(whole: CaseStatistics) -> None:
    assert whole.curves["range_share"].sum() == pytest.approx(1.0)
    assert whole.curves["reach_share"].to_numpy().tolist() == [0.75, 0.25]


def test_a_reference_that_is_given_is_not_computed_again(whole: CaseStatistics) -> None:
    found = analyse(WHOLE, EDGES, SETTINGS, whole.reference)
    assert found.reference is whole.reference
    assert found.numbers.keys() == whole.numbers.keys()
    for name, value in found.numbers.items():
        np.testing.assert_array_equal(value, whole.numbers[name], err_msg=name)


@pytest.mark.parametrize("stage", ["relevance", "response", "reference"])
def test_a_stage_that_is_missing_takes_its_own_numbers_alone(
    whole: CaseStatistics, stage: str
) -> None:
    found = analyse(replace(WHOLE, **{stage: MISSING}), EDGES, SETTINGS)
    decays = {
        "relevance": found.relevance,
        "response": found.response,
        "reference": found.reference.decay,
    }
    for name, decay in decays.items():
        assert (decay.curve is None) == (name == stage)
    assert np.isnan(found.numbers.get("relevance_deviation", (np.nan,))[0]) == (
        stage in ("relevance", "reference")
    )
    assert ("response_deviation" in found.numbers) == (stage == "relevance")
    assert np.isnan(found.conservation_error) == (stage == "relevance")
    assert (found.body_order_share is None) == (stage == "relevance")
    if stage == "relevance":
        assert np.isnan(found.numbers["faithfulness"]).all()
    else:
        assert found.numbers["effective_body_order"][0] == pytest.approx(1.75)


def test_nothing_at_all_is_a_case_too() -> None:
    edges, found = analyse_all([case()], SETTINGS)
    assert edges[-1] >= SETTINGS.first_shell
    (only,) = found.values()
    assert only.relevance.curve is only.response.curve is only.reference.noise is None
    assert only.relevance.fit.reason == "not computed"
    assert np.isnan([*only.numbers.values()]).all()
    assert not only.curves.data_vars


def test_bins_cover_the_furthest_pair_of_any_case() -> None:
    near, far = response(-5.0), response(-5.0)
    far["distance"] = 1.5 * far["distance"]
    cases = [case(response=near), case(response=far, seed=1)]
    edges, found = analyse_all(cases, SETTINGS)
    assert edges[-2] <= 13.5 < edges[-1]
    np.testing.assert_allclose(np.diff(edges), SETTINGS.bin_width)
    assert [*found] == [one.id for one in cases]
    for one in found.values():
        assert one.response.curve.bins.count.sum() == 240


def test_models_of_a_data_set_share_its_reference() -> None:
    reference = response(-6.0)
    cases = [
        case(response=response(-5.0), reference=reference),
        case(response=response(-5.0), reference=reference, seed=1),
        case(dataset="aspirin", response=response(-5.0), reference=response(-3.0)),
    ]
    first, second, other = analyse_all(cases, SETTINGS)[1].values()
    assert first.reference is second.reference
    assert other.reference.decay.exponent[0] == pytest.approx(-3.0, abs=0.02)
    assert first.numbers["response_exponent_difference"][0] == pytest.approx(1.0, abs=0.02)
    assert other.numbers["response_exponent_difference"][0] == pytest.approx(-2.0, abs=0.02)


def test_a_file_without_inclusive_relevance_has_no_such_decay() -> None:
    older = WHOLE.relevance.drop_vars("relevance_contains")
    found = analyse(replace(WHOLE, relevance=older), EDGES, SETTINGS)
    assert found.relevance_contains.curve is None
    assert found.relevance.exponent[0] == pytest.approx(-4.0, abs=0.02)
    assert np.isnan(found.numbers["faithfulness_contains"]).all()


def test_a_cutoff_inside_the_first_shell_leaves_no_fit_and_its_reason() -> None:
    found = analyse(case(cutoff=3.0, relevance=relevance(-4.0)), EDGES, SETTINGS)
    assert found.relevance.fit.reason == (
        "0 bins with 5 pairs in the window of the fit, 4 are needed"
    )
    assert np.isfinite(found.numbers["relevance_tail_share"][0])


def test_a_wider_level_has_wider_intervals() -> None:
    rng = np.random.default_rng(0)
    noisy = response(-6.0).assign_attrs(OK)
    noisy["norm"] = noisy["norm"] * np.exp(rng.normal(0, 0.3, 240))
    widths = []
    for level in (0.8, 0.95):
        settings = Statistics(n_bootstrap=100, least_pairs=5, confidence=level)
        found = analyse(case(response=noisy, reference=response(-6.0)), EDGES, settings)
        _, low, high = found.numbers["response_deviation_signed"]
        widths.append(high - low)
    assert 0 < widths[0] < widths[1]
