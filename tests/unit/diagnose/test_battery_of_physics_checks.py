"""What response, dimers, minimum and errors must all do, on several kinds of models."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
from ase import Atoms
from ase.build import molecule
from closed_forms import Solvable, distances, lennard_jones, nothing, springs
from small_network import methanol_frames, methanol_network, rattled_methanol

from nearsight import units
from nearsight.data.frames import Frames, frames_of_atoms
from nearsight.diagnose.check import Check, Result
from nearsight.diagnose.document import finding_of, finding_part
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.finished import packed, unpacked
from nearsight.diagnose.reference import open_reference
from nearsight.diagnose.registry import check
from nearsight.diagnose.subject import Subject
from nearsight.storage import read_dataset, write_dataset

NAMES = ("response", "dimers", "minimum", "errors")
SNAKE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


def labelled(structures: list[Atoms], model: Solvable) -> Frames:
    energy, force = [], []
    for atoms in structures:
        value, vectors = model.potential(atoms.numbers)(torch.as_tensor(atoms.positions)[None])
        energy.append(float(value[0]))
        force.append(np.asarray(vectors[0]))
    return replace(
        frames_of_atoms(structures),
        energy=np.array(energy),
        force=np.concatenate(force),
        attributes={"level_of_theory": model.label},
    )


def molecules_of_springs(factor: float) -> Solvable:
    """Molecules of six atoms held by springs of methanol, whose middles attract each other.

    Others are taken for two that attract each other, and no more.
    """
    rest = distances(torch.as_tensor(molecule("CH3OH").positions))

    def energy(position: torch.Tensor) -> torch.Tensor:
        size = position.shape[-2]
        each = 6 if size % 6 == 0 else size // 2
        parts = position.reshape(*position.shape[:-2], -1, each, 3)
        within = nothing(position)
        if each == 6:
            within = springs(parts, rest, factor * 40.0 / rest**2).sum(dim=-1)
        middles = parts.mean(dim=-2)
        if middles.shape[-2] < 2:
            return within
        return within - 5 * (1 + distances(middles) ** 6).reciprocal().sum(dim=-1)

    return Solvable(energy, f"springs times {factor:g}")


@cache
def network_beside_gfn2() -> Subject:
    frames = methanol_frames()
    test, train = frames.of_subset("test"), frames.of_subset("train")
    return Subject(
        methanol_network(),
        [test.atoms(k) for k in range(6)],
        open_reference("gfn2"),
        labels=test,
        train=train,
        effort="quick",
    )


@cache
def springs_beside_springs() -> Subject:
    structures = rattled_methanol(6, width=0.02)
    truth, model = (molecules_of_springs(factor) for factor in (1.0, 1.3))
    return Subject(model, structures, truth, labels=labelled(structures, truth))


@cache
def springs_alone() -> Subject:
    return replace(springs_beside_springs(), reference=None, labels=None)


@cache
def argon() -> Subject:
    atom = Atoms("Ar")
    pairs = [Atoms("Ar2", [(0, 0, 0), (r, 0, 0)]) for r in np.linspace(3.4, 5, 9)]
    truth = Solvable(lennard_jones, "Lennard-Jones")
    return Subject(truth, [atom], truth, labels=labelled(pairs, truth), effort="quick")


@cache
def broken_beside_springs() -> Subject:
    def energy(position: torch.Tensor) -> torch.Tensor:
        return distances(position).sum(dim=-1) * torch.nan

    return replace(springs_beside_springs(), model=Solvable(energy, "broken"), kept={}, shared={})


@cache
def nothing_beside_springs() -> Subject:
    model = Solvable(nothing, "nothing")
    return replace(springs_beside_springs(), model=model, kept={}, shared={})


SUBJECTS = {
    "network": network_beside_gfn2,
    "springs": springs_beside_springs,
    "alone": springs_alone,
    "argon": argon,
    "broken": broken_beside_springs,
    "nothing": nothing_beside_springs,
}


@pytest.fixture(params=NAMES)
def one(request: pytest.FixtureRequest) -> Check:
    return check(request.param)


@pytest.fixture(params=SUBJECTS)
def subject(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@cache
def result_of(name: str, subject: str) -> Result:
    return check(name).run(SUBJECTS[subject]())


# Findings.


def test_every_finding_is_named_once_and_in_snake_case(one: Check, subject: str) -> None:
    names = [finding.quantity for finding in result_of(one.name, subject).findings]
    assert names
    assert len(set(names)) == len(names)
    assert all(SNAKE.fullmatch(name) for name in names)


def test_every_finding_has_words_and_a_unit(one: Check, subject: str) -> None:
    known = {value for value in vars(units).values() if isinstance(value, str)}
    for finding in result_of(one.name, subject).findings:
        assert finding.text
        assert finding.reason
        assert finding.unit in known
        assert "nan" not in re.findall(r"\w+", finding.reason), finding.reason


def test_every_threshold_says_where_it_comes_from(one: Check, subject: str) -> None:
    for finding in result_of(one.name, subject).findings:
        if finding.threshold is not None:
            assert len(finding.threshold.source) > 20
            assert np.isfinite(finding.value)


def test_what_does_not_pass_comes_with_advice(one: Check, subject: str) -> None:
    for finding in result_of(one.name, subject).findings:
        if finding.verdict in (Verdict.WARN, Verdict.FAIL):
            assert finding.advice, finding.quantity
        if finding.verdict == Verdict.PASS:
            assert not finding.advice, finding.quantity


def test_what_is_not_applicable_has_no_number(one: Check, subject: str) -> None:
    for finding in result_of(one.name, subject).findings:
        if finding.verdict == Verdict.NOT_APPLICABLE and finding.unit != "1":
            assert np.isnan(finding.value), finding.quantity


def test_intervals_hold_their_number(one: Check, subject: str) -> None:
    for finding in result_of(one.name, subject).findings:
        if np.isfinite(finding.low) and finding.quantity != "anisotropy":
            assert finding.low <= finding.value * (1 + 1e-9) + 1e-9, finding.quantity
            assert finding.value <= finding.high * (1 + 1e-9) + 1e-9, finding.quantity


def test_the_gist_is_whole_sentences(one: Check, subject: str) -> None:
    said = one.gist(result_of(one.name, subject).findings)
    assert said
    assert "  " not in said
    assert len(said) < 700


def test_findings_survive_their_document(one: Check, subject: str) -> None:
    for finding in result_of(one.name, subject).findings:
        text = json.dumps(finding_part(finding).model_dump(mode="json"), allow_nan=False)
        assert text
        same = finding_of(finding_part(finding))
        assert replace(same, value=0.0, low=0.0, high=0.0, threshold=None) == replace(
            finding, value=0.0, low=0.0, high=0.0, threshold=None
        )
        np.testing.assert_equal(same.value, finding.value)


# Tables, frames, figures.


def test_every_variable_says_what_it_is(one: Check, subject: str) -> None:
    table = result_of(one.name, subject).table
    lacking = {
        str(name)
        for name, values in table.variables.items()
        if not {"units", "long_name"} <= set(values.attrs)
    }
    assert not lacking


def test_a_table_comes_back_from_its_file(one: Check, subject: str, tmp_path: Path) -> None:
    table = result_of(one.name, subject).table
    path = tmp_path / "table.nc"
    write_dataset(table, path, title="a check")
    xr.testing.assert_allclose(read_dataset(path), table)


def test_figures_are_made_from_the_file_alone(one: Check, subject: str, tmp_path: Path) -> None:
    table = result_of(one.name, subject).table
    path = tmp_path / "table.nc"
    write_dataset(table, path, title="a check")
    first, again = (one.draw({"model": source}) for source in (table, read_dataset(path)))
    assert [(p.name, p.caption, p.alt) for p in first] == [
        (p.name, p.caption, p.alt) for p in again
    ]


def test_a_result_is_kept_and_taken_up_again(one: Check, subject: str) -> None:
    result = result_of(one.name, subject)
    same = unpacked(packed(result, 1.0))
    assert [f.reason for f in same.findings] == [f.reason for f in result.findings]
    for name, images in result.frames.items():
        assert len(same.frames[name]) == len(images)
        for own, kept in zip(images, same.frames[name], strict=True):
            np.testing.assert_allclose(kept.positions, own.positions, atol=1e-6)
            assert set(kept.info) == set(own.info)


def test_frames_are_no_more_than_a_reader_looks_at(one: Check, subject: str) -> None:
    for name, images in result_of(one.name, subject).frames.items():
        assert SNAKE.fullmatch(name)
        assert len(images) <= 10
        for atoms in images:
            assert np.isfinite(atoms.positions).all()
            assert atoms.calc is None


def test_captions_and_alt_texts_are_there(one: Check, subject: str) -> None:
    for picture in one.draw({"model": result_of(one.name, subject).table}):
        assert SNAKE.fullmatch(picture.name)
        assert picture.caption.endswith(".")
        assert picture.alt.endswith(".")
        assert "1 model" in picture.alt
        picture.figure.canvas.draw()


def everything(name: str) -> Mapping[str, xr.Dataset]:
    return {subject: result_of(name, subject).table for subject in SUBJECTS}


def test_all_models_can_be_compared(one: Check) -> None:
    """Also those of which there is nothing to draw, and those on other molecules."""
    pictures = one.draw(everything(one.name))
    assert pictures
    assert len({picture.name for picture in pictures}) == len(pictures)
    for picture in pictures:
        picture.figure.canvas.draw()


def test_nothing_to_draw_is_no_picture(one: Check) -> None:
    assert tuple(one.draw({"nothing": xr.Dataset()})) == ()


# Verdicts.


@pytest.mark.parametrize(
    ("name", "subject", "verdict"),
    [
        ("response", "broken", Verdict.FAIL),
        ("dimers", "broken", Verdict.FAIL),
        ("minimum", "broken", Verdict.FAIL),
        ("errors", "broken", Verdict.FAIL),
        ("response", "nothing", Verdict.FAIL),
        ("response", "alone", Verdict.NOT_APPLICABLE),
        ("errors", "alone", Verdict.NOT_APPLICABLE),
        ("response", "argon", Verdict.NOT_APPLICABLE),
        ("minimum", "argon", Verdict.NOT_APPLICABLE),
        ("dimers", "argon", Verdict.PASS),
        ("errors", "argon", Verdict.PASS),
        ("response", "springs", Verdict.PASS),
        ("minimum", "springs", Verdict.FAIL),
    ],
)
def test_verdicts(name: str, subject: str, verdict: Verdict) -> None:
    """Springs 1.3 times as stiff respond within a factor of two, but vibrate 14 % too fast."""
    result = result_of(name, subject)
    gravest = [f for f in result.findings if f.verdict == result.verdict]
    assert result.verdict == verdict or (
        verdict == Verdict.NOT_APPLICABLE and only_told(result.findings)
    ), gravest


def only_told(findings: list[Finding] | tuple[Finding, ...]) -> bool:
    """Whether nothing was judged."""
    return all(
        finding.verdict == Verdict.NOT_APPLICABLE or finding.threshold is None
        for finding in findings
    )


def test_the_same_subject_gives_the_same_result(one: Check) -> None:
    """Whatever is drawn at random follows from the seed."""
    subject = replace(springs_beside_springs(), kept={}, shared={})
    first, again = (one.run(replace(subject, kept={}, shared={})) for _ in range(2))
    xr.testing.assert_identical(first.table, again.table)
    assert [f.reason for f in first.findings] == [f.reason for f in again.findings]
