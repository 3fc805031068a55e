"""What the items of a job cost: measured by the system, written and read without loss."""

import os
import time
from pathlib import Path

import pytest

from nearsight.costs.items import ENDING, SHARED, Item, Meter, read_items, write_items

ITEMS = [
    Item(SHARED, 4.5, 3.25, 400.0),
    Item("results/demo/ethanol/schnet~rc3.0~s0/relevance.nc", 10.0, 9.5, 512.25),
]


def test_items_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "explain" / f"batch_0000{ENDING}"
    write_items(path, ITEMS)
    assert read_items(path) == ITEMS
    assert path.read_text().splitlines()[0].split("\t") == ["item", "s", "cpu_time", "max_rss"]


def test_an_item_lies_in_the_folder_of_its_model() -> None:
    assert [item.model for item in ITEMS] == ["", "schnet~rc3.0~s0"]


@pytest.mark.parametrize("text", ["", "item\ts\n", "item\ts\tcpu_time\tmax_rss\na\tb\tc\td\n"])
def test_a_file_of_something_else_has_no_items(tmp_path: Path, text: str) -> None:
    path = tmp_path / f"a{ENDING}"
    assert read_items(path) == []
    path.write_text(text)
    assert read_items(path) == []


def test_a_process_is_metered_by_itself() -> None:
    """Of one that works: its CPU time, and not that of the process that waits for it."""
    meter = Meter()
    pid = os.fork()
    if pid == 0:
        begin = time.process_time()
        while time.process_time() < begin + 0.2:
            pass
        os._exit(0)
    _, status, used = os.wait4(pid, 0)
    item = meter.read("work", used)
    assert status == 0
    assert 0.15 < item.cpu < 5.0
    assert item.wall > 0.15
    assert item.megabytes > 1


def test_the_process_itself_is_metered_from_its_beginning() -> None:
    item = Meter().read(SHARED)
    assert item.cpu == pytest.approx(time.process_time(), rel=0.1)
    assert item.wall < 5.0
    assert item.megabytes > 10
