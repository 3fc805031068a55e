"""Variants: one family, its hyperparameters and a seed; and the axes that span a study."""

from functools import cached_property
from itertools import product
from math import prod
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from nearsight.families.targets import Pooling, TargetName, fits
from nearsight.limits import LARGEST_SEED, MOST_FRAMES, MOST_VARIANTS
from nearsight.section import Section, setting

Family = Literal["schnet", "painn"]
RadialBasis = Literal["gaussian", "bessel"]
Cutoff = Annotated[float, Field(gt=0.5, le=30)]
Depth = Annotated[int, Field(ge=1, le=12)]
Features = Annotated[int, Field(ge=2, le=1024)]
TrainingFrames = Annotated[int, Field(ge=1, le=MOST_FRAMES)]
Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]
DEFAULT_SPACING = 0.25
MOST_VALUES = 1000
"""Values on one axis."""


def _check_spacing(cutoff: float, spacing: float) -> None:
    if round(cutoff / spacing) < 1:
        raise ValueError(
            f"radial_spacing ({spacing}) leaves a single basis function within the cutoff "
            f"({cutoff}): choose it below the cutoff"
        )


class Variant(Section):
    """One network to train: everything that tells it from its siblings."""

    family: Family = setting(unit="", description="SchNetPack representation.")
    cutoff: float = setting(unit="angstrom", description="Interaction cutoff.", gt=0.5, le=30)
    depth: int = setting(3, unit="blocks", description="Interaction blocks T.", ge=1, le=12)
    features: int = setting(64, unit="1", description="Features per atom F.", ge=2, le=1024)
    n_train: int = setting(
        1000, unit="frames", description="Training frames.", ge=1, le=MOST_FRAMES
    )
    seed: int = setting(
        0, unit="1", description="Seed of weights and batches.", ge=0, le=LARGEST_SEED
    )
    frames_seed: int = setting(
        0,
        unit="1",
        description="Seed of the choice of training frames.",
        ge=0,
        le=LARGEST_SEED,
    )
    radial_basis: RadialBasis = setting("gaussian", unit="", description="Radial basis.")
    radial_spacing: float = setting(
        DEFAULT_SPACING,
        unit="angstrom",
        description="Distance between radial basis functions; their number grows with the cutoff.",
        ge=0.01,
        le=2,
    )
    target: TargetName = setting(
        "energy", unit="", description="What is learned; energies come with forces."
    )
    pooling: Pooling = setting(
        "sum",
        unit="",
        description="How atoms make a molecule: sum or average of one value each; dipole: their"
        " charges give the magnitude of a dipole.",
    )

    @model_validator(mode="after")
    def _basis_fits(self) -> "Variant":
        _check_spacing(self.cutoff, self.radial_spacing)
        return self

    @model_validator(mode="after")
    def _pooling_fits(self) -> "Variant":
        if not fits(self.target, self.pooling):
            raise ValueError(f"pooling dipole gives dipoles, not {self.target}: use sum or average")
        return self

    @property
    def id(self) -> str:
        """Readable and stable name, for example ``painn~rc5.0~T3~F64~n400~s0``."""
        parts = [
            self.family,
            f"rc{self.cutoff}",
            f"T{self.depth}",
            f"F{self.features}",
            f"n{self.n_train}",
            f"s{self.seed}",
        ]
        if self.frames_seed:
            parts.append(f"f{self.frames_seed}")
        if self.radial_basis != "gaussian":
            parts.append(self.radial_basis)
        if self.radial_spacing != DEFAULT_SPACING:
            parts.append(f"dr{self.radial_spacing}")
        if (self.target, self.pooling) != ("energy", "sum"):
            parts.append(f"{self.target}-{self.pooling}")
        return "~".join(parts)

    @property
    def n_radial(self) -> int:
        """Number of radial basis functions: the spacing stays when the cutoff changes."""
        return round(self.cutoff / self.radial_spacing) + 1

    @property
    def receptive_field(self) -> float:
        """Depth × cutoff in Å: the farthest atom that can reach a read-out."""
        return self.depth * self.cutoff


class VariantAxes(Section):
    """The axes whose product is the set of variants of a study."""

    stages: ClassVar[tuple[str, ...]] = ("train",)

    family: list[Family] = setting(
        unit="", description="SchNetPack representations.", min_length=1, max_length=MOST_VALUES
    )
    cutoff: list[Cutoff] = setting(
        unit="angstrom",
        description="Interaction cutoffs, also those of the neighbour lists.",
        min_length=1,
        max_length=MOST_VALUES,
    )
    depth: list[Depth] = setting(
        unit="blocks",
        description="Numbers of interaction blocks T.",
        min_length=1,
        max_length=MOST_VALUES,
    )
    features: list[Features] = setting(
        [64], unit="1", description="Features per atom F.", min_length=1, max_length=MOST_VALUES
    )
    n_train: list[TrainingFrames] = setting(
        unit="frames",
        description="Training frames, the first n of the order that frames_seed draws.",
        min_length=1,
        max_length=MOST_VALUES,
    )
    seed: list[Seed] = setting(
        [0],
        unit="1",
        description="Seeds of weights and batches.",
        min_length=1,
        max_length=MOST_VALUES,
    )
    frames_seed: list[Seed] = setting(
        [0],
        unit="1",
        description="Seeds of the choice of training frames.",
        min_length=1,
        max_length=MOST_VALUES,
    )
    own_frames: bool = setting(
        False,
        unit="",
        description="Each seed draws its own training frames: frames_seed is the seed, no axis.",
    )
    radial_basis: list[RadialBasis] = setting(
        ["gaussian"], unit="", description="Radial bases.", min_length=1, max_length=MOST_VALUES
    )
    target: list[TargetName] = setting(
        ["energy"], unit="", description="What is learned.", min_length=1, max_length=MOST_VALUES
    )
    pooling: list[Pooling] = setting(
        ["sum"],
        unit="",
        description="How atoms make a molecule; dipole is combined with the target dipole alone.",
        min_length=1,
        max_length=MOST_VALUES,
    )
    radial_spacing: float = setting(
        DEFAULT_SPACING,
        unit="angstrom",
        description="Distance between radial basis functions; their number grows with the cutoff.",
        ge=0.01,
        le=2,
    )

    @model_validator(mode="after")
    def _no_value_twice(self) -> "VariantAxes":
        for axis, values in self.model_dump(exclude={"radial_spacing", "own_frames"}).items():
            if len(set(values)) != len(values):
                raise ValueError(f"{axis} lists a value twice: {values}")
        return self

    @model_validator(mode="after")
    def _one_way_to_choose_frames(self) -> "VariantAxes":
        if self.own_frames and self.frames_seed != [0]:
            raise ValueError(
                f"own_frames is true, so frames_seed ({self.frames_seed}) says nothing: leave one"
                " of them out"
            )
        return self

    @model_validator(mode="after")
    def _they_can_be_planned(self) -> "VariantAxes":
        if self.count > MOST_VARIANTS:
            raise ValueError(
                f"the axes span {self.count} variants; at most {MOST_VARIANTS} are planned"
            )
        return self

    @model_validator(mode="after")
    def _poolings_fit(self) -> "VariantAxes":
        if not any(fits(target, pooling) for target in self.target for pooling in self.pooling):
            raise ValueError("pooling dipole gives dipoles alone: add dipole to target")
        return self

    @model_validator(mode="after")
    def _basis_fits(self) -> "VariantAxes":
        for cutoff in self.cutoff:
            _check_spacing(cutoff, self.radial_spacing)
        return self

    @property
    def count(self) -> int:
        """Number of combinations of values, before poolings that do not fit are left out."""
        return prod(len(getattr(self, axis)) for axis in AXES)

    def expand(self) -> list[Variant]:
        """All variants of the study, in the order of the axes."""
        return list(self.members)

    @cached_property
    def members(self) -> tuple[Variant, ...]:
        """The same, made once: it is asked for again and again where jobs are planned."""
        axes = {name: getattr(self, name) for name in AXES}
        every = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
        if self.own_frames:
            every = [{**chosen, "frames_seed": chosen["seed"]} for chosen in every]
        return tuple(
            Variant(**chosen, radial_spacing=self.radial_spacing)
            for chosen in every
            if fits(chosen["target"], chosen["pooling"])
        )


AXES = (
    "family",
    "cutoff",
    "depth",
    "features",
    "n_train",
    "seed",
    "frames_seed",
    "radial_basis",
    "target",
    "pooling",
)
"""Names of the axes, in the order of the study table's dimensions."""

REPEATS = ("seed", "frames_seed")
"""Axes that repeat a setting: what differs along them alone is one setting trained again."""
