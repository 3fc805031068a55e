"""Ids of variants, and the product of the axes."""

import re

import pytest

from nearsight.config import AXES, Study, Variant, axes_of, make_variant, validate
from nearsight.config.blocks import BLOCKS, SharedAxes, Variants
from nearsight.errors import ConfigError


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"family": "schnet", "cutoff": 5.0}, "schnet~rc5.0~T3~F64~n1000~s0"),
        ({"family": "schnet", "cutoff": 5}, "schnet~rc5.0~T3~F64~n1000~s0"),
        (
            {"family": "painn", "cutoff": 2.75, "depth": 1, "features": 32, "n_train": 400},
            "painn~rc2.75~T1~F32~n400~s0",
        ),
        (
            {"family": "painn", "cutoff": 8.0, "seed": 7, "radial_basis": "bessel"},
            "painn~rc8.0~T3~F64~n1000~s7~bessel",
        ),
        (
            {"family": "schnet", "cutoff": 5.0, "seed": 1, "frames_seed": 2},
            "schnet~rc5.0~T3~F64~n1000~s1~f2",
        ),
        (
            {"family": "schnet", "cutoff": 5.0, "radial_spacing": 0.1},
            "schnet~rc5.0~T3~F64~n1000~s0~dr0.1",
        ),
    ],
)
def test_id_is_stable(settings: dict, expected: str) -> None:
    """Results lie in folders of these names: changing one orphans every study that exists."""
    assert validate(Variant, settings, "test").id == expected


OWN = {
    "cutoff": [2.0, 2.5, 3.0, 4.0, 5.0, 10.0, 12.5, 25.0],
    "depth": [1, 2, 3, 11, 12],
    "features": [16, 32, 64, 128],
    "radial_basis": ["gaussian", "bessel"],
}
SHARED = {"n_train": [1, 11, 100, 1000], "seed": [0, 1, 10, 11]}


def big_study() -> tuple[Variant, ...]:
    blocks = [BLOCKS[family](family=family, **OWN) for family in ("schnet", "painn")]
    return Variants(blocks, SharedAxes(**SHARED)).members


def test_ids_of_a_big_product_are_unique_and_safe_as_names() -> None:
    variants = big_study()
    ids = {variant.id for variant in variants}
    assert len(ids) == len(variants) == 2 * 8 * 5 * 4 * 4 * 4 * 2
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9.~]+", name) for name in ids)
    assert max(map(len, ids)) < 100


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "schnet~rc5.0~T3~F64~n1000~s0"),
        ({"pooling": "average"}, "schnet~rc5.0~T3~F64~n1000~s0~energy-average"),
        ({"target": "homo"}, "schnet~rc5.0~T3~F64~n1000~s0~homo-sum"),
        (
            {"target": "dipole", "pooling": "dipole"},
            "schnet~rc5.0~T3~F64~n1000~s0~dipole-dipole",
        ),
    ],
)
def test_id_names_target_and_pooling(change: dict, expected: str) -> None:
    values = {"family": "schnet", "cutoff": 5.0, **change}
    assert validate(Variant, values, "test").id == expected


def test_charges_give_dipoles_alone() -> None:
    values = {"family": "schnet", "cutoff": 5.0, "target": "gap", "pooling": "dipole"}
    with pytest.raises(ConfigError, match="pooling dipole gives dipoles, not gap"):
        validate(Variant, values, "test")
    block = BLOCKS["schnet"](family="schnet", cutoff=[5.0], target=["gap"], pooling=["dipole"])
    with pytest.raises(ValueError, match=r"variants\.0: pooling dipole .* add dipole to target"):
        Variants([block], SharedAxes())


def test_product_keeps_the_order_of_the_axes() -> None:
    variants = big_study()
    axes = {"family": ["schnet", "painn"], **OWN, **SHARED}
    places = [
        tuple(axes[axis].index(axes_of(variant)[axis]) for axis in axes) for variant in variants
    ]
    assert places == sorted(places)


@pytest.mark.parametrize("family", list(BLOCKS))
def test_axes_name_every_field_of_a_variant_but_what_has_one_value(family: str) -> None:
    spec = BLOCKS[family].spec
    assert set(spec.model_fields) - set(spec.single) <= set(AXES)
    assert set(BLOCKS[family].model_fields) == set(spec.model_fields)
    assert set(SharedAxes.model_fields) == set(Variant.model_fields) | {"own_frames"}


@pytest.mark.parametrize("key", ["cutoff", "depth", "features", "n_train", "seed", "frames_seed"])
def test_axis_and_variant_have_the_same_limits(key: str) -> None:
    axis = BLOCKS["painn"].model_json_schema()["properties"][key]["items"]
    single = BLOCKS["painn"].spec.model_json_schema()["properties"][key]
    limits = {"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"}
    assert {k: v for k, v in axis.items() if k in limits} == {
        k: v for k, v in single.items() if k in limits
    }


def test_variant_table_is_by_id(study: dict) -> None:
    table = validate(Study, study, "test").variant_table()
    assert {name: variant.id for name, variant in table.items()} == {name: name for name in table}


def test_number_of_basis_functions_follows_the_cutoff() -> None:
    counts = {rc: make_variant(family="schnet", cutoff=rc).n_radial for rc in (3.0, 5.0, 8.0)}
    assert counts == {3.0: 13, 5.0: 21, 8.0: 33}


@pytest.mark.parametrize("model", [Variant, BLOCKS["schnet"]])
def test_single_basis_function_is_refused(model: type) -> None:
    values = {"family": "schnet", "cutoff": 0.6, "depth": 1, "n_train": 1}
    if model is not Variant:
        values |= {key: [values[key]] for key in ("cutoff", "depth", "n_train")}
    with pytest.raises(ConfigError, match="leaves a single basis function"):
        validate(model, {**values, "radial_spacing": 2.0}, "test")


def test_variant_cannot_be_changed() -> None:
    variant = make_variant(family="schnet", cutoff=5.0)
    with pytest.raises(ValueError, match="frozen"):
        variant.cutoff = 6.0


def test_receptive_field() -> None:
    assert make_variant(family="schnet", cutoff=4.0, depth=3).receptive_field == 12.0


def test_a_block_has_its_own_axes_and_takes_the_rest_from_all(study: dict) -> None:
    study["variants"] = [
        {"family": "schnet", "cutoff": [3.0, 5.0], "seed": [4, 5]},
        {"family": "painn", "cutoff": [4.0], "depth": [1, 2], "n_train": [10, 20]},
    ]
    study["every_variant"] = {"frames_seed": [1]}
    with pytest.raises(ConfigError, match="n_train asks for 1000 frames"):
        validate(Study, study, "test")
    study["variants"][0]["n_train"] = [30]
    made = validate(Study, study, "test").members
    assert [v.id for v in made if v.family == "schnet"] == [
        f"schnet~rc{cutoff}~T3~F64~n30~s{seed}~f1" for cutoff in (3.0, 5.0) for seed in (4, 5)
    ]
    assert [v.id for v in made if v.family == "painn"] == [
        f"painn~rc4.0~T{depth}~F64~n{n}~s0~f1" for depth in (1, 2) for n in (10, 20)
    ]


def test_two_blocks_of_a_family_may_not_span_one_variant_twice(study: dict) -> None:
    block = study["variants"][0]
    study["variants"] = [block, {**block, "cutoff": [4.0]}]
    assert len(validate(Study, study, "test").members) == 2
    study["variants"][1]["cutoff"] = [4.0, 5.0]
    with pytest.raises(ConfigError, match=r"two blocks span schnet~rc5\.0~T2.*leave it out"):
        validate(Study, study, "test")


@pytest.mark.parametrize("word", ["architecture", "family"])
def test_a_study_of_one_product_over_families_is_read_as_blocks(study: dict, word: str) -> None:
    """As study files were written before families had axes of their own."""
    old = {
        word: ["schnet", "painn"],
        "cutoff": [5.0],
        "depth": [2],
        "n_train": [50],
        "seed": [0, 1],
    }
    blocks = [{"family": family, "cutoff": [5.0], "depth": [2]} for family in ("schnet", "painn")]
    shared = {"n_train": [50], "seed": [0, 1]}
    read = validate(Study, {**study, "variants": old, "every_variant": {}}, "test")
    assert read == validate(Study, {**study, "variants": blocks, "every_variant": shared}, "test")
    one = {word: "painn", "cutoff": 5.0}
    assert validate(Variant, one, "test") == make_variant(family="painn", cutoff=5.0)
