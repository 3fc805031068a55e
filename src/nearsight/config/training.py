"""Settings of the training."""

from typing import ClassVar, Literal

from pydantic import model_validator

from nearsight.limits import MOST_FRAMES
from nearsight.section import Section, setting

MOST_EPOCHS = 1_000_000
SMALLEST_WEIGHT = 1e-9


class Training(Section):
    """How a variant is fitted; defaults come from a comparison, see docs/training.md."""

    stages: ClassVar[tuple[str, ...]] = ("train",)

    max_epochs: int = setting(
        300, unit="epochs", description="Most passes over the data.", ge=1, le=MOST_EPOCHS
    )
    batch_size: int = setting(5, unit="frames", description="Frames per step.", ge=1, le=100_000)
    learning_rate: float = setting(5e-3, unit="1", description="First learning rate.", gt=0, le=1)
    schedule: Literal["plateau", "cosine"] = setting(
        "cosine",
        unit="",
        description="How the learning rate falls: at plateaus, or over max_epochs along a cosine to"
        " min_learning_rate.",
    )
    lr_factor: float = setting(
        0.5, unit="1", description="Factor on the learning rate at a plateau.", gt=0, lt=1
    )
    lr_patience: int = setting(
        15,
        unit="epochs",
        description="Epochs without progress before the rate falls.",
        ge=0,
        le=MOST_EPOCHS,
    )
    min_learning_rate: float = setting(
        1e-6, unit="1", description="Training ends when the rate falls below this.", gt=0, le=1
    )
    early_stopping: int = setting(
        100,
        unit="epochs",
        description="Epochs without progress before training ends.",
        ge=1,
        le=MOST_EPOCHS,
    )
    energy_weight: float = setting(
        0.05,
        unit="1",
        description="Weight of the squared error of the energy (eV²).",
        ge=0,
        le=1e6,
    )
    force_weight: float = setting(
        0.95,
        unit="1",
        description="Weight of the squared error of the forces (eV²/Å²).",
        ge=0,
        le=1e6,
    )
    ema_decay: float = setting(
        0.99,
        unit="1",
        description="Decay per step of the exponential average of weights.",
        ge=0,
        lt=1,
    )
    gradient_clip: float = setting(
        10.0, unit="1", description="Largest norm of the gradient of a step.", ge=1e-6, le=1e6
    )
    checkpoint_every: int = setting(
        5,
        unit="epochs",
        stages=(),
        description="Epochs between checkpoints to resume from.",
        ge=1,
        le=MOST_EPOCHS,
    )
    compile: bool = setting(
        False,
        unit="",
        description="Compile the step, a minute or more at the start: worth it in long runs.",
    )
    frames_in_memory: int = setting(
        100_000,
        unit="frames",
        description="Data sets with more frames are streamed from their file, this many at a time.",
        ge=1,
        le=MOST_FRAMES,
    )

    @model_validator(mode="after")
    def _something_to_fit(self) -> "Training":
        if max(self.energy_weight, self.force_weight) < SMALLEST_WEIGHT:
            raise ValueError("energy_weight and force_weight are both 0: nothing to fit")
        return self
