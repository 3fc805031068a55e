"""A variant: one model to train, of one family, with its hyperparameters and a seed."""

import math
from typing import TYPE_CHECKING, ClassVar

from pydantic import model_validator

from nearsight.families.look import Look
from nearsight.families.pace import Pace
from nearsight.families.targets import Pooling, TargetName, fits
from nearsight.limits import LARGEST_SEED, MOST_FRAMES
from nearsight.section import Section, setting


class Variant(Section):
    """One model to train: everything that tells it from its siblings.

    A family adds its own fields, which are the axes of a study unless it says otherwise.

    Attributes:
        look: of the family in figures.
        pace: of the family on one core; one that was not measured is taken for a slow one.
        single: fields that have one value in a block of a study, and are no axes.
        treatments: how relevance may treat the features that are no scalars, the published way
            first; empty where there is one way alone.
    """

    stages: ClassVar[tuple[str, ...]] = ("train",)
    look: ClassVar[Look]
    pace: ClassVar[Pace] = Pace(block=1.4e-4, speed=4.3e9)
    single: ClassVar[tuple[str, ...]] = ()
    treatments: ClassVar[tuple[str, ...]] = ()

    if TYPE_CHECKING:
        # A family has each as a field, or as a property where there is nothing to choose.
        family: str
        cutoff: float | None
        depth: int

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
    def _pooling_fits(self) -> "Variant":
        if not fits(self.target, self.pooling):
            raise ValueError(f"pooling dipole gives dipoles, not {self.target}: use sum or average")
        return self

    @property
    def id(self) -> str:
        """Readable and stable name, for example ``painn~rc5.0~T3~F64~n400~s0``."""
        before, after = self.own_id
        parts = [self.family, *before, f"n{self.n_train}", f"s{self.seed}"]
        if self.frames_seed:
            parts.append(f"f{self.frames_seed}")
        parts += after
        if (self.target, self.pooling) != ("energy", "sum"):
            parts.append(f"{self.target}-{self.pooling}")
        return "~".join(parts)

    @property
    def own_id(self) -> tuple[list[str], list[str]]:
        """Parts of the id that are the family's own: before and after those that all share."""
        raise NotImplementedError

    @property
    def pair_cutoff(self) -> float:
        """Å within which atoms are pairs; infinite where every two of them are."""
        return math.inf if self.cutoff is None else self.cutoff

    @property
    def receptive_field(self) -> float | None:
        """Depth × cutoff in Å: the farthest atom that can reach a read-out; None: every atom."""
        return None if self.cutoff is None else self.depth * self.cutoff

    @property
    def values_per_pair(self) -> int:
        """Numbers that one block holds for each pair of atoms: the measure of memory."""
        raise NotImplementedError

    def work(self, n_atoms: int, n_pairs: float) -> float:
        """Multiplications behind energy and forces of one molecule, for requests of jobs.

        Args:
            n_atoms: atoms of the molecule.
            n_pairs: its directed pairs within the cutoff.
        """
        raise NotImplementedError
