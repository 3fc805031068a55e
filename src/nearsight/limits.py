"""Upper bounds that settings and options of commands share; what lies beyond is a slip of the pen.

They are no promises: they keep what can never end, or never fit in memory, from being begun.
"""

from typing import Final

LARGEST_SEED: Final = 2**31 - 1
"""Seeds go to NumPy, PyTorch and RDKit; the last takes 32-bit signed integers."""

MOST_THREADS: Final = 256
"""CPU threads of a process; PyTorch dies when the system has none left to give."""

MOST_PROCESSES: Final = 1024
"""Processes of a command, and variants of a job."""

MOST_STRUCTURES: Final = 1_000_000
"""Structures explained or probed."""

MOST_FRAMES: Final = 10_000_000
"""Frames of a data set: 21 atoms take 10 GB."""

MOST_STORED_FRAMES: Final = 100_000_000
"""Frames of all trajectories of a run."""

MOST_STEPS: Final = 1_000_000_000
"""Steps of one trajectory: half a microsecond at 0.5 fs."""

MOST_REPLICA_STEPS: Final = 100_000_000_000
"""Steps of all replicas together: weeks of a GPU."""

MOST_VARIANTS: Final = 100_000
"""Variants of a study over all its data sets; Snakemake plans 40,000 jobs in a minute."""

HOTTEST: Final = 10_000.0
"""Temperature in K; molecules are atoms far below it."""

COLDEST: Final = 1.0
"""Temperature in K from which dynamics start; rules compare with it."""

LONGEST_PATH: Final = 4096
"""Characters of a path."""

LONGEST_ALKANE: Final = 40
"""Carbon atoms of the last alkane of the series."""
