import numpy as np
from records import make_record, with_limits

from nearsight.md.analysis.end_curves import MOST_TIMES, limit_curves, time_grid
from nearsight.md.analysis.ends import causes, ends_by_limit, kind_names, recorded_ends
from nearsight.md.analysis.stability import stability

KINDS = ["bond", "survived", "energy", "compute_limit", "bond", "bond"]
RECORD = with_limits(
    make_record([200, 1000, 300, 600, 0, 400], KINDS),
    # Beyond 0.25, 0.5 and 1 Å; -1 is never.
    [[100, 200, 350], [800, -1, -1], [-1, -1, -1], [-1, -1, -1], [0, 0, 0], [400, 400, -1]],
    other_step=[320, -1, 300, -1, -1, -1],
    followed_step=[320, 1000, 300, 600, 0, 1000],
)


def test_names_of_ends():
    assert kind_names(RECORD["end_kind"]).tolist() == KINDS
    assert causes(RECORD["end_kind"]) == [
        "bond", "close_contact", "not_finite", "temperature", "topology", "isolated", "energy",
    ]  # fmt: skip


def test_end_is_the_earlier_of_bond_and_other_rule():
    narrow, comparable, wide = ends_by_limit(RECORD)
    np.testing.assert_allclose(narrow.time, np.array([100, 800, 300, 600, 0, 400]) / 2000)
    # Replica 0: another rule ended it at 320, before the bond was 1 Å off at 350.
    np.testing.assert_allclose(wide.time, np.array([320, 1000, 300, 600, 0, 1000]) / 2000)
    assert narrow.event.tolist() == [True, True, True, False, True, True]
    assert wide.event.tolist() == [True, False, True, False, True, False]
    recorded = recorded_ends(RECORD)
    np.testing.assert_allclose(comparable.time, recorded.time)
    np.testing.assert_array_equal(comparable.event, recorded.event)


def test_survival_by_limit_is_that_of_each_limit():
    result = stability(RECORD)
    assert result["limit_survival"].dims == ("bond_limit", "time")
    np.testing.assert_allclose(result["limit_survival"].sel(bond_limit=0.5), result["survival"])
    np.testing.assert_allclose(
        result["limit_restricted_mean_survival_time"].sel(bond_limit=0.5),
        result["restricted_mean_survival_time"],
    )
    last = result["limit_survival"][:, -1].to_numpy()
    # 0.25 Å: ends at 0, 100, 300, 400, 800, one censored at 600: S = 2/6 until it, then to 0.
    np.testing.assert_allclose(last, [0, 2 / 6, 4 / 6 * 3 / 4], atol=1e-12)
    for end, sign in (("_low", -1), ("_high", 1)):
        gap = result[f"limit_survival{end}"] - result["limit_survival"]
        assert bool((sign * gap >= 0).all())


def test_record_without_limits_has_no_curves_of_them():
    assert limit_curves(make_record([10], ["bond"]), 0.95) == {}


def test_long_runs_have_curves_at_few_times():
    grid = time_grid(make_record([5], ["bond"], n_steps=20011, interval=1))
    assert MOST_TIMES / 2 < len(grid) <= MOST_TIMES + 1
    np.testing.assert_allclose([grid[0], grid[-1]], [0, 20011 * 0.5 / 1000])
    steps = np.diff(grid)[:-1]
    np.testing.assert_allclose(steps, steps[0])
    short = time_grid(make_record([5], ["bond"], n_steps=100, interval=10))
    np.testing.assert_allclose(short, np.arange(11) * 0.005)
