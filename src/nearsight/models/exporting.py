"""A model for SchNetPack: its state dict as safetensors, its make-up as text, in one folder."""

from pathlib import Path

import yaml

from nearsight.errors import ModelError
from nearsight.families.registry import family_of
from nearsight.families.schnetpack.makeup import FORMAT, Hyperparameters, Offsets
from nearsight.families.schnetpack.network import Makeup, hydra_config, makeup_of
from nearsight.families.targets import TARGETS
from nearsight.models.model import Model
from nearsight.models.tensors import write_tensors
from nearsight.storage import atomic_path, write_json
from nearsight.storage.names import EXPORTED


def export_model(model: Model, folder: Path) -> None:
    """Write ``weights.safetensors``, ``hyperparameters.json`` and ``model.yaml``.

    ``hydra.utils.instantiate`` makes a network of SchNetPack from ``model.yaml`` that takes the
    weights as its state dict; its energies lack the offsets, which stand in
    ``hyperparameters.json``. :func:`nearsight.models.foreign.load_foreign` reads the first two.

    Args:
        model: a trained model.
        folder: made where it is not there.

    Raises:
        ModelError: there is nothing to export, because training came to no end, or SchNetPack
            cannot build the model's family.
    """
    model.require_trained()
    makeup = _makeup(model)
    weights, hyperparameters, config = (folder / name for name in EXPORTED)
    write_tensors(model.network.state_dict(), weights, {"format": "pt"})
    write_json(hyperparameters_of(model).model_dump(), hyperparameters)
    with atomic_path(config) as temporary:
        text = yaml.safe_dump(hydra_config(makeup), sort_keys=False)
        temporary.write_text(text, encoding="utf-8")


def hyperparameters_of(model: Model) -> Hyperparameters:
    """What a model is made of, its units and offsets.

    Raises:
        ModelError: its family cannot be built by SchNetPack.
    """
    target, makeup = TARGETS[model.variant.target], _makeup(model)
    references = {str(z): value for z, value in model.atom_reference.items()}
    return Hyperparameters(
        format=FORMAT,
        representation=makeup.representation,
        head=makeup.head,
        property_unit=target.unit,
        offsets=Offsets(
            mean=model.mean,
            per_atom=target.extensive,
            atom_reference=references if target.extensive else {},
        ),
        origin=f"nearsight, {model.variant.id}",
    )


def _makeup(model: Model) -> Makeup:
    section = family_of(model.variant).makeup
    if section is None:
        raise ModelError(
            f"family {model.variant.family} is not SchNetPack's: {model.variant.id} cannot be "
            "exported"
        )
    return makeup_of(section, model.variant)
