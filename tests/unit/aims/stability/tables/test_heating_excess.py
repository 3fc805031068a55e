"""Heat beyond the reference engine's: pairs of replicas from one start, over the same time."""

import numpy as np
import pytest
import xarray as xr
from test_dynamics_columns import MISSING, case, stability

from nearsight.aims.stability.tables.case_statistics import analyse_all
from nearsight.aims.stability.tables.heating_excess import PAIRS, heating_excess
from nearsight.aims.stability.tables.study_curves import collect_curves
from nearsight.aims.stability.tables.study_table import collect_table
from nearsight.config import Statistics
from nearsight.labels import banded, variable
from nearsight.storage import check_described

TIME = np.array([0.0, 0.01, 0.02, 0.03])


def heated(temperature: np.ndarray, frames: list[int] | None = None) -> xr.Dataset:
    """A stability file with so many kelvin (replica, block); U falls by 0.01 eV a kelvin."""
    n = len(temperature)
    change = -0.01 * (temperature - 300)
    dims = ("replica", "block_time")
    return xr.Dataset(
        {
            "replica_temperature": variable(dims, temperature, "K", "T"),
            "replica_potential_energy_change": variable(dims, change, "eV", "U"),
            "replica_start_frame": variable("replica", frames or range(n), "1", "frame"),
        },
        coords={"block_time": variable("block_time", TIME, "ps", "time")},
        attrs={"confidence": 0.95},
    )


OWN = np.array([[300, 320, 340, 360], [300, 330, np.nan, np.nan], [300, 500, 500, 500.0]])
REFERENCE = np.array([[300, 310, 310, 310], [300, 310, 400, 400.0]])


def test_pairs_are_compared_over_the_blocks_that_both_ran():
    found = heating_excess(heated(OWN), heated(REFERENCE))
    # The third start is one that the engine did not run; the second pair has one block in common.
    pairs = [np.mean([10, 30, 50]), 20.0]
    value, low, high = found.columns["heating_excess"]
    assert (found.n_pairs, found.reason) == (2, "")
    assert value == pytest.approx(np.mean(pairs))
    assert low < value < high
    assert found.columns["potential_energy_excess"][0] == pytest.approx(-0.01 * np.mean(pairs))


def test_what_a_start_brings_along_drops_out():
    """Strained starts heat both by as much: pairs see nothing of it, means of all replicas do."""
    rng = np.random.default_rng(1)
    strain = rng.normal(0, 100, (8, 1)) * (TIME > 0)
    own, engine = (300 + strain + rng.normal(0, 1, (8, 4)) * (TIME > 0) for _ in range(2))
    value, low, high = heating_excess(heated(own), heated(engine)).columns["heating_excess"]
    assert abs(value) < 2
    assert high - low < 5


def test_other_starts_are_no_pairs():
    found = heating_excess(heated(OWN[:2], [4, 9]), heated(REFERENCE, [4, 8]))
    assert found.n_pairs == 1
    assert found.reason == "1 replicas of both from one start, needs 2"
    value, low, _ = found.columns["heating_excess"]
    assert value == pytest.approx(30.0)
    assert np.isnan(low)


@pytest.mark.parametrize(("own", "engine"), [(MISSING, heated(OWN)), (heated(OWN), MISSING)])
def test_without_either_there_is_a_reason(own: xr.Dataset, engine: xr.Dataset):
    found = heating_excess(own, engine)
    assert np.isnan(found.columns["heating_excess"]).all()
    assert "is not there" in found.reason


def test_table_and_curves_have_heat_of_both():
    def whole(temperature: np.ndarray, heat: float) -> xr.Dataset:
        band, n = np.array([1.0, 0.9, 1.1]), len(TIME)
        curve = np.nanmean(temperature, axis=0)
        numbers = {
            **banded("heating", heat * band, "K", "heat"),
            **banded("block_temperature", band[:, None] * curve, "K", "T", "block_time"),
            "n_running": variable("block_time", [3, 3, 2, 2][:n], "1", "running"),
        }
        return stability(0.5).assign(numbers).merge(heated(temperature), combine_attrs="override")

    cases = [case("ethanol", 3.0, whole(OWN, 40.0), whole(REFERENCE, 5.0))]
    edges, analyses = analyse_all(cases, Statistics())
    table = collect_table(cases, analyses)
    check_described(table)
    row = table.squeeze(drop=True)
    assert row["heating"] == pytest.approx(40.0)
    assert row["heating_high"] == pytest.approx(44.0)
    assert row["reference_heating_low"] == pytest.approx(4.5)
    assert row["heating_excess"] == pytest.approx(25.0)
    assert row[PAIRS] == 2
    assert row["heating_excess"].attrs["units"] == "K"
    curves = collect_curves(cases, analyses, edges, Statistics())
    np.testing.assert_allclose(curves["block_temperature"][0], np.nanmean(OWN, axis=0))
    np.testing.assert_allclose(curves["reference_block_temperature"][0], REFERENCE.mean(axis=0))
    assert curves["n_running"][0].values.tolist() == [3, 3, 2, 2]
    check_described(curves)
