"""Laws of verdicts, numbers in words, documents, looks and budgets, for whatever is drawn."""

import json
import math
import re
from itertools import pairwise

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from closed_forms import Solvable, morse
from hypothesis import given, settings
from hypothesis import strategies as st

from nearsight.diagnose.affordable import TYPICAL, affordable, most_atoms, too_large
from nearsight.diagnose.answering import answer, sentence
from nearsight.diagnose.bonds import bonds_of, lengths, n_molecules
from nearsight.diagnose.document import FindingPart, finding_of, finding_part
from nearsight.diagnose.finding import (
    Finding,
    Threshold,
    Verdict,
    measured,
    not_applicable,
    told,
    worst,
)
from nearsight.diagnose.looks import COLORS, LINES, MARKERS, looks_of
from nearsight.diagnose.probes import (
    HYDROGEN_BOND_LENGTH,
    beside,
    place_at,
    probe_for,
    random_directions,
)
from nearsight.diagnose.subject import EFFORTS, Effort, Subject
from nearsight.diagnose.telling import interval, number, sentences, times

GRAVITY = (Verdict.NOT_APPLICABLE, Verdict.PASS, Verdict.WARN, Verdict.FAIL)
finite = st.floats(-1e12, 1e12)
any_number = st.floats(allow_nan=True, allow_infinity=True)
verdicts = st.sampled_from(GRAVITY)
plain = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)
thresholds = st.builds(Threshold, finite, finite, plain, st.booleans())


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    return Finding(
        quantity=draw(plain),
        text=draw(plain),
        value=draw(any_number),
        unit=draw(plain),
        low=draw(any_number),
        high=draw(any_number),
        threshold=draw(st.none() | thresholds),
        verdict=draw(verdicts),
        reason=draw(plain),
        advice=draw(plain),
    )


# Verdicts.


@given(st.lists(verdicts), st.lists(verdicts))
def test_the_worst_of_all_is_the_worst_of_the_worst(
    one: list[Verdict], other: list[Verdict]
) -> None:
    assert worst([*one, *other]) == worst([worst(one), worst(other)])
    assert worst(one[::-1]) == worst(one)
    assert all(GRAVITY.index(worst(one)) >= GRAVITY.index(verdict) for verdict in one)


@given(finite, finite, finite, finite, st.booleans())
def test_a_worse_number_never_has_a_better_verdict(
    warn: float, further: float, value: float, more: float, smaller: bool
) -> None:
    sign = 1 if smaller else -1
    limit = Threshold(warn, warn + sign * abs(further), "a choice", smaller)
    better, worse = limit.judge(value), limit.judge(value + sign * abs(more))
    assert GRAVITY.index(better) <= GRAVITY.index(worse)


@given(finite, finite, finite)
def test_turning_the_sign_of_all_turns_the_direction(
    warn: float, fail: float, value: float
) -> None:
    up, down = Threshold(warn, fail, "", True), Threshold(-warn, -fail, "", False)
    assert up.judge(value) == down.judge(-value)


@given(thresholds)
def test_no_number_fails_and_no_limit_passes(limit: Threshold) -> None:
    assert limit.judge(math.nan) == Verdict.FAIL
    for way in (True, False):
        nowhere = Threshold(math.nan, math.nan, limit.source, way)
        assert nowhere.judge(limit.warn) == Verdict.PASS


@given(finite, thresholds)
def test_advice_stands_with_what_does_not_pass(value: float, limit: Threshold) -> None:
    found = measured("x", "x", value, "eV", threshold=limit, reason="so", advice="do it")
    assert (found.advice == "do it") == (found.verdict != Verdict.PASS)
    assert found.verdict == limit.judge(value)
    assert told("x", "x", value, "eV", reason="so").verdict == Verdict.PASS
    assert math.isnan(not_applicable("x", "x", "eV", "why").value)


# Documents.


def as_json(value: float) -> float:
    """What is left of a number in JSON."""
    return value if math.isfinite(value) else math.nan


@settings(max_examples=50)
@given(findings())
def test_findings_come_back_from_json(finding: Finding) -> None:
    text = finding_part(finding).model_dump_json()
    json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    back = finding_of(FindingPart.model_validate_json(text))
    for name in ("value", "low", "high"):
        np.testing.assert_equal(getattr(back, name), as_json(getattr(finding, name)))
    for name in ("quantity", "text", "unit", "threshold", "verdict", "reason", "advice"):
        assert getattr(back, name) == getattr(finding, name)
    assert finding_part(back) == finding_part(finding), "once there, nothing changes any more"


@pytest.mark.parametrize(("warn", "fail"), [(0.0, -math.inf), (1.0, math.nan), (math.nan, 2.0)])
@pytest.mark.parametrize("value", [-3.0, 0.5, 1.5, 3.0])
def test_a_limit_that_is_nowhere_judges_alike_after_json(
    warn: float, fail: float, value: float
) -> None:
    limit = Threshold(warn, fail, "a choice", smaller_is_better=False)
    finding = measured("x", "x", value, "1", threshold=limit, reason="so")
    back = finding_of(finding_part(finding)).threshold
    assert back is not None
    assert back.judge(value) == finding.verdict


# Numbers in words.


@given(st.floats(1e-3, 999_000) | st.floats(-999_000, -1e-3))
def test_numbers_have_three_digits_and_are_right_to_half_of_the_third(value: float) -> None:
    text = number(value)
    assert "e" not in text
    assert float(text) == pytest.approx(value, rel=5.1e-3, abs=0.5 if abs(value) >= 100 else 0)
    digits = re.sub(r"^[-0.]*", "", text).replace(".", "")
    assert len(digits) == (3 if abs(float(text)) < 1000 else len(str(int(abs(float(text))))))


@pytest.mark.parametrize(
    ("value", "text"),
    [(99.96, "100"), (9.996, "10.0"), (0.09996, "0.100"), (-99.97, "-100"), (1234.6, "1235")],
)
def test_what_is_rounded_up_has_no_digit_more(value: float, text: str) -> None:
    assert number(value) == text


@given(finite.filter(lambda x: abs(x) >= 1e-3))
def test_numbers_turn_with_their_sign(value: float) -> None:
    assert number(-value).lstrip("-") == number(value).lstrip("-")


@given(any_number, any_number, any_number)
def test_intervals_are_told_where_both_ends_are_known(
    value: float, low: float, high: float
) -> None:
    text = interval(value, low, high, "eV")
    assert ("[" in text) == (math.isfinite(low) and math.isfinite(high))
    assert text.startswith(number(value))
    assert text.endswith(" eV")
    assert "  " not in text


@given(st.floats(1, 1e9))
def test_factors_are_numbers_or_a_bound(factor: float) -> None:
    text = times(factor)
    if factor > 1000:
        assert text == "over 1,000 times"
    else:
        assert float(text.removesuffix(" times")) == pytest.approx(factor, rel=0.05)
    assert times(math.nan) == times(math.inf) == "over 1,000 times"


@given(st.lists(st.sampled_from(["", "One.", "Two."])))
def test_sentences_have_one_blank_between_them(parts: list[str]) -> None:
    said = sentences(*parts)
    assert "  " not in said
    assert said == said.strip()
    assert said.count(".") == sum(map(bool, parts))


@given(st.sampled_from(["it falls", "It falls.", "does it?", "Å is long", "1 eV is lost"]))
def test_a_sentence_begins_large_and_ends_once(text: str) -> None:
    said = sentence(text)
    assert said[0] == text[0].upper()
    assert said[-1] in ".?"
    assert not said.endswith("..")
    assert sentence(said) == said


@given(st.lists(st.tuples(verdicts, st.integers(0, 4)), min_size=1, max_size=9))
def test_an_answer_counts_every_reason_once(drawn: list[tuple[Verdict, int]]) -> None:
    found = [
        Finding(quantity=f"q{k}", text="", value=0.0, unit="1", verdict=v, reason=f"reason {r}")
        for k, (v, r) in enumerate(drawn)
    ]
    said = answer(found, lambda named: f"All {len(named)} are well.")
    gravest = worst([verdict for verdict, _ in drawn])
    reasons = list(dict.fromkeys(f.reason for f in found if f.verdict == gravest))
    if gravest == Verdict.PASS:
        assert said == f"All {len(found)} are well."
        return
    assert [f"{reason.capitalize()}." in said for reason in reasons] == [
        k < 2 for k in range(len(reasons))
    ]
    assert said.endswith(f"({len(reasons) - 2} more like this.)") == (len(reasons) > 2)


# Looks.


@given(st.lists(st.text(min_size=1, max_size=60), unique=True, max_size=30), st.integers(0, 30))
def test_a_look_depends_on_the_place_alone(labels: list[str], count: int) -> None:
    looks = looks_of(labels)
    assert list(looks) == labels
    some = looks_of(labels[:count])
    assert all(looks[label] == look for label, look in some.items())
    seen = [(look.color, look.marker, str(look.line)) for look in looks.values()]
    assert len(set(seen)) == len(seen)
    assert all(
        look.label == look.entry.get_label() for look in looks.values() if look.label[0] != "_"
    )


def test_neighbours_differ_in_colour_and_marker() -> None:
    looks = [*looks_of(f"m{k}" for k in range(40)).values()]
    for one, other in pairwise(looks):
        assert one.color != other.color
        assert one.marker != other.marker
    assert math.gcd(len(COLORS), len(MARKERS)) == 1
    assert len({str(line) for line in LINES}) == len(LINES)


# Which Hessians can be paid for.


def crowd(sizes: list[int], effort: Effort) -> Subject:
    structures = [Atoms(f"H{n}", np.zeros((n, 3))) for n in sizes]
    return Subject(Solvable(morse), structures, effort=effort)


@settings(max_examples=60)
@given(st.lists(st.integers(1, 130), min_size=1, max_size=25), st.sampled_from(EFFORTS))
def test_what_is_afforded_is_small_enough_and_in_order(sizes: list[int], effort: Effort) -> None:
    subject = crowd(sizes, effort)
    chosen = affordable(subject)
    small = [k for k, n in enumerate(sizes) if n <= most_atoms(subject)]
    assert chosen == sorted(set(chosen))
    assert set(chosen) <= set(small)
    assert bool(chosen) == bool(small)
    assert not chosen or chosen[0] == small[0]
    assert bool(too_large(subject)) == (0 not in small)
    if effort == "full":
        assert chosen == small
    elif len(chosen) > 1:
        # The first one is always taken; more only within what typical molecules would cost.
        mean = np.mean([max(sizes[k] / TYPICAL, 1.0) ** 3 for k in small])
        assert len(chosen) * mean <= subject.choose(quick=3, default=8, full=0) * (1 + 1e-9)


@settings(max_examples=40)
@given(st.integers(1, 60), st.integers(1, 30))
def test_more_effort_never_affords_less(size: int, count: int) -> None:
    counts = [len(affordable(crowd([size] * count, effort))) for effort in EFFORTS]
    assert counts == sorted(counts)
    if size <= TYPICAL:
        assert counts == [min(3, count), min(8, count), count]


# Probes.


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.floats(2.0, 12.0))
def test_a_probe_is_as_near_as_was_asked_and_never_nearer(seed: int, gap: float) -> None:
    rng = np.random.default_rng(seed)
    atoms = molecule("CH3CH2OH")
    (direction,) = random_directions(1, rng)
    place = place_at(atoms.positions, direction, gap)
    probe = probe_for(atoms)
    (both,) = beside(atoms.positions, probe, direction, np.array([place]))
    apart = np.linalg.norm(both[len(atoms)] - atoms.positions, axis=1)
    assert apart.min() == pytest.approx(gap)
    assert np.linalg.norm(both[-1] - both[-2]) == pytest.approx(HYDROGEN_BOND_LENGTH)
    further = np.linalg.norm(both[-1] - atoms.positions, axis=1).min()
    assert further > gap, "the second atom is behind the first"


# Bonds.


@pytest.mark.parametrize(
    ("name", "bonds"), [("H2O", 2), ("CH4", 4), ("CH3CH2OH", 8), ("C6H6", 12), ("Ar", 0)]
)
@pytest.mark.parametrize("copies", [1, 3])
def test_bonds_and_molecules_add_up(name: str, bonds: int, copies: int) -> None:
    one = Atoms("Ar") if name == "Ar" else molecule(name)
    many = one.copy()
    for k in range(1, copies):
        moved = one.copy()
        moved.positions += (12.0 * k, 0, 0)
        many += moved
    assert n_molecules(many) == copies
    found = bonds_of(many)
    assert found.shape == (copies * bonds, 2)
    assert (found[:, 0] < found[:, 1]).all()
    own = lengths(one.positions, bonds_of(one))
    np.testing.assert_allclose(np.sort(lengths(many.positions, found)), np.sort([*own] * copies))
