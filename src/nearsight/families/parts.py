"""Modules of a package without what its ``__init__`` imports beside them."""

import importlib
import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType


class PartsOfPackage(ModuleType):
    """A package that has not run its ``__init__``: its modules can be imported all the same.

    Whoever asks for more than a module of it makes it run, so that the package is then whole.
    """

    def __getattr__(self, name: str) -> object:
        """A module of the package, else what its ``__init__`` gives.

        Raises:
            AttributeError: it has neither.
        """
        # What a package may have or not is asked of it by the import system and by inspect.
        if name.startswith("__") and name not in ("__all__", "__version__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if not name.startswith("__") and find_spec(f"{self.__name__}.{name}") is not None:
            return importlib.import_module(f"{self.__name__}.{name}")
        self.__class__ = ModuleType  # type: ignore[assignment]
        importlib.reload(self)
        return getattr(self, name)


def import_parts_alone(package: str) -> None:
    """Let modules of a package be imported without its ``__init__``, where it has not run yet.

    ``import schnetpack`` imports Lightning, data sets and a simulator, which take most of the time
    that a short job needs to start (docs/developing.md says how much), and none of which is needed
    by the modules that make up a network.
    """
    spec = None if package in sys.modules else find_spec(package)
    if spec is not None:
        module = module_from_spec(spec)
        module.__class__ = PartsOfPackage
        sys.modules[package] = module
