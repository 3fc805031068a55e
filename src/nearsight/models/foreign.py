"""A SchNetPack model trained elsewhere: its weights as safetensors, its make-up as text.

A folder holds ``weights.safetensors`` (the network's state dict) and ``hyperparameters.json`` (or
``.yaml``; see :class:`nearsight.families.schnetpack.makeup.Hyperparameters`). `nearsight convert`
writes both from SchNetPack's own pickled file.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nearsight.config import validate
from nearsight.config.loading import read_yaml
from nearsight.errors import CorruptFileError, MissingFileError, ModelError
from nearsight.families.schnetpack.makeup import Hyperparameters
from nearsight.families.schnetpack.network import Makeup, build_empty
from nearsight.models.tensors import CONVERTER, read_plain_tensors
from nearsight.storage.names import HYPERPARAMETERS, WEIGHTS
from nearsight.units import TO_ANGSTROM

# Weights name the cutoff in single precision.
SAME_CUTOFF = 1e-6
SHOWN = 3


@dataclass(frozen=True)
class ForeignModel:
    """A network trained elsewhere.

    Attributes:
        network: SchNetPack network in float64; its output without the offsets.
        hyperparameters: what it is made of, its units and offsets.
        files: the files it was read from, by role.
    """

    network: torch.nn.Module
    hyperparameters: Hyperparameters
    files: dict[str, Path]

    @property
    def length(self) -> float:
        """The network's unit of length in Å."""
        return TO_ANGSTROM[self.hyperparameters.length_unit]

    def offset(self, atomic_number: np.ndarray) -> float:
        """What post-processing adds for atoms (atom,), in the property's unit.

        Raises:
            ModelError: there are atom references, but none for one of the elements.
        """
        offsets, n_atoms = self.hyperparameters.offsets, len(atomic_number)
        references = 0.0
        if offsets.atom_reference:
            missing = {str(z) for z in atomic_number} - offsets.atom_reference.keys()
            if missing:
                raise ModelError(
                    f"the model has no atom reference for nuclear charge {', '.join(missing)}; "
                    f"it has {', '.join(offsets.atom_reference)}"
                )
            references = sum(offsets.atom_reference[str(z)] for z in atomic_number)
        if offsets.per_atom:
            return offsets.mean * n_atoms + references
        return offsets.mean + references / n_atoms


def load_foreign(path: Path) -> ForeignModel:
    """Read a SchNetPack model that was trained elsewhere.

    Args:
        path: the folder, or its safetensors file.

    Raises:
        MissingFileError: one of the two files is not there.
        CorruptFileError: not safetensors, a pickle, or weights that do not fit the
            hyperparameters; names the keys.
        ConfigError: the hyperparameters are not valid.
    """
    weights_file = _weight_file(Path(path))
    # Weights first: someone with a pickled file is to learn how to convert it.
    weights, _ = read_plain_tensors(weights_file)
    text_file = _hyperparameter_file(weights_file)
    values = read_yaml(text_file, str(text_file))
    hyperparameters = validate(Hyperparameters, values, str(text_file))
    network = build_empty(Makeup(hyperparameters.representation, hyperparameters.head))
    _check_weights(weights, network.state_dict(), weights_file, text_file)
    network.load_state_dict(weights)
    _check_cutoff(network, hyperparameters, text_file)
    return ForeignModel(
        network, hyperparameters, {"weights": weights_file, "hyperparameters": text_file}
    )


def _weight_file(path: Path) -> Path:
    if not path.is_dir():
        return path
    weights = path / WEIGHTS
    if not weights.is_file():
        others = sorted(file.name for file in path.glob("*.safetensors"))
        raise MissingFileError(
            f"{path}: holds no model: {WEIGHTS} is missing; "
            + (f"name the file, {path / others[0]}" if others else f"{CONVERTER} writes it")
        )
    return weights


def _hyperparameter_file(weights: Path) -> Path:
    names = (*HYPERPARAMETERS, *(f"{weights.stem}{Path(n).suffix}" for n in HYPERPARAMETERS))
    for name in names:
        if (weights.parent / name).is_file():
            return weights.parent / name
    raise MissingFileError(
        f"{weights.parent / HYPERPARAMETERS[0]}: no such file; it must stand beside the weights "
        f"({CONVERTER} writes both)"
    )


def _check_weights(
    weights: dict[str, torch.Tensor],
    expected: dict[str, torch.Tensor],
    weights_file: Path,
    text_file: Path,
) -> None:
    missing, unexpected = expected.keys() - weights.keys(), weights.keys() - expected.keys()
    common = expected.keys() & weights.keys()
    shapes = [
        f"{name} {tuple(weights[name].shape)} instead of {tuple(expected[name].shape)}"
        for name in sorted(common)
        if weights[name].shape != expected[name].shape
    ]
    odd = [name for name in sorted(common) if not bool(weights[name].isfinite().all())]
    faults = {
        "missing": sorted(missing), "unexpected": sorted(unexpected), "shape of": shapes,
        "not finite": odd,
    }  # fmt: skip
    found = [f"{kind} {_listed(names)}" for kind, names in faults.items() if names]
    if found:
        raise CorruptFileError(f"{weights_file}: does not fit {text_file.name}: {'; '.join(found)}")


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _check_cutoff(network: Any, hyperparameters: Hyperparameters, text_file: Path) -> None:
    stated, own = (
        hyperparameters.representation.cutoff,
        float(network.representation.cutoff_fn.cutoff),
    )
    if abs(stated - own) > SAME_CUTOFF * own:
        raise CorruptFileError(
            f"{text_file}: representation.cutoff = {stated}, but the weights hold {own}"
        )
