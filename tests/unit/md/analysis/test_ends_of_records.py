"""When replicas ended under one bond limit and under others, by hand and by its laws."""

from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from records import KINDS, LIMITS, flags, make_record, with_limits

from nearsight.md.analysis.ends import (
    CENSORED,
    causes,
    ends_by_limit,
    kind_names,
    meanings,
    recorded_ends,
)

STEPS = st.integers(-1, 900)


def test_every_kind_is_named_by_the_variable_itself() -> None:
    kinds = flags("replica", KINDS)
    assert meanings(xr.DataArray(kinds)) == list(KINDS)
    assert kind_names(xr.DataArray(kinds)).tolist() == list(KINDS)
    assert set(KINDS) - set(causes(xr.DataArray(kinds))) == set(CENSORED)


def test_names_go_by_flag_and_not_by_place() -> None:
    values = xr.Variable("replica", np.array([4, 2], "i1"), {
        "flag_values": np.array([2, 4], "i1"), "flag_meanings": "bond survived",
    })  # fmt: skip
    assert kind_names(xr.DataArray(values)).tolist() == ["survived", "bond"]
    assert causes(xr.DataArray(values)) == ["bond"]


def test_times_are_in_picoseconds() -> None:
    record = make_record([200, 1000], ["bond", "survived"])
    ends = recorded_ends(record)
    assert ends.time == pytest.approx([0.1, 0.5])
    assert ends.event.tolist() == [True, False]


@given(st.lists(st.tuples(STEPS, STEPS, STEPS, STEPS), min_size=1, max_size=5))
def test_a_wider_limit_never_ends_a_replica_earlier(
    rows: list[tuple[int, int, int, int]],
) -> None:
    """Given that a bond beyond a wide limit is beyond the narrower ones too."""
    bond, other = [], []
    for *steps, last in rows:
        seen = sorted(step for step in steps if step >= 0)
        bond.append(seen + [-1] * (3 - len(seen)))
        other.append(last)
    followed = [max(*b, o, 0) for b, o in zip(bond, other, strict=True)]
    record = with_limits(
        make_record([1000] * len(rows), ["survived"] * len(rows)), bond, other, followed
    )
    narrow_to_wide = ends_by_limit(record)
    assert len(narrow_to_wide) == len(LIMITS)
    for limit, ends in enumerate(narrow_to_wide):
        for k, own in enumerate(bond):
            known = [step for step in (own[limit], other[k]) if step >= 0]
            assert ends.event[k] == bool(known)
            last = min(known) if known else followed[k]
            assert ends.time[k] == pytest.approx(last * 0.5 / 1000)
    for narrow, wide in pairwise(narrow_to_wide):
        assert (wide.event <= narrow.event).all()
        both = wide.event & narrow.event
        assert (wide.time[both] >= narrow.time[both]).all()


def test_dimensions_may_stand_in_any_order() -> None:
    record = with_limits(
        make_record([10, 1000], ["bond", "survived"]),
        [[4, 10, -1], [-1, -1, -1]], [-1, 700], [30, 1000],
    )  # fmt: skip
    turned = record.assign(bond_step=record["bond_step"].transpose("bond_limit", "replica"))
    for one, other in zip(ends_by_limit(record), ends_by_limit(turned), strict=True):
        np.testing.assert_array_equal(one.time, other.time)
        np.testing.assert_array_equal(one.event, other.event)
