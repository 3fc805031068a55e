import numpy as np
import pytest
import xarray as xr
from records import make_record, with_halved

from nearsight.md.analysis.bootstrap import Resampling
from nearsight.md.analysis.step_test import fluctuation_exponent, integrator_failure_share

OPTIONS = Resampling(confidence=0.95, n_bootstrap=200, seed=0)


def halved(power: np.ndarray, replica: list[int], **changes: object) -> xr.Dataset:
    """A record whose fluctuation scales with the given powers of the time step."""
    amplitude = np.array([0.02, 0.03, 0.04, 0.05])
    record = make_record([1000, 1000, 400, 1000], ["survived", "survived", "bond", "survived"],
                         amplitude=amplitude)  # fmt: skip
    settings = {"end_time": [500.0] * len(replica), "kinds": ["survived"] * len(replica)}
    return with_halved(record, replica, amplitude[replica] / 2.0**power, **settings | changes)


def test_known_order_is_recovered():
    (value, low, high), reason = fluctuation_exponent(halved(np.full(3, 2.0), [0, 1, 3]), OPTIONS)
    np.testing.assert_allclose([value, low, high], 2)
    assert reason == ""


def test_common_part_alone_counts():
    """Replica 2 ended at 200 fs; over the whole of its second run the amplitude would differ."""
    record = halved(np.array([2.0, 1.0, 3.0]), [2, 0, 1], end_time=[500.0, 300.0, 500.0],
                    kinds=["survived", "energy", "survived"])  # fmt: skip
    record["halved_potential_energy"][0, 40:] += 7.0
    record["halved_potential_energy"][1, 60:] = np.nan
    (value, low, high), _ = fluctuation_exponent(record, OPTIONS)
    np.testing.assert_allclose([value, low, high], [2, 1, 3], atol=1e-6)


@pytest.mark.parametrize("replica", [[], [1]])
def test_fewer_than_two_replicas_are_no_evidence(replica: list[int]):
    value, reason = fluctuation_exponent(halved(np.full(len(replica), 2.0), replica), OPTIONS)
    assert np.isnan(value).all()
    assert reason == f"{len(replica)} replicas at both time steps, needs 2"


def test_record_without_halved_runs():
    record = make_record([1000, 10], ["survived", "bond"])
    for value, reason in (
        fluctuation_exponent(record, OPTIONS),
        integrator_failure_share(record, 0.95),
    ):
        assert np.isnan(value).all()
        assert reason


def test_share_of_failures_that_vanish():
    kinds = ["bond", "bond", "energy", "bond", "survived"]
    record = with_halved(
        make_record([10, 20, 30, 40, 1000], kinds),
        [0, 1, 2, 3, 4],
        [0.01] * 5,
        [500.0, 12.0, 500.0, 100.0, 500.0],
        ["survived", "bond", "survived", "compute_limit", "survived"],
    )
    (value, low, high), reason = integrator_failure_share(record, 0.95)
    # Replica 3 was cut off by the compute limit: two of three.
    assert value == pytest.approx(2 / 3)
    assert 0.09 < low < 0.1
    assert 0.99 < high < 1
    assert reason == ""


def test_no_failure_was_run_again():
    record = with_halved(
        make_record([1000, 10], ["survived", "bond"]), [0], [0.01], [500.0], ["survived"]
    )
    value, reason = integrator_failure_share(record, 0.95)
    assert np.isnan(value).all()
    assert "no failure" in reason
