"""How long one core takes for networks of a family: what the costs of a study are expected from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """How fast one core evaluates networks of a family: one frame in a step of training.

    Attributes:
        block: time of a block whatever its size (s).
        speed: multiplications of a network's layers, as requests of jobs count them, a second.
    """

    block: float
    speed: float
