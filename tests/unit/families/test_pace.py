"""Paces of families: what was not measured is taken for no quicker than what was."""

from dataclasses import FrozenInstanceError

import pytest

from nearsight.families.look import Look
from nearsight.families.pace import Pace
from nearsight.families.specs import SPECS
from nearsight.families.variant import Variant

EVERY = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.look.title)


@EVERY
def test_every_family_takes_time(spec: type[Variant]):
    assert spec.pace.block > 0
    assert spec.pace.speed > 0


@EVERY
def test_what_was_not_measured_is_taken_for_no_quicker(spec: type[Variant]):
    assert Variant.pace.block >= spec.pace.block
    assert Variant.pace.speed <= spec.pace.speed


def test_a_family_that_says_nothing_has_the_slow_one():
    class Unmeasured(Variant):
        look = Look("Unmeasured", marker="D", line="-", color="#000000")

    assert Unmeasured.pace == Variant.pace


def test_a_pace_is_that_of_all_networks_of_a_family():
    with pytest.raises(FrozenInstanceError):
        Variant.pace.block = 0.0  # type: ignore[misc]
    assert Pace(block=1e-4, speed=1e9) == Pace(block=1e-4, speed=1e9)
