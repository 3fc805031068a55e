"""Everything that tests the relevance of one model, in one labelled data set."""

from collections.abc import Sequence

import ase
import numpy as np
import torch
import xarray as xr

from nearsight import units
from nearsight.config import Explain, Faithfulness
from nearsight.errors import ModelError
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
from nearsight.models.open_model import Explicable, OpenModel
from nearsight.models.trained_model import TrainedModel
from nearsight.progress import progress_bar

BUDGET = Explain().budget


def probe(
    model: OpenModel,
    structures: Sequence[ase.Atoms],
    relevance: xr.Dataset,
    response: xr.Dataset,
    settings: Faithfulness,
    *,
    device: torch.device | str = "cpu",
) -> xr.Dataset:
    """Explain a model under other choices, with random weights, and take its messages away.

    Args:
        model: a force field that has walks, whoever trained it.
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
        ModelError: it has no walks, or no energies.
    """
    shown = _explicable(model)
    own_seed = model.model.variant.seed if isinstance(model, TrainedModel) else -1
    rows = first_structures(structures, relevance, response, settings.n_structures)
    used = structures[: rows.n_structures]
    tried = choices(shown.treatments, settings.gammas)
    own = made_by(*(relevance.attrs[name] for name in ("rule", "rule_strength", "vector")))
    read = [_in_own_unit(atoms, shown.length) for atoms in used]
    explained = [
        [
            pairs_and_orders(choice.chain(shown.network, atoms, shown.output), BUDGET)
            for choice in tried
        ]
        for atoms in progress_bar(read, desc="rules", unit="structure")
    ]
    drawn = random_networks(
        shown.redrawn, settings.n_randomisations, settings.seed, own_seed=own_seed
    )
    randomised = [
        np.concatenate([pair_relevance(own.chain(other, atoms, shown.output)) for atoms in read])
        for other in drawn
    ]
    removals = [
        remove(
            shown.network,
            shown.form,
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
    # From the unit of its output to eV.
    unit = shown.form.unit
    under = [np.concatenate([unit * pair for pair, _ in found]) for found in by_choice]
    orders = [[unit * absolute for _, absolute in found] for found in by_choice]
    return xr.Dataset(
        {
            **rows.columns,
            "relevance": _energy(("choice", "pair"), under, "exclusive two-body relevance"),
            "absolute_bodies": _energy(
                ("choice", "structure", "n_atoms"), orders, "sum of |relevance| by body order"
            ),
            "relevance_randomised": _energy(
                ("randomisation", "pair"),
                unit * np.array(randomised),
                "the same of a network with random weights",
            ),
            **_removed(removals),
        },
        coords=_coordinates(tried, model.depth or 0, settings),
        attrs={"status": "ok", "reason": "", "own_choice": own.label},
    )


def _explicable(model: OpenModel) -> Explicable:
    model.require_energies()
    if model.explicable is None:
        raise ModelError(f"model {model.label}: {model.no_walks}")
    return model.explicable


def _in_own_unit(atoms: ase.Atoms, length: float) -> ase.Atoms:
    """A structure as a network reads it, whose unit of length is given in Å."""
    if length == 1:
        return atoms
    return ase.Atoms(atoms.numbers, positions=atoms.positions / length)


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
