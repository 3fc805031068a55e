"""Everything that tests the relevance of one model, in one labelled data set."""

from collections.abc import Sequence

import ase
import numpy as np
import torch
import xarray as xr

from nearsight import units
from nearsight.config import Explain, Faithfulness
from nearsight.faithfulness.randomisation import random_networks
from nearsight.faithfulness.removal import ORDERS, Removal, fractions, remove
from nearsight.faithfulness.same_pairs import first_structures, square
from nearsight.faithfulness.treatments import (
    Choice,
    choices,
    made_by,
    pair_relevance,
    pairs_and_orders,
)
from nearsight.labels import variable
from nearsight.models.model import Model
from nearsight.progress import progress_bar

BUDGET = Explain().budget


def probe(
    model: Model,
    structures: Sequence[ase.Atoms],
    relevance: xr.Dataset,
    response: xr.Dataset,
    settings: Faithfulness,
    *,
    device: torch.device | str = "cpu",
) -> xr.Dataset:
    """Explain a model under other choices, with random weights, and take its messages away.

    Args:
        model: a trained variant.
        structures: those that were explained and probed.
        relevance: its relevance, see :func:`nearsight.explain.explain`.
        response: its response, see :func:`nearsight.respond.response`.
        settings: how much to test.
        device: where the network runs.

    Returns:
        Over ``pair``: ``relevance(choice, pair)`` and ``relevance_randomised(randomisation, pair)``
        in eV, ``distance``; ``absolute_bodies(choice, structure, n_atoms)`` in eV;
        ``ablation_energy(order, structure, fraction)`` in eV and ``ablation_force`` in eV/Å.

    Raises:
        DataError: the files do not speak of the same structures.
    """
    rows = first_structures(structures, relevance, response, settings.n_structures)
    used = structures[: rows.n_structures]
    tried = choices(model.variant.treatments, settings.gammas)
    own = made_by(*(relevance.attrs[name] for name in ("rule", "rule_strength", "vector")))
    network = model.network
    explained = [
        [pairs_and_orders(choice.chain(network, atoms), BUDGET) for choice in tried]
        for atoms in progress_bar(used, desc="rules", unit="structure")
    ]
    randomised = [
        np.concatenate([pair_relevance(own.chain(other, atoms)) for atoms in used])
        for other in random_networks(model.variant, settings.n_randomisations, settings.seed)
    ]
    removals = [
        remove(
            model,
            atoms,
            {
                "relevance": square(np.abs(rows.relevance), rows.structure == k),
                "response": square(rows.response, rows.structure == k),
                "distance": -square(rows.distance, rows.structure == k),
            },
            n_steps=settings.n_fractions,
            n_random=settings.n_random,
            seed=settings.seed + k,
            device=device,
        )
        for k, atoms in enumerate(progress_bar(used, desc="ablation", unit="structure"))
    ]
    by_choice = list(zip(*explained, strict=True))
    under = [np.concatenate([pair for pair, _ in found]) for found in by_choice]
    orders = [[absolute for _, absolute in found] for found in by_choice]
    return xr.Dataset(
        {
            **rows.columns,
            "relevance": _energy(("choice", "pair"), under, "exclusive two-body relevance"),
            "absolute_bodies": _energy(
                ("choice", "structure", "n_atoms"), orders, "sum of |relevance| by body order"
            ),
            "relevance_randomised": _energy(
                ("randomisation", "pair"), randomised, "the same of a network with random weights"
            ),
            **_removed(removals),
        },
        coords=_coordinates(tried, model.variant.depth, settings),
        attrs={"status": "ok", "reason": "", "own_choice": own.label},
    )


def _energy(dims: tuple[str, ...], values: object, text: str) -> xr.Variable:
    return variable(dims, values, units.ENERGY, text)


def _removed(removals: Sequence[Removal]) -> dict[str, xr.Variable]:
    dims = ("order", "structure", "fraction")
    energy, force = (
        np.stack([getattr(removal, name) for removal in removals], axis=1)
        for name in ("energy", "force")
    )
    return {
        "ablation_energy": _energy(dims, energy, "|change of the energy| without messages"),
        "ablation_force": variable(
            dims, force, units.FORCE, "root mean square change of forces without messages"
        ),
        "n_connected": variable(
            "structure",
            [removal.n_connected for removal in removals],
            units.ONE,
            "pairs of atoms that send each other messages",
        ),
    }


def _coordinates(
    tried: Sequence[Choice], depth: int, settings: Faithfulness
) -> dict[str, xr.Variable]:
    return {
        "choice": variable("choice", [c.label for c in tried], "", "rule and vectors"),
        "rule": variable("choice", [c.rule.name for c in tried], "", "rule of dense layers"),
        "gamma": variable(
            "choice", [float(c.rule.strength) for c in tried], units.ONE, "strength of the rule"
        ),
        "vector": variable("choice", [c.vector for c in tried], "", "treatment of vectors"),
        "order": variable("order", list(ORDERS), "", "order in which messages go"),
        "fraction": variable(
            "fraction",
            fractions(settings.n_fractions),
            units.ONE,
            "share of connected pairs whose messages are gone",
        ),
        "n_atoms": variable(
            "n_atoms", np.arange(1, depth + 2), units.ONE, "number of distinct atoms on a walk"
        ),
    }
