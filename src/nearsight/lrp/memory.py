"""What grows faster than a molecule is refused by its size before it takes the machine down."""

from pathlib import Path

import torch

from nearsight.errors import MemoryLimitError

SHARE = 0.9
"""Of the memory that is free, what one result may take: the rest is for what it is made from."""

GIB = 1024.0**3
MEMINFO = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")


def require(n_bytes: float, what: str, *, instead: str, device: torch.device | None = None) -> None:
    """Refuse what does not fit the memory that is free, before it is allocated.

    Args:
        n_bytes: that it needs at its peak.
        what: needs them, with the sizes that make them so many.
        instead: what to do.
        device: where; the CPU by default.

    Raises:
        MemoryLimitError: it does not fit.
    """
    free = free_bytes(device)
    if n_bytes > SHARE * free:
        raise MemoryLimitError(
            f"{what} would take {n_bytes / GIB:.1f} GiB, {free / GIB:.1f} GiB are free: {instead}"
        )


def free_bytes(device: torch.device | None = None) -> float:
    """Bytes that can still be taken; infinite where the system does not tell.

    On Linux the smaller of what the machine has left and what the job's control group, which is how
    SLURM limits memory, leaves of its limit.
    """
    if device is not None and device.type == "cuda":
        return float(torch.cuda.mem_get_info(device)[0])
    return min(_left_in_machine(), _left_in_group())


def _left_in_machine() -> float:
    if not MEMINFO.exists():
        return float("inf")
    for line in MEMINFO.read_text().splitlines():
        if line.startswith("MemAvailable"):
            return 1024.0 * int(line.split()[1])
    return float("inf")


def _left_in_group() -> float:
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        if (CGROUP / limit).exists() and (CGROUP / used).exists():
            text = (CGROUP / limit).read_text().strip()
            if text.isdigit():
                return float(text) - float((CGROUP / used).read_text())
    return float("inf")
