"""The table of failures against a slow count, and what it says where numbers are unknown."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from test_dynamics_columns import MISSING, case
from test_failure_counts import case_with, failures

from nearsight.aims.stability.tables.failure_counts import KEYS, NO_PAIR, collect_failures
from nearsight.config import make_variant
from nearsight.labels import variable
from nearsight.storage import check_described

PAIRS, CAUSES = ["C-C", "C-H", "H-O", ""], ["bond", "energy", "topology"]


def drawn(seed: int, n: int = 40) -> xr.Dataset:
    """Failures at random, of which some have no label."""
    rng = np.random.default_rng(seed)
    error = np.where(rng.uniform(size=n) < 0.3, np.nan, rng.exponential(150, n))
    return failures([*rng.choice(PAIRS, n)], [*rng.choice(CAUSES, n)], [*error])


CASES = [
    case_with(drawn(0), 3.0),
    case_with(drawn(1), 5.0),
    case_with(drawn(2, 17), 3.0, "aspirin"),
    case_with(xr.Dataset(), 4.0, "aspirin"),
]


@pytest.fixture(scope="module")
def table() -> xr.Dataset:
    return collect_failures(CASES)


def keys_of(table: xr.Dataset) -> list[tuple[str, ...]]:
    return [*zip(*(table[name].to_numpy().tolist() for name in KEYS), strict=True)]


def rows_of(key: tuple[str, ...]) -> list[tuple[str, float]]:
    """Model and error of every failure of a key, one by one."""
    found = []
    for one in CASES:
        for k in range(one.failures.sizes.get("failure", 0)):
            pair = str(one.failures["element_pair"].to_numpy()[k]) or NO_PAIR
            cause = str(one.failures["cause"].to_numpy()[k])
            if (one.dataset, one.variant.family, pair, cause) == key:
                error = float(one.failures["pair_force_error_good"].to_numpy()[k])
                found.append((one.id, error))
    return found


def test_counts_are_those_of_a_slow_count(table: xr.Dataset) -> None:
    for k, key in enumerate(keys_of(table)):
        slow = rows_of(key)
        assert table["n_failures"][k] == len(slow) > 0
        assert table["n_models"][k] == len({model for model, _ in slow})
        assert table["n_labelled"][k] == sum(np.isfinite(error) for _, error in slow)


def test_no_failure_is_lost_and_no_row_stands_twice(table: xr.Dataset) -> None:
    assert table["n_failures"].sum() == 40 + 40 + 17
    assert set(Counter(keys_of(table)).values()) == {1}


def test_shares_add_up_to_one_on_each_data_set(table: xr.Dataset) -> None:
    for dataset in ("ethanol", "aspirin"):
        assert table["share"][table["dataset"] == dataset].sum() == pytest.approx(1.0)


def test_medians_and_quartiles_are_those_of_known_errors(table: xr.Dataset) -> None:
    for k, key in enumerate(keys_of(table)):
        known = [error for _, error in rows_of(key) if np.isfinite(error)]
        expected = np.quantile(known, [0.25, 0.5, 0.75]) if known else np.full(3, np.nan)
        found = [table[f"pair_force_error{end}"][k] for end in ("_q25", "", "_q75")]
        np.testing.assert_allclose(found, expected)
        above = np.mean(np.array(known) > 150.0) if known else np.nan
        np.testing.assert_allclose(table["share_above_typical"][k], above)


def test_the_most_stand_first_on_each_data_set(table: xr.Dataset) -> None:
    names = table["dataset"].to_numpy()
    assert names.tolist() == sorted(names)
    for name in set(names):
        counts = table["n_failures"].to_numpy()[names == name]
        assert (np.diff(counts) <= 0).all()


def test_the_order_of_cases_changes_nothing(table: xr.Dataset) -> None:
    xr.testing.assert_identical(collect_failures(CASES[::-1]), table)


def test_equal_counts_stand_in_alphabetical_order() -> None:
    one = case_with(failures(["H-O", "C-C", "C-C"], ["bond", "energy", "bond"], [1, 1, 1]), 3.0)
    assert [key[2:] for key in keys_of(collect_failures([one]))] == [
        ("C-C", "bond"), ("C-C", "energy"), ("H-O", "bond"),
    ]  # fmt: skip


def test_families_are_kept_apart_and_have_their_own_shares() -> None:
    found = failures(["C-H"], ["bond"], [100.0])
    schnet = case_with(found, 3.0)
    painn = replace(schnet, variant=make_variant(family="painn", cutoff=3.0, depth=1))
    table = collect_failures([schnet, painn])
    assert table["family"].to_numpy().tolist() == ["painn", "schnet"]
    np.testing.assert_array_equal(table["share"], [1.0, 1.0])
    assert table["n_failures"].to_numpy().tolist() == [1, 1]


@pytest.mark.parametrize("typical", [0.0, np.nan])
def test_without_a_typical_error_there_is_no_ratio(typical: float) -> None:
    table = collect_failures([case_with(failures(["C-H"], ["bond"], [100.0], typical), 3.0)])
    assert np.isnan(table["pair_force_error_ratio"]).all()
    assert table["pair_force_error"][0] == 100.0


def test_a_ratio_to_nothing_does_not_enter_the_median() -> None:
    both = failures(["C-H", "C-H"], ["bond", "bond"], [100.0, 200.0])
    both["typical_pair_force_error"] = variable("failure", [0.0, 100.0], "1", "typical")
    table = collect_failures([case_with(both, 3.0)])
    assert table["pair_force_error_ratio"][0] == 2.0


def test_an_error_that_is_not_labelled_is_not_above() -> None:
    """Neither is it below: the share is of those that are known."""
    both = failures(["C-H", "C-H"], ["bond", "bond"], [np.nan, 200.0])
    table = collect_failures([case_with(both, 3.0)])
    assert table["share_above_typical"][0] == 1.0
    assert (table["n_failures"][0], table["n_labelled"][0]) == (2, 1)


def test_all_is_described_with_times_in_femtoseconds(table: xr.Dataset) -> None:
    check_described(table)
    assert table.attrs["reason"] == ""
    np.testing.assert_allclose(table["lead_time"], 100.0)
    assert table["lead_time_q25"].attrs == {
        "units": "fs",
        "long_name": "lower quartile over failures: time from the last good frame to the end",
    }
    assert table["pair_push"].attrs["units"] == "meV angstrom-1"


def test_a_study_in_which_nothing_was_looked_at_has_every_column_and_no_row() -> None:
    empty = collect_failures([case("ethanol", 3.0, MISSING, MISSING)])
    check_described(empty)
    assert set(empty.data_vars) == set(collect_failures(CASES).data_vars)
    assert empty.sizes == {"row": 0}
    assert empty.attrs["reason"]
