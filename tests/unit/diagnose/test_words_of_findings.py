"""Numbers, factors, intervals and levels of theory in words."""

import math
from dataclasses import replace

import pytest
from ase import Atoms
from closed_forms import Solvable, morse
from small_network import rattled_methanol

from nearsight.data.frames import frames_of_atoms
from nearsight.diagnose.checks.dimers.findings import ALONE, UNKNOWN
from nearsight.diagnose.checks.minimum import CHECK as MINIMUM
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.subject import Subject
from nearsight.diagnose.telling import interval, level_note, number, sentences, times, two_digits


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1570.4, "1570"),
        (87.25, "87.2"),
        (0.00324, "0.00324"),
        (3e-7, "3e-07"),
        (0.0, "0"),
        (-12.34, "-12.3"),
        (math.nan, "nan"),
    ],
)
def test_three_digits_without_powers_of_ten(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (1.234, "1.2"), (0.0012, "0.0012"), (0.00012, "0.00012"), (-3.456, "-3.5"),
        (123.0, "120"), (12345.0, "12000"), (50.0, "50"), (1.234e-7, "1.2e-07"), (math.nan, "nan"),
    ],
)  # fmt: skip
def test_two_digits_without_powers_of_ten(value: float, text: str) -> None:
    assert two_digits(value) == text


def test_an_interval_is_told_where_it_is_known() -> None:
    assert interval(0.25, 0.2, 0.3, "eV") == "0.250 [0.200, 0.300] eV"
    assert interval(0.25, math.nan, 0.3) == "0.250"


@pytest.mark.parametrize(
    ("factor", "text"),
    [
        (2.0, "2.0 times"),
        (48.6, "49 times"),
        (4000.0, "over 1,000 times"),
        (math.inf, "over 1,000 times"),
        (math.nan, "over 1,000 times"),
    ],
)
def test_factors_are_told_as_far_as_anybody_reads_them(factor: float, text: str) -> None:
    assert times(factor) == text


def test_sentences_leave_out_what_is_empty() -> None:
    assert sentences("One.", "", "Two.") == "One. Two."


def subject_with(level: str | None) -> Subject:
    labels = None
    if level is not None:
        labels = replace(
            frames_of_atoms(rattled_methanol(1)), attributes={"level_of_theory": level}
        )
    model = Solvable(morse, "GFN2-xTB")
    return Subject(model, [Atoms("CO")], model, labels=labels)


@pytest.mark.parametrize(
    ("level", "words"),
    [
        ("gfn2-xtb", ""),
        ("PBE0", "another level of theory than the labels (PBE0)"),
        ("unknown", "is not known here"),
        (None, "is not known here"),
    ],
)
def test_levels_of_theory_are_told_where_they_differ_or_may(level: str | None, words: str) -> None:
    note = level_note(subject_with(level))
    assert words in note
    assert bool(note) == bool(words)


def test_no_reference_needs_no_note() -> None:
    assert level_note(replace(subject_with("PBE0"), reference=None)) == ""


def test_what_is_not_known_of_dimers_is_told_apart() -> None:
    assert ALONE != UNKNOWN
    assert all(text.endswith("worse than a warning.") for text in (ALONE, UNKNOWN))


def test_the_gravest_of_a_minimum_comes_first() -> None:
    def finding(name: str, verdict: Verdict) -> Finding:
        return Finding(
            quantity=name, text="", value=0.0, unit="1", verdict=verdict, reason=f"{name} here."
        )

    told = [
        finding("relaxations", Verdict.PASS),
        finding("rmsd", Verdict.NOT_APPLICABLE),
        finding("bond_length", Verdict.PASS),
        finding("lowest_mode", Verdict.FAIL),
    ]
    assert MINIMUM.gist(told) == "Lowest_mode here. Bond_length here. Rmsd here."
