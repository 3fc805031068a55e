"""Heat beyond the reference's, by hand: a line against a flat reference, and pairs that differ."""

import numpy as np
import pytest
from scipy.stats import t
from test_heating_excess import TIME, heated

from nearsight.aims.stability.tables.heating_excess import EXCESS, heating_excess
from nearsight.labels import variable

FLAT = np.full((4, 4), 300.0)
SLOPES = np.array([100.0, 300.0, 400.0, 800.0])
"""K/ps of four replicas."""


def lines(slopes: np.ndarray) -> np.ndarray:
    """(replica, block) K that rise from 300 K."""
    return 300 + slopes[:, None] * TIME


def test_lines_against_a_flat_reference_with_students_interval() -> None:
    """The mean over blocks after the start at 0.01, 0.02 and 0.03 ps is 0.02 ps times the slope."""
    value, low, high = heating_excess(heated(lines(SLOPES)), heated(FLAT)).columns["heating_excess"]
    pairs = 0.02 * SLOPES
    width = t.ppf(0.975, 3) * pairs.std(ddof=1) / 2
    assert value == pytest.approx(8.0)
    assert (low, high) == pytest.approx((8.0 - width, 8.0 + width))


def test_the_level_is_that_of_the_file() -> None:
    own = heated(lines(SLOPES)).assign_attrs(confidence=0.8)
    value, low, high = heating_excess(own, heated(FLAT)).columns["heating_excess"]
    width = t.ppf(0.9, 3) * (0.02 * SLOPES).std(ddof=1) / 2
    assert (value, low, high) == pytest.approx((8.0, 8.0 - width, 8.0 + width))


def test_a_file_that_does_not_say_its_level_has_95_percent() -> None:
    own = heated(lines(SLOPES))
    del own.attrs["confidence"]
    given = heating_excess(heated(lines(SLOPES)), heated(FLAT))
    assert heating_excess(own, heated(FLAT)) == given


def test_own_and_reference_exchanged_change_the_sign() -> None:
    one, other = heated(lines(SLOPES)), heated(lines(SLOPES[::-1] / 2))
    there, back = (heating_excess(*pair).columns for pair in ((one, other), (other, one)))
    for name in EXCESS:
        value, low, high = there[name]
        assert back[name] == pytest.approx((-value, -high, -low)), name


def test_against_itself_there_is_no_excess() -> None:
    own = heated(lines(SLOPES))
    found = heating_excess(own, own)
    assert found.columns == dict.fromkeys(EXCESS, (0.0, 0.0, 0.0))
    assert (found.n_pairs, found.reason) == (4, "")


def test_the_start_does_not_count() -> None:
    """Both begin with the same velocities: were it in, it would thin the excess out."""
    own = lines(SLOPES)
    own[:, 0] = 1e6
    found = heating_excess(heated(own), heated(FLAT)).columns["heating_excess"][0]
    assert found == pytest.approx(8.0)


def test_time_is_matched_by_its_value() -> None:
    """A reference with every second block is compared at its own times."""
    engine = heated(FLAT).isel(block_time=[0, 2])
    found = heating_excess(heated(lines(SLOPES)), engine).columns["heating_excess"][0]
    assert found == pytest.approx(0.02 * SLOPES.mean())
    late = heated(FLAT).isel(block_time=[0, 3])
    found = heating_excess(heated(lines(SLOPES)), late).columns["heating_excess"][0]
    assert found == pytest.approx(0.03 * SLOPES.mean())


def test_no_time_in_common_leaves_no_pair() -> None:
    engine = heated(FLAT).isel(block_time=[0])
    found = heating_excess(heated(lines(SLOPES)), engine)
    assert (found.n_pairs, found.reason) == (0, "0 replicas of both from one start, needs 2")
    assert np.isnan([*found.columns.values()]).all()


def test_a_pair_counts_until_the_first_of_the_two_ends() -> None:
    own, engine = lines(SLOPES), FLAT.copy()
    own[0, 2:] = np.nan
    engine[1, 3:] = np.nan
    value = heating_excess(heated(own), heated(engine)).columns["heating_excess"][0]
    assert value == pytest.approx(np.mean([0.01 * 100, 0.015 * 300, 0.02 * 400, 0.02 * 800]))


def test_a_replica_that_ended_at_once_is_no_pair() -> None:
    own = lines(SLOPES)
    own[3, 1:] = np.nan
    found = heating_excess(heated(own), heated(FLAT))
    assert found.n_pairs == 3
    assert found.columns["heating_excess"][0] == pytest.approx(0.02 * SLOPES[:3].mean())


def test_starts_that_are_not_known_are_no_pairs() -> None:
    """-1 is no frame: two that do not know their start need not have the same."""
    own, engine = (heated(x, [-1, 0, 1, -1]) for x in (lines(SLOPES), FLAT))
    found = heating_excess(own, engine)
    assert found.n_pairs == 2
    assert found.columns["heating_excess"][0] == pytest.approx(0.02 * 350)


def test_frames_are_compared_place_by_place() -> None:
    """The same frames in another order are other velocities."""
    found = heating_excess(heated(lines(SLOPES), [0, 1, 2, 3]), heated(FLAT, [1, 0, 2, 3]))
    assert found.n_pairs == 2
    assert found.columns["heating_excess"][0] == pytest.approx(0.02 * 600)


@pytest.mark.parametrize("name", ["replica_temperature", "replica_potential_energy_change"])
def test_a_file_of_an_earlier_version_has_a_reason(name: str) -> None:
    found = heating_excess(heated(lines(SLOPES)).drop_vars(name), heated(FLAT))
    assert found.reason.startswith("the dynamics of the network or of the reference engine")
    assert found.n_pairs == 0
    assert [*found.columns] == [*EXCESS]


def test_dimensions_may_stand_in_any_order() -> None:
    own, engine = heated(lines(SLOPES)), heated(FLAT)
    turned = own.transpose("block_time", "replica")
    assert heating_excess(turned, engine) == heating_excess(own, engine)


def test_energy_has_its_own_blocks() -> None:
    """U of a replica may be unknown where its temperature is known."""
    own = heated(lines(SLOPES))
    change = own["replica_potential_energy_change"].to_numpy().copy()
    change[0, 1:] = np.nan
    dims = ("replica", "block_time")
    own["replica_potential_energy_change"] = variable(dims, change, "eV", "U")
    found = heating_excess(own, heated(FLAT))
    assert found.columns["heating_excess"][0] == pytest.approx(8.0)
    assert found.columns["potential_energy_excess"][0] == pytest.approx(-0.01 * 0.02 * 500)
