"""What the jobs of a study cost, from files as Snakemake writes them."""

from pathlib import Path

import pytest

from nearsight.costs.items import ENDING, SHARED, Item, write_items
from nearsight.costs.jobs import Job, read_jobs, whole_cpu

HEAD = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time"
FIRST, SECOND = "schnet~rc5.0~T3~F32~n400~s0", "painn~rc5.0~T1~F32~n400~s0"


def write_benchmark(path: Path, wall: float, cpu: str, megabytes: str = "500.00") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    row = [f"{wall:.4f}", "0:00:10", megabytes, "1", "1", "1", "0.0", "0.0", "99.0", cpu]
    path.write_text(HEAD + "\n" + "\t".join(row) + "\n")


@pytest.mark.parametrize(
    ("wall", "last"),
    [(10.2, 10.0), (0.7, 0.5), (14.9, 14.5), (15.2, 15.0), (44.0, 15.0), (46.0, 45.0), (80, 75)],
)
def test_what_was_used_after_the_last_look_is_added(wall: float, last: float) -> None:
    """A process that never waits has used what it had used, and the rest of its time."""
    assert whole_cpu(wall, last) == pytest.approx(wall)
    assert whole_cpu(wall, 0.5 * last) == pytest.approx(0.5 * wall)


def test_a_job_that_nobody_looked_at_has_used_what_is_known() -> None:
    assert whole_cpu(0.3, 0.0) == 0.0
    assert whole_cpu(0.3, 0.2) == 0.2


def test_jobs_are_read_with_their_stage_and_place(tmp_path: Path) -> None:
    write_benchmark(tmp_path / "benchmarks" / "collect.tsv", 10.0, "8.0")
    write_benchmark(tmp_path / "benchmarks" / "make_data" / "ethanol.tsv", 46.0, "90.0", "NA")
    write_benchmark(tmp_path / "benchmarks" / "train" / "ethanol" / f"{FIRST}.tsv", 46.0, "45.0")
    collect, data, train = read_jobs(tmp_path)
    assert collect == Job("collect", "", 10.0, 8.0, 500.0)
    assert data == Job("make_data", "ethanol", 46.0, 92.0, 0.0)
    assert train == Job("train", f"ethanol/{FIRST}", 46.0, pytest.approx(46.0), 500.0)
    assert train.by_model == {f"ethanol/{FIRST}": pytest.approx(46.0)}
    assert collect.by_model == data.by_model == {}


def test_networks_of_one_job_are_known_by_their_items(tmp_path: Path) -> None:
    place = tmp_path / "benchmarks" / "explain" / "ethanol" / "batch_0000.tsv"
    write_benchmark(place, 20.0, "11.0")
    items = [
        Item(SHARED, 20.0, 4.0, 400.0),
        Item(f"results/demo/ethanol/{FIRST}/relevance.nc", 9.0, 6.0, 500.0),
        Item(f"results/demo/ethanol/{SECOND}/relevance.nc", 8.0, 7.5, 500.0),
    ]
    write_items(place.with_name(f"batch_0000{ENDING}"), items)
    (job,) = read_jobs(tmp_path)
    assert (job.stage, job.place) == ("explain", "ethanol/batch_0000")
    # Of the whole as the system counted it, not as far as Snakemake had looked.
    assert job.cpu == 17.5
    assert job.by_model == {f"ethanol/{FIRST}": 8.0, f"ethanol/{SECOND}": 9.5}
    assert sum(job.by_model.values()) == job.cpu


def test_a_batch_that_says_nothing_of_its_items_is_of_no_model(tmp_path: Path) -> None:
    write_benchmark(tmp_path / "benchmarks" / "explain" / "ethanol" / "batch_0000.tsv", 10.0, "9")
    (job,) = read_jobs(tmp_path)
    assert job.by_model == {}


def test_a_study_without_benchmarks_has_no_jobs(tmp_path: Path) -> None:
    assert read_jobs(tmp_path) == []
    write_benchmark(tmp_path / "benchmarks" / "collect.tsv", float("nan"), "-", "nothing")
    assert read_jobs(tmp_path) == [Job("collect", "", 0.0, 0.0, 0.0)]
