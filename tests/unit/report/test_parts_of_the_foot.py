"""Settings by their place, costs by stage, files that are there, tables of any shape."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from nearsight.aims.answering import Answers, Said, Shown
from nearsight.aims.interface import Aim
from nearsight.aims.registry import AIMS
from nearsight.config import Study
from nearsight.report import page_of_study
from nearsight.report.facts import MOST_MODELS, facts_of
from nearsight.report.models_table import models_table
from nearsight.report.results import Results

STUDY = {
    "name": "any",
    "datasets": {"water": {"source": "import", "file": "water.xyz", "energy_unit": "eV"}},
    "variants": {"family": ["schnet"], "cutoff": [3.0]},
}


class Given(Results):
    """Results whose tables are given, and not read."""

    def __init__(self, folder: Path, tables: dict[str, xr.Dataset], aim: Aim | None = None) -> None:
        super().__init__(folder, Study.model_validate(STUDY))
        object.__setattr__(self, "given", tables)
        object.__setattr__(self, "of", aim or AIMS["stability"])

    @property
    def tables(self) -> dict[str, xr.Dataset]:  # type: ignore[override]
        return self.given  # type: ignore[attr-defined,no-any-return]

    @property
    def aim(self) -> Aim:
        return self.of  # type: ignore[attr-defined,no-any-return]


def table(n: int = 2, **attributes: str) -> xr.Dataset:
    names = [f"water/net{k}" for k in range(n)]
    return xr.Dataset(
        {
            "force_mae": ("model", np.linspace(1.5, 3, n)),
            "share": (("model", "kind"), np.ones((n, 2))),
        },
        coords={
            "model": names,
            "dataset": ("model", ["water"] * n),
            "cutoff": ("model", np.full(n, 5.0)),
            "status": ("model", ["ok"] * n),
            "reason": ("model", [""] * n),
        },
        attrs=attributes,
    )


def results(folder: Path, content: xr.Dataset, aim: Aim | None = None) -> Given:
    return Given(folder, {"decay_vs_stability": content}, aim)


def blocks(given: Results) -> dict[str, dict[str, str]]:
    return {block.title: dict(block.rows) for block in facts_of(given)}


def test_settings_have_their_place(tmp_path: Path) -> None:
    rows = blocks(results(tmp_path, table()))["Settings"]
    assert rows["name"] == "any"
    assert rows["datasets.water.source"] == "import"
    assert json.loads(rows["dynamics.replicas"]) > 0
    assert not any(value.startswith("{'") for value in rows.values())


def test_blocks_that_are_empty_are_left_out(tmp_path: Path) -> None:
    assert set(blocks(results(tmp_path, table()))) == {"Settings"}


def test_versions_and_provenance_are_those_of_the_table(tmp_path: Path) -> None:
    content = table(packages='{"torch": "2.13.0"}', nearsight_version="1.2", git_commit="abc",
                    hardware="two cores", date="2026-11-30")  # fmt: skip
    made = blocks(results(tmp_path, content))
    assert made["Versions"] == {"torch": "2.13.0"}
    assert made["Provenance of the tables"] == {
        "nearsight version": "1.2", "git commit": "abc", "date": "2026-11-30",
        "hardware": "two cores",
    }  # fmt: skip


@pytest.mark.parametrize(("n", "listed"), [(3, 3), (MOST_MODELS + 1, 0)])
def test_models_are_listed_unless_there_are_too_many(tmp_path: Path, n: int, listed: int) -> None:
    content = table(n)
    for name in content["model"].to_numpy():
        (tmp_path / str(name)).mkdir(parents=True)
        (tmp_path / str(name) / "model.safetensors").write_text("weights")
    (tmp_path / "study.json").write_text("{}")
    rows = blocks(results(tmp_path, content))["Files and their SHA-256"]
    assert len(rows) == 1 + listed
    assert all(len(checksum) == 64 for checksum in rows.values())


def test_cost_is_summed_by_stage_the_largest_first(tmp_path: Path) -> None:
    home = tmp_path / "benchmarks"
    (home / "train").mkdir(parents=True)
    for k, (wall, cpu) in enumerate((("4.0", "100.0"), ("2.0", "50.5"), ("NA", "NA"), ("", ""))):
        (home / "train" / f"{k}.tsv").write_text(f"s\tcpu_time\n{wall}\t{cpu}\n")
    (home / "collect.tsv").write_text("s\tcpu_time\n3.0\t200\n")
    rows = blocks(results(tmp_path, table()))["Cost"]
    assert list(rows) == ["all stages", "collect", "train"]
    assert rows["collect"] == "200 CPU s"
    assert rows["train"] == "150 CPU s"
    assert rows["all stages"] == "350 CPU s, 9 s of wall time over all jobs"


def test_columns_with_further_dimensions_are_not_shown(tmp_path: Path) -> None:
    columns = (Shown("cutoff", "Cutoff", "Å"), Shown("share", "Share"), Shown("none", "None"),
               Shown("force_mae", "MAE", "meV/Å", "of forces"))  # fmt: skip
    made = models_table(results(tmp_path, table()), columns)
    assert [(one.title, one.unit) for one in made.columns] == [("Cutoff", "Å"), ("MAE", "meV/Å")]
    assert made.rows == [[5, 1.5], [5, 3]]
    assert made.csv == ""
    assert made.file_name == "decay_vs_stability.csv"


def test_without_columns_the_first_of_the_table_are_shown(tmp_path: Path) -> None:
    made = models_table(results(tmp_path, table()), ())
    titles = [one.title for one in made.columns]
    assert "force mae" in titles
    assert "share" not in titles


def test_a_table_along_something_else_has_rows_too(tmp_path: Path) -> None:
    other = xr.Dataset({"epochs": ("network", [3.0, np.nan]), "status": ("network", ["ok", "no"])})
    made = models_table(results(tmp_path, other), ())
    assert len(made.rows) == 2
    assert made.rows[0][[c.title for c in made.columns].index("epochs")] == 3


def test_an_aim_that_asks_nothing_shows_its_figures_under_one_question(tmp_path: Path) -> None:
    silent = replace(AIMS["accuracy"], answers=None)
    content = table()
    given = Given(tmp_path, {"accuracy": content}, silent)
    page = page_of_study(given)
    assert [answer.question for answer in page.answers] == ["Did all models come to an end?"]
    assert page.table is not None
    assert not page.scenes


def test_answers_are_in_the_order_of_the_aim(tmp_path: Path) -> None:
    asked = [Said(f"Is it {k}?", f"It is {k}.", (), "pass", f"Do {k}.") for k in range(3)]
    aim = replace(AIMS["stability"], answers=lambda: Answers(lambda _: asked, ()))
    page = page_of_study(results(tmp_path, table(), aim))
    assert [answer.question for answer in page.answers] == [said.question for said in asked]
    assert [answer.advice for answer in page.answers] == ["Do 0.", "Do 1.", "Do 2."]
    assert page.counts == {"pass": 3}


def test_files_of_a_model_and_of_its_data_set(tmp_path: Path) -> None:
    given = results(tmp_path, table())
    assert given.of_model("water/net0", "card.json") == tmp_path / "water" / "net0" / "card.json"
    assert given.of_data("water/net0", "data.nc") == tmp_path / "water" / "data.nc"
    assert given.main_table.name == "decay_vs_stability"
    xr.testing.assert_identical(given.main, table())


def test_a_network_that_failed_has_a_row_and_is_said_to_have(tmp_path: Path) -> None:
    content = table(3).assign_coords(
        status=("model", ["ok", "diverged", "ok"]),
        reason=("model", ["", "the loss is not finite", ""]),
    )
    page = page_of_study(results(tmp_path, content))
    (said,) = [a for a in page.answers if a.question == "Did all models come to an end?"]
    assert said.verdict == "warn"
    assert said.words == "Of 3 models 1 diverged: the loss is not finite."
    assert page.table is not None
    status = [column.title for column in page.table.columns].index("Status")
    assert [row[status] for row in page.table.rows] == ["ok", "diverged", "ok"]


def test_the_lead_counts_networks_and_names_data_sets(tmp_path: Path) -> None:
    lead = page_of_study(results(tmp_path, table())).lead
    assert lead.startswith("1 model on water.")
    assert "compare seeds" in lead


def test_without_structures_there_is_no_view(tmp_path: Path) -> None:
    page = page_of_study(results(tmp_path, table()))
    assert page.scenes == []
    assert page.note == ""
