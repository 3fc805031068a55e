"""Settings that a file states against those of the study: which differ, and what counts as one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from study_folder import STUDY, study_of

from nearsight.config import Explain, Study
from nearsight.lineage.products import products_of
from nearsight.lineage.settings import (
    data_differences,
    data_settings,
    defaults_of,
    differences,
    settings_for,
    study_settings,
    training_settings,
)

VALUES = st.recursive(
    st.integers(-3, 3) | st.text("ab", max_size=2) | st.none(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("xy"), inner, max_size=2),
    max_leaves=6,
)
SETTINGS = st.dictionaries(st.text("xyz", min_size=1, max_size=2), VALUES, max_size=3)


@given(SETTINGS)
def test_settings_agree_with_themselves(settings: dict[str, Any]) -> None:
    assert differences(settings, settings, {}) == []


@given(SETTINGS, SETTINGS)
def test_what_is_not_expected_does_not_count(
    settings: dict[str, Any], more: dict[str, Any]
) -> None:
    assert differences({**more, **settings}, settings, {}) == []


@given(SETTINGS)
def test_a_key_that_is_not_stated_counts_as_its_default(settings: dict[str, Any]) -> None:
    """As those of files of earlier versions; without a default it counts as left out."""
    assert differences({}, settings, settings) == []
    left_out = [key for key, value in settings.items() if value is not None]
    told = differences({}, settings, {})
    assert {line.partition(" is ")[0] for line in told} == set(left_out)


@pytest.mark.parametrize(
    ("stored", "expected", "told"),
    [
        ({"gamma": 0.25}, {"gamma": 0.1}, ["gamma is 0.25, not 0.1"]),
        ({"a": {"b": {"c": 1, "d": 2}}}, {"a": {"b": {"c": 1, "d": 3}}}, ["a.b.d is 2, not 3"]),
        ({"a": {"b": 1}}, {"a": 2}, ["a is {'b': 1}, not 2"]),
        ({"a": 2}, {"a": {"b": 1}}, ["a is 2, not {'b': 1}"]),
        ({"a": [1, 2]}, {"a": [2, 1]}, ["a is [1, 2], not [2, 1]"]),
        ({"a": {}}, {"a": {"b": 1}}, []),
    ],
)
def test_differences_are_told_by_the_path_of_the_key(
    stored: dict[str, Any], expected: dict[str, Any], told: list[str]
) -> None:
    assert differences(stored, expected, {"a": {"b": 1}}) == told


@pytest.mark.parametrize(
    ("stored", "expected", "agree"),
    [
        ({"energy_key": None}, {"energy_key": ""}, True),
        ({"n_frames": 0}, {"n_frames": None}, True),
        ({"energy_key": None}, {"energy_key": "E"}, False),
        ({"seed": 1}, {"seed": 0}, False),
        ({}, {"energy_key": "E"}, True),
    ],
)
def test_an_empty_key_of_data_is_one_left_out(
    stored: dict[str, Any], expected: dict[str, Any], agree: bool
) -> None:
    assert (data_differences(stored, expected) == []) is agree


def test_defaults_are_those_of_the_keys_that_have_one() -> None:
    defaults = defaults_of(Explain)
    assert defaults == Explain().model_dump(mode="json")
    whole = defaults_of(Study)
    assert "name" not in whole
    assert "datasets" not in whole
    assert whole["explain"] == defaults
    assert whole["properties"] == {"longest_alkane": 12}


@pytest.mark.parametrize("aim", ["stability", "properties"])
def test_a_stage_is_compared_by_the_keys_that_feed_it(aim: str) -> None:
    """And by those alone, whatever section of the study they are of."""
    study = study_of(aim=aim)
    products = [product for product in products_of(aim) if product.section]
    assert products
    for product in products:
        stated, defaults = settings_for(study, product, "ethanol")
        assert stated
        assert stated.keys() <= defaults.keys()
        assert stated == {key: defaults[key] for key in stated}


def test_dynamics_are_compared_at_the_temperature_of_their_data_set() -> None:
    warm = {**STUDY["datasets"]["ethanol"], "dynamics_temperature": 700.0}
    study = study_of(datasets={"ethanol": STUDY["datasets"]["ethanol"], "warm": warm})
    product = next(p for p in products_of("stability") if p.stage == "dynamics" and p.section)
    found = {name: settings_for(study, product, name)[0]["temperature"] for name in study.datasets}
    assert found == {"ethanol": study.dynamics.temperature, "warm": 700.0}


def test_how_the_work_is_done_is_no_difference_of_studies() -> None:
    """As how often a checkpoint is written."""
    one, other = study_of(), study_of(training={"checkpoint_every": 3})
    assert one != other
    assert study_settings(one) == study_settings(other)
    assert study_settings(one) != study_settings(study_of(training={"max_epochs": 3}))
    name = next(iter(one.variant_table()))
    assert training_settings(one, name)[0] == training_settings(other, name)[0]


def test_where_a_file_lay_is_no_setting_of_data() -> None:
    spec = {"source": "import", "file": "here.xyz", "energy_unit": "eV"}
    one = study_of(datasets={"ethanol": spec})
    other = study_of(datasets={"ethanol": {**spec, "file": "there.xyz"}})
    assert data_settings(one, "ethanol") == data_settings(other, "ethanol")
    published = {"source": "published", "name": "rmd17_ethanol", "test_name": "other"}
    stated = data_settings(study_of(datasets={"ethanol": published}), "ethanol")
    assert stated["test"] == "other"
    assert "test_name" not in stated
