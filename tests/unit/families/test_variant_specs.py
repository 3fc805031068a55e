"""What families say of themselves to a study: names, axes, ids, looks, and their work."""

import itertools
import math
import re
from typing import Any

import pytest
from pydantic import ValidationError

from nearsight.families.look import Look
from nearsight.families.specs import (
    AXES,
    FAMILIES,
    REPEATS,
    SHARED,
    SPECS,
    axes_of,
    look_of,
    make_variant,
    name_of,
    own_axes,
    treatments,
)
from nearsight.families.targets import TARGET_NAMES, TARGETS, Pooling, fits
from nearsight.families.variant import Variant

NAMES = list(FAMILIES)


def variant(family: str, **values: Any) -> Variant:
    """One of a family, with a cutoff where it has to have one."""
    fields = FAMILIES[family].model_fields
    given = {"cutoff": 5.0} if "cutoff" in fields and fields["cutoff"].is_required() else {}
    return make_variant(family=family, **{**given, **values})


def others(family: str) -> dict[str, list[Any]]:
    """Two values of each axis that a family has, read off its first variant."""
    one = variant(family)
    found: dict[str, list[Any]] = {}
    for axis in (*own_axes(FAMILIES[family]), "n_train", "seed", "frames_seed"):
        value = getattr(one, axis)
        if isinstance(value, int | float) and not isinstance(value, bool):
            found[axis] = [value, value + 1]
    return found


def test_names_tell_families_apart() -> None:
    assert len(FAMILIES) == len(SPECS) >= 2
    assert all(re.fullmatch(r"[a-z][a-z0-9]*", name) for name in NAMES)
    assert [name_of(spec) for spec in SPECS] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_variant_is_of_the_family_that_it_names(name: str) -> None:
    made = variant(name)
    assert type(made) is FAMILIES[name]
    assert made.family == name
    assert make_variant(**made.model_dump()) == made
    with pytest.raises(ValidationError):
        make_variant(**(made.model_dump() | {"family": "nonsense"}))


@pytest.mark.parametrize("name", NAMES)
def test_the_axis_was_once_called_architecture(name: str) -> None:
    values = variant(name).model_dump()
    old = {("architecture" if key == "family" else key): v for key, v in values.items()}
    assert make_variant(**old) == variant(name)


@pytest.mark.parametrize("name", NAMES)
def test_ids_tell_variants_apart_and_are_names_of_folders(name: str) -> None:
    axes = others(name)
    ids = []
    for values in itertools.product(*axes.values()):
        made = variant(name, **dict(zip(axes, values, strict=True)))
        assert re.fullmatch(r"[a-z][A-Za-z0-9.~-]+", made.id)
        assert made.id.startswith(f"{name}~")
        ids.append(made.id)
    assert len(set(ids)) == len(ids) >= 8


@pytest.mark.parametrize("name", NAMES)
def test_ids_do_not_tell_what_is_as_always(name: str) -> None:
    made = variant(name)
    assert f"n{made.n_train}~s0" in made.id
    assert "~f0" not in made.id
    assert "energy-sum" not in made.id
    assert variant(name, frames_seed=3).id != made.id
    assert variant(name, target="gap").id == f"{made.id}~gap-sum"


# Axes.


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_an_axis_or_has_one_value(name: str) -> None:
    spec = FAMILIES[name]
    own = own_axes(spec)
    assert {"family", *own, *spec.single, *SHARED} == set(spec.model_fields)
    assert not {*own} & {*SHARED, *spec.single}
    assert set(own) | set(SHARED) <= set(AXES)


def test_axes_stand_once_and_in_order() -> None:
    assert len(set(AXES)) == len(AXES)
    assert AXES[0] == "family"
    assert AXES[-len(SHARED) :] == SHARED
    assert set(REPEATS) <= set(SHARED)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_family_does_not_have_is_no_number(name: str) -> None:
    made = variant(name, seed=4)
    values = axes_of(made)
    assert list(values) == list(AXES)
    assert (values["family"], values["seed"]) == (name, 4)
    for axis, value in values.items():
        if hasattr(made, axis):
            assert value == getattr(made, axis)
        else:
            assert value == "" or math.isnan(value)


@pytest.mark.parametrize("name", NAMES)
def test_numbers_have_a_unit_and_every_field_has_words(name: str) -> None:
    for field in FAMILIES[name].model_fields.values():
        extra = field.json_schema_extra
        assert isinstance(extra, dict)
        assert (field.description or "").endswith(".")
        if field.annotation in (int, float):
            assert extra["unit"]


# Reach and work.


@pytest.mark.parametrize("name", NAMES)
def test_how_far_it_sees_is_depth_times_cutoff(name: str) -> None:
    made = variant(name)
    if made.cutoff is None:
        assert made.pair_cutoff == math.inf
        assert made.receptive_field is None
    else:
        assert made.pair_cutoff == made.cutoff
        assert made.receptive_field == made.depth * made.cutoff


@pytest.mark.parametrize("name", NAMES)
def test_work_grows_with_atoms_pairs_and_size(name: str) -> None:
    made = variant(name)
    least = made.work(10, 50.0)
    assert 0 < least < made.work(20, 50.0)
    assert least < made.work(10, 90.0)
    assert made.values_per_pair > 0
    for axis in ("depth", "features"):
        if axis in own_axes(FAMILIES[name]):
            assert variant(name, **{axis: getattr(made, axis) + 1}).work(10, 50.0) > least


def test_a_bare_variant_says_nothing_of_its_own() -> None:
    bare = Variant()
    for ask in (lambda: bare.own_id, lambda: bare.values_per_pair, lambda: bare.work(1, 1.0)):
        with pytest.raises(NotImplementedError):
            ask()


# Looks.


def test_families_look_different() -> None:
    looks = [spec.look for spec in SPECS]
    for what in ("title", "marker", "line", "color"):
        assert len({getattr(look, what) for look in looks}) == len(looks)
    assert all(look_of(name) is FAMILIES[name].look for name in NAMES)


def test_a_family_that_is_not_known_looks_like_itself() -> None:
    unknown = look_of("other")
    assert isinstance(unknown, Look)
    assert unknown.title == "other"
    assert unknown.marker not in {spec.look.marker for spec in SPECS}


def test_treatments_are_those_of_all_families() -> None:
    assert set(treatments()) == {t for spec in SPECS for t in spec.treatments}
    assert len(set(treatments())) == len(treatments())


# Targets.


def test_charges_give_dipoles_and_nothing_else() -> None:
    poolings: list[Pooling] = ["sum", "average", "dipole"]
    fitting = {(t, p) for t in TARGET_NAMES for p in poolings if fits(t, p)}
    assert {t for t, p in fitting if p == "dipole"} == {"dipole"}
    assert {(t, p) for t in TARGET_NAMES for p in ("sum", "average")} <= fitting
    with pytest.raises(ValidationError, match="pooling dipole gives dipoles, not gap"):
        variant(NAMES[0], target="gap", pooling="dipole")


@pytest.mark.parametrize("name", TARGET_NAMES)
def test_errors_are_told_in_a_unit_of_the_same_kind(name: str) -> None:
    target = TARGETS[name]  # type: ignore[index]
    assert (target.unit == target.error_unit) is (target.error_factor == 1.0)
    if target.unit == "eV":
        assert (target.error_unit, target.error_factor) == ("meV", 1000.0)
    assert target.text
