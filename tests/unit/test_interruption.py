"""SIGTERM within and after a block that watches for it."""

import signal
import subprocess
import sys
import threading

import pytest

from nearsight.interruption import Interrupted, watched


def test_a_request_is_seen_and_the_old_handler_comes_back() -> None:
    before = signal.getsignal(signal.SIGTERM)

    def work() -> None:
        with watched() as asked_to_end:
            assert not asked_to_end()
            signal.raise_signal(signal.SIGTERM)
            if asked_to_end():
                raise Interrupted("saved")

    with pytest.raises(Interrupted, match="saved"):
        work()
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_request_that_nobody_asked_for_ends_the_process() -> None:
    code = (
        "import signal\nfrom nearsight.interruption import watched\n"
        "with watched():\n    signal.raise_signal(signal.SIGTERM)\n    print('done', flush=True)\n"
        "print('never')"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=240
    )
    assert run.stdout == "done\n"
    assert run.returncode == -signal.SIGTERM


def test_other_threads_take_no_signals() -> None:
    seen = []

    def work() -> None:
        with watched() as asked_to_end:
            seen.append(asked_to_end())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False]
