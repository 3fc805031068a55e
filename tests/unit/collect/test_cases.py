"""How a case ended and why; what a study's folder says of it, file by file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from nearsight.collect.cases import Case, coordinates_of, read_cases
from nearsight.collect.yardsticks import (
    level_coordinates,
    levels_of_cases,
    levels_of_table,
    together,
)
from nearsight.config import Study, make_variant, validate
from nearsight.errors import CorruptFileError
from nearsight.storage import NOT_APPLICABLE, empty_dataset
from nearsight.train.card import Card

STAGES = ("evaluation", "relevance", "response", "faithfulness", "stability")
THERE = xr.Dataset({"x": ("pair", [1.0])})
NO_WALKS = empty_dataset("the family has no walks", NOT_APPLICABLE)


def card(status: str = "ok", reason: str = "", level: str = "PBE") -> Card:
    told = dict.fromkeys(("n_parameters", "n_train", "n_validation", "n_test", "epochs"), 0)
    told["best_epoch"] = 0
    text = dict.fromkeys(("id", "data_sha256", "end", "device"), "")
    return Card.model_construct(
        status=status, reason=reason, level_of_theory=level, training_seconds=1.0, **told, **text
    )


def case(dataset: str = "ethanol", **files: object) -> Case:
    everything = dict.fromkeys(
        (*STAGES, "history", "reference", "reference_curves", "reference_stability"), THERE
    )
    variant = make_variant(family="painn", cutoff=5.0, depth=2)
    return Case(dataset=dataset, variant=variant, **({"card": card()} | everything | files))


def test_a_case_is_called_by_data_set_and_variant() -> None:
    assert case().id == "ethanol/painn~rc5.0~T2~F64~n1000~s0"


def test_everything_there_is_ok() -> None:
    assert (case().status, case().reason) == ("ok", "")


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_is_missing_fails_the_case(stage: str) -> None:
    one = case(**{stage: empty_dataset(f"{stage}.nc is missing")})
    assert (one.status, one.reason) == ("failed", f"{stage}.nc is missing")


@pytest.mark.parametrize("stage", ["history", "reference", "reference_curves"])
def test_what_a_number_may_lack_fails_nothing(stage: str) -> None:
    assert case(**{stage: empty_dataset("is missing")}).status == "ok"


def test_the_first_stage_says_why() -> None:
    one = case(**{stage: empty_dataset(f"{stage} failed") for stage in STAGES[1:]})
    assert one.reason == "relevance failed"


def test_a_stage_that_a_family_does_not_have_is_no_failure() -> None:
    one = case(relevance=NO_WALKS, faithfulness=NO_WALKS)
    assert (one.status, one.reason) == ("ok", "")
    later = replace(one, stability=empty_dataset("no dynamics"))
    assert (later.status, later.reason) == ("failed", "no dynamics")


def test_training_that_diverged_says_so_before_all_stages() -> None:
    lost = empty_dataset("nothing to explain")
    one = case(card=card("diverged", "loss is not finite in epoch 3"), relevance=lost)
    assert (one.status, one.reason) == ("diverged", "loss is not finite in epoch 3")


def test_what_is_stale_is_said_before_all_else() -> None:
    one = case(card=card("diverged", "loss is not finite"), stale="model.safetensors is older")
    assert (one.status, one.reason) == ("stale", "model.safetensors is older")


def test_coordinates_keep_the_order_and_every_case() -> None:
    cases = [case("b"), case("a", stability=empty_dataset("gone")), case("a", card=None)]
    coords = coordinates_of(cases)
    assert coords["dataset"].to_numpy().tolist() == ["b", "a", "a"]
    assert coords["status"].to_numpy().tolist() == ["ok", "failed", "ok"]
    assert coords["reason"].to_numpy().tolist() == ["", "gone", ""]


STUDY = validate(
    Study,
    {
        "name": "two",
        "datasets": {"ethanol": {"source": "generate", "molecule": "ethanol"}},
        "variants": [{"family": "schnet", "cutoff": [3.0, 5.0], "depth": [1]}],
        "every_variant": {"n_train": [20]},
    },
    Path("two.yaml"),
)


def test_an_empty_folder_has_every_case_and_says_what_is_missing(tmp_path: Path) -> None:
    found = read_cases(STUDY, tmp_path)
    assert [one.variant.cutoff for one in found] == [3.0, 5.0]
    assert {one.status for one in found} == {"failed"}
    expected = "evaluation.nc is missing: the stage did not run or crashed"
    assert {one.reason for one in found} == {expected}
    assert all(one.card is None for one in found)


def test_a_file_that_cannot_be_read_is_an_error_that_names_it(tmp_path: Path) -> None:
    home = tmp_path / "ethanol" / STUDY.cases()[0][1].id
    home.mkdir(parents=True)
    (home / "relevance.nc").write_bytes(b"no NetCDF")
    with pytest.raises(CorruptFileError, match=r"relevance\.nc"):
        read_cases(STUDY, tmp_path)


def response(labels: str, level: str) -> xr.Dataset:
    attributes = {"data_level_of_theory": labels, "level_of_theory": level}
    return xr.Dataset({"norm": ("pair", [1.0])}, attrs=attributes)


def test_the_level_of_labels_is_said_by_a_card_where_no_reference_says_it() -> None:
    first = case("a", card=None)
    second = case("a", card=card(level="PBE0"))
    assert levels_of_cases([first, second]) == {"a": ("PBE0", "")}
    known = replace(second, reference=response("CCSD", "GFN2-xTB"))
    assert levels_of_cases([known]) == {"a": ("CCSD", "GFN2-xTB")}


def test_levels_along_models_come_back_by_data_set() -> None:
    levels = {"a": ("PBE", ""), "b": ("PBE", "GFN2-xTB")}
    along = level_coordinates(levels, "model", ["b", "a", "b"])
    table = xr.Dataset(coords={"dataset": ("model", ["b", "a", "b"]), **along})
    assert levels_of_table(table) == levels
    assert levels_of_table(table.drop_vars(list(along))) == {"a": ("", ""), "b": ("", "")}
    assert together(levels) == ("PBE", "several")
    np.testing.assert_array_equal(along["reference_level_of_theory"], ["GFN2-xTB", "", "GFN2-xTB"])
