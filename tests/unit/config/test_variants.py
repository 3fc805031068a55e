"""Ids of variants, and the product of the axes."""

import re

import pytest

from nearsight.config import AXES, Study, Variant, VariantAxes, validate
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


AXES_OF_A_BIG_STUDY = VariantAxes(
    family=["schnet", "painn"],
    cutoff=[2.0, 2.5, 3.0, 4.0, 5.0, 10.0, 12.5, 25.0],
    depth=[1, 2, 3, 11, 12],
    features=[16, 32, 64, 128],
    n_train=[1, 11, 100, 1000],
    seed=[0, 1, 10, 11],
    radial_basis=["gaussian", "bessel"],
)


def test_ids_of_a_big_product_are_unique_and_safe_as_names() -> None:
    variants = AXES_OF_A_BIG_STUDY.expand()
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
    axes = {"family": ["schnet"], "cutoff": [5.0], "depth": [1], "n_train": [10]}
    with pytest.raises(ConfigError, match="add dipole to target"):
        validate(VariantAxes, {**axes, "target": ["gap"], "pooling": ["dipole"]}, "test")


def test_product_keeps_the_order_of_the_axes() -> None:
    variants = AXES_OF_A_BIG_STUDY.expand()
    places = [
        tuple(getattr(AXES_OF_A_BIG_STUDY, axis).index(getattr(variant, axis)) for axis in AXES)
        for variant in variants
    ]
    assert places == sorted(places)


def test_axes_name_every_field_of_a_variant_but_the_spacing() -> None:
    assert set(AXES) | {"radial_spacing"} == set(Variant.model_fields)
    assert set(VariantAxes.model_fields) == set(Variant.model_fields) | {"own_frames"}


@pytest.mark.parametrize("key", ["cutoff", "depth", "features", "n_train", "seed", "frames_seed"])
def test_axis_and_variant_have_the_same_limits(key: str) -> None:
    axis = VariantAxes.model_json_schema()["properties"][key]["items"]
    single = Variant.model_json_schema()["properties"][key]
    limits = {"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"}
    assert {k: v for k, v in axis.items() if k in limits} == {
        k: v for k, v in single.items() if k in limits
    }


def test_variant_table_is_by_id(study: dict) -> None:
    table = validate(Study, study, "test").variant_table()
    assert {name: variant.id for name, variant in table.items()} == {name: name for name in table}


def test_number_of_basis_functions_follows_the_cutoff() -> None:
    counts = {rc: Variant(family="schnet", cutoff=rc).n_radial for rc in (3.0, 5.0, 8.0)}
    assert counts == {3.0: 13, 5.0: 21, 8.0: 33}


@pytest.mark.parametrize("model", [Variant, VariantAxes])
def test_single_basis_function_is_refused(model: type) -> None:
    values = {"family": "schnet", "cutoff": 0.6, "depth": 1, "n_train": 1}
    if model is VariantAxes:
        values = {key: [value] for key, value in values.items()}
    with pytest.raises(ConfigError, match="leaves a single basis function"):
        validate(model, {**values, "radial_spacing": 2.0}, "test")


def test_variant_cannot_be_changed() -> None:
    variant = Variant(family="schnet", cutoff=5.0)
    with pytest.raises(ValueError, match="frozen"):
        variant.cutoff = 6.0


def test_receptive_field() -> None:
    assert Variant(family="schnet", cutoff=4.0, depth=3).receptive_field == 12.0
