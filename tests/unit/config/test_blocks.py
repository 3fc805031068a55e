"""Blocks of variants, of whichever families there are: products, shared axes, and what may be left
out of them."""

import copy
import itertools
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearsight.config import AXES, REPEATS, Study, axes_of, validate
from nearsight.config.blocks import BLOCKS, SharedAxes, Variants, blocks_of_axes, unit_of, values_of
from nearsight.errors import ConfigError
from nearsight.families.specs import FAMILIES, SHARED, own_axes
from nearsight.families.variant import Variant
from nearsight.limits import MOST_VARIANTS
from nearsight.section import Section

NAMES = list(BLOCKS)
Axes = dict[str, list[Any]]


def needed(family: str, cutoff: float = 5.0) -> Axes:
    """A value on each axis that a family cannot do without."""
    fields = BLOCKS[family].model_fields
    given_ = {name: [cutoff] for name in ("cutoff",) if name in fields}
    missing = {n for n in own_axes(FAMILIES[family]) if fields[n].is_required()} - given_.keys()
    assert not missing, f"{family} needs {missing} too: teach this test a value"
    return given_


def block(family: str, **axes: Any) -> Any:
    return BLOCKS[family](family=family, **{**needed(family), **axes})  # type: ignore[arg-type]


def members(blocks: list[Any], **shared: Any) -> tuple[Variant, ...]:
    return Variants(blocks, SharedAxes(**shared)).members


SEEDS = st.lists(st.integers(0, 20), min_size=1, max_size=4, unique=True)


@settings(max_examples=40)
@given(
    families=st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True),
    n_train=st.lists(st.integers(1, 500), min_size=1, max_size=3, unique=True),
    seed=SEEDS,
)
def test_variants_are_the_product_of_the_axes_in_their_order(
    families: list[str], n_train: list[int], seed: list[int]
) -> None:
    made = members([block(name) for name in families], n_train=n_train, seed=seed)
    expected = list(itertools.product(families, n_train, seed))
    assert [(v.family, v.n_train, v.seed) for v in made] == expected
    assert len({variant.id for variant in made}) == len(made)
    assert all(type(variant) is FAMILIES[variant.family] for variant in made)


@pytest.mark.parametrize("family", NAMES)
def test_axes_of_a_block_win_over_those_of_all(family: str) -> None:
    one = block(family, seed=[7, 8])
    made = members([one], n_train=[10, 20])
    assert [(v.n_train, v.seed) for v in made] == [(10, 7), (10, 8), (20, 7), (20, 8)]


@pytest.mark.parametrize("family", NAMES)
@pytest.mark.parametrize("axis", ["seed", "n_train", "frames_seed"])
def test_an_axis_stands_in_one_place(family: str, axis: str) -> None:
    with pytest.raises(ValueError, match=rf"{axis} stands in variants\.0 and in every_variant"):
        members([block(family, **{axis: [1, 2]})], **{axis: [3]})


@pytest.mark.parametrize("family", NAMES)
def test_values_that_stand_twice(family: str) -> None:
    with pytest.raises(ConfigError, match="x: seed lists a value twice"):
        validate(SharedAxes, {"seed": [1, 2, 1]}, "x")
    axis = own_axes(FAMILIES[family])[0]
    values = needed(family).get(axis, [1]) * 2
    with pytest.raises(ConfigError, match=f"{axis} lists a value twice"):
        validate(BLOCKS[family], {"family": family, **needed(family), axis: values}, "x")


@pytest.mark.parametrize("family", NAMES)
def test_a_variant_of_two_blocks_is_named(family: str) -> None:
    with pytest.raises(ValueError, match=rf"two blocks span {family}~.*leave it out of one"):
        members([block(family), block(family)])


@given(seed=SEEDS)
def test_each_seed_draws_its_own_frames(seed: list[int]) -> None:
    made = members([block(NAMES[0])], seed=seed, own_frames=True)
    assert [(v.seed, v.frames_seed) for v in made] == [(s, s) for s in seed]
    plain = members([block(NAMES[0])], seed=seed)
    assert {v.frames_seed for v in plain} == {0}


def test_frames_of_its_own_and_an_axis_of_them_exclude_each_other() -> None:
    with pytest.raises(ValueError, match=r"own_frames is true, so frames_seed .* says nothing"):
        members([block(NAMES[0])], own_frames=True, frames_seed=[1])
    with pytest.raises(ValueError, match="own_frames is true"):
        members([block(NAMES[0], frames_seed=[1])], own_frames=True)


def test_targets_and_poolings_are_combined_where_they_fit() -> None:
    made = members([block(NAMES[0])], target=["energy", "dipole"], pooling=["sum", "dipole"])
    assert [(v.target, v.pooling) for v in made] == [
        ("energy", "sum"), ("dipole", "sum"), ("dipole", "dipole"),
    ]  # fmt: skip


def test_more_than_can_be_planned_is_counted_and_not_made() -> None:
    many = list(range(400))
    with pytest.raises(ValueError, match=rf"span 160000 variants; at most {MOST_VARIANTS} are"):
        members([block(NAMES[0])], seed=many, frames_seed=many)


# How axes are declared.


@pytest.mark.parametrize("family", NAMES)
def test_axes_have_unit_and_words_of_the_field_they_are_made_of(family: str) -> None:
    spec, made = FAMILIES[family], BLOCKS[family]
    for axis in (*own_axes(spec), *SHARED):
        field, own = spec.model_fields[axis], made.model_fields[axis]
        assert unit_of(own) == unit_of(field)
        assert (own.description or "").startswith((field.description or "")[:20])
    for axis in own_axes(spec):
        required = spec.model_fields[axis].is_required()
        assert made.model_fields[axis].is_required() is required


@pytest.mark.parametrize("family", NAMES)
def test_one_value_of_an_axis_is_checked_as_the_field_is(family: str) -> None:
    for value in (-1, "many", 2.5, 10**9):
        values = {"family": family, **needed(family), "n_train": [value]}
        with pytest.raises(ConfigError, match=r"x: n_train\.0 = "):
            validate(BLOCKS[family], values, "x")


def test_lists_of_values_keep_the_limits_of_one() -> None:
    field = Variant.model_fields["n_train"]

    class Holder(Section):
        """Of one list."""

        values: values_of(field)  # type: ignore[valid-type]

    assert Holder(values=[1, 2]).values == [1, 2]
    with pytest.raises(ConfigError, match=r"values\.1 = 0"):
        validate(Holder, {"values": [1, 0]}, "x")


# One product over families, as studies were once written.


@pytest.mark.parametrize("word", ["family", "architecture"])
@pytest.mark.parametrize("names", [NAMES, NAMES[:1], NAMES[0]])
def test_a_product_over_families_is_a_block_for_each(word: str, names: Any) -> None:
    old = {word: names, "cutoff": [5.0], "seed": [1, 2], "own_frames": True}
    before = copy.deepcopy(old)
    blocks, shared = blocks_of_axes(old)
    assert old == before
    assert [b["family"] for b in blocks] == (names if isinstance(names, list) else [names])
    assert all(b == {"family": b["family"], "cutoff": [5.0]} for b in blocks)
    assert shared == {"seed": [1, 2], "own_frames": True}


# A study of blocks.


def test_axes_of_a_study_are_what_its_variants_have(study: dict[str, Any]) -> None:
    study["every_variant"] = {"n_train": [50], "seed": [4, 2]}
    study["variants"] = [{"family": name, **needed(name)} for name in NAMES]
    made = validate(Study, study, "x")
    axes = made.axes()
    assert list(axes) == list(AXES)
    assert axes["family"] == NAMES
    assert axes["seed"] == [4, 2]
    for variant in made.members:
        for axis, value in axes_of(variant).items():
            absent = value == "" or (isinstance(value, float) and math.isnan(value))
            assert absent or value in axes[axis]


def test_settings_are_counted_without_their_repeats(study: dict[str, Any]) -> None:
    study["every_variant"] = {"n_train": [40, 50], "seed": [0, 1, 2]}
    study["variants"] = [{"family": NAMES[0], **needed(NAMES[0])}]
    assert set(REPEATS) == {"seed", "frames_seed"}
    assert validate(Study, study, "x").design() == {"settings": 2, "seeds": 3}
    study["every_variant"]["own_frames"] = True
    assert validate(Study, study, "x").design() == {"settings": 2, "seeds": 3}


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_what_is_left_out_is_what_matches_and_nothing_else(data: st.DataObject) -> None:
    every = {"n_train": [10, 20], "seed": [0, 1, 2]}
    document = {
        "name": "x",
        "datasets": {n: {"source": "generate", "molecule": "water"} for n in ("a", "b")},
        "variants": [{"family": name, **needed(name)} for name in NAMES],
        "every_variant": every,
    }
    whole = validate(Study, document, "x").cases()
    entry = data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                "dataset": st.just(["a"]),
                "family": st.just(NAMES[:1]),
                "n_train": st.just([20]),
                "seed": st.lists(st.sampled_from(every["seed"]), min_size=1, unique=True),
            },
        ).filter(bool)
    )
    kept = [
        (dataset, variant.id)
        for dataset, variant in whole
        if not all(
            {"dataset": dataset, **axes_of(variant)}[key] in values for key, values in entry.items()
        )
    ]
    if {dataset for dataset, _ in kept} != {"a", "b"}:
        with pytest.raises(ConfigError, match="leaves no variant on data set"):
            validate(Study, {**document, "exclude": [entry]}, "x")
        return
    study = validate(Study, {**document, "exclude": [entry]}, "x")
    assert [(dataset, variant.id) for dataset, variant in study.cases()] == kept
    assert set(study.variant_table()) == {name for _, name in kept}
    for dataset in ("a", "b"):
        assert list(study.variants_of(dataset)) == [n for d, n in kept if d == dataset]


def test_a_study_comes_back_from_what_it_writes(study: dict[str, Any]) -> None:
    made = validate(Study, study, "x")
    assert validate(Study, made.model_dump(mode="json"), "x") == made
    assert Study.model_validate_json(made.model_dump_json()) == made
    assert [v.id for _, v in made.cases()] == [v.id for _, v in copy.deepcopy(made).cases()]
