"""Facts of the machine that a study runs on; they come from a profile, never from a study file."""

from typing import Annotated, Literal

from pydantic import Field

from nearsight.limits import MOST_PROCESSES, MOST_THREADS
from nearsight.section import PathText, Section, setting

Device = Literal["auto", "cpu", "cuda"]
# What becomes a word of a shell command: nothing a shell would expand.
Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.,-]*$", max_length=200)]


class Machine(Section):
    """What a profile says in its ``config``, or the command line with ``--config``."""

    device: Device = setting(
        "auto",
        unit="",
        description="Where networks run: auto takes a GPU when there is one, cuda fails without.",
    )
    threads: int = setting(
        1,
        unit="1",
        description="CPU threads of a process that handles a network.",
        ge=1,
        le=MOST_THREADS,
    )
    variants_per_training: int = setting(
        1,
        unit="variants",
        description="Variants trained, or simulated, side by side in one job, sharing its GPU.",
        ge=1,
        le=256,
    )
    variants_at_once: int = setting(
        256,
        unit="variants",
        description="Of those, the most that do so at a time; each is given threads of its own.",
        ge=1,
        le=256,
    )
    variants_per_job: int = setting(
        1,
        unit="variants",
        description="Variants explained, probed or summed up one after another in one job.",
        ge=1,
        le=MOST_PROCESSES,
    )
    gpu_partition: Word = setting(
        "", unit="", description="SLURM partition of training and dynamics; empty: no GPU is used."
    )
    gpu_model: Word = setting(
        "", unit="", description="GPU model to ask for, as SLURM names it; empty: any."
    )
    most_minutes: int = setting(
        1440, unit="min", description="Longest run time a job may ask for.", ge=1, le=525_600
    )
    most_megabytes: int = setting(
        64000, unit="MB", description="Most memory a job may ask for.", ge=500, le=100_000_000
    )
    downloads: PathText = setting(
        "downloads",
        unit="",
        description="Folder of published data sets; files that lie there are not downloaded.",
        min_length=1,
    )
    container: PathText = setting(
        "", unit="", description="Apptainer image for --software-deployment-method apptainer."
    )

    @property
    def has_gpus(self) -> bool:
        """Whether training and dynamics ask SLURM for a GPU."""
        return bool(self.gpu_partition) and self.device != "cpu"
