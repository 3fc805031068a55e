"""A calculator in several processes: the numbers of one, in order, and nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from odd_calculators import EDGE, Springs

from nearsight.data.calculators import CalculatorPool, InProcess, available_cores, try_out
from nearsight.errors import ConfigError, ReferenceEngineError

NUMBERS = np.array([8, 1, 1])
POSITION = np.random.default_rng(0).normal(size=(12, 3, 3))

Make = Callable[..., CalculatorPool]


@pytest.fixture
def make() -> Iterator[Make]:
    """Pools of odd calculators, closed at the end."""
    pools = []

    def pool(name: str, processes: int = 2, **arguments: object) -> CalculatorPool:
        pools.append(CalculatorPool(f"odd_calculators:{name}", arguments, processes))
        return pools[-1]

    yield pool
    for one in pools:
        one.close()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return status != "Z"


def wait_for_end(*pids: int) -> bool:
    for _ in range(100):
        if not any(map(alive, pids)):
            return True
        time.sleep(0.05)
    return False


def pids_of(pool: CalculatorPool) -> set[int]:
    return {int(pid) for pid in pool.ask(NUMBERS, POSITION).energy}


def test_numbers_and_order_are_those_of_one_process(make: Make) -> None:
    here = InProcess(Springs(k=3.0)).ask(NUMBERS, POSITION)
    for processes in (1, 3):
        there = make("Springs", processes, k=3.0).ask(NUMBERS, POSITION)
        np.testing.assert_array_equal(there.energy, here.energy)
        np.testing.assert_array_equal(there.force, here.force)
        assert there.reason == [""] * 12


def test_work_is_spread_and_workers_are_kept(make: Make) -> None:
    pool = make("Pid", 2)
    both = pids_of(pool)
    assert len(both) == 2
    assert os.getpid() not in both
    assert pids_of(pool) == both
    # One after another goes to one worker: what it remembers can be seen.
    assert len({float(pool.ask(NUMBERS, POSITION[:1]).energy[0]) for _ in range(4)}) == 1


def test_workers_end_when_the_pool_is_closed_and_come_back(make: Make) -> None:
    pool = make("Pid", 2)
    before = pids_of(pool)
    pool.close()
    assert wait_for_end(*before)
    assert not pids_of(pool) & before


def test_the_number_of_processes_can_change(make: Make) -> None:
    pool = make("Pid", 1)
    (first,) = pids_of(pool)
    pool.use(2)
    both = pids_of(pool)
    assert first in both
    assert len(both) == 2
    pool.use(1)
    assert len(pids_of(pool)) == 1
    pool.use(None)
    assert pool.processes == available_cores()


def test_single_precision_is_left_as_it_is(make: Make) -> None:
    """In float64, but every number is one of single precision: it can be read off them."""
    found = make("Single").ask(NUMBERS, POSITION).force
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, found.astype(np.float32))


def test_each_worker_has_one_thread(make: Make) -> None:
    assert make("Threads", 1).ask(NUMBERS, POSITION[:1]).energy[0] == 1


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ("exit", "its process ended with exit code 3; it said: a last word"),
        ("kill", "its process was ended by SIGKILL, perhaps for lack of memory"),
        ("raise", "RuntimeError: first line second line"),
    ],
)
def test_a_worker_that_dies_costs_its_copy_alone(make: Make, how: str, text: str) -> None:
    position = POSITION.copy()
    position[4, 0, 0] = 2 * EDGE
    answers = make("Fails", how=how).ask(NUMBERS, position)
    assert [k for k, reason in enumerate(answers.reason) if reason] == [4]
    assert text in answers.reason[4]
    assert "\n" not in answers.reason[4]
    assert np.isnan(answers.force[4]).all()
    others = np.arange(12) != 4
    expected = InProcess(Springs()).ask(NUMBERS, position)
    np.testing.assert_array_equal(answers.force[others], expected.force[others])


def test_a_worker_that_is_ended_from_outside_is_replaced(make: Make, tmp_path: Path) -> None:
    """As by a SIGTERM that a cluster sends to every process of a job: no replica ends of it."""
    answers = make("DiesOnce", 1, mark=str(tmp_path / "mark")).ask(NUMBERS, POSITION)
    assert answers.reason == [""] * 12
    assert (tmp_path / "mark").exists()
    expected = InProcess(Springs()).ask(NUMBERS, POSITION)
    np.testing.assert_array_equal(answers.energy, expected.energy)


def test_a_calculator_may_print_and_read(make: Make) -> None:
    assert make("Prints").ask(NUMBERS, POSITION).reason == [""] * 12


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("Missing", ConfigError, "has no function or class 'Missing'"),
        ("Fails", ConfigError, "cannot be called with {}"),
        ("raises_at_birth", ConfigError, "it failed: OSError: weights.pt: no such file"),
        (
            "dies_at_birth",
            ReferenceEngineError,
            "cannot be built: its process was ended by SIGKILL",
        ),
    ],
)
def test_what_cannot_be_built_is_said_at_once(
    make: Make, name: str, error: type[Exception], text: str
) -> None:
    with pytest.raises(error) as caught:
        make(name)
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_reasons_are_found_in_the_worker(make: Make) -> None:
    water = Atoms(NUMBERS, positions=POSITION[0])
    with pytest.raises(ReferenceEngineError, match="it needs a cell and periodic boundaries"):
        try_out(make("NeedsCell"), [water])
    with pytest.raises(ReferenceEngineError, match="seems not to know O"):
        try_out(make("KnowsOnly", elements=["H"]), [water])
    assert try_out(make("Remembers"), [water]) == pytest.approx(2e-3)
    far = Atoms(NUMBERS, positions=POSITION[0] + 2 * EDGE)
    with pytest.raises(ReferenceEngineError, match="ended by SIGKILL"):
        try_out(make("Fails", how="kill"), [far])


# What runs in the background of a shell ignores SIGINT, and so does what it starts: a suite there
# would wait for parents that no interrupt ends.
PARENT = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.append({folder!r})
import numpy as np
from nearsight.data.calculators import CalculatorPool
pool = CalculatorPool("odd_calculators:Pid", {{}}, 2)
answers = pool.ask(np.array([8, 1, 1]), np.random.default_rng(0).normal(size=(12, 3, 3)))
print(*{{int(pid) for pid in answers.energy}}, flush=True)
{then}
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_workers_die_with_their_parent(number: signal.Signals) -> None:
    """The parent needs no ``if __name__ == "__main__"``, and whatever ends it ends them."""
    code = PARENT.format(folder=str(Path(__file__).parent), then="time.sleep(100)")
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        assert all(map(alive, pids))
        parent.send_signal(number)
        parent.wait(30)
    assert wait_for_end(*pids)


def test_a_script_ends_by_itself() -> None:
    code = PARENT.format(folder=str(Path(__file__).parent), then="")
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert wait_for_end(*map(int, run.stdout.split()))


def test_an_interrupt_waits_for_no_calculation() -> None:
    """As of Ctrl-C, which reaches every process of the terminal."""
    ask = "pool.ask(np.array([8, 1, 1]), np.full((4, 3, 3), 100.0))"
    code = PARENT.format(folder=str(Path(__file__).parent), then=ask).replace(":Pid", ":Sleeps")
    code = code.replace("print(*{int(pid) for pid in answers.energy}", "print(*PIDS")
    code = code.replace("PIDS", "(worker._process.pid for worker in pool._workers)")
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        time.sleep(0.5)
        begin = time.monotonic()
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.wait(30) == -signal.SIGINT
        assert time.monotonic() - begin < 20
    assert wait_for_end(*pids)
