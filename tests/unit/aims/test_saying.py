"""Numbers in words: spans with intervals and names, what failed, what all share."""

import numpy as np
import pytest
import xarray as xr

from nearsight.aims.saying import (
    NO_NUMBER,
    by_dataset,
    extremes,
    how_it_ended,
    known,
    label,
    number,
    of_sound,
    plural,
    soundness,
    with_interval,
)


def table(**columns: list[float]) -> xr.Dataset:
    """Three networks on two molecules, the second of which diverged."""
    given = {"x": [1.0, 99.0, -3.0], **columns}
    data = xr.Dataset({name: ("model", np.array(values)) for name, values in given.items()})
    return data.assign_coords(
        model=["ethanol/a", "ethanol/b", "aspirin/c"],
        dataset=("model", ["ethanol", "ethanol", "aspirin"]),
        status=("model", ["ok", "diverged", "ok"]),
        reason=("model", ["", "loss is not finite", ""]),
    )


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(1.23456, "", "1.23"), (-0.5, "eV", "−0.5 eV"), (123456.0, "", "1.23e+05"), (2.0, "Å", "2 Å")],
)
def test_numbers_have_three_digits_and_a_minus_that_is_one(
    value: float, unit: str, text: str
) -> None:
    assert number(value, unit) == text


def test_only_sound_networks_count() -> None:
    assert of_sound(table()).sizes["model"] == 2
    assert known(table(x=[1.0, 2.0, np.nan]), "x").sizes["model"] == 1
    assert known(table(), "y").sizes["model"] == 0


def test_extremes_name_the_networks() -> None:
    assert extremes(table(), "x", "K") == "from −3 K (aspirin/c) to 1 K (ethanol/a)"
    assert extremes(table(), "x", size=True) == "from 1 (ethanol/a) to −3 (aspirin/c)"
    assert extremes(table(), "y") == NO_NUMBER


def test_intervals_stand_where_there_are_any() -> None:
    bounds = {"x_low": [0.5, 0, np.nan], "x_high": [1.5, 0, np.nan]}
    said = extremes(table(**bounds), "x", "Å")
    assert said == "from −3 Å (aspirin/c) to 1 Å [0.5, 1.5] (ethanol/a)"
    assert with_interval(table().isel(model=0), "x") == "1"


def test_equal_values_are_told_once() -> None:
    assert extremes(table(x=[2.0, 9.0, 2.0]), "x", "ps") == "at 2 ps in all"
    one = table().isel(model=[0])
    assert extremes(one, "x") == "at 1 (a)"


def test_the_data_set_is_named_where_there_are_several() -> None:
    row = table().isel(model=0)
    assert label(row) == label(row, table()) == "ethanol/a"
    assert label(row, table().isel(model=[0, 1])) == "a"


def test_what_networks_of_a_data_set_share_is_told_once() -> None:
    data = table(reference=[4.5, 4.5, 6.0], reference_low=[4.0, 4.0, 5.0],
                 reference_high=[5.0, 5.0, 7.0])  # fmt: skip
    assert by_dataset(data, "reference") == "4.5 [4, 5] on ethanol, 6 [5, 7] on aspirin"
    assert by_dataset(data, "none") == ""


def test_failures_are_counted_with_their_reasons() -> None:
    assert how_it_ended(table()) == ("Of 3 models 1 diverged: loss is not finite.", "warn")
    good = table().isel(model=[0, 2])
    assert how_it_ended(good) == ("All 2 models came to an end.", "pass")
    one = how_it_ended(good.isel(model=[0]))
    assert one == ("The one model came to an end.", "pass")
    said = soundness(table(), ("survival",))
    assert said.verdict == "warn"
    assert said.advice
    assert said.figures == ("survival",)
    assert soundness(good).advice == ""


def test_one_is_no_plural() -> None:
    assert (plural(1, "seed"), plural(2, "seed"), plural(0, "seed")) == (
        "1 seed", "2 seeds", "0 seeds",
    )  # fmt: skip
