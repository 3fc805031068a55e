"""A lock dies with its owner, is taken over once, and needs nothing of the file system."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from nearsight.errors import OutputInUseError
from nearsight.storage import atomic_path, locked
from nearsight.storage import lock as locks
from nearsight.storage.lock import lock_of
from nearsight.storage.owner import Owner, owner_from, this_process

HOLD = """
import sys, time
from pathlib import Path
from nearsight.storage import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(path: Path) -> subprocess.Popen[str]:
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def dead() -> Owner:
    """An owner that has ended."""
    process = multiprocessing.get_context("fork").Process(target=os.getpid)
    process.start()
    pid = process.pid
    process.join()
    assert pid is not None
    return replace(this_process(), pid=pid)


def left(path: Path, owner: Owner) -> None:
    lock_of(path).write_text(owner.to_text())


def test_second_process_is_told_and_the_lock_dies_with_the_first(tmp_path: Path) -> None:
    out = tmp_path / "out.nc"
    process = holder(out)
    with (
        pytest.raises(OutputInUseError, match=rf"out\.nc: .*process {process.pid} on"),
        locked(out),
    ):
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert lock_of(out).is_file()
    with locked(out):
        owner = owner_from(lock_of(out).read_text())
        assert owner is not None
        assert owner.pid == os.getpid()
    assert list(tmp_path.iterdir()) == []


def test_stopped_process_still_holds(tmp_path: Path) -> None:
    process = holder(tmp_path / "out")
    os.kill(process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(OutputInUseError), locked(tmp_path / "out"):
            pass
    finally:
        process.kill()
        process.wait()


def test_process_that_nobody_has_waited_for_is_dead(tmp_path: Path) -> None:
    process = holder(tmp_path / "out")
    process.kill()
    for _ in range(100):
        state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        if state == "Z":
            break
        time.sleep(0.02)
    with locked(tmp_path / "out"):
        pass
    process.wait()


def test_number_of_a_process_used_again_is_another_owner(tmp_path: Path) -> None:
    left(tmp_path / "out", replace(this_process(), started="1"))
    with locked(tmp_path / "out"):
        pass


def test_same_process_may_hold_it_twice(tmp_path: Path) -> None:
    with locked(tmp_path / "out"):
        with locked(tmp_path / "out"):
            pass
        assert lock_of(tmp_path / "out").is_file()
    assert list(tmp_path.iterdir()) == []


def test_links_lead_to_one_lock(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("out")
    process = holder(tmp_path / "out")
    with pytest.raises(OutputInUseError), locked(tmp_path / "link"):
        pass
    process.kill()
    process.wait()


def test_forked_child_does_not_give_its_parents_lock_back(tmp_path: Path) -> None:
    with locked(tmp_path / "out"):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                with locked(tmp_path / "out"):
                    pass
            except OutputInUseError:
                code = 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert lock_of(tmp_path / "out").is_file()
    assert list(tmp_path.iterdir()) == []


def test_waiting_for_the_other(tmp_path: Path) -> None:
    process = holder(tmp_path / "out")
    threading.Timer(0.3, process.kill).start()
    began = time.monotonic()
    with locked(tmp_path / "out", wait=True):
        assert time.monotonic() - began > 0.2
    process.wait()


def test_owner_elsewhere_that_is_silent_is_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.6)
    left(tmp_path / "out", replace(this_process(), host="node7", pid=1))
    with locked(tmp_path / "out"):
        pass


def test_owner_elsewhere_that_touches_its_lock_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 20.0)
    left(tmp_path / "out", replace(this_process(), host="node7"))
    threading.Timer(0.2, os.utime, (lock_of(tmp_path / "out"),)).start()
    with pytest.raises(OutputInUseError, match="on node7"), locked(tmp_path / "out"):
        pass


def test_held_locks_are_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "BEAT", 0.05)
    monkeypatch.setattr(locks, "_beating", None)
    with locked(tmp_path / "out"):
        os.utime(lock_of(tmp_path / "out"), (1, 1))
        until = time.monotonic() + 10
        while lock_of(tmp_path / "out").stat().st_mtime == 1 and time.monotonic() < until:
            time.sleep(0.02)
        assert lock_of(tmp_path / "out").stat().st_mtime > 1


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_lock_that_names_nobody_is_watched(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process was killed between making its lock and signing it."""
    monkeypatch.setattr(locks, "PATIENCE", 0.6)
    lock_of(tmp_path / "out").write_text(text)
    assert owner_from(text) is None
    with locked(tmp_path / "out"):
        pass
    assert list(tmp_path.iterdir()) == []


_CROWD = 12


def _compete(path: Path, begin: Any, refused: Any) -> None:
    begin.wait()
    try:
        with locked(path):
            # Held until all others have tried, however slow the machine is.
            all_refused = all(refused.acquire(timeout=60) for _ in range(_CROWD - 1))
    except OutputInUseError:
        refused.release()
        os._exit(3)
    os._exit(0 if all_refused else 4)


def test_void_lock_is_taken_over_by_one_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    left(out, dead())
    fork = multiprocessing.get_context("fork")
    shared = (out, fork.Barrier(_CROWD), fork.Semaphore(0))
    crowd = [fork.Process(target=_compete, args=shared) for _ in range(_CROWD)]
    for process in crowd:
        process.start()
    for process in crowd:
        process.join()
    assert sorted(process.exitcode or 0 for process in crowd) == [0] + [3] * (_CROWD - 1)
    assert list(tmp_path.iterdir()) == []


def test_lock_that_was_taken_over_in_the_meantime_is_left(tmp_path: Path) -> None:
    """Two have seen the void lock; the slower one must not remove the lock of the faster."""
    lock, void, new = lock_of(tmp_path / "out"), dead().to_text(), this_process().to_text()
    lock.write_text(new)
    locks._remove_void(lock, void)
    assert lock.read_text() == new
    locks._remove_void(lock, new)
    assert list(tmp_path.iterdir()) == []


def test_writing_from_python_clears_the_lock_of_a_dead_owner_alone(tmp_path: Path) -> None:
    for owner, names in ((dead(), ["out"]), (this_process(), [".out.lock", "out"])):
        left(tmp_path / "out", owner)
        with atomic_path(tmp_path / "out") as temporary:
            temporary.write_text("new")
        assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_an_owner_is_read_as_it_was_written() -> None:
    owner = this_process()
    assert owner_from(owner.to_text()) == owner
    assert not owner.is_dead()
    assert owner_from(json.dumps({**asdict(owner), "pid": "one"})) is None
