"""Tables and cases of known laws, for tests of the tables of decay and stability."""

from dataclasses import replace

import numpy as np
import xarray as xr

from nearsight.collect.cases import Case
from nearsight.collect.decay.bins import bin_edges
from nearsight.config import Statistics, make_variant
from nearsight.labels import variable
from nearsight.storage import empty_dataset
from nearsight.train.card import Card

SETTINGS = Statistics(n_bootstrap=100, n_permutations=100, least_pairs=5)
EDGES = bin_edges(0.5, 9.0)
MISSING = empty_dataset("is missing")
OK = {"status": "ok", "reason": ""}
STAGES = (
    "history", "evaluation", "relevance", "response", "stability", "faithfulness", "reference",
    "reference_curves", "reference_stability",
)  # fmt: skip


def index(n: int = 240, structures: int = 3) -> dict[str, tuple[str, np.ndarray]]:
    """Carbon pairs, evenly from 1 to 9 Å, of structures in turn."""
    return {
        "distance": ("pair", np.linspace(1.0, 9.0, n)),
        "structure": ("pair", np.arange(n) % structures),
        "atomic_number": ("pair", np.full(n, 6)),
        "atomic_number_other": ("pair", np.full(n, 6)),
    }


def response(
    power: float, *, factor: float = 10.0, noise: float = 1e-9, structures: int = 3
) -> xr.Dataset:
    """Blocks of ``factor`` r^power eV/Å², whose asymmetry is ``noise`` everywhere."""
    own = index(structures=structures)
    norm = factor * own["distance"][1] ** power
    columns = {"norm": norm, "asymmetry": np.full(len(norm), noise)}
    return xr.Dataset(own | {k: ("pair", v) for k, v in columns.items()}, attrs=OK)


def relevance(power: float, *, structures: int = 3) -> xr.Dataset:
    """Relevance of both signs that falls as a power; half of |relevance| on walks of one atom."""
    own = index(structures=structures)
    size = own["distance"][1] ** power * (-1.0) ** np.arange(240)
    bodies = np.tile([2.0, 1.0, 1.0], (structures, 1))
    by_range = np.zeros((structures, 3, 4))
    by_range[:, 0, 0], by_range[:, 1, 1], by_range[:, 2, 3] = 2.0, 1.0, 1.0
    each = dict.fromkeys(("bias", "vector", "readout_bias", "leak"), np.full(structures, -0.25))
    numbers = each | {"walks": np.full(structures, 3.0)}
    errors = np.linspace(-2e-9, 1e-9, structures)
    return xr.Dataset(
        {
            **own,
            "relevance": ("pair", size),
            "relevance_contains": ("pair", 2 * size),
            "absolute_bodies": (("structure", "n_atoms"), bodies),
            "conservation_error": ("structure", errors),
            "absolute_range": (("structure", "n_atoms", "range"), by_range),
            "absolute_reach": (("structure", "reach"), np.tile([3.0, 1.0], (structures, 1))),
            **{name: ("structure", values) for name, values in numbers.items()},
        },
        coords={
            "n_atoms": variable("n_atoms", [1, 2, 3], "1", "atoms"),
            "range": variable("range", [1.0, 2.0, 3.0, 4.0], "angstrom", "range"),
            "reach": variable("reach", [0, 1], "1", "reach"),
        },
        attrs=OK,
    )


def card(**told: object) -> Card:
    """A card with what the study table reads, unchecked."""
    known = {
        "status": "ok", "reason": "", "level_of_theory": "PBE", "n_parameters": 1234,
        "epochs": 7, "training_seconds": 12.5,
    }  # fmt: skip
    return Card.model_construct(**(known | told))


def case(cutoff: float = 9.0, dataset: str = "ethanol", seed: int = 0, **files: object) -> Case:
    """A PaiNN of two layers of which all is missing but what is given."""
    everything = dict.fromkeys(STAGES, MISSING) | {"card": None} | files
    variant = make_variant(family="painn", cutoff=cutoff, depth=2, seed=seed)
    return Case(dataset=dataset, variant=variant, **everything)


def with_response(power: float, reference: xr.Dataset, **more: object) -> Case:
    """A case whose response falls as a power, beside a reference."""
    return replace(case(**more), response=response(power), reference=reference)
