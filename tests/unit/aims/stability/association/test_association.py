"""The tables of association and of sensitivity, from synthetic studies."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nearsight.aims.stability.association import associate, hazards, question_table, sensitivity
from nearsight.aims.stability.association.descriptors import DESCRIPTORS, HEATING, LISTED, SURVIVAL
from nearsight.aims.stability.association.design import design_of, model_rows
from nearsight.collect import write_csv
from nearsight.config import Question, Statistics
from nearsight.storage import check_described, read_dataset, write_dataset

SETTINGS = Statistics(n_bootstrap=100, n_permutations=999)
SIGNED = "response_deviation_signed"
QUESTION = Question(descriptor=SIGNED, direction="negative", dataset="ethanol")
SIZES = {
    "dataset": ["aspirin", "ethanol"],
    "family": ["painn", "schnet"],
    "cutoff": [3.0, 5.0, 7.0, 9.0],
    "depth": [1, 2],
    "features": [32],
    "n_train": [400],
    "seed": [0, 1, 2],
    "frames_seed": [0],
    "radial_basis": ["gaussian"],
    "target": ["energy"],
    "pooling": ["sum"],
}
SHAPE = tuple(len(values) for values in SIZES.values())


def study(effect: float, seed: int = 0) -> tuple[xr.Dataset, xr.Dataset]:
    """Curves and table in which survival falls with the signed deviation by ``effect``."""
    rng = np.random.default_rng(seed)
    table = xr.Dataset(coords={k: (k, v, {"units": "1", "long_name": k}) for k, v in SIZES.items()})
    attrs = {"units": "1", "long_name": "x"}

    def of_settings() -> np.ndarray:
        """The same for every seed, but for a little."""
        return rng.normal(size=(*SHAPE[:6], 1, *SHAPE[7:])) + 0.05 * rng.normal(size=SHAPE)

    for name in (*DESCRIPTORS, "force_mae"):
        table[name] = xr.Variable(tuple(SIZES), of_settings(), attrs)
    mean = np.exp(-effect * table[SIGNED].to_numpy() + 0.1 * rng.normal(size=SHAPE))
    table[SURVIVAL] = xr.Variable(tuple(SIZES), mean, attrs)
    rows = table.to_dataframe().reset_index()
    n = len(rows)
    life = rng.exponential(1.0, (n, 16)) * rows[SURVIVAL].to_numpy()[:, None]
    ended = life < 1.0
    coords = {name: ("model", rows[name].to_numpy(), attrs) for name in SIZES}
    coords["model"] = ("model", [f"model {k}" for k in range(n)], attrs)
    coords["status"] = ("model", np.array(["ok"] * n, dtype=object), attrs)
    curves = xr.Dataset(
        {
            "replica_time": (("model", "replica"), np.minimum(life, 1.0), attrs),
            "replica_ended": (("model", "replica"), ended.astype(float), attrs),
        },
        coords=coords,
    )
    names = [name for name in rows if name not in SIZES]
    return curves, xr.Dataset({k: ("model", rows[k].to_numpy(), attrs) for k in names}, coords)


def where(table: xr.Dataset, **wanted: object) -> np.ndarray:
    """Places of the models that have these values on axes."""
    return np.flatnonzero(np.all([table[k].to_numpy() == v for k, v in wanted.items()], axis=0))


@pytest.fixture(scope="module")
def table() -> xr.Dataset:
    return study(effect=1.0)[1]


@pytest.fixture(scope="module")
def found(table: xr.Dataset) -> xr.Dataset:
    return associate(table, QUESTION, SETTINGS)


def at(result: xr.Dataset, descriptor: str, dataset: str, family: str) -> xr.Dataset:
    """The row of a test against survival."""
    wanted = (descriptor, dataset, family, SURVIVAL)
    columns = [result[k] for k in ("descriptor", "dataset", "family", "outcome")]
    mask = np.all([c == v for c, v in zip(columns, wanted, strict=True)], axis=0)
    assert mask.sum() == 1
    return result.isel(test=int(np.flatnonzero(mask)[0]))


def test_the_question_is_answered_once(table: xr.Dataset, found: xr.Dataset) -> None:
    result = question_table(table, QUESTION, SETTINGS)
    check_described(result)
    one = result.isel(question=0)
    assert one["rho"] < -0.9
    assert one["rho_low"] <= one["rho"] <= one["rho_high"]
    assert one["p_value"] < 0.005
    # All orders of its eight settings, also where the listed tests draw some.
    assert one["least_p"] == pytest.approx(1 / 40_320)
    # Four cutoffs of two depths: one order of 24 is as good.
    assert one["cutoff_p_value"] == pytest.approx(1 / 24)
    counts = [float(one[name]) for name in ("n_models", "n_settings", "n_seeds", "n_strata")]
    assert counts == [48, 8, 3, 2]
    words = str(one["verdict"].item())
    assert words.startswith("evidence, also at equal force error: larger goes with shorter surviv")
    assert "stated beforehand, one-sided; 0.042 where whole cutoffs change places" in words
    # What the question asks is not asked again beside it.
    with pytest.raises(AssertionError):
        at(found, SIGNED, "ethanol", "all")
    assert at(found, SIGNED, "ethanol", "painn")["role"] == "exploratory"


def test_other_side_is_no_evidence(table: xr.Dataset) -> None:
    opposite = QUESTION.model_copy(update={"direction": "positive"})
    one = question_table(table, opposite, SETTINGS).isel(question=0)
    assert one["p_value"] > 0.99
    assert str(one["verdict"].item()).startswith("no evidence: rho = -")


def test_family_and_what_is_explored(found: xr.Dataset) -> None:
    check_described(found)
    member = found["role"] == "listed"
    # Listed against two outcomes, without the question and heating against itself; the question
    # again on the other molecule.
    assert member.sum() == 2 * len(LISTED) - 2 + 1
    assert np.isfinite(found["p_holm"][member.to_numpy()]).all()
    assert np.isnan(found["p_holm"][~member.to_numpy()]).all()
    explored = found["verdict"][~member.to_numpy()].to_numpy()
    assert set(explored) == {"exploratory: no verdict"}
    again = at(found, SIGNED, "aspirin", "all")
    assert again["p_holm"] >= 9 * again["p_value"] > 0
    assert str(again["verdict"].item()).startswith("evidence")
    assert str(at(found, "force_mae", "ethanol", "all")["verdict"].item()).startswith("no evidence")
    assert np.isnan(at(found, "force_mae", "ethanol", "all")["partial_rho"])


def test_no_row_twice(found: xr.Dataset, table: xr.Dataset) -> None:
    numbers = found.to_dataframe()
    keys = ["dataset", "family", "outcome", "descriptor"]
    assert not numbers.duplicated(keys).any()
    one = table.isel(model=where(table, dataset="ethanol", family="schnet"))
    rows = associate(one, QUESTION, SETTINGS).to_dataframe()
    assert set(rows["dataset"]) == {"ethanol"}
    assert set(rows["family"]) == {"schnet"}
    assert len(rows) == 2 * len(DESCRIPTORS) - 2


def test_where_the_question_shows_nothing_nothing_else_counts() -> None:
    table = study(effect=0.0)[1]
    one = question_table(table, QUESTION, SETTINGS).isel(question=0)
    assert str(one["verdict"].item()).startswith("no evidence")
    # Heating goes with survival, and yet is no finding of this study.
    table[HEATING] = -table[SURVIVAL]
    row = at(associate(table, QUESTION, SETTINGS), HEATING, "ethanol", "all")
    assert row["rho"] == pytest.approx(-1)
    assert row["p_value"] <= 0.002
    assert row["p_holm"] >= one["p_value"]
    assert "no other test counts" in str(row["verdict"].item())
    # Of a study without a question the listed tests are all there are.
    free = QUESTION.model_copy(update={"descriptor": "none"})
    row = at(associate(table, free, SETTINGS), HEATING, "ethanol", "all")
    assert str(row["verdict"].item()).startswith("evidence")
    words = str(question_table(table, free, SETTINGS)["verdict"].item())
    assert words.startswith("no verdict: the study names no question")


def test_seeds_of_weights_and_of_frames_are_seeds(table: xr.Dataset) -> None:
    """As of a study whose frames follow the seed."""
    rows = model_rows(table.assign_coords(frames_seed=table["seed"]))
    assert len(rows) == 2 * 2 * 8 * 3
    design = design_of(rows[rows["dataset"] == "ethanol"], SIGNED, SURVIVAL)
    assert design.x.shape == (2, 8, 3)
    assert (design.n_models, design.n_settings, design.n_seeds) == (48, 8, 3)
    np.testing.assert_array_equal(design.cutoff, np.repeat([0, 1, 2, 3], 2))
    np.testing.assert_array_equal(design.rest, np.tile([0, 1], 4))


def test_missing_models_and_columns(table: xr.Dataset) -> None:
    """A column that no model has counts for nothing; a missing model costs its place alone."""
    less = table.drop_vars(["response_ratio_7"]).copy(deep=True)
    gone = {"dataset": "ethanol", "depth": 1}
    less["status"][where(less, **gone, family="schnet", cutoff=3.0)] = "failed"
    less["status"][where(less, **gone, family="painn", cutoff=5.0, seed=1)] = "failed"
    row = at(associate(less, QUESTION, SETTINGS), "response_ratio_7", "ethanol", "all")
    assert row["n_models"] == 0
    assert "no model has descriptor" in str(row["verdict"].item())
    one = question_table(less, QUESTION, SETTINGS).isel(question=0)
    assert (one["n_models"], one["n_settings"]) == (44, 8)
    assert one["rho"] < -0.9
    assert np.isnan(one["cutoff_p_value"])


def test_hazards_rise_with_the_deviation() -> None:
    result = hazards(*study(effect=0.7), QUESTION, SETTINGS)
    check_described(result)
    assert result["dataset"].to_numpy().tolist() == ["aspirin"] * 2 + ["ethanol"] * 2 + ["all"] * 2
    error, deviation = (result.isel(test=k) for k in (2, 3))
    assert error["covariate"] == "force_mae"
    assert deviation["covariate"] == SIGNED
    assert deviation["hazard_ratio_low"] > 1
    assert deviation["p_value"] < 0.01
    assert error["hazard_ratio_low"] < 1 < error["hazard_ratio_high"]
    assert error["p_value"] > 0.05
    assert 0.5 < deviation["concordance_null"] < deviation["concordance"] < 1
    assert deviation["concordance"] > deviation["concordance_null_high"]
    assert (result["reason"] == "").all()
    assert deviation["n_settings"] == 8


def test_all_survive(tmp_path: Path) -> None:
    """A study that shows nothing: NaN with reasons, and files all the same."""
    curves, table = study(effect=0.0)
    table[SURVIVAL][:] = 1.0
    curves["replica_ended"][:] = 0.0
    one = question_table(table, QUESTION, SETTINGS)
    assert np.isnan(one["rho"]).all()
    assert "8 settings, and descriptor or outcome is constant" in str(one["verdict"].item())
    result = hazards(curves, table, QUESTION, SETTINGS)
    assert "0 replicas ended" in str(result["reason"].to_numpy()[0])
    tests = associate(table, QUESTION, SETTINGS)
    for name, content in {"question": one, "hazards": result, "tests": tests}.items():
        write_dataset(content, tmp_path / f"{name}.nc", title="test")
        write_csv(read_dataset(tmp_path / f"{name}.nc"), tmp_path / f"{name}.csv")
        frame = pd.read_csv(tmp_path / f"{name}.csv")
        assert len(frame) == next(iter(content.sizes.values()))
        assert {"dataset", "family"} <= set(frame.columns)


def test_two_models_say_nothing() -> None:
    curves, table = study(effect=2.0)
    few = table.isel(model=where(table, cutoff=3.0, depth=1, seed=0, dataset="ethanol"))
    one = question_table(few, QUESTION, SETTINGS)
    assert "no verdict: 1 setting of 1 seed" in str(one["verdict"].item())
    result = hazards(curves, few, QUESTION, SETTINGS)
    assert "are needed" in str(result["reason"].to_numpy()[0])


def choices(agree: float) -> xr.Dataset:
    rng = np.random.default_rng(0)
    attrs = {"units": "1", "long_name": "x"}
    own = rng.normal(size=(24, 2))
    other = agree * own + (1 - agree) * rng.normal(size=(24, 2))
    values = np.stack([own, other], axis=1)
    values[:12, 1] = np.nan
    return xr.Dataset(
        {"choice_descriptor": (("model", "choice", "descriptor"), values, attrs)},
        coords={
            "choice": ("choice", ["gamma 0.1, detach", "zero, detach"], attrs),
            "descriptor": ("descriptor", ["relevance_exponent", "faithfulness"], attrs),
            "dataset": ("model", ["ethanol"] * 24, attrs),
            "family": ("model", ["schnet"] * 12 + ["painn"] * 12, attrs),
            "own_choice": ("model", ["gamma 0.1"] * 12 + ["gamma 0.1, detach"] * 12, attrs),
        },
    )


@pytest.mark.parametrize(("agree", "least", "most"), [(1.0, 0.999, 1.0), (0.0, -0.6, 0.6)])
def test_sensitivity_is_the_agreement_over_models(agree: float, least: float, most: float) -> None:
    result = sensitivity(choices(agree), SETTINGS)
    check_described(result)
    place = {"dataset": "ethanol", "family": "painn", "choice": "zero, detach"}
    found = result["agreement"].sel(place)
    assert ((least <= found) & (found <= most)).all()
    assert (result["n_models"].sel(place) == 12).all()
    own = result.sel(dataset="ethanol", family="painn", choice="gamma 0.1, detach")
    np.testing.assert_allclose(own["agreement"], 1.0)
    # SchNet has no such choice, nor the study's own under that label.
    assert np.isnan(result["agreement"].sel(family="schnet")).all()


def test_no_tests_of_relevance() -> None:
    assert not sensitivity(xr.Dataset(), SETTINGS).data_vars
