"""Where a data set comes from: sampled with the reference engine, or read from a file."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from nearsight.limits import COLDEST, HOTTEST, LARGEST_SEED, MOST_FRAMES
from nearsight.section import PathText, Section, Words, setting

MOST_ENGINE_STEPS = 1_000_000_000
"""Steps of a data set: at 3 ms each, the fewest there are, a month."""

LengthUnit = Literal["angstrom", "bohr", "nm"]
EnergyUnit = Literal["eV", "meV", "kcal/mol", "kJ/mol", "hartree"]


class Sampling(Section):
    """Langevin dynamics with the reference engine (GFN2-xTB)."""

    stages: ClassVar[tuple[str, ...]] = ("data",)

    temperature: float = setting(
        500.0, unit="K", description="Langevin temperature.", ge=COLDEST, le=HOTTEST
    )
    timestep: float = setting(0.5, unit="fs", description="Time step.", ge=0.001, le=2)
    friction: float = setting(0.02, unit="1/fs", description="Langevin friction.", gt=0, le=10)
    equilibration: int = setting(
        500,
        unit="steps",
        description="Steps discarded at the start of each trajectory.",
        ge=0,
        le=100_000_000,
    )
    stride: int = setting(
        10, unit="steps", description="Steps between stored frames.", gt=0, le=1_000_000
    )
    n_frames: int = setting(
        1000,
        unit="frames",
        description="Frames over all trajectories together.",
        gt=0,
        le=MOST_FRAMES,
    )
    n_trajectories: int = setting(
        4,
        unit="1",
        description="Independent trajectories, each with its own seed.",
        gt=0,
        le=10_000,
    )
    accuracy: float = setting(
        0.1, unit="1", description="Accuracy of the xTB self-consistent field.", ge=1e-9, le=100
    )
    seed: int = setting(
        0, unit="1", description="Seed of start geometry and dynamics.", ge=0, le=LARGEST_SEED
    )

    @model_validator(mode="after")
    def _frames_fill_trajectories(self) -> "Sampling":
        if self.n_frames % self.n_trajectories:
            raise ValueError(
                f"n_frames ({self.n_frames}) must be a multiple of "
                f"n_trajectories ({self.n_trajectories})"
            )
        return self

    @model_validator(mode="after")
    def _it_ends(self) -> "Sampling":
        steps = self.n_frames * self.stride + self.n_trajectories * self.equilibration
        if steps > MOST_ENGINE_STEPS:
            raise ValueError(
                f"n_frames ({self.n_frames}) times stride ({self.stride}), with the equilibration "
                f"of each trajectory, are {steps} steps; at most {MOST_ENGINE_STEPS} are run"
            )
        return self


class Split(Section):
    """Assignment of blocks of consecutive frames to train, validation and test."""

    stages: ClassVar[tuple[str, ...]] = ("data",)

    block: int = setting(
        20,
        unit="frames",
        description="Consecutive frames kept together in one subset.",
        gt=0,
        le=MOST_FRAMES,
    )
    validation: float = setting(
        0.1, unit="1", description="Share of blocks for validation.", gt=0, lt=1
    )
    test: float = setting(0.2, unit="1", description="Share of blocks for the test.", gt=0, lt=1)
    seed: int = setting(0, unit="1", description="Seed of the assignment.", ge=0, le=LARGEST_SEED)

    @model_validator(mode="after")
    def _train_is_left(self) -> "Split":
        if self.validation + self.test >= 1:
            raise ValueError("validation + test must be below 1, or nothing is left to train on")
        return self


class _Dataset(Section):
    """What every data set may say, wherever it comes from."""

    stages: ClassVar[tuple[str, ...]] = ("data",)

    dynamics_temperature: float = setting(
        0.0,
        unit="K",
        stages=("dynamics", "reference_dynamics"),
        description="Temperature of the start velocities of dynamics on this data set;"
        " 0 takes dynamics.temperature.",
        ge=0,
        le=HOTTEST,
    )


class GeneratedDataset(_Dataset):
    """A molecule sampled with the reference engine."""

    source: Literal["generate"] = setting(unit="", description="Sample with the reference engine.")
    molecule: PathText = setting(
        unit="",
        description="SMILES, a name that nearsight knows, or a path to an .xyz file.",
        min_length=1,
    )
    sampling: Sampling = Field(default_factory=Sampling)
    split: Split = Field(default_factory=Split)


class ImportedDataset(_Dataset):
    """Labelled structures from a file of the user's."""

    source: Literal["import"] = setting(
        unit="", description="Read labelled structures from a file."
    )
    file: PathText = setting(
        unit="",
        description="Extended xyz, ASE or SchNetPack database, sGDML/rMD17/MD22 .npz or QM7-X"
        " .hdf5.",
        min_length=1,
    )
    energy_unit: EnergyUnit = setting(unit="", description="Unit of the energies in the file.")
    length_unit: LengthUnit = setting("angstrom", unit="", description="Unit of lengths.")
    force_unit: str = setting(
        "",
        unit="",
        description="Unit of the forces, e.g. hartree/bohr (quantum chemistry prints it beside"
        " positions in Å); energy unit per length unit where left empty.",
        max_length=32,
        pattern=r"^((eV|meV|kcal/mol|kJ/mol|hartree)/(angstrom|bohr|nm))?$",
    )
    temperature: float = setting(
        500.0,
        unit="K",
        description="Temperature the structures were sampled at.",
        ge=COLDEST,
        le=HOTTEST,
    )
    energy_key: Words = setting(
        "", unit="", description="Key of the energies, where the file has several."
    )
    force_key: Words = setting(
        "", unit="", description="Key of the forces; none where the file has no forces."
    )
    level_of_theory: Words = setting(
        "unknown",
        unit="",
        description="What the labels were computed with; only GFN2-xTB has an engine here, other"
        " data need a yardstick.",
        min_length=1,
    )
    test_file: PathText = setting(
        "",
        unit="",
        description="File of the test frames, as published splits have one; then split.test is not"
        " used.",
    )
    split: Split = Field(default_factory=Split)


class PublishedDataset(_Dataset):
    """A data set of the table of published ones."""

    source: Literal["published"] = setting(unit="", description="Fetch a published data set.")
    name: str = setting(
        unit="",
        description="Its name in config/datasets.tsv (nearsight data fetch --list).",
        pattern=r"^[a-z0-9_]+$",
        max_length=100,
    )
    test_name: str = setting(
        "",
        unit="",
        description="Name of the test frames, where a published split has its own; then split.test"
        " is not used.",
        pattern=r"^[a-z0-9_]*$",
        max_length=100,
    )
    n_frames: int = setting(
        0,
        unit="frames",
        description="Frames to draw at random; 0 takes all.",
        ge=0,
        le=MOST_FRAMES,
    )
    seed: int = setting(0, unit="1", description="Seed of the draw.", ge=0, le=LARGEST_SEED)
    split: Split = Field(default_factory=Split)


DatasetSpec = Annotated[
    GeneratedDataset | ImportedDataset | PublishedDataset, Field(discriminator="source")
]
