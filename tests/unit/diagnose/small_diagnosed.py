"""A small network with drawn weights, opened as any trained one."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from nearsight.config import Variant
from nearsight.families.registry import build_network
from nearsight.models.files import save_model
from nearsight.models.model import Model
from nearsight.models.open_model import OpenModel
from nearsight.models.opening import open_model

REFERENCES: Mapping[int, float] = {1: -13.0, 6: -1030.0, 7: -1480.0, 8: -2040.0}


def drawn_model(variant: Variant) -> OpenModel:
    """A network with biases that are not zero, written and read back."""
    network = build_network(variant)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("bias"):
                parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        save_model(Model(network, variant, dict(REFERENCES)), path)
        return open_model(path)
