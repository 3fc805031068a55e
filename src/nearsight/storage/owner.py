"""Which process something on disk belongs to, and whether that process still lives."""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

_PROC = Path("/proc")
_DEAD = "ZX"  # states of a process that has ended and waits for its parent to look


@dataclass(frozen=True)
class Owner:
    """A process, told apart from every other, also from a later one with its number.

    Attributes:
        host: name of the machine.
        place: boot of the machine and name space of processes, within which numbers mean something.
        pid: number of the process.
        started: when it started, as the system counts.
        since: time of day at which it took possession.
        token: of this very possession.
    """

    host: str
    place: str
    pid: int
    started: str
    since: str
    token: str

    @property
    def is_here(self) -> bool:
        """Whether its process can be looked up by this one."""
        return (self.host, self.place) == (os.uname().nodename, _place())

    def is_dead(self) -> bool:
        """Whether its process is known to have ended; of another machine nothing is known."""
        return self.is_here and _started(self.pid) != self.started

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.since}"

    def to_text(self) -> str:
        """As JSON, to be read by :func:`owner_from`."""
        return json.dumps(asdict(self))


def this_process() -> Owner:
    """The process that asks, with a token of its own at every call."""
    pid = os.getpid()
    return Owner(
        host=os.uname().nodename,
        place=_place(),
        pid=pid,
        started=_started(pid),
        since=datetime.now(UTC).isoformat(timespec="seconds"),
        token=os.urandom(8).hex(),
    )


def owner_from(text: str) -> Owner | None:
    """What :meth:`Owner.to_text` wrote; ``None`` for anything else, a half-written one too."""
    with suppress(ValueError, TypeError):
        owner = Owner(**json.loads(text))
        if isinstance(owner.pid, int):
            return owner
    return None


@cache
def _place() -> str:
    parts = []
    with suppress(OSError):
        parts.append((_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
    with suppress(OSError):
        parts.append(str((_PROC / "self/ns/pid").readlink()))
    return " ".join(parts)


def _started(pid: int) -> str:
    """When a process started; empty where there is none that runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except (PermissionError, OverflowError):
        pass  # of another user, or no number of a process at all: looked up below
    if (_PROC / "self/stat").is_file():
        with suppress(OSError):
            # The name in parentheses may hold anything, so what follows the last one is counted.
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            return "" if fields[0] in _DEAD else fields[19]
        return ""
    import subprocess  # late: the command line imports this room to answer --help

    command = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    try:
        text = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return "unknown"
    return "" if text[:1] in _DEAD else text.partition(" ")[2].strip()
