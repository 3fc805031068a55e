from pathlib import Path

import pytest
import torch

from nearsight.errors import MemoryLimitError
from nearsight.lrp import memory
from nearsight.lrp.memory import GIB, free_bytes, require


def test_what_fits_passes_and_what_does_not_says_how_much_it_needs(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(memory, "free_bytes", lambda device=None: 2 * GIB)
    require(1.7 * GIB, "a table", instead="take less")
    with pytest.raises(MemoryLimitError) as refused:
        require(3 * GIB, "a table of 9 atoms", instead="take less")
    assert str(refused.value) == (
        "a table of 9 atoms would take 3.0 GiB, 2.0 GiB are free: take less"
    )


def test_nothing_is_refused_where_the_system_does_not_tell(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "none")
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    assert free_bytes() == float("inf")
    require(1e30, "a table", instead="take less")


@pytest.mark.parametrize(
    ("limit", "used"),
    [
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ],
)
def test_the_limit_of_a_job_counts_where_it_is_the_smaller(
    limit: str, used: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:  9 kB\nMemAvailable:    2048 kB\n")
    (tmp_path / "memory").mkdir()
    monkeypatch.setattr(memory, "MEMINFO", meminfo)
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    assert free_bytes() == 2048 * 1024
    (tmp_path / limit).write_text("max\n")
    (tmp_path / used).write_text("500000\n")
    assert free_bytes() == 2048 * 1024
    (tmp_path / limit).write_text("1500000\n")
    assert free_bytes() == 1_000_000


def test_a_graphics_card_has_its_own_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1234, 5678))
    assert free_bytes(torch.device("cuda", 0)) == 1234.0


def test_this_machine_has_some_memory_left():
    assert free_bytes() > 1e7
