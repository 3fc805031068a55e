"""An ASE calculator that a user named, as any other model."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ase import Atoms

from nearsight.config.given import package_of
from nearsight.data.calculators import CalculatorPool, try_out
from nearsight.models.engine_model import EngineModel
from nearsight.storage import sha256


class CalculatorModel(EngineModel):
    """An ASE calculator by the name of its factory, imported and called in processes of its own.

    Args:
        name: ``package.module:factory``.
        arguments: keyword arguments of the factory.

    Raises:
        ConfigError: there is no such factory, or it does not take the arguments.
        ReferenceEngineError: the process died while it built the calculator.
    """

    def __init__(self, name: str, arguments: Mapping[str, Any]) -> None:
        self.pool = CalculatorPool(name, arguments, processes=1)
        self.name, self.arguments = name, dict(arguments)
        self.label = name
        self.files = {}
        self.attributes = {
            "calculator": name,
            "calculator_arguments": json.dumps(self.arguments, sort_keys=True),
            **_traceable(name, self.arguments),
        }
        self.no_walks = "no relevance: a calculator is not written as a chain of GNN-LRP"

    def source(self, processes: int) -> CalculatorPool:
        """As :meth:`nearsight.models.engine_model.EngineModel.source`.

        All potentials of a model share its workers, of which there are as many as any has asked
        for.
        """
        if processes > self.pool.processes:
            self.pool.use(processes)
        return self.pool

    def require_structures(self, structures: Sequence[Atoms]) -> None:
        """As :meth:`nearsight.models.open_model.OpenModel.require_structures`.

        A calculator whose energy of a geometry depends on what it was asked before is told, and so
        is it in whatever is made by it.
        """
        difference = try_out(self.pool, structures)
        if difference:
            self.attributes = {
                **self.attributes,
                "calculator_memory": f"the energy of the same geometry differs by {difference:.2g}"
                " eV after another one",
            }


def _traceable(name: str, arguments: Mapping[str, Any]) -> dict[str, str]:
    """Version of the package that a calculator comes from, and SHA-256 of files that make it.

    These are the files that its arguments name, and its module where that lies in the working
    folder.
    """
    module = Path(*name.partition(":")[0].split("."))
    texts = [value for value in arguments.values() if isinstance(value, str)]
    places: list[str | Path] = [*texts, module.with_suffix(".py"), module / "__init__.py"]
    files = {str(place): sha256(Path(place)) for place in places if _is_file(place)}
    package = package_of(name)
    said = {"calculator_package": package} if package else {}
    if files:
        said["calculator_files"] = json.dumps(files, sort_keys=True)
    return said


def _is_file(place: str | Path) -> bool:
    try:
        return bool(str(place)) and Path(place).is_file()
    except (OSError, ValueError):
        return False  # longer than a name may be, or no name
