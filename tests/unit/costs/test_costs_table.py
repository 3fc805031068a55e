"""The costs of a study as text: what was most expensive first, sums last, nothing lost."""

import pytest

from nearsight.costs.expected import Expected
from nearsight.costs.items import SHARED, Item
from nearsight.costs.jobs import Job
from nearsight.costs.table import as_text, of_expected, of_models, of_stages

A, B = "ethanol/schnet~rc5.0~s0", "ethanol/painn~rc5.0~s0"
ITEMS = (
    Item(SHARED, 0.0, 4.0, 300.0),
    Item(f"results/demo/{A}/relevance.nc", 0.0, 2.0, 300.0),
    Item(f"results/demo/{B}/relevance.nc", 0.0, 3.0, 300.0),
)
JOBS = [
    Job("train", A, 50.0, 49.0, 700.0),
    Job("train", B, 150.0, 141.0, 600.0),
    Job("explain", "ethanol/batch_0000", 10.0, 9.0, 500.0, ITEMS),
    Job("study_file", "", 0.0, 0.0, 0.0),
]


def test_stages_are_told_with_what_was_expected() -> None:
    head, *rows = of_stages(JOBS, {"train": Expected(2, 95.0), "explain": Expected(1, 18.0)})
    assert [row[0] for row in rows] == ["train", "explain", "study_file", "all"]
    assert all(len(row) == len(head) for row in rows)
    train, explain, study_file, whole = rows
    assert train[1:] == ["2", "190", "95", "200", "700", "95", "2.00"]
    assert explain[1:] == ["1", "9", "5", "10", "500", "18", "0.50"]
    assert study_file[-2:] == ["", ""]
    assert whole[1:] == ["4", "199", "100", "210", "700", "113", "1.76"]


def test_networks_are_told_by_stage_and_shares_of_a_job_are_theirs() -> None:
    assert of_models(JOBS) == [
        ["network", "CPU s", "train", "explain"],
        [B, "146", "141", "5"],
        [A, "53", "49", "4"],
    ]
    assert of_models([JOBS[0], JOBS[3]]) == [["network", "CPU s", "train"], [A, "49", "49"]]
    assert of_models([JOBS[3]]) == []


def test_hours_are_told_of_a_study_that_has_not_run() -> None:
    rows = of_expected({"explain": Expected(1, 3600.0), "train": Expected(8, 7200.0, 360.0)})
    assert rows[1:] == [
        ["train", "8", "2", "67", "0.1"],
        ["explain", "1", "1", "33", ""],
        ["all", "9", "3", "100", "0.1"],
    ]


@pytest.mark.parametrize("number", [0.0, 0.0123, 9.87, 54.3, 123.4, 123456.7])
def test_numbers_are_short(number: float) -> None:
    cpu = of_stages([Job("a", "", number, number, 0.0)], {})[1][2]
    assert len(cpu) <= max(6, len(str(round(number))))
    assert float(cpu) == pytest.approx(number, rel=0.005)


def test_columns_are_aligned_and_lines_end_with_their_last_word() -> None:
    text = as_text([["stage", "jobs", ""], ["a", "1", ""], ["longest", "1000", "x"]])
    assert text.splitlines() == ["stage    jobs", "a           1", "longest  1000  x"]
