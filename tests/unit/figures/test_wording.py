"""Numbers and levels of theory in words: what notes, legends and alt texts are made of."""

import numpy as np
import pytest
import xarray as xr

from nearsight.figures import wording

NAN = float("nan")


@pytest.mark.parametrize(
    ("values", "unit", "said"),
    [
        ([], "eV", "unknown"),
        ([NAN, np.inf], "eV", "unknown"),
        ([2.0], "eV", "2 eV"),
        ([2.0, 2.0001], "eV", "2 eV"),  # equal to the digits that are told
        ([2.5, NAN, 0.1], "eV", "0.1 to 2.5 eV"),
        ([-3.0, 4.0], "", "-3 to 4"),
        ([[1e-7, 1.0], [NAN, 2.0]], "Å", "1e-07 to 2 Å"),
    ],
)
def test_spans(values: list[float], unit: str, said: str) -> None:
    assert wording.span(np.array(values), unit) == said


def test_long_names_are_cut_once_and_short_ones_not_at_all() -> None:
    exact, longer = "x" * wording.LONGEST_NAME, "x" * (wording.LONGEST_NAME + 1)
    assert wording.shorten(exact) == exact
    assert len(wording.shorten(longer)) == wording.LONGEST_NAME
    assert wording.shorten(longer).endswith("…")
    assert wording.shorten(wording.shorten(longer)) == wording.shorten(longer)


def test_plurals() -> None:
    said = [wording.plural(k, "curve") for k in (0, 1, 2)]
    assert said == ["0 curves", "1 curve", "2 curves"]


def groups(**columns: list[object]) -> xr.Dataset:
    return xr.Dataset(coords={name: ("group", values) for name, values in columns.items()})


def test_subjects_name_each_once_in_the_order_of_the_study() -> None:
    data = groups(
        family=["painn", "schnet", "painn"], dataset=["b", "b", "a"],
        cutoff=[5.0, 3.0, 8.0], depth=[1, 3, 2],
    )  # fmt: skip
    assert wording.subjects(data) == "PaiNN and SchNet (cutoff 3 to 8 Å, depth 1 to 3) on b, a"


@pytest.mark.parametrize(
    ("cutoffs", "said"),
    [([5.0, 5.0], "5 Å"), ([5.0, NAN], "5 Å or none known"), ([NAN, NAN], "none known")],
)
def test_subjects_without_a_cutoff(cutoffs: list[float], said: str) -> None:
    data = groups(family=["new"] * 2, dataset=["a"] * 2, cutoff=cutoffs, depth=[1, 1])
    assert wording.subjects(data) == f"new (cutoff {said}, depth 1) on a"


def test_ends_are_the_first_and_last_positive_points_of_each_curve() -> None:
    values = np.array([[0.0, 2.0, 1.0, 0.0], [NAN, NAN, 5.0, 4.0], [0.0, NAN, -1.0, 0.0]])
    data = xr.Dataset({"y": (("group", "x"), values)}, {"x": [1.0, 2.0, 3.0, 4.0]})
    near, first, far, last = wording.ends(data, "y", "x")
    # The third curve has no point on a logarithmic axis, and does not count.
    assert near.tolist() == [2.0, 3.0]
    assert first.tolist() == [2.0, 5.0]
    assert far.tolist() == [3.0, 4.0]
    assert last.tolist() == [1.0, 4.0]


def test_ends_of_no_curve() -> None:
    data = xr.Dataset({"y": (("group", "x"), np.zeros((0, 2)))}, {"x": [1.0, 2.0]})
    assert all(part.shape == (0,) for part in wording.ends(data, "y", "x"))


def levels(*rows: tuple[str, str, str]) -> xr.Dataset:
    names, labels, references = zip(*rows, strict=True)
    along = {
        "reference": list(names),
        "level_of_theory": ("reference", list(labels)),
        "reference_level_of_theory": ("reference", list(references)),
    }
    return xr.Dataset(coords=along)


@pytest.mark.parametrize(
    ("rows", "said", "name"),
    [
        ([("a", "PBE", "pbe")], "", "engine"),
        ([("a", "", "")], "", "engine"),
        ([("a", "PBE", "GFN2-xTB")],
         "Reference: GFN2-xTB, another level of theory than the labels (PBE).",
         "GFN2-xTB,\nanother level\nof theory"),
        ([("a", "PBE", "")], "No reference: no engine here for the labels (PBE).", "engine"),
        ([("a", "PBE", "GFN2-xTB"), ("b", "PBE", "GFN2-xTB")],
         "Reference: GFN2-xTB, another level of theory than the labels (PBE).",
         "GFN2-xTB,\nanother level\nof theory"),
        ([("a", "PBE", "X"), ("b", "PBE", "Y")],
         "Reference of a: X, another level of theory than the labels (PBE). "
         "Reference of b: Y, another level of theory than the labels (PBE).",
         "engine or other\nlevel of theory"),
        ([("a", "PBE", "PBE"), ("b", "PBE", "Y")],
         "Reference of b: Y, another level of theory than the labels (PBE).",
         "engine or other\nlevel of theory"),
    ],
)  # fmt: skip
def test_references_of_other_levels(rows: list[tuple[str, str, str]], said: str, name: str) -> None:
    data = levels(*rows)
    assert wording.yardstick(data) == said
    assert wording.reference_name(data) == name
    assert wording.no_reference(data) == ("" if said else "There is no reference.")


def test_a_sentence_that_is_an_attribute_is_taken_as_it_is() -> None:
    data = levels(("a", "PBE", "X")).assign_attrs(yardstick="Said before.")
    assert wording.yardstick(data) == "Said before."


def test_levels_along_models_name_each_data_set_once() -> None:
    data = xr.Dataset(
        coords={
            "dataset": ("model", ["a", "a", "b"]),
            "level_of_theory": ("model", ["PBE"] * 3),
            "reference_level_of_theory": ("model", ["X", "X", "PBE"]),
        }
    )
    assert wording.yardstick(data).startswith("Reference of a: X, another level")
    assert wording.yardstick(data).count("Reference") == 1
