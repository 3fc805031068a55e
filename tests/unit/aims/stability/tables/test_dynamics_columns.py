"""Stability in the table and in the curves: what the files hold, at its place."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nearsight import cube
from nearsight.aims.stability.tables.case_statistics import analyse_all
from nearsight.aims.stability.tables.study_curves import collect_curves
from nearsight.aims.stability.tables.study_table import collect_table
from nearsight.collect import write_csv
from nearsight.collect.cases import Case
from nearsight.config import Statistics, make_variant
from nearsight.labels import banded, variable
from nearsight.storage import check_described, empty_dataset, read_dataset, write_dataset

MISSING = empty_dataset("stability.nc is missing")
SEPARATION = {"ethanol": np.array([0.1, 0.3]), "aspirin": np.array([0.1, 0.3, 0.5])}


def stability(last: float, dataset: str = "ethanol", duration: float = 1.0) -> xr.Dataset:
    """A stability file whose numbers all derive from the survival at the end."""
    time = np.linspace(0, duration, 3)
    survival = np.array([1.0, 1 - (1 - last) / 2, last])
    causes, kinds = ["bond", "energy"], ["survived", "bond", "energy"]
    incidence = np.stack([0.75 * (1 - survival), 0.25 * (1 - survival)])
    width = np.array([1.0, 0.9, 1.1])
    h = np.arange(1.0, 1 + len(SEPARATION[dataset]))

    def band(value: np.ndarray | float) -> list[np.ndarray]:
        return [np.asarray(value) * factor for factor in width]

    return xr.Dataset(
        {
            **banded("survival", band(survival), "1", "share", "time"),
            **banded("incidence", band(incidence), "1", "ended", ("cause", "time")),
            **banded("end_share", band([last, *incidence[:, -1]]), "1", "ends", "end_kind"),
            **banded("limit_survival", band(np.stack([survival, survival**0.5])), "1", "limit",
                     ("bond_limit", "time")),
            **banded("limit_restricted_mean_survival_time", band([last, last + 1]), "ps", "mean",
                     "bond_limit"),
            **banded("drift", band(last / 10), "meV atom-1 ps-1", "drift"),
            **banded("fluctuation", band(last), "meV atom-1", "fluctuation"),
            **banded("restricted_mean_survival_time", band(last), "ps", "mean"),
            **banded("distance_error", band(0.3 * last), "1", "error"),
            **banded("distance_error_floor", band(0.07), "1", "floor"),
            **banded("distance_distribution", band(last * h), "angstrom-1", "h", "separation"),
            **banded("spectrum", band([last, 0.5]), "cm", "spectrum", "wavenumber"),
            "data_distance_distribution": variable("separation", h, "angstrom-1", "h"),
            "spectrum_reason": variable((), "", "", "why"),
            "n_replicas": variable((), 8, "1", "replicas"),
        },
        coords={
            "time": variable("time", time, "ps", "time"),
            "cause": variable("cause", causes, "", "cause"),
            "end_kind": variable("end_kind", kinds, "", "kind"),
            "bond_limit": variable("bond_limit", [0.25, 0.5], "angstrom", "limit"),
            "separation": variable("separation", SEPARATION[dataset], "angstrom", "r"),
            "wavenumber": variable("wavenumber", [0.0, 33.0], "cm-1", "wavenumber"),
        },
    )  # fmt: skip


def case(dataset: str, cutoff: float, own: xr.Dataset, reference: xr.Dataset) -> Case:
    return Case(
        dataset=dataset,
        variant=make_variant(family="schnet", cutoff=cutoff, depth=1, features=4, n_train=10),
        card=None,
        history=MISSING,
        evaluation=MISSING,
        relevance=MISSING,
        response=MISSING,
        stability=own,
        faithfulness=MISSING,
        reference=MISSING,
        reference_curves=MISSING,
        reference_stability=reference,
    )


CASES = [
    case("ethanol", 3.0, stability(0.4), stability(0.8, duration=0.6)),
    case("ethanol", 5.0, MISSING, stability(0.8, duration=0.6)),
    case("aspirin", 3.0, stability(0.2, "aspirin"), MISSING),
]


@pytest.fixture(scope="module")
def table() -> xr.Dataset:
    _, analyses = analyse_all(CASES, Statistics())
    return collect_table(CASES, analyses)


@pytest.fixture(scope="module")
def curves() -> xr.Dataset:
    edges, analyses = analyse_all(CASES, Statistics())
    return collect_curves(CASES, analyses, edges, Statistics())


def test_table_has_ends_by_kind_and_survival_by_limit(table: xr.Dataset):
    check_described(table)
    row = cube(table).sel(dataset="ethanol", cutoff=3.0).squeeze(drop=True)
    np.testing.assert_allclose(row["end_share"], [0.4, 0.45, 0.15])
    assert row["end_share"].sel(end_kind="energy") == pytest.approx(0.15)
    np.testing.assert_allclose(row["limit_survival"].sel(bond_limit=0.5), 0.4**0.5)
    np.testing.assert_allclose(row["limit_survival_low"].sel(bond_limit=0.25), 0.36)
    np.testing.assert_allclose(row["limit_restricted_mean_survival_time"], [0.4, 1.4])
    assert row["limit_restricted_mean_survival_time"].attrs["units"] == "ps"
    missing = cube(table).sel(dataset="ethanol", cutoff=5.0).squeeze(drop=True)
    assert np.isnan(missing["end_share"]).all()


def test_table_has_the_reference_engine_beside(table: xr.Dataset):
    for cutoff in (3.0, 5.0):
        row = cube(table).sel(dataset="ethanol", cutoff=cutoff).squeeze(drop=True)
        assert row["reference_survival"] == pytest.approx(0.8)
        assert row["reference_drift_high"] == pytest.approx(0.088)
    assert np.isnan(cube(table)["reference_survival"].sel(dataset="aspirin")).all()
    assert table["reference_drift"].attrs["units"] == "meV atom-1 ps-1"
    assert table["reference_drift_low"].attrs["long_name"].startswith("lower bound of: drift")


def test_table_on_disk_and_as_csv(table: xr.Dataset, tmp_path: Path):
    write_dataset(table, tmp_path / "table.nc", title="test")
    assert read_dataset(tmp_path / "table.nc")["spectrum_reason"].dtype.kind in "OUT"
    write_csv(table, tmp_path / "table.csv")
    frame = pd.read_csv(tmp_path / "table.csv").set_index(["dataset", "cutoff (angstrom)"])
    row = frame.loc["ethanol", 3.0]
    assert row["end_share_bond"] == pytest.approx(0.45)
    assert row["limit_survival_0.5"] == pytest.approx(0.4**0.5, rel=1e-5)
    assert row["limit_restricted_mean_survival_time_high_0.25 (ps)"] == pytest.approx(0.44)
    assert len(frame) == 3


def test_curves_are_those_of_the_files(curves: xr.Dataset, tmp_path: Path):
    check_described(curves)
    write_dataset(curves, tmp_path / "curves.nc", title="test")
    first = curves.isel(model=0).sel(time=[0, 0.5, 1.0])
    np.testing.assert_allclose(first["survival"], [1, 0.7, 0.4])
    np.testing.assert_allclose(first["incidence"].sel(cause="bond"), 0.75 * np.array([0, 0.3, 0.6]))
    np.testing.assert_allclose(curves["drift"], [0.04, np.nan, 0.02])
    np.testing.assert_allclose(curves["distance_error_high"], 1.1 * np.array([0.12, np.nan, 0.06]))
    assert np.isnan(curves["survival"][1]).all()
    np.testing.assert_allclose(curves["spectrum"][:, 0], [0.4, np.nan, 0.2])


def test_reference_has_its_own_curves(curves: xr.Dataset):
    assert curves["reference"].values.tolist() == ["ethanol", "aspirin"]
    # It ran for 0.6 ps alone: steps are held on the common times, and nothing is known beyond.
    np.testing.assert_allclose(curves["time"], [0, 0.3, 0.5, 0.6, 1.0])
    np.testing.assert_allclose(curves["reference_survival"][0], [1, 0.9, 0.9, 0.8, np.nan])
    assert np.isnan(curves["reference_survival"][1]).all()
    np.testing.assert_allclose(curves["reference_drift"], [0.08, np.nan])
    np.testing.assert_allclose(
        curves["reference_incidence"].sel(cause="energy")[0], [0, 0.025, 0.025, 0.05, np.nan]
    )


def test_each_data_set_has_its_floor_in_table_and_curves(table: xr.Dataset, curves: xr.Dataset):
    np.testing.assert_allclose(curves["data_distance_error_floor_high"], [0.077, 0.077])
    assert curves["data_distance_error_floor"].dims == ("reference",)
    row = cube(table).sel(dataset="aspirin", cutoff=3.0).squeeze(drop=True)
    assert row["distance_error_floor"] == pytest.approx(0.07)
    assert row["distance_error_floor_low"] == pytest.approx(0.063)


def test_each_data_set_has_its_own_range_of_distances(curves: xr.Dataset):
    np.testing.assert_allclose(curves["separation"], [0.1, 0.3, 0.5])
    np.testing.assert_allclose(curves["data_distance_distribution"], [[1, 2, np.nan], [1, 2, 3]])


def test_study_in_which_no_dynamics_ran(tmp_path: Path):
    cases = [case("ethanol", 3.0, MISSING, MISSING)]
    edges, analyses = analyse_all(cases, Statistics())
    curves = collect_curves(cases, analyses, edges, Statistics())
    for name in ("survival", "incidence", "end_share", "drift", "spectrum"):
        assert np.isnan(curves[name]).all()
        assert np.isnan(curves[f"reference_{name}"]).all()
    write_dataset(curves, tmp_path / "curves.nc", title="test")
    table = collect_table(cases, analyses)
    assert not [name for name in table.data_vars if re.match("end_share|limit", str(name))]
    write_csv(table, tmp_path / "table.csv")
