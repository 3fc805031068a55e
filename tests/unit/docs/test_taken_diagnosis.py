"""What a diagnosis has found becomes small tables that the text can quote."""

import json
from pathlib import Path

import pytest
from quoting.diagnoses import diagnoses
from quoting.store import QuoteError, read

FINDING = {
    "quantity": "net_force", "value": 0.5, "low": 0.25, "high": None, "unit": "eV angstrom-1",
    "verdict": "warn",
}  # fmt: skip


def check(name: str, verdict: str) -> dict[str, object]:
    return {
        "name": name, "title": name.title(), "verdict": verdict, "seconds": 2.5,
        "findings": [FINDING],
    }  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    document = {
        "git_commit": "abc", "date": "2026-11-30", "hardware": "two cores", "effort": "default",
        "models": [
            {"label": "one", "checks": [check("symmetry", "pass"), check("cutoff", "fail")]},
            {"label": "other", "checks": [check("symmetry", "warn"), check("cutoff", "pass")]},
        ],
    }  # fmt: skip
    (tmp_path / "diagnosis.json").write_text(json.dumps(document), encoding="utf-8")
    return tmp_path


def test_every_number_is_a_row(folder: Path, tmp_path: Path) -> None:
    rows, _ = diagnoses(folder, "d", tmp_path / "numbers")
    found = read(rows)

    (one,) = found.rows("one/symmetry/net_force").to_dict("records")
    assert (one["value"], one["low"], one["unit"]) == (0.5, 0.25, "eV angstrom-1")
    assert len(found.rows("other/*/seconds")) == 2
    assert found.facts["commit"] == "abc"


def test_a_row_a_check_and_a_column_a_model(folder: Path, tmp_path: Path) -> None:
    _, verdicts = diagnoses(folder, "d", tmp_path / "numbers")

    (cutoff,) = read(verdicts).rows("cutoff").to_dict("records")
    assert (cutoff["title"], cutoff["one"], cutoff["other"]) == ("Cutoff", "**fail**", "pass")


def test_a_folder_without_a_diagnosis_is_named(tmp_path: Path) -> None:
    with pytest.raises(QuoteError, match=r"diagnosis\.json: no such file"):
        diagnoses(tmp_path, "d", tmp_path)
