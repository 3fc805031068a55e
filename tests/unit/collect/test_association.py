"""The tables of association and of sensitivity, from synthetic studies."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nearsight.collect import write_rows
from nearsight.collect.association import associate, sensitivity
from nearsight.collect.association.cox import fit_hazards
from nearsight.collect.association.descriptors import DESCRIPTORS
from nearsight.collect.association.holm import holm
from nearsight.collect.association.power import detectable_rho, models_needed
from nearsight.config import AXES, Explain, Statistics
from nearsight.storage import check_described, read_dataset, write_dataset

SETTINGS = Statistics(n_bootstrap=100, n_permutations=999)
SIZES = {
    "dataset": ["ethanol", "aspirin"],
    "architecture": ["painn", "schnet"],
    "cutoff": [3.0, 5.0, 7.0, 9.0],
    "depth": [2],
    "features": [32],
    "n_train": [400],
    "seed": [0, 1, 2],
    "radial_basis": ["gaussian"],
    "target": ["energy"],
    "pooling": ["sum"],
}
SHAPE = tuple(len(values) for values in SIZES.values())


def study(effect: float, seed: int = 0) -> tuple[xr.Dataset, xr.Dataset]:
    """Curves and table in which survival falls with the response deviation by ``effect``."""
    assert list(SIZES)[1:] == list(AXES) or set(SIZES) == {"dataset", *AXES}
    rng = np.random.default_rng(seed)
    table = xr.Dataset(coords={k: (k, v, {"units": "1", "long_name": k}) for k, v in SIZES.items()})
    attrs = {"units": "1", "long_name": "x"}

    def add(name: str, values: np.ndarray) -> None:
        table[name] = xr.Variable(tuple(SIZES), values, attrs)

    deviation = rng.uniform(0.2, 1.5, SHAPE)
    for name in DESCRIPTORS:
        add(name, deviation if name == "response_deviation" else rng.normal(size=SHAPE))
    add("force_mae", rng.uniform(80, 160, SHAPE))
    mean = np.exp(-effect * deviation + 0.1 * rng.normal(size=SHAPE))
    add("restricted_mean_survival_time", mean)
    add("status", np.zeros(SHAPE, dtype="int8"))
    rows = table.to_dataframe().reset_index()
    n = len(rows)
    life = rng.exponential(1.0, (n, 16)) * rows["restricted_mean_survival_time"].to_numpy()[:, None]
    ended = life < 1.0
    coords = {name: ("case", rows[name].to_numpy(), attrs) for name in SIZES}
    # Text here, a flag in the table.
    coords["status"] = ("case", ["ok"] * n, attrs)
    curves = xr.Dataset(
        {
            "replica_time": (("case", "replica"), np.minimum(life, 1.0), attrs),
            "replica_ended": (("case", "replica"), ended.astype(float), attrs),
        },
        coords={"case": ("case", [f"case {k}" for k in range(n)], attrs), **coords},
    )
    return curves, table


@pytest.fixture(scope="module")
def found() -> xr.Dataset:
    return associate(*study(effect=2.0), SETTINGS)


def at(result: xr.Dataset, descriptor: str, dataset: str = "all", architecture: str = "all"):
    return result.sel(dataset=dataset, architecture=architecture, descriptor=descriptor)


def test_what_is_there_is_found(found: xr.Dataset) -> None:
    check_described(found)
    row = at(found, "response_deviation")
    assert row["rho"] < -0.8
    assert row["rho_low"] <= row["rho"] <= row["rho_high"] < -0.5
    assert row["partial_rho"] < -0.8
    assert row["p_holm"] == pytest.approx(8 / 1000)
    assert str(row["verdict"].item()).startswith("evidence, also at equal accuracy: larger goes")
    assert "shorter survival" in str(row["verdict"].item())
    assert (row["n_models"], row["n_settings"], row["n_seeds"]) == (48, 8, 3)


def test_what_is_not_there_is_said_in_words(found: xr.Dataset) -> None:
    row = at(found, "faithfulness")
    assert row["p_holm"] > 0.05
    words = str(row["verdict"].item())
    assert words.startswith("no evidence: rho = ")
    assert "48 models show |rho| of 0.4" in words


def test_the_force_error_is_no_member_of_the_family(found: xr.Dataset) -> None:
    assert np.isnan(at(found, "force_mae")["p_holm"])
    assert np.isfinite(at(found, "force_mae")["p_value"])
    assert "equal accuracy" not in str(at(found, "force_mae")["verdict"].item())
    p_value = found["p_value"].sel(dataset="all", architecture="all", descriptor=[*DESCRIPTORS])
    corrected = found["p_holm"].sel(dataset="all", architecture="all", descriptor=[*DESCRIPTORS])
    np.testing.assert_allclose(corrected, holm(p_value.to_numpy()))


def test_parts_have_their_own_numbers(found: xr.Dataset) -> None:
    part = at(found, "response_deviation", "ethanol", "schnet")
    assert part["n_models"] == 12
    assert part["detectable_rho"] > at(found, "response_deviation")["detectable_rho"]


def test_hazards_rise_with_the_deviation(found: xr.Dataset) -> None:
    ratio = found["cox_hazard_ratio"].sel(dataset="all", covariate="response_deviation")
    assert ratio > 1.5
    low = found["cox_hazard_ratio_low"].sel(dataset="all", covariate="response_deviation")
    assert low > 1.0
    error = found.sel(dataset="all", covariate="force_mae")
    assert error["cox_hazard_ratio_low"] < 1 < error["cox_hazard_ratio_high"]
    assert 0.6 < found["concordance"].sel(dataset="all") < 1
    assert (found["cox_reason"] == "").all()


def test_all_survive(tmp_path: Path) -> None:
    """A study that shows nothing: NaN with reasons, and files all the same."""
    curves, table = study(effect=0.0)
    table["restricted_mean_survival_time"][:] = 1.0
    curves["replica_ended"][:] = 0.0
    result = associate(curves, table, SETTINGS)
    row = at(result, "response_deviation")
    assert np.isnan(row["rho"])
    assert "cannot be told: 48 models" in str(row["verdict"].item())
    assert "0 replicas ended" in str(result["cox_reason"].sel(dataset="all").item())
    write_dataset(result, tmp_path / "a.nc", title="test")
    write_rows(read_dataset(tmp_path / "a.nc"), tmp_path / "a.csv")
    frame = pd.read_csv(tmp_path / "a.csv")
    assert len(frame.dropna(subset=["descriptor"])) == 3 * 3 * 9


def test_two_models_say_nothing() -> None:
    curves, table = study(effect=2.0)
    few = table.isel(cutoff=[0], seed=[0], dataset=[0])
    result = associate(curves, few, SETTINGS)
    assert "cannot be told: 2 models" in str(at(result, "response_deviation")["verdict"].item())
    assert "2 models, 5 are needed" in str(result["cox_reason"].sel(dataset="all").item())


def test_models_share_their_hazard_and_the_errors_know() -> None:
    """Errors clustered by model are wider than those of independent replicas."""
    rng = np.random.default_rng(1)
    rows = []
    for model in range(12):
        frailty = np.exp(rng.normal())
        life = rng.exponential(1 / frailty, 20)
        rows += [
            {"model": f"m{model}", "dataset": "d", "time": min(t, 2.0), "ended": int(t < 2.0),
             "force_mae": model % 5, "response_deviation": (7 * model) % 12}
            for t in life
        ]  # fmt: skip
    frame = pd.DataFrame(rows)
    level = {"confidence": 0.95, "n_bootstrap": 50, "seed": 0}
    clustered = fit_hazards(frame, **level)
    alone = fit_hazards(frame.assign(model=[f"r{k}" for k in range(len(frame))]), **level)
    width = [np.log(h.ratio["response_deviation"][2] / h.ratio["response_deviation"][1])
             for h in (clustered, alone)]  # fmt: skip
    assert width[0] > 1.5 * width[1]


def test_holm_by_hand() -> None:
    found = holm(np.array([0.01, np.nan, 0.04, 0.03]))
    np.testing.assert_allclose(found, [0.03, np.nan, 0.06, 0.06])
    assert holm(np.array([0.9, 0.8])).tolist() == [1.0, 1.0]


def test_power_of_the_design() -> None:
    assert models_needed(0.6) == 23
    assert detectable_rho(23) == pytest.approx(0.6, abs=0.01)
    assert np.isnan(detectable_rho(3))
    assert detectable_rho(5) > 0.9


@pytest.mark.slow
def test_power_by_simulation() -> None:
    """23 models show rho = 0.6 in at least 80 % of studies: the formula is on the safe side."""
    from scipy.stats import spearmanr

    rng = np.random.default_rng(0)
    # Pearson's correlation of normals whose Spearman correlation is 0.6.
    r = 2 * np.sin(np.pi / 6 * 0.6)
    x, e = rng.normal(size=(2, 2000, 23))
    y = r * x + np.sqrt(1 - r**2) * e
    seen = np.mean([spearmanr(a, b).pvalue < 0.05 for a, b in zip(x, y, strict=True)])
    assert 0.78 < seen < 0.9


def choices(agree: float) -> xr.Dataset:
    rng = np.random.default_rng(0)
    attrs = {"units": "1", "long_name": "x"}
    own = rng.normal(size=(24, 2))
    other = agree * own + (1 - agree) * rng.normal(size=(24, 2))
    values = np.stack([own, other], axis=1)
    values[:12, 1] = np.nan
    return xr.Dataset(
        {"choice_descriptor": (("case", "choice", "descriptor"), values, attrs)},
        coords={
            "choice": ("choice", ["gamma 0.1, detach", "zero, detach"], attrs),
            "descriptor": ("descriptor", ["relevance_exponent", "faithfulness"], attrs),
            "dataset": ("case", ["ethanol"] * 24, attrs),
            "architecture": ("case", ["schnet"] * 12 + ["painn"] * 12, attrs),
        },
    )


@pytest.mark.parametrize(("agree", "least", "most"), [(1.0, 0.999, 1.0), (0.0, -0.6, 0.6)])
def test_sensitivity_is_the_agreement_over_models(agree: float, least: float, most: float) -> None:
    result = sensitivity(choices(agree), Explain(), SETTINGS)
    check_described(result)
    place = {"dataset": "ethanol", "architecture": "painn", "choice": "zero, detach"}
    found = result["agreement"].sel(place)
    assert ((least <= found) & (found <= most)).all()
    assert (result["n_models"].sel(place) == 12).all()
    own = result.sel(dataset="ethanol", architecture="painn", choice="gamma 0.1, detach")
    np.testing.assert_allclose(own["agreement"], 1.0)
    # SchNet has no such choice, nor the study's own under that label.
    assert np.isnan(result["agreement"].sel(architecture="schnet")).all()


def test_no_tests_of_relevance() -> None:
    assert not sensitivity(xr.Dataset(), Explain(), SETTINGS).data_vars
