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


class _Later(Loader):
    """Loads a module while stand-ins take the place of a module that it imports a function from.

    Args:
        loader: of the module.
        origin: module of the function.
        function: its name.
    """

    def __init__(self, loader: Loader, origin: str, function: str) -> None:
        self._loader, self._origin, self._function = loader, origin, function

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # From now on it is a module like any other, whose source can be asked for.
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        parts = self._origin.split(".")
        names = [".".join(parts[: k + 1]) for k in range(len(parts))]
        if any(name in sys.modules for name in names):
            self._loader.exec_module(module)
            return
        sys.modules.update({name: ModuleType(name) for name in names})
        setattr(sys.modules[self._origin], self._function, self._asked)
        try:
            self._loader.exec_module(module)
        finally:
            for name in names:
                del sys.modules[name]

    def _asked(self, *args: object) -> object:
        return getattr(importlib.import_module(self._origin), self._function)(*args)


class LaterFinder(MetaPathFinder):
    """Finds one module when it is first imported, whose import of a function is put off.

    Args:
        module: its name.
        origin: module that it imports the function from, which is imported when that is called.
        function: name of the function.
    """

    def __init__(self, module: str, origin: str, function: str) -> None:
        self.module, self.origin, self.function = module, origin, function

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As the import system asks.

        Args:
            fullname: of the module that is looked for.
            path: where, within a package.
            target: the module, if it is loaded again.
        """
        if fullname != self.module or target is not None:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _Later(spec.loader, self.origin, self.function)
        return spec


def import_when_called(module: str, origin: str, function: str) -> None:
    """Put off an import that a module of others makes for one function.

    SchNetPack's layers import SymPy for the coefficients of SO3net alone: 0.7 CPU seconds, which a
    job with another network does not need.

    Args:
        module: name of the module, which has not been imported yet.
        origin: module that it imports the function from.
        function: name of the function.
    """
    known = [one for one in sys.meta_path if isinstance(one, LaterFinder)]
    if module not in [one.module for one in known]:
        sys.meta_path.insert(0, LaterFinder(module, origin, function))
