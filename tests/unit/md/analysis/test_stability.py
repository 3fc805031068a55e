from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from dimers import GUARDS, moving, settings_of, springs, trimers
from records import KINDS, make_record, with_limits

from nearsight.config import Dynamics
from nearsight.md.analysis.ends import CENSORED
from nearsight.md.analysis.stability import stability
from nearsight.md.record.labelled import to_dataset
from nearsight.md.record.trajectories import Trajectories
from nearsight.md.replicas.starts import Starts
from nearsight.md.run.nve import run
from nearsight.storage import check_described, read_dataset, write_dataset


@pytest.fixture
def dataset(record: Trajectories, starts: Starts, settings: Dynamics) -> xr.Dataset:
    return to_dataset(record, starts, settings)


def test_record_is_labelled_and_survives_the_disk(dataset: xr.Dataset, tmp_path: Path):
    check_described(dataset)
    write_dataset(dataset, tmp_path / "dynamics.nc", title="test")
    again = read_dataset(tmp_path / "dynamics.nc")
    xr.testing.assert_equal(dataset, again)
    assert again["event"].dtype == bool
    assert again["time"].attrs["units"] == "fs"
    xr.testing.assert_equal(stability(dataset), stability(again))


def test_record_holds_what_happened(dataset: xr.Dataset, record: Trajectories):
    sizes = {"replica": 4, "time": 11, "two": 2, "atom": 3, "xyz": 3, "bond_limit": 3}
    assert dict(dataset.sizes) == sizes
    meanings = dataset["end_kind"].attrs["flag_meanings"].split()
    assert [meanings[kind] for kind in dataset["end_kind"].values] == [
        "survived", "survived", "bond", "survived",
    ]  # fmt: skip
    assert dataset["end_atom"].values.tolist() == [[-1, -1], [-1, -1], [0, 1], [-1, -1]]
    assert dataset["event"].values.tolist() == [False, False, True, False]
    assert float(dataset["duration"]) == 50.0
    series = ["potential_energy", "kinetic_energy", "temperature"]
    after = dataset["time"] >= dataset["end_time"]
    after &= dataset["event"]
    for name in series:
        np.testing.assert_array_equal(dataset[name].isnull(), after.transpose("replica", "time"))


def test_every_number_of_the_run_has_its_interval(dataset: xr.Dataset):
    result = stability(dataset)
    check_described(result)
    for name in (
        "survival", "milestone_survival", "restricted_mean_survival_time", "drift", "fluctuation",
        "temperature",
    ):  # fmt: skip
        value, low, high = (result[f"{name}{end}"] for end in ("", "_low", "_high"))
        assert bool(((low <= value) & (value <= high)).all()), name


def test_survival_and_counts(dataset: xr.Dataset):
    result = stability(dataset)
    end = float(dataset["end_time"][2]) / 1000
    expected = np.where(result["time"] < end, 1, 0.75)
    np.testing.assert_allclose(result["survival"], expected)
    assert float(result["time"][-1]) == float(result["duration"]) == 0.05
    np.testing.assert_allclose(result["milestone_time"], [0.0125, 0.025, 0.05])
    assert float(result["milestone_survival"][-1]) == pytest.approx(0.75)
    mean = (3 * 0.05 + end) / 4
    np.testing.assert_allclose(result["restricted_mean_survival_time"], mean)
    np.testing.assert_allclose(result["stable_time"], mean)
    assert result["end_count"].sel(end_kind="bond") == 1
    assert result["end_count"].sel(end_kind="survived") == 3
    assert int(result["end_count"].sum()) == int(result["n_replicas"]) == 4


def test_drift_fluctuation_and_temperature_of_a_synthetic_record(dataset: xr.Dataset):
    time = dataset["time"] / 1000
    slope = xr.DataArray([0.5, 1.0, 1.5, 2.0], dims="replica")
    made = dataset.assign(
        potential_energy=(-30 + 3e-3 * slope * time).assign_attrs(
            dataset["potential_energy"].attrs
        ),
        kinetic_energy=0 * dataset["kinetic_energy"].fillna(0),
        temperature=dataset["temperature"] * 0 + xr.DataArray([1.0, 2.0, 3.0, 4.0], dims="replica"),
    )
    result = stability(made)
    np.testing.assert_allclose(result["drift"], 1.25)
    np.testing.assert_allclose(result["fluctuation"], 0, atol=1e-9)
    np.testing.assert_allclose(result["temperature"], 2.5)
    assert result["drift"].attrs["units"] == "meV atom-1 ps-1"
    assert 0.5 - 1e-9 <= float(result["drift_low"]) < 1.25
    assert 1.25 < float(result["drift_high"]) <= 2.0 + 1e-9


def test_duration_closes_the_time_axis(dataset: xr.Dataset):
    result = stability(dataset.isel(time=slice(0, 4)))
    np.testing.assert_allclose(result["time"], [0, 0.005, 0.010, 0.015, 0.05])


def test_confidence_widens_and_seed_moves_bounds(dataset: xr.Dataset):
    wide, narrow = (stability(dataset, confidence=c) for c in (0.99, 0.6))
    assert float(wide["survival_low"][-1]) < float(narrow["survival_low"][-1])
    assert wide.attrs["confidence"] == 0.99


def test_precision_of_the_forces_goes_with_the_numbers(dataset: xr.Dataset):
    precise = dataset.assign_attrs(precision="float64")
    assert stability(precise)["force_precision"].item() == "float64"
    assert stability(dataset)["force_precision"].item() == "unknown"


def test_stability_survives_the_disk(dataset: xr.Dataset, tmp_path: Path):
    result = stability(dataset)
    write_dataset(result, tmp_path / "stability.nc", title="test")
    xr.testing.assert_equal(result, read_dataset(tmp_path / "stability.nc"))


@pytest.mark.filterwarnings("error")
def test_run_in_which_nothing_held():
    starts = trimers(3)
    starts.position[:, 0] *= 3
    settings = settings_of(20)
    result = stability(to_dataset(run(springs, starts, GUARDS, settings), starts, settings))
    np.testing.assert_array_equal(result["survival"], 0)
    assert float(result["restricted_mean_survival_time"]) == 0
    assert result["end_count"].sel(end_kind="bond") == 3
    for name in ("drift", "fluctuation", "temperature"):
        assert np.isnan(float(result[name]))


@pytest.mark.filterwarnings("error")
def test_single_replica_has_survival_but_no_spread():
    starts = moving(trimers(1), 0, 0, [0.003, 0.0, 0.0])
    settings = settings_of(50)
    result = stability(to_dataset(run(springs, starts, GUARDS, settings), starts, settings))
    assert float(result["survival"][-1]) == 1
    np.testing.assert_allclose(result["survival_low"][-1], 0.025)
    assert np.isfinite(float(result["drift"]))
    assert np.isnan(float(result["drift_low"]))


def test_ends_by_cause_are_shares_that_sum_to_one():
    kinds = ["bond", "bond", "energy", "survived", "compute_limit", "survived", "topology", "bond"]
    record = make_record([100, 400, 400, 1000, 500, 1000, 0, 700], kinds)
    result = stability(record)
    check_described(result)
    share = result["end_share"].to_series()
    assert share.drop("compute_limit").sum() == pytest.approx(1)
    assert np.isnan(share["compute_limit"])
    assert share["survived"] == pytest.approx(float(result["survival"][-1]))
    assert share["energy"] == pytest.approx(1 / 8)
    # Of the four at risk after the censoring at 500, S = 4/8: one more bond adds S/3.
    assert share["bond"] == pytest.approx(2 / 8 + 4 / 8 / 3)
    np.testing.assert_allclose(result["incidence"].sum("cause"), 1 - result["survival"])
    assert list(result["cause"].values) == [k for k in KINDS if k not in CENSORED]
    low, high = result["end_share_low"], result["end_share_high"]
    ended = result["end_kind"] != "compute_limit"
    assert bool(((low <= result["end_share"]) & (result["end_share"] <= high))[ended].all())


def test_reasons_are_given_where_there_is_no_number(tmp_path: Path):
    result = stability(make_record([1000, 1000], ["survived", "survived"]))
    write_dataset(result, tmp_path / "stability.nc", title="test")
    result = read_dataset(tmp_path / "stability.nc")
    for name in ("fluctuation_exponent", "integrator_failure_share"):
        assert np.isnan(float(result[name]))
        assert "half the time step" in result["integrator_failure_share_reason"].item()
        assert len(result[f"{name}_reason"].item()) > 10


@pytest.mark.filterwarnings("error")
def test_all_broken_at_the_start():
    record = with_limits(
        make_record([0, 0, 0], ["bond"] * 3), [[0, 0, -1]] * 3, [5] * 3, [5] * 3
    )  # fmt: skip
    result = stability(record)
    np.testing.assert_array_equal(result["incidence"].sel(cause="bond"), 1)
    np.testing.assert_array_equal(result["limit_survival"].sel(bond_limit=0.5), 0)
    assert float(result["limit_survival"].sel(bond_limit=1.0)[0]) == 1
    assert float(result["end_share"].sel(end_kind="bond")) == 1
    assert np.isnan(float(result["drift"]))
