"""From a model argument, as a user names a model, to the model."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nearsight.errors import ConfigError
from nearsight.models.calculator_model import CalculatorModel
from nearsight.models.converted_model import ConvertedModel
from nearsight.models.files import load_model
from nearsight.models.open_model import OpenModel
from nearsight.models.tensors import read_plain_tensors
from nearsight.models.trained_model import TrainedModel

_FACTORY = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


def is_factory(argument: str | Path) -> bool:
    """Whether a model argument names code, ``package.module:factory``, and no file."""
    return _FACTORY.fullmatch(str(argument)) is not None and not Path(argument).exists()


def open_model(argument: str | Path, arguments: Mapping[str, Any] | None = None) -> OpenModel:
    """Open any model.

    Args:
        argument: a model file of nearsight's; the folder, or safetensors file, of a converted
            SchNetPack model; or ``package.module:factory`` of an ASE calculator, which is imported
            and called.
        arguments: keyword arguments of the factory of a calculator.

    Raises:
        MissingFileError, CorruptFileError, ConfigError: see
            :func:`nearsight.models.files.load_model`,
            :func:`nearsight.models.foreign.load_foreign` and
            :func:`nearsight.data.calculators.calculator_from`; or arguments for a file.
    """
    if is_factory(argument):
        return CalculatorModel(str(argument), arguments or {})
    if arguments:
        raise ConfigError(
            f"model {argument}: is a file, and takes no arguments of a calculator; a calculator is "
            "named as package.module:factory"
        )
    path = Path(argument)
    if not path.is_dir() and "nearsight" in read_plain_tensors(path)[1]:
        return TrainedModel(load_model(path), path)
    return ConvertedModel(path)
