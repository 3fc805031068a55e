"""The failures of a run as a table: each column from where it belongs, with unit and name."""

import numpy as np
import pytest
import xarray as xr
from ended_records import NUMBERS, good_of, labels_of, record_of

from nearsight.failures.dataset import to_dataset
from nearsight.failures.ended import Ended, ended
from nearsight.failures.last_good import Good
from nearsight.failures.measures import measure
from nearsight.md.rules.guards import EndKind
from nearsight.storage import check_described

QUANTITIES = ("distance", "pair_force_error", "pair_push", "pair_response", "pair_relevance")
ENDS = [
    (EndKind.SURVIVED, False, 1000.0, (-1, -1)),
    (EndKind.BOND, True, 900.0, (1, 0)),
    (EndKind.NOT_FINITE, True, 400.0, (-1, -1)),
]
PAIR = np.array([[0, 1], [-1, -1]])


def good() -> Good:
    rng = np.random.default_rng(0)
    return good_of(rng.normal(size=(2, 3, 3)), frame=[3, 0], kept=[True, False])


def table(ends: Ended | None = None) -> xr.Dataset:
    record, last = record_of(ENDS), good()
    found = ended(record) if ends is None else ends
    rng = np.random.default_rng(1)
    own = labels_of([1.0, 2.0], rng.normal(size=(2, 3, 3)))
    engine = labels_of([1.5, np.nan], np.where([[[True]], [[False]]], own.force + 0.25, np.nan))
    typical = {name: np.arange(6.0).reshape(3, 2) + k for k, name in enumerate(QUANTITIES)}
    strength = {name: np.array([7.0, np.nan]) for name in ("pair_response", "pair_relevance")}
    return to_dataset(
        record,
        found,
        last,
        PAIR,
        measure(own, engine, last.position, PAIR),
        measure(own, engine, found.position, PAIR),
        typical,
        strength,
    )


def test_every_column_has_a_unit_and_a_name() -> None:
    found = table()
    check_described(found)
    assert found.sizes["failure"] == 2
    assert found.sizes["atom"] == 3


def test_what_ended_when_and_where() -> None:
    found = table()
    assert found["replica"].values.tolist() == [1, 2]
    assert found["cause"].values.tolist() == ["bond", "not_finite"]
    assert found["element_pair"].values.tolist() == ["H-O", ""]
    np.testing.assert_allclose(found["end_time"], [0.9, 0.4])
    # Frames 3 and 0 of records every 250 fs.
    np.testing.assert_allclose(found["good_time"], [0.75, 0.0])
    assert found["good_kept"].values.tolist() == [1, 0]
    # 100 K times the replica plus the frame, as the record was made.
    assert found["good_temperature"].values.tolist() == [103.0, 200.0]
    np.testing.assert_array_equal(found["pair"], PAIR)
    assert found["end_atom"].values.tolist() == [[1, 0], [-1, -1]]
    np.testing.assert_array_equal(found["atomic_number"], NUMBERS)


def test_two_moments_stand_side_by_side() -> None:
    found, record = table(), record_of(ENDS)
    np.testing.assert_array_equal(found["position_good"], good().position)
    np.testing.assert_array_equal(found["position_bad"], record["end_position"].to_numpy()[1:])
    for moment in ("good", "bad"):
        assert found[f"energy_{moment}"].values.tolist() == [1.0, 2.0]
        assert found[f"reference_energy_{moment}"].values[0] == 1.5
        assert found[f"reference_reason_{moment}"].values.tolist() == ["", "no engine"]
        # 0.25 eV/Å off in every component of the first, nothing known of the second.
        np.testing.assert_allclose(found[f"force_error_{moment}"], [250.0, np.nan])
        np.testing.assert_allclose(found[f"pair_force_error_{moment}"], [250.0, np.nan])
        # A force that is off alike for both atoms drives no pair apart.
        np.testing.assert_allclose(found[f"pair_push_{moment}"], [0.0, np.nan], atol=1e-9)


@pytest.mark.parametrize("name", QUANTITIES)
def test_quantiles_over_test_frames_by_name(name: str) -> None:
    found, k = table(), QUANTITIES.index(name)
    for row, end in enumerate(("", "_q10", "_q90")):
        expected = np.array([2 * row, 2 * row + 1]) + k
        np.testing.assert_array_equal(found[f"typical_{name}{end}"], expected)
    words = [found[f"typical_{name}{end}"].attrs["long_name"] for end in ("", "_q10", "_q90")]
    assert [w.split(" over")[0] for w in words] == ["median", "10 % quantile", "90 % quantile"]


def test_strength_is_that_of_the_last_good_frame() -> None:
    found = table()
    for name in ("pair_response", "pair_relevance"):
        np.testing.assert_array_equal(found[f"{name}_good"], [7.0, np.nan])
        assert "last good frame" in found[f"{name}_good"].attrs["long_name"]
        assert f"{name}_bad" not in found


def test_the_worst_atom_is_unknown_without_labels() -> None:
    assert table()["worst_atom"].values[1] == -1
