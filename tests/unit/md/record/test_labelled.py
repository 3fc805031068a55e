"""The file of a run: what the stability stage, and anybody else, reads from it."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from dimers import GUARDS, springs

from nearsight.config import Dynamics
from nearsight.md.record.labelled import to_dataset
from nearsight.md.record.segments import Memory
from nearsight.md.record.trajectories import Trajectories
from nearsight.md.replicas.starts import Starts
from nearsight.md.rules.guards import EndKind
from nearsight.md.run.shorter_step import replicas_to_halve, run_halved
from nearsight.storage import check_described, read_dataset, write_dataset


@pytest.fixture(scope="module")
def dataset(record: Trajectories, starts: Starts, settings: Dynamics) -> xr.Dataset:
    halved = run_halved(
        replicas_to_halve(record, 2),
        record,
        springs,
        starts,
        GUARDS,
        settings,
        store=Memory(),
        seconds=np.inf,
    )
    return to_dataset(record, starts, settings, halved)


def test_flags_name_every_kind_in_order(dataset: xr.Dataset):
    codes = (
        "survived bond close_contact not_finite temperature topology isolated energy compute_limit"
    )
    assert [kind.code for kind in EndKind] == codes.split()
    for name in ("end_kind", "other_kind", "halved_end_kind"):
        assert dataset[name].attrs["flag_meanings"] == codes
        assert dataset[name].attrs["flag_values"].tolist() == list(range(9))


def test_ends_under_every_limit(dataset: xr.Dataset, record: Trajectories):
    assert dataset["bond_limit"].values.tolist() == [0.25, 0.5, 1.0]
    assert dataset["bond_step"].dims == ("replica", "bond_limit")
    assert dataset["end_kind"].values.tolist() == [0, 0, EndKind.BOND, 0]
    main = dataset["bond_step"].sel(bond_limit=0.5).values
    np.testing.assert_array_equal(main, np.where(record.event, record.ends.step, -1))
    # The bond swings back before it is off by 1 Å.
    steps = dataset["bond_step"].values[2]
    assert 0 < steps[0] < steps[1] < 100
    assert steps[2] == -1
    assert (dataset["followed_step"] == 100).all()
    others = dataset["other_step"].values
    assert others[[0, 1, 3]].tolist() == [-1] * 3
    assert others[2] > steps[1]
    kinds = [EndKind.SURVIVED, EndKind.SURVIVED, EndKind.CLOSE_CONTACT, EndKind.SURVIVED]
    assert dataset["other_kind"].values.tolist() == kinds


def test_half_the_time_step_on_the_same_grid(dataset: xr.Dataset):
    assert dataset["halved_replica"].values.tolist() == [2, 0]
    for name in ("halved_potential_energy", "halved_kinetic_energy"):
        assert dataset[name].dims == ("halved", "time")
    total = dataset["halved_potential_energy"] + dataset["halved_kinetic_energy"]
    whole = (dataset["potential_energy"] + dataset["kinetic_energy"])[[2, 0]]
    np.testing.assert_array_equal(np.isfinite(total), np.isfinite(whole))
    np.testing.assert_allclose(total, whole, rtol=0.05)
    assert dataset["halved_end_kind"].values.tolist() == [EndKind.BOND, EndKind.SURVIVED]
    assert dataset["halved_end_time"].values[1] == 50.0
    assert dataset["integrator_failure"].dtype == np.int8
    assert dataset["integrator_failure"].values.tolist() == [0, 0]


def test_everything_is_described_and_survives_the_disk(dataset: xr.Dataset, tmp_path: Path):
    check_described(dataset)
    write_dataset(dataset, tmp_path / "dynamics.nc", title="test")
    back = read_dataset(tmp_path / "dynamics.nc")
    for name, values in dataset.variables.items():
        np.testing.assert_array_equal(back[name], values, err_msg=str(name))
