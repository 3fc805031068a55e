"""From a variant to SchNetPack's own network."""

import math
from typing import Any

import schnetpack as spk
import torch
from schnetpack import properties

ENERGY_KEY = properties.energy
FORCE_KEY = properties.forces


def build_network(variant: Any) -> spk.model.NeuralNetworkPotential:
    """SchNetPack network of a variant, weights drawn from its seed.

    The radial basis has ``variant.n_radial`` functions, so that its resolution does not change
    with the cutoff (``GaussianRBF`` takes its width from the spacing). The global random state
    of PyTorch is left as it was.

    Returns:
        Network that maps SchNetPack inputs (Å) to the variant's target under the target's name;
        energies (eV) come with forces (eV/Å).
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(variant.seed)
        representation = _representation(variant)
        heads = [_head(variant)]
        if variant.target == "energy":
            heads.append(spk.atomistic.Forces(energy_key=ENERGY_KEY, force_key=FORCE_KEY))
        return spk.model.NeuralNetworkPotential(
            representation=representation,
            input_modules=[spk.atomistic.PairwiseDistances()],
            output_modules=heads,
        )


def _head(variant: Any) -> torch.nn.Module:
    if variant.pooling == "dipole":
        return spk.atomistic.DipoleMoment(
            n_in=variant.features, dipole_key=variant.target, predict_magnitude=True
        )
    modes = {"sum": "sum", "average": "avg"}
    return spk.atomistic.Atomwise(
        n_in=variant.features,
        output_key=variant.target,
        aggregation_mode=modes[variant.pooling],
    )


def _representation(variant: Any) -> torch.nn.Module:
    basis = {"gaussian": spk.nn.GaussianRBF, "bessel": spk.nn.BesselRBF}[variant.radial_basis]
    family = {"schnet": spk.representation.SchNet, "painn": spk.representation.PaiNN}
    return family[variant.family](
        n_atom_basis=variant.features,
        n_interactions=variant.depth,
        radial_basis=basis(n_rbf=variant.n_radial, cutoff=variant.cutoff),
        cutoff_fn=spk.nn.CosineCutoff(variant.cutoff),
    )


def cutoff_of(network: Any) -> float:
    """The cutoff in Å that a network was built with."""
    return float(getattr(network.representation, "cutoff", math.nan))


def last_element_of(network: Any) -> int | None:
    """The largest nuclear charge that has a row in a network's embedding."""
    embedding = network.representation.embedding
    table = getattr(embedding, "weight", getattr(embedding, "embedding", None))
    return None if table is None else len(table) - 1
