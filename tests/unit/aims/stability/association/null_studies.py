"""Studies in which decay has nothing to do with stability, as arrays, as unkind as real ones.

Settings have effects of their own on everything; seeds of a setting share its descriptor almost
wholly; what holds a setting together in one family does so in the other; survivors tie at the
duration, in one family nearly all of them; the force error has effects of its own.
"""

from dataclasses import dataclass

import numpy as np

from nearsight.aims.stability.association.descriptors import ERROR, HEATING, LISTED, SURVIVAL
from nearsight.aims.stability.association.design import Design

DURATION = 1.0


@dataclass(frozen=True)
class Shape:
    """Seeds of each family on a data set, over settings that they share."""

    n_settings: int
    seeds: tuple[int, ...]


DEMO = {"home": Shape(6, (1, 1))}
DECAY = {"home": Shape(10, (4, 2)), "other": Shape(10, (2,))}
"""The designs of ``config/demo.yaml`` and ``config/decay.yaml``, by data set."""


def null_study(
    shapes: dict[str, Shape], random: np.random.Generator, effect: float = 0.0
) -> dict[str, dict[str, np.ndarray]]:
    """By data set and column (stratum, setting, seed) values; NaN where there is no model.

    Args:
        shapes: of the data sets.
        random: source of numbers.
        effect: of the signed deviation on survival; of nothing else on anything.
    """
    n_settings = next(iter(shapes.values())).n_settings
    # What a setting is like is the same on every molecule.
    common = {name: random.normal(size=n_settings) for name in (*LISTED, SURVIVAL)}
    return {name: _on(shape, random, common, effect) for name, shape in shapes.items()}


def _on(
    shape: Shape, random: np.random.Generator, common: dict[str, np.ndarray], effect: float
) -> dict[str, np.ndarray]:
    size = len(shape.seeds), shape.n_settings, max(shape.seeds)
    absent = np.arange(size[2]) >= np.array(shape.seeds)[:, None, None]

    def column(name: str, between_seeds: float) -> np.ndarray:
        own = common[name][:, None] + 0.5 * random.normal(size=size[:2])[..., None]
        return own + between_seeds * random.normal(size=size)

    found = {name: column(name, 0.05) for name in LISTED}
    found["response_ratio_7"] = found["response_deviation_signed"] + 0.3 * found["response_ratio_7"]
    found[HEATING] += 0.5 * random.normal(size=size)
    life = column(SURVIVAL, 0.7) + effect * found["response_deviation_signed"]
    # The first family loses replicas, the others hardly any.
    life += np.arange(size[0])[:, None, None]
    found[SURVIVAL] = np.minimum(life, DURATION)
    return {name: np.where(absent, np.nan, values) for name, values in found.items()}


def design(columns: dict[str, np.ndarray], descriptor: str, outcome: str) -> Design:
    """The models of a data set."""
    n_settings = columns[ERROR].shape[1]
    place = np.arange(n_settings)
    # Cutoffs by depths, as far as the number allows.
    depths = 2 if n_settings % 2 == 0 else 1
    return Design(
        columns[descriptor], columns[outcome], columns[ERROR], place // depths, place % depths
    )
