"""A given model in the study table and the curves: a row like any other, without walks or axes."""

import numpy as np
import pytest
import xarray as xr

from nearsight.aims.stability.association import associate, question_table
from nearsight.aims.stability.tables.case_statistics import analyse_all
from nearsight.aims.stability.tables.failure_counts import collect_failures
from nearsight.aims.stability.tables.study_curves import collect_curves
from nearsight.aims.stability.tables.study_table import collect_table
from nearsight.collect.cases import Case
from nearsight.collect.models import ORIGIN, trained_alone
from nearsight.collect.results import NOT_TRAINED
from nearsight.config import Given, GivenModel, Question, Row, Statistics, make_variant
from nearsight.labels import banded
from nearsight.storage import NOT_APPLICABLE, check_described, empty_dataset

SETTINGS = Statistics(n_bootstrap=100, n_permutations=100, least_pairs=5)
NO_WALKS = empty_dataset("no relevance: a calculator is not written as a chain", NOT_APPLICABLE)
NEVER = empty_dataset(NOT_TRAINED, NOT_APPLICABLE)
XTB = GivenModel(calculator="tblite.ase:TBLite", level_of_theory="GFN1-xTB")
QUESTION = Question(descriptor="response_deviation_signed", direction="negative", dataset="ethanol")


def response(power: float, **attributes: object) -> xr.Dataset:
    """Blocks that fall as a power law, of three structures."""
    distance = np.linspace(1.0, 9.0, 240)
    columns = {
        "norm": 10 * distance**power,
        "asymmetry": np.full(240, 1e-9),
        "distance": distance,
        "structure": np.arange(240) % 3,
        "atomic_number": np.full(240, 6),
        "atomic_number_other": np.full(240, 6),
    }
    return xr.Dataset({n: ("pair", v) for n, v in columns.items()}, attrs=attributes)


def stability(last: float) -> xr.Dataset:
    width = np.array([1.0, 0.9, 1.1])
    survival = np.array([1.0, (1 + last) / 2, last])
    return xr.Dataset(
        {
            **banded("survival", width[:, None] * survival, "1", "share", "time"),
            **banded("restricted_mean_survival_time", last * width, "ps", "mean time"),
            **banded("heating", -last * width, "K", "heat"),
        },
        coords={"time": ("time", [0.0, 0.5, 1.0], {"units": "ps", "long_name": "time"})},
        attrs={"status": "ok", "reason": ""},
    )


def case(row: Row, power: float, last: float) -> Case:
    error = xr.Dataset({"force_mae": 20.0, "force_mae_spread": 1.0}, attrs={"status": "ok"})
    return Case(
        dataset="ethanol",
        variant=row,
        card=None,
        history=NEVER if isinstance(row, Given) else xr.Dataset(),
        evaluation=error,
        relevance=NO_WALKS,
        response=response(power),
        stability=stability(last),
        faithfulness=NO_WALKS,
        reference=response(-6.0),
        reference_curves=xr.Dataset(),
        reference_stability=xr.Dataset(),
    )


VARIANTS = [
    case(make_variant(family="schnet", cutoff=3.0, depth=1), -4.0, 0.25),
    case(make_variant(family="schnet", cutoff=9.0, depth=2), -4.5, 0.5),
    case(make_variant(family="schnet", cutoff=5.0, depth=3), -5.0, 0.75),
]
CASES = [*VARIANTS, case(Given("gfn1", XTB), -6.0, 1.0)]


def tables_of(cases: list[Case]) -> tuple[xr.Dataset, xr.Dataset]:
    edges, analyses = analyse_all(cases, SETTINGS)
    return collect_table(cases, analyses), collect_curves(cases, analyses, edges, SETTINGS)


@pytest.fixture(scope="module")
def made() -> tuple[xr.Dataset, xr.Dataset]:
    return tables_of(CASES)


def test_it_is_a_row_that_ended_well(made: tuple[xr.Dataset, xr.Dataset]) -> None:
    for table in made:
        check_described(table)
        assert table["model"].to_numpy()[-1] == "ethanol/gfn1"
        assert table["status"].to_numpy()[-1] == "ok"
        assert table["reason"].to_numpy()[-1] == ""
        assert table[ORIGIN].to_numpy().tolist() == ["trained"] * 3 + ["calculator"]


def test_it_has_what_needs_no_walks_and_no_training(made: tuple[xr.Dataset, xr.Dataset]) -> None:
    row = made[0].isel(model=-1)
    assert float(row["force_mae"]) == 20.0
    assert float(row["survival"]) == 1.0
    # Its response is the reference's own.
    assert float(row["response_deviation_signed"]) == pytest.approx(0, abs=1e-9)
    assert float(row["response_exponent"]) == pytest.approx(-6.0, abs=0.05)
    assert np.isnan(row["relevance_exponent"])
    assert np.isnan(row["effective_body_order"])
    if "epochs" in row:
        assert np.isnan(row["epochs"])


def test_the_numbers_of_the_trained_do_not_change_beside_it(
    made: tuple[xr.Dataset, xr.Dataset],
) -> None:
    alone = tables_of(VARIANTS)
    for with_it, without in zip(made, alone, strict=True):
        kept = trained_alone(with_it)
        for name in without.data_vars:
            np.testing.assert_array_equal(kept[name], without[name], err_msg=str(name))


def test_it_is_in_no_test(made: tuple[xr.Dataset, xr.Dataset]) -> None:
    """Without it the tests are those of the study without it, to the last digit."""
    alone, _ = tables_of(VARIANTS)
    for test in (question_table, associate):
        xr.testing.assert_identical(
            test(trained_alone(made[0]), QUESTION, SETTINGS), test(alone, QUESTION, SETTINGS)
        )


def test_what_its_files_say_of_cutoff_and_depth_is_used() -> None:
    known = Given("ours", GivenModel(file="model.safetensors"), cutoff=5.0, depth=4)
    table, curves = tables_of([*VARIANTS, case(known, -6.0, 1.0)])
    assert float(table["cutoff"][-1]) == 5.0
    assert curves.sizes["n_atoms"] == 5


def test_without_failures_it_is_no_row_of_theirs() -> None:
    assert collect_failures(CASES).sizes.get("row", 0) == 0
