"""Settings of dynamics: the run, and the rules by which a replica ends."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from nearsight.limits import (
    COLDEST,
    HOTTEST,
    LARGEST_SEED,
    MOST_REPLICA_STEPS,
    MOST_STEPS,
    MOST_STORED_FRAMES,
)
from nearsight.section import Section, setting

BondLimit = Annotated[float, Field(gt=0, le=10)]
MOST_REPLICAS = 100_000


class Dynamics(Section):
    """NVE molecular dynamics and the rules by which a replica ends."""

    stages: ClassVar[tuple[str, ...]] = ("dynamics", "reference_dynamics")

    temperature: float = setting(
        500.0, unit="K", description="Temperature of the start.", ge=COLDEST, le=HOTTEST
    )
    timestep: float = setting(
        0.5, unit="fs", description="Time step of velocity Verlet.", ge=0.001, le=5
    )
    duration: float = setting(
        10.0, unit="ps", description="Time after which survivors end.", gt=0, le=1e6
    )
    replicas: int = setting(
        32,
        unit="1",
        stages=("dynamics",),
        description="Trajectories per variant.",
        ge=1,
        le=MOST_REPLICAS,
    )
    reference_replicas: int = setting(
        4,
        unit="1",
        stages=("reference_dynamics",),
        description="Trajectories of the reference engine, from the same first starts.",
        ge=1,
        le=MOST_REPLICAS,
    )
    halved_replicas: int = setting(
        4,
        unit="1",
        description="Replicas run again at half the time step, those that failed first;"
        " of the reference engine only those that failed.",
        ge=0,
        le=MOST_REPLICAS,
    )
    write_interval: int = setting(
        8,
        unit="steps",
        description="Steps between stored frames; 8 of 0.5 fs resolve vibrations to 4,169 cm⁻¹.",
        ge=1,
        le=1_000_000,
    )
    bond_deviation: float = setting(
        0.5,
        unit="angstrom",
        description="A bond this far off its mean length in the reference data ends a replica.",
        gt=0,
        le=10,
    )
    bond_limits: list[BondLimit] = setting(
        [0.25, 0.5, 1.0],
        unit="angstrom",
        description="Deviations of a bond that are watched beside the one that ends a replica.",
        max_length=100,
    )
    bond_forms: float = setting(
        1.2,
        unit="1",
        description="Atoms closer than this multiple of the sum of their covalent radii have"
        " formed a bond; one that the reference lacks ends a replica.",
        gt=0,
        le=10,
    )
    bond_breaks: float = setting(
        1.5,
        unit="1",
        description="A bond of the reference longer than this multiple of the sum of its covalent"
        " radii is broken and ends a replica.",
        gt=0,
        le=10,
    )
    close_contact: float = setting(
        0.6,
        unit="1",
        description="Two atoms closer than this multiple of the sum of their covalent radii end a"
        " replica.",
        gt=0,
        le=10,
    )
    isolation: float = setting(
        2.5,
        unit="angstrom",
        description="An atom further than this from all others ends a replica.",
        gt=0,
        le=1000,
    )
    energy_deviation: float = setting(
        10.0,
        unit="meV atom-1",
        description="A total energy this far off its start ends a replica.",
        gt=0,
        le=1e6,
    )
    temperature_factor: float = setting(
        5.0,
        unit="1",
        description="A kinetic temperature above this multiple of the start ends a replica when it"
        " lasts.",
        gt=1,
        le=1e6,
    )
    temperature_time: float = setting(
        100.0, unit="fs", description="How long such a temperature may last.", ge=0, le=1e6
    )
    compute_limit: float = setting(
        0.0,
        unit="h",
        description="Wall time after which replicas that still run are censored; 0 sets none."
        " Run again with a higher one, the run goes on.",
        ge=0,
        le=10_000,
    )
    checkpoint_interval: float = setting(
        60.0,
        unit="s",
        stages=(),
        description="Most work, in wall time, that a killed run loses.",
        ge=0,
        le=1e6,
    )
    precision: Literal["float32", "float64"] = setting(
        "float32",
        unit="",
        stages=("dynamics",),
        description="Precision of the network; positions are always float64.",
    )
    compile: Literal["auto", True, False] = setting(
        "auto",
        unit="",
        stages=("dynamics",),
        description="Compile the evaluation of a network, half a minute the first time: auto where"
        " the run alone repays it, true where many runs of one make-up share it.",
    )
    source: int = setting(
        -1,
        unit="1",
        description="Source of the data set whose molecule is simulated, where it mixes molecules;"
        " -1 takes all frames.",
        ge=-1,
        le=1_000_000,
    )
    seed: int = setting(
        0, unit="1", description="Seed of start frames and velocities.", ge=0, le=LARGEST_SEED
    )

    @model_validator(mode="after")
    def _a_bond_is_broken_or_formed(self) -> "Dynamics":
        if self.bond_forms >= self.bond_breaks:
            raise ValueError(
                f"bond_forms ({self.bond_forms}) must be below bond_breaks ({self.bond_breaks}): "
                "between the two a pair stays what it was"
            )
        return self

    @model_validator(mode="after")
    def _it_ends(self) -> "Dynamics":
        steps = round(1000 * self.duration / self.timestep)
        what = f"duration ({self.duration:g} ps) over timestep ({self.timestep:g} fs)"
        if steps < 1:
            raise ValueError(f"{what} is shorter than one step: raise the duration")
        if steps > MOST_STEPS:
            raise ValueError(f"{what} gives {steps} steps: at most {MOST_STEPS}")
        for key in ("replicas", "reference_replicas"):
            whole = steps * getattr(self, key)
            told = f"{what} times {key} ({getattr(self, key)})"
            if whole > MOST_REPLICA_STEPS:
                raise ValueError(f"{told} gives {whole} steps: at most {MOST_REPLICA_STEPS}")
            frames = whole // self.write_interval
            if frames > MOST_STORED_FRAMES:
                raise ValueError(
                    f"{told} stores {frames} frames: at most {MOST_STORED_FRAMES}, so raise "
                    f"write_interval ({self.write_interval})"
                )
        return self
