"""Rows of what failed, diverged, is stale or does not exist: their place, status and reason."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from law_tables import MISSING, OK, SETTINGS, card, case, relevance, response
from test_heating_excess import heated

from nearsight.aims.stability.tables.case_statistics import analyse_all
from nearsight.aims.stability.tables.column_names import NUMBERS
from nearsight.aims.stability.tables.study_table import collect_table
from nearsight.collect.cases import Case
from nearsight.labels import banded, variable
from nearsight.storage import NOT_APPLICABLE, check_described, empty_dataset

NOT_HERE = empty_dataset("the family has no walks", NOT_APPLICABLE)
EVALUATION = xr.Dataset({"force_mae": 20.0, "force_mae_spread": 1.5}, attrs=OK)
DYNAMICS = xr.Dataset(
    {
        **banded("survival", [[1.0, 0.25], [1.0, 0.2], [1.0, 0.5]], "1", "share", "time"),
        **banded("drift", [1.0, 0.5, 2.0], "meV atom-1 ps-1", "drift"),
        "spectrum_reason": variable((), "too short", "", "why no spectrum"),
        "n_replicas": variable((), 8, "1", "replicas"),
    },
    coords={"time": variable("time", [0.0, 1.0], "ps", "time")},
    attrs=OK,
)


REFERENCE = response(-6.0)


def whole(seed: int = 0, **changes: object) -> Case:
    files = {
        "card": card(), "evaluation": EVALUATION, "relevance": relevance(-4.0),
        "response": response(-5.0), "faithfulness": xr.Dataset(attrs=OK), "stability": DYNAMICS,
        "reference": REFERENCE,
    }  # fmt: skip
    return case(seed=seed, **(files | changes))


CASES = [
    whole(0),
    whole(1, stability=empty_dataset("every replica crashed")),
    replace(
        case(seed=2, reference=REFERENCE),
        card=card(status="diverged", reason="loss is NaN in epoch 3", epochs=3),
    ),
    replace(whole(3), stale="response.nc was made from another model: run it again"),
    whole(4, relevance=NOT_HERE, faithfulness=NOT_HERE),
    case(seed=5, reference=REFERENCE),
]


def collected(cases: list[Case]) -> xr.Dataset:
    return collect_table(cases, analyse_all(cases, SETTINGS)[1])


@pytest.fixture(scope="module")
def table() -> xr.Dataset:
    return collected(CASES)


def test_every_row_keeps_its_place_status_and_reason(table: xr.Dataset) -> None:
    check_described(table)
    assert table["seed"].to_numpy().tolist() == [0, 1, 2, 3, 4, 5]
    assert table["status"].to_numpy().tolist() == [
        "ok", "failed", "diverged", "stale", "ok", "failed",
    ]  # fmt: skip
    assert table["reason"].to_numpy().tolist() == [
        "", "every replica crashed", "loss is NaN in epoch 3",
        "response.nc was made from another model: run it again", "", "is missing",
    ]  # fmt: skip


def test_what_a_failed_row_has_of_other_stages_is_told(table: xr.Dataset) -> None:
    assert table["survival"][1].isnull()
    assert table["response_exponent"][1] == pytest.approx(-5.0, abs=0.02)
    assert table["force_mae"][1] == 20.0


def test_a_diverged_row_has_its_card_alone(table: xr.Dataset) -> None:
    row = table.isel(model=2)
    assert (row["epochs"], row["n_parameters"], row["training_seconds"]) == (3, 1234, 12.5)
    assert np.isnan([float(row[name]) for name in ("survival", "force_mae", "drift")]).all()
    assert np.isnan([float(row[name]) for name in NUMBERS]).all()


def test_what_does_not_exist_for_a_family_fails_nothing(table: xr.Dataset) -> None:
    row = table.isel(model=4)
    assert np.isnan(row["relevance_exponent"])
    assert row["relevance_fit_reason"] == "not computed"
    assert row["survival"] == 0.25


def test_a_row_without_card_has_no_costs(table: xr.Dataset) -> None:
    assert np.isnan(table["n_parameters"]).to_numpy().tolist() == [False] * 5 + [True]


def test_survival_is_that_of_the_end_with_its_bounds(table: xr.Dataset) -> None:
    row = table.isel(model=0)
    assert [float(row[f"survival{end}"]) for end in ("", "_low", "_high")] == [0.25, 0.2, 0.5]
    assert row["survival"].attrs["long_name"].endswith("at the end of the runs")


def test_text_of_the_file_is_text_and_empty_where_it_is_not(table: xr.Dataset) -> None:
    said = table["spectrum_reason"].to_numpy().tolist()
    assert said == ["too short", "", "", "too short", "too short", ""]
    assert table["spectrum_reason"].attrs["units"] == ""


def test_weights_of_laws_add_up_and_the_law_is_named(table: xr.Dataset) -> None:
    together = table["response_power_law_weight"] + table["response_exponential_weight"]
    np.testing.assert_allclose(together[[0, 1, 3, 4]], 1.0)
    assert table["response_law"].to_numpy()[0] == "power law"
    assert table["response_law"].to_numpy()[5] == ""


def test_body_orders_add_up_where_they_are_known(table: xr.Dataset) -> None:
    share = table["body_order_share"].sum("n_atoms")
    np.testing.assert_allclose(share, [1, 1, 0, 1, 0, 0])
    assert (table["body_order_share_low"] <= table["body_order_share"] + 1e-12)[0].all()


def test_reasons_of_numbers_stand_beside_them(table: xr.Dataset) -> None:
    for name in ("cutoff_jump", "response_ratio_9"):
        unknown = np.isnan(table[name].to_numpy())
        said = table[f"{name}_reason"].to_numpy().astype(str)
        assert (unknown | (said == "")).all(), name  # a number that is known needs no reason
    assert table["cutoff_jump_reason"].to_numpy()[0].endswith("of an earlier version")


def test_without_a_reference_engine_deviations_are_unknown_and_decays_are_not() -> None:
    alone = collected([whole(0, reference=MISSING), whole(1, reference=MISSING)])
    check_described(alone)
    for name in ("response_deviation", "relevance_deviation", "response_ratio_5"):
        assert np.isnan(alone[name]).all()
    assert np.isnan(alone["reference_exponent"]).all()
    assert np.isnan(alone["reference_survival"]).all()
    np.testing.assert_allclose(alone["relevance_exponent"], -4.0, atol=0.02)
    assert set(alone["heating_excess_reason"].to_numpy()) == {
        "the dynamics of the network or of the reference engine is not there"
    }


def test_one_structure_has_values_without_bounds() -> None:
    files = {
        "relevance": relevance(-4.0, structures=1), "response": response(-5.0, structures=1),
        "reference": response(-6.0, structures=1),
    }  # fmt: skip
    row = collected([whole(0, **files)]).isel(model=0)
    for name in ("response_exponent", "relevance_exponent", "effective_body_order"):
        assert np.isfinite(row[name])
        assert np.isnan([row[f"{name}_low"], row[f"{name}_high"]]).all()


def test_one_replica_has_an_excess_without_bounds() -> None:
    own, engine = (heated(np.array([[300.0, *[300.0 + heat] * 3]])) for heat in (30.0, 10.0))
    row = collected([whole(0, stability=own, reference_stability=engine)]).isel(model=0)
    assert row["heating_excess"] == pytest.approx(20.0)
    assert np.isnan(row["heating_excess_low"])
    assert row["heating_pairs"] == 1
    assert row["heating_excess_reason"].item() == "1 replicas of both from one start, needs 2"


def test_the_order_of_cases_is_that_of_the_rows(table: xr.Dataset) -> None:
    turned = collected(CASES[::-1])
    for name in table.data_vars:
        if table[name].dims == ("model",):
            np.testing.assert_array_equal(
                turned[name].to_numpy()[::-1], table[name].to_numpy(), err_msg=str(name)
            )
