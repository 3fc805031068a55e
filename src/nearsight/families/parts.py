"""Modules of a package without what its ``__init__`` imports beside them."""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import version
from importlib.util import find_spec
from types import ModuleType


class PartsOfPackage(ModuleType):
    """A package that has not run its ``__init__``: its modules can be imported all the same.

    Whoever asks for more than a module of it makes it run, so that the package is then whole.
    """

    def __getattr__(self, name: str) -> object:
        """A module of the package or its version, else what its ``__init__`` gives.

        Raises:
            AttributeError: it has neither.
        """
        if name == "__version__":
            # Every network of SchNetPack notes it when it is made.
            return version(self.__name__)
        # What a package may have or not is asked of it by the import system and by inspect.
        if name.startswith("__") and name != "__all__":
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if not name.startswith("__") and find_spec(f"{self.__name__}.{name}") is not None:
            return importlib.import_module(f"{self.__name__}.{name}")
        self.__class__ = ModuleType  # type: ignore[assignment]
        importlib.reload(self)
        return getattr(self, name)


class _WithoutInit(Loader):
    """Makes a module of the class above, and runs nothing."""

    def exec_module(self, module: ModuleType) -> None:
        module.__class__ = PartsOfPackage


class PartsFinder(MetaPathFinder):
    """Finds one package when it is first imported, so that its ``__init__`` does not run.

    Args:
        package: its name.
    """

    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As the import system asks; what is loaded again (``target``) is loaded in full.

        Args:
            fullname: of the module that is looked for.
            path: where, within a package.
            target: the module, if it is loaded again.
        """
        if fullname != self.package or target is not None:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None:
            spec.loader = _WithoutInit()
        return spec


def import_parts_alone(package: str) -> None:
    """Let modules of a package be imported without its ``__init__``, where it has not run yet.

    ``import schnetpack`` imports Lightning, data sets and a simulator, which take most of the time
    that a short job needs to start (docs/developing.md says how much), and none of which is needed
    by the modules that make up a network.
    """
    known = [one for one in sys.meta_path if isinstance(one, PartsFinder)]
    if package not in [one.package for one in known]:
        sys.meta_path.insert(0, PartsFinder(package))
