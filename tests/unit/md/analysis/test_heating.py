"""Heat of a run against its start: exact on made records, and true to energy on a real run."""

import numpy as np
import pytest
import xarray as xr
from dimers import NEVER, moving, settings_of, springs, trimers
from records import make_record

from nearsight import units
from nearsight.md.analysis.heating import BLOCK, FINAL, MOST_BLOCKS, block_edges, heating
from nearsight.md.analysis.stability import stability
from nearsight.md.analysis.student import mean_band
from nearsight.md.record.labelled import to_dataset
from nearsight.md.run.nve import run
from nearsight.storage import check_described

START = 300.0


def heated(slope: list[float], end: list[float], n_frames: int = 101) -> xr.Dataset:
    """Temperatures that rise by ``slope`` K a fs from ``START`` until each end; U falls as U = T.

    Frames every 5 fs; energies in units of 1 K, so that they can be told apart by their sign alone.
    """
    steps = [int(2 * time) for time in end]
    kinds = ["bond" if time < 5 * (n_frames - 1) else "survived" for time in end]
    record = make_record(steps, kinds, n_steps=10 * (n_frames - 1))
    alive = record["kinetic_energy"] * 0
    rise = xr.DataArray(slope, dims="replica") * record["time"]
    return record.assign(
        temperature=(alive + START + rise).assign_attrs(record["temperature"].attrs),
        potential_energy=(alive - 7.0 - rise).assign_attrs(record["potential_energy"].attrs),
    )


def test_every_replica_counts_once_with_its_own_frames():
    # Frames at 5, 10, ..., below the end: their mean is half of the first plus the last.
    result = heating(heated([1.0, 3.0], [500.0, 100.0]), 0.95)
    expected = [1.0 * (5 + 500) / 2, 3.0 * (5 + 95) / 2]
    assert float(result["heating"]) == pytest.approx(np.mean(expected))
    assert float(result["potential_energy_change"]) == pytest.approx(-np.mean(expected))
    assert result["heating_reason"].item() == ""


def test_last_values_are_those_of_the_last_frames_before_each_end():
    result = heating(heated([1.0, 3.0], [500.0, 200.0]), 0.95)
    last = [1.0 * (500 - FINAL + 5 + 500) / 2, 3.0 * (195 - FINAL + 5 + 195) / 2]
    assert float(result["heating_at_end"]) == pytest.approx(np.mean(last))
    assert float(result["potential_energy_change_at_end"]) == pytest.approx(-np.mean(last))


def test_interval_is_students():
    slope = [1.0, 2.0, 4.0]
    result = heating(heated(slope, [500.0] * 3), 0.9)
    each = np.array(slope) * 505 / 2
    # 2.92 is the 95 % quantile of Student's t with two degrees of freedom.
    half = 2.9199856 * each.std(ddof=1) / np.sqrt(3)
    assert float(result["heating_low"]) == pytest.approx(each.mean() - half, rel=1e-5)
    assert float(result["heating_high"]) == pytest.approx(each.mean() + half, rel=1e-5)


@pytest.mark.parametrize(("ends", "n_known"), [([500.0, 5.0], 1), ([5.0, 5.0], 0)])
def test_too_few_replicas_have_a_reason_and_no_interval(ends: list[float], n_known: int):
    result = heating(heated([1.0] * 2, ends), 0.95)
    assert np.isnan(float(result["heating_low"]))
    assert np.isnan(float(result["heating"])) == (n_known == 0)
    assert result["heating_reason"].item().startswith(f"{n_known} replica")


def test_curves_are_of_those_that_run_and_say_how_many():
    result = xr.Dataset(heating(heated([1.0, 3.0], [500.0, 170.0]), 0.95))
    # The start, then ten frames of 5 fs each to a block.
    np.testing.assert_allclose(result["block_time"][:3], [0, 0.0275, 0.0775])
    np.testing.assert_allclose(result["block_temperature"][0], START)
    np.testing.assert_allclose(result["block_temperature"][1], START + (1 + 3) / 2 * 27.5)
    assert result["n_running"].values[:6].tolist() == [2, 2, 2, 2, 1, 1]
    np.testing.assert_allclose(result["block_temperature"][4], START + 1.0 * 177.5)
    assert np.isnan(result["block_temperature_low"][4])
    np.testing.assert_allclose(result["block_potential_energy_change"][4], -177.5)
    # Of a block that an end cuts, a replica has nothing: it would be compared over another time.
    assert np.isnan(result["replica_temperature"][1, 4])


def test_long_runs_have_as_many_blocks_as_a_figure_shows():
    edges = block_edges(np.arange(20001) * 4.0)
    assert len(edges) - 2 == MOST_BLOCKS
    assert edges[[0, 1, -1]].tolist() == [0, 1, 20001]
    short = block_edges(np.arange(376) * 4.0)
    assert np.diff(short)[1:-1].tolist() == [round(BLOCK / 4)] * (len(short) - 3)
    assert block_edges(np.zeros(1)).tolist() == [0, 1]


def test_what_kinetic_energy_gains_potential_energy_loses():
    """At conserved energy, dU = -f k_B dT / 2, by a run of the real integrator."""
    starts = trimers(3)
    for replica, speed in enumerate([0.004, 0.006, 0.01]):
        starts = moving(starts, replica, 0, [speed, 0.0, 0.0])
    settings = settings_of(400, timestep=0.25)
    record = to_dataset(run(springs, starts, NEVER, settings), starts, settings)
    result = stability(record)
    check_described(result)
    freedom = record["degrees_of_freedom"].to_numpy()
    energy = -freedom / 2 * units.BOLTZMANN * float(result["heating"])
    # Velocity Verlet's total energy swings by (w dt)^2 / 8 of the exchanged energy: w dt is 0.04.
    assert float(result["heating"]) < -10
    np.testing.assert_allclose(energy, float(result["potential_energy_change"]), rtol=2e-3)


def test_intervals_hold_their_level_for_three_replicas_and_for_sixteen():
    rng = np.random.default_rng(0)
    n = 4000
    for n_replicas in (3, 16):
        _, low, high = mean_band(rng.normal(5.0, 2.0, (n_replicas, n)), 0.95)
        covered = ((low < 5) & (high > 5)).mean()
        # Three standard errors of a rate of 0.95 from so many draws.
        assert covered == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / n))


def test_replicas_without_a_value_are_left_out_column_by_column():
    values = np.array([[1.0, np.nan], [3.0, 4.0], [np.nan, np.nan]])
    band = mean_band(values, 0.95)
    assert band[0].tolist() == [2.0, 4.0]
    assert np.isnan(band[1:, 1]).all()
    assert np.isfinite(band[:, 0]).all()
