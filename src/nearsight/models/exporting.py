"""A model for SchNetPack: its state dict as safetensors, its make-up as text, in one folder."""

from pathlib import Path
from typing import Any

import yaml

from nearsight.config import TARGETS, Variant
from nearsight.families.schnetpack.makeup import FORMAT, Hyperparameters
from nearsight.models.model import Model
from nearsight.models.tensors import write_tensors
from nearsight.storage import atomic_path, write_json
from nearsight.storage.names import EXPORTED

_KINDS = {"schnet": "SchNet", "painn": "PaiNN"}
_BASES = {"gaussian": "GaussianRBF", "bessel": "BesselRBF"}
_POOLINGS = {"sum": "sum", "average": "avg"}


def export_model(model: Model, folder: Path) -> None:
    """Write ``weights.safetensors``, ``hyperparameters.json`` and ``model.yaml``.

    ``hydra.utils.instantiate`` makes a network of SchNetPack from ``model.yaml`` that takes the
    weights as its state dict; its energies lack the offsets, which stand in
    ``hyperparameters.json``. :func:`nearsight.models.foreign.load_foreign` reads the first two.

    Args:
        model: a trained model.
        folder: made where it is not there.

    Raises:
        ModelError: there is nothing to export, because training came to no end.
    """
    model.require_trained()
    weights, hyperparameters, config = (folder / name for name in EXPORTED)
    write_tensors(model.network.state_dict(), weights, {"format": "pt"})
    write_json(hyperparameters_of(model).model_dump(), hyperparameters)
    with atomic_path(config) as temporary:
        text = yaml.safe_dump(schnetpack_config(model.variant), sort_keys=False)
        temporary.write_text(text, encoding="utf-8")


def hyperparameters_of(model: Model) -> Hyperparameters:
    """What a model is made of, its units and offsets."""
    variant, target = model.variant, TARGETS[model.variant.target]
    schnet = variant.family == "schnet"
    return Hyperparameters.model_validate(
        {
            "format": FORMAT,
            "representation": {
                "kind": _KINDS[variant.family],
                "n_atom_basis": variant.features,
                "n_interactions": variant.depth,
                "radial_basis": _BASES[variant.radial_basis],
                "n_radial": variant.n_radial,
                "cutoff": variant.pair_cutoff,
                "activation": "shifted_softplus" if schnet else "silu",
                **({"n_filters": variant.features} if schnet else {}),
            },
            "head": _head(model),
            "property_unit": target.unit,
            "offsets": {
                "mean": model.mean,
                "per_atom": target.extensive,
                "atom_reference": {str(z): value for z, value in model.atom_reference.items()}
                if target.extensive
                else {},
            },
            "origin": f"nearsight, {variant.id}",
        }
    )


def schnetpack_config(variant: Variant) -> dict[str, Any]:
    """SchNetPack's own description of the network, to be instantiated by hydra."""
    heads: list[dict[str, Any]] = [_schnetpack_head(variant)]
    if variant.target == "energy":
        heads.append({"_target_": "schnetpack.atomistic.Forces"})
    return {
        "_target_": "schnetpack.model.NeuralNetworkPotential",
        "representation": {
            "_target_": f"schnetpack.representation.{_KINDS[variant.family]}",
            "n_atom_basis": variant.features,
            "n_interactions": variant.depth,
            "radial_basis": {
                "_target_": f"schnetpack.nn.{_BASES[variant.radial_basis]}",
                "n_rbf": variant.n_radial,
                "cutoff": variant.pair_cutoff,
            },
            "cutoff_fn": {"_target_": "schnetpack.nn.CosineCutoff", "cutoff": variant.pair_cutoff},
        },
        "input_modules": [{"_target_": "schnetpack.atomistic.PairwiseDistances"}],
        "output_modules": heads,
    }


def _head(model: Model) -> dict[str, Any]:
    variant = model.variant
    network: Any = model.network
    hidden = [layer.out_features for layer in network.output_modules[0].outnet[:-1]]
    shape = {"output": variant.target, "n_hidden": hidden}
    if variant.pooling == "dipole":
        return {"kind": "DipoleMoment", **shape}
    return {"kind": "Atomwise", **shape, "aggregation": _POOLINGS[variant.pooling]}


def _schnetpack_head(variant: Variant) -> dict[str, Any]:
    if variant.pooling == "dipole":
        return {
            "_target_": "schnetpack.atomistic.DipoleMoment",
            "n_in": variant.features,
            "dipole_key": variant.target,
            "predict_magnitude": True,
        }
    return {
        "_target_": "schnetpack.atomistic.Atomwise",
        "n_in": variant.features,
        "output_key": variant.target,
        "aggregation_mode": _POOLINGS[variant.pooling],
    }
