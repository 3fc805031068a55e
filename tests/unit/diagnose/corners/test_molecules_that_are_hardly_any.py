"""Every check on one atom, two atoms, models that never answer, and references that do not."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
from ase import Atoms
from ase.build import molecule
from broken import Forced, dead, sound
from closed_forms import Solvable, lennard_jones, nothing
from matplotlib import pyplot as plt
from small_diagnosed import drawn_model

from nearsight.config import make_variant
from nearsight.diagnose.check import Check, Result
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.registry import CHECKS, check
from nearsight.diagnose.subject import Subject
from nearsight.models.open_model import OpenModel
from nearsight.storage import read_dataset, write_dataset

WATER = molecule("H2O")
PAIR = Atoms("HO", [(0, 0, 0), (0, 0, 1.0)])
ATOM = Atoms("Ar")
STILL = [name for name in CHECKS if name != "dynamics"]
"""Dynamics has a folder of tests of its own."""


def quick(model: OpenModel, atoms: Atoms, reference: OpenModel | None = None) -> Subject:
    return Subject(model, [atoms], reference, effort="quick")


SUBJECTS: dict[str, Callable[[], Subject]] = {
    "one atom": lambda: quick(sound(), ATOM),
    "two atoms": lambda: quick(sound(), PAIR),
    "no answer": lambda: quick(dead(), WATER),
    "no answer of one atom": lambda: quick(dead(), ATOM),
    "no energy anywhere": lambda: quick(Solvable(nothing), PAIR),
    "dead reference": lambda: quick(sound(), PAIR, dead()),
    "dead reference of one atom": lambda: quick(Solvable(lennard_jones), ATOM, dead()),
    "both dead": lambda: quick(dead(), ATOM, dead()),
}


@cache
def result_of(name: str, subject: str) -> Result:
    return check(name).run(SUBJECTS[subject]())


def answer_of(one: Check, result: Result) -> str:
    """As a diagnosis tells it."""
    alone = len(result.findings) == 1
    return result.findings[0].reason if alone else one.gist(result.findings)


@pytest.fixture(params=STILL)
def one(request: pytest.FixtureRequest) -> Check:
    return check(request.param)


@pytest.fixture(params=SUBJECTS)
def subject(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_there_is_an_answer_in_words(one: Check, subject: str) -> None:
    result = result_of(one.name, subject)
    told = answer_of(one, result)
    assert len(told) >= len("no network")
    assert not re.search(r"\bnan\b|\binf\b|None", told), told
    if len(result.findings) > 1:
        assert told[0] == told[0].upper()
        assert told.endswith((".", ")")), told
        assert not re.search(r"[a-z)] [A-Z][a-z]+ (?:model|gave)", told), "a full stop is missing"


def test_the_answer_tells_why_the_verdict_is_what_it_is(one: Check, subject: str) -> None:
    result = result_of(one.name, subject)
    if result.verdict not in (Verdict.WARN, Verdict.FAIL):
        return
    told = answer_of(one, result).casefold()
    grave = [f.reason.split(". ")[0] for f in result.findings if f.verdict == result.verdict]
    assert any(reason.rstrip(".").casefold() in told for reason in grave), (told, grave)


def test_no_sentence_is_said_twice(one: Check, subject: str) -> None:
    told = answer_of(one, result_of(one.name, subject))
    parts = [part for part in re.split(r"(?<=\.) ", told) if len(part) > 12]
    assert len(set(parts)) == len(parts), told


def test_what_fails_or_warns_has_advice(one: Check, subject: str) -> None:
    for finding in result_of(one.name, subject).findings:
        grave = finding.verdict in (Verdict.WARN, Verdict.FAIL)
        assert bool(finding.advice) == grave, finding


def test_nothing_of_a_model_that_never_answers_passes(one: Check) -> None:
    """What it could not be asked is not applicable; the rest is a failure."""
    for subject in ("no answer", "no answer of one atom", "both dead"):
        verdict = result_of(one.name, subject).verdict
        assert verdict in (Verdict.NOT_APPLICABLE, Verdict.FAIL), (subject, verdict)


@pytest.mark.parametrize("subject", ["dead reference", "dead reference of one atom"])
def test_a_dead_reference_is_no_fault_of_the_model(subject: str) -> None:
    """What is judged without a reference is judged alike beside one that never answers."""
    for name in STILL:
        beside = result_of(name, subject)
        own = SUBJECTS[subject]()
        own.reference = None
        alone = check(name).run(own)
        assert beside.verdict == alone.verdict or Verdict.NOT_APPLICABLE in (
            beside.verdict,
            alone.verdict,
        ), name


@pytest.mark.filterwarnings("error:Data has no positive values")
def test_figures_and_their_words_know_no_nan(one: Check, subject: str) -> None:
    table = result_of(one.name, subject).table
    for picture in one.draw({subject: table}):
        for words in (picture.caption, picture.alt):
            assert not re.search(r"\bnan\b|\binf\b|None", words), words
            assert words.endswith(".")
        picture.figure.canvas.draw()
        plt.close(picture.figure)


def test_what_can_be_drawn_is_not_lost_beside_what_cannot(one: Check) -> None:
    tables = {subject: result_of(one.name, subject).table for subject in SUBJECTS}
    alone = {
        picture.name for label, table in tables.items() for picture in one.draw({label: table})
    }
    together = {picture.name for picture in one.draw(tables)}
    assert together == alone
    plt.close("all")


def test_the_order_of_the_models_changes_no_figure_s_name(one: Check) -> None:
    tables = {subject: result_of(one.name, subject).table for subject in SUBJECTS}
    backwards = dict(reversed(tables.items()))
    first, again = ([p.name for p in one.draw(some)] for some in (tables, backwards))
    assert first == again
    plt.close("all")


def test_tables_come_back_from_files(one: Check, subject: str, tmp_path: Path) -> None:
    table = result_of(one.name, subject).table
    write_dataset(table, tmp_path / "table.nc", title="a check")
    back = read_dataset(tmp_path / "table.nc")
    xr.testing.assert_allclose(back, table)
    assert [p.alt for p in one.draw({"m": back})] == [p.alt for p in one.draw({"m": table})]
    plt.close("all")


def test_views_have_numbers_only(one: Check, subject: str) -> None:
    table = result_of(one.name, subject).table
    if not table.variables:
        return
    for layer in one.view(table).layers.values():
        assert len(layer.atom) == len(layer.atom_other) == len(layer.value)


def by_name(name: str, subject: str) -> dict[str, Finding]:
    return {finding.quantity: finding for finding in result_of(name, subject).findings}


@pytest.mark.parametrize(
    ("name", "quantity", "words"),
    [
        ("symmetry", "gradient", "there is no structure of two atoms or more"),
        ("response", "response_deviation", "no structure with two atoms"),
        ("minimum", "relaxations", "a single atom has neither bonds nor vibrations"),
        ("errors", "force_mae", "give them with --labels"),
        ("relevance", "conservation", "no network"),
        ("repulsion", "wall", "give one with --reference"),
    ],
)
def test_what_one_atom_cannot_show_is_said(name: str, quantity: str, words: str) -> None:
    finding = by_name(name, "one atom")[quantity]
    assert finding.verdict == Verdict.NOT_APPLICABLE
    assert words in finding.reason
    assert np.isnan(finding.value)


def test_a_network_of_one_atom_has_no_relevance_of_pairs() -> None:
    """And no traceback: there is no pair to explain."""
    network = drawn_model(make_variant(family="painn", cutoff=3.0, depth=2, features=8, seed=3))
    (finding,) = check("relevance").run(quick(network, Atoms("C"))).findings
    assert finding.verdict == Verdict.NOT_APPLICABLE
    assert finding.reason == "a single atom has no pairs that relevance could be of"


def test_silence_counts_pairs_of_elements_and_not_curves() -> None:
    """Two atoms alone and two of a molecule are one pair of elements."""
    silence = by_name("repulsion", "no answer")["silence"]
    assert silence.verdict == Verdict.FAIL
    assert "(3 such pairs)" in silence.reason
    assert "(1 such pair)" in by_name("repulsion", "no answer of one atom")["silence"].reason


def test_silence_of_a_model_that_answers_elsewhere_is_only_told() -> None:
    exact = sound().potential(np.array([]))

    def deaf(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        energy, force = exact(position)
        far = (position[:, 0] - position[:, -1]).norm(dim=-1) > 2.0
        return energy.masked_fill(far, float("nan")), force

    found = check("repulsion").run(quick(Forced(deaf), PAIR)).findings
    (silence,) = [finding for finding in found if finding.quantity == "silence"]
    assert silence.verdict == Verdict.PASS
    assert silence.value == 3.0


def test_the_dimer_of_a_dead_reference_is_told_and_not_judged() -> None:
    (reach,) = result_of("dimers", "dead reference of one atom").findings
    assert reach.quantity == "own_molecule_reach"
    assert reach.threshold is None
    assert "There is no reference with a number" in reach.reason
    assert "bound by 9." in reach.reason


def test_the_response_names_who_gave_no_forces() -> None:
    own, beside = (
        by_name("response", subject)["structures_without_hessian"]
        for subject in ("no answer", "dead reference")
    )
    assert (own.verdict, beside.verdict) == (Verdict.FAIL, Verdict.NOT_APPLICABLE)
    assert own.reason.startswith("the model gave no finite forces near structure 0")
    assert beside.reason.startswith("the reference gave no finite forces near structure 0")
    assert not beside.advice


def test_alt_texts_of_models_without_numbers_say_so() -> None:
    alts = {
        name: " ".join(
            p.alt for p in check(name).draw({"dead": result_of(name, "no answer").table})
        )
        for name in ("symmetry", "cutoff", "locality", "dimers")
    }
    assert "dead gave no number" in alts["symmetry"]
    assert "dead unknown" in alts["cutoff"]
    assert "dead gave no number beside a probe" in alts["locality"]
    assert "unknown" in alts["dimers"]
    plt.close("all")
