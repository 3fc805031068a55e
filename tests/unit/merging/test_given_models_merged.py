"""Parts of a study with given models: one study where they are the same, else two."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from parts import contents, part_of, write_part

from nearsight.config import Study, load_study
from nearsight.errors import ConfigError
from nearsight.merging import merge
from nearsight.merging.studies import joined, require_one_study
from nearsight.verification import survey

XTB = {"calculator": "tblite.ase:TBLite", "arguments": {"method": "GFN1-xTB"}}
NEW = ["ethanol/schnet~rc4.0~T1~F8~n50~s2"]


def part(seed: int, **models: Any) -> Study:
    return part_of(seed=[seed], sections={"models": models} if models else {})


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """Ours and theirs: one network each, and the same given model measured in both."""
    ours = write_part(tmp_path / "results" / "mine", part(0, gfn1=XTB))
    return ours, write_part(tmp_path / "there" / "mine", part(2, gfn1=XTB), ours)


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"gfn1": {**XTB, "arguments": {"method": "GFN2-xTB"}}},
        {"gfn1": XTB, "ours": {"file": "model.safetensors"}},
        {"other": XTB},
    ],
)
def test_other_models_are_another_study(other: dict[str, Any]) -> None:
    """In either direction: more models, fewer, or others."""
    for one, two in ((part(0, gfn1=XTB), part(2, **other)), (part(0, **other), part(2, gfn1=XTB))):
        with pytest.raises(ConfigError, match="models is"):
            require_one_study(one, two, "ours", "theirs")


def test_studies_without_models_are_joined_as_before() -> None:
    require_one_study(part(0), part(2), "ours", "theirs")
    found = joined(part(0), part(2), part(2).cases(), "test")
    assert found.models == {}
    assert found == part_of(seed=[0, 2])


def test_the_joined_study_has_the_models_and_exactly_the_networks_of_both() -> None:
    ours, theirs = part(0, gfn1=XTB), part(2, gfn1=XTB)
    found = joined(ours, theirs, theirs.cases(), "test")
    assert found.models == ours.models
    assert found.exclude == []
    assert [row.id for _, row in found.trained()] == [
        row.id for one in (ours, theirs) for _, row in one.trained()
    ]


def test_what_was_measured_here_stays_and_is_told(places: tuple[Path, Path]) -> None:
    """Both have measured it, at other times: files differ, and none is replaced."""
    ours, theirs = places
    before = contents(ours)
    told: list[str] = []
    found = merge(theirs, ours, say=told.append)
    assert found.added == NEW
    assert "ethanol/gfn1 is of a given model, and stays as it is here" in told
    after = contents(ours)
    mine = {path for path in before if path.startswith("ethanol/gfn1/")}
    assert mine
    assert {path: after[path] for path in mine} == {path: before[path] for path in mine}
    faults = [f for f in survey(ours, trajectories=False).faults if f.path.startswith("ethanol/")]
    assert faults == []


def test_what_was_measured_there_alone_comes_along(places: tuple[Path, Path]) -> None:
    ours, theirs = places
    shutil.rmtree(ours / "ethanol" / "gfn1")
    came = {p: c for p, c in contents(theirs).items() if p.startswith("ethanol/gfn1/")}
    found = merge(theirs, ours)
    assert sorted(found.added) == sorted([*NEW, "ethanol/gfn1"])
    after = contents(ours)
    assert {path: after[path] for path in came} == came
    assert load_study(ours / "study.json").models == part(0, gfn1=XTB).models


def test_what_is_not_done_there_is_left_out(places: tuple[Path, Path]) -> None:
    ours, theirs = places
    shutil.rmtree(ours / "ethanol" / "gfn1")
    (theirs / "ethanol" / "gfn1" / "response.nc").unlink()
    told: list[str] = []
    assert merge(theirs, ours, say=told.append).added == NEW
    assert any("ethanol/gfn1 is not done" in line for line in told)
