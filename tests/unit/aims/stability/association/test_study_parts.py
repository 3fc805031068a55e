"""The parts of a study: every network in its own part, none twice, the name that says most."""

from itertools import product

import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nearsight.aims.stability.association.descriptors import EVERY
from nearsight.aims.stability.association.study_parts import Part, parts_of, whole

DATASETS, FAMILIES = ("aspirin", "ethanol", "water"), ("painn", "schnet")
STRATA = st.lists(
    st.sampled_from(list(product(DATASETS, FAMILIES))), min_size=1, max_size=6, unique=True
)


def table(strata: list[tuple[str, str]]) -> xr.Dataset:
    columns = zip(*strata, strict=True)
    return xr.Dataset(
        coords={k: ("model", list(v)) for k, v in zip(("dataset", "family"), columns, strict=True)}
    )


def held(part: Part, strata: list[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    return frozenset(
        (d, f) for d, f in strata if part.dataset in (EVERY, d) and part.family in (EVERY, f)
    )


@settings(max_examples=60, deadline=None)
@given(STRATA)
def test_parts_hold_different_networks_and_every_one_is_held(
    strata: list[tuple[str, str]],
) -> None:
    parts = parts_of(table(strata))
    contents = [held(part, strata) for part in parts]
    assert all(contents)
    assert len(set(contents)) == len(contents)
    assert frozenset(strata) in contents
    assert {frozenset([one]) for one in strata} <= set(contents)


@settings(max_examples=60, deadline=None)
@given(STRATA)
def test_all_is_never_said_of_one(strata: list[tuple[str, str]]) -> None:
    for part in parts_of(table(strata)):
        own = held(part, strata)
        if part.family == EVERY:
            assert len({f for _, f in own}) > 1
        if part.dataset == EVERY:
            assert len({d for d, _ in own}) > 1


@settings(max_examples=60, deadline=None)
@given(STRATA)
def test_a_data_set_comes_whole_before_its_families_and_all_come_last(
    strata: list[tuple[str, str]],
) -> None:
    parts = parts_of(table(strata))
    places = [[*dict.fromkeys(d for d, _ in strata), EVERY].index(p.dataset) for p in parts]
    assert places == sorted(places)
    for dataset, _ in strata:
        own = [p for p in parts if p.dataset == dataset]
        assert held(own[0], strata) == {one for one in strata if one[0] == dataset}
        assert whole(parts, dataset) == own[0]


def test_repeated_models_make_no_part() -> None:
    strata = [("water", "schnet")] * 5
    assert parts_of(table(strata)) == [Part("water", "schnet")]


@pytest.mark.parametrize("parts", [[], [Part("water", "schnet")]])
def test_of_a_data_set_that_is_not_there_all_families_are_meant(parts: list[Part]) -> None:
    assert whole(parts, "ethanol") == Part("ethanol", EVERY)
