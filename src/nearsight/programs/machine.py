"""What a compiled program depends on beside its source: compiler, processor, threads, versions."""

import os
import platform
import shutil
import subprocess
from functools import cache
from pathlib import Path

import torch

_FACTS = ("vendor_id", "cpu family", "model", "model name", "flags", "Features", "CPU part")
"""Lines of /proc/cpuinfo that tell what a processor can do."""


def compiler_name() -> str:
    """The C++ compiler that PyTorch asks: the one that the environment names, or g++."""
    return os.environ.get("CXX") or "g++"


@cache
def compiler() -> str | None:
    """The first line that the C++ compiler says of itself; None where there is none."""
    name = shutil.which(compiler_name())
    if name is None:
        return None
    told = subprocess.run([name, "--version"], capture_output=True, text=True, check=False)
    return told.stdout.partition("\n")[0] if told.returncode == 0 else None


@cache
def processor() -> str:
    """What the processor is and can do, as far as the compiler looks at it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    first = text.partition("\n\n")[0].splitlines()
    return "\n".join(line for line in first if line.partition(":")[0].strip() in _FACTS)


def facts(device: torch.device) -> dict[str, str]:
    """All that a program on a device depends on beside its source.

    Threads are baked in, and PyTorch can be told to use less of a processor than there is.
    """
    return {
        "torch": torch.__version__,
        "compiler": compiler() or "none",
        "processor": processor(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "threads": str(torch.get_num_threads()),
        "device": device.type,
    }
