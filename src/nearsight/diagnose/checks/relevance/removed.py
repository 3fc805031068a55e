"""Does the model change most when the pairs that relevance names lose their messages?"""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from ase import Atoms

from nearsight import units
from nearsight.diagnose.subject import Subject
from nearsight.faithfulness.removal import ORDERS, fractions, remove
from nearsight.faithfulness.same_pairs import square
from nearsight.labels import variable

N_STEPS = 12
N_RANDOM = 5


def why_not(subject: Subject) -> str:
    """Why messages cannot be taken away; empty where they can."""
    if subject.model.explicable is None or subject.model.target != "energy":
        return "messages are taken away in networks of energies that have walks"
    return ""


def removals(
    subject: Subject, structures: Sequence[Atoms], relevance: xr.Dataset, response: np.ndarray
) -> dict[str, xr.Variable]:
    """Changes of forces as messages go, by the order in which they do; empty where they cannot.

    Args:
        subject: what is diagnosed.
        structures: that were explained.
        relevance: their table over ``pair``.
        response: (pair,) of the same pairs in eV/Å².
    """
    shown = subject.model.explicable
    if why_not(subject) or shown is None:
        return {}
    own = relevance.variables["structure"].values
    found = [
        remove(
            shown.network,
            shown.form,
            atoms,
            {
                "relevance": square(np.abs(relevance["relevance"].to_numpy()), own == k),
                "response": square(response, own == k),
                "distance": -square(relevance["distance"].to_numpy(), own == k),
            },
            n_steps=N_STEPS,
            n_random=N_RANDOM,
            seed=subject.seed + k,
            device=subject.device,
        ).force
        for k, atoms in enumerate(structures)
    ]
    return {
        "removal_force": variable(
            ("order", "structure_removed", "fraction"), np.stack(found, axis=1), units.FORCE,
            "root mean square change of forces without messages",
        ),
        "order": variable("order", list(ORDERS), "", "order in which messages go"),
        "fraction": variable(
            "fraction", fractions(N_STEPS), units.ONE,
            "share of connected pairs whose messages are gone",
        ),
    }  # fmt: skip


def gains(table: xr.Dataset, order: str) -> np.ndarray:
    """(structure,) area between the curve of an order and that of random orders.

    A change is divided by the one without any messages and cut off at 1, as in a study
    (``ablation_area_relevance``): 0 is no better than random.

    Args:
        table: with the variables of :func:`removals`.
        order: which one.
    """
    force = table["removal_force"].transpose("order", "structure_removed", "fraction").to_numpy()
    last = force[..., -1:]
    relative = np.divide(force, last, out=np.full(force.shape, np.nan), where=last > 0)
    area = np.trapezoid(np.minimum(relative, 1.0), table["fraction"].to_numpy(), axis=-1)
    rows = {str(name): k for k, name in enumerate(table["order"].to_numpy())}
    return np.asarray(area[rows[order]] - area[rows["random"]])
