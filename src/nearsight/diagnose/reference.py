"""The reference of a diagnosis: the embedded engine, a calculator that a user named, or none."""

from collections.abc import Mapping
from typing import Any

from nearsight.config import GFN2_XTB, Yardstick
from nearsight.config.yardstick import GFN2
from nearsight.data.calculators import Source
from nearsight.data.yardstick import find_reference
from nearsight.models.engine_model import EngineModel
from nearsight.models.open_model import OpenModel
from nearsight.models.opening import open_model

ACCURACY = 0.01
"""Of GFN2-xTB's self-consistent field: its forces are differentiated."""


class EmbeddedReference(EngineModel):
    """GFN2-xTB by tblite, as any other model."""

    def __init__(self) -> None:
        self.label = GFN2_XTB
        self.files, self.attributes = {}, {"accuracy": str(ACCURACY)}
        self.no_walks = "no relevance: the reference engine is no network"
        self._sources: dict[int, Source] = {}

    def source(self, processes: int) -> Source:
        """As :meth:`nearsight.models.engine_model.EngineModel.source`."""
        if processes not in self._sources:
            engine = find_reference(Yardstick(engine=GFN2), None, "reference")
            self._sources[processes] = engine.open(ACCURACY, processes)
        return self._sources[processes]


def open_reference(name: str, arguments: Mapping[str, Any] | None = None) -> OpenModel | None:
    """The reference that a user asked for.

    Args:
        name: ``gfn2``, ``none``, or any model argument.
        arguments: keyword arguments of a calculator.

    Raises:
        ConfigError, MissingFileError, CorruptFileError: as
            :func:`nearsight.models.opening.open_model`.
    """
    if name == "none":
        return None
    return EmbeddedReference() if name == GFN2 else open_model(name, arguments)
