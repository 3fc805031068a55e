"""What a verb reads and writes, said beside its options, so that it is checked in one place.

Every option and argument of a verb that is a path carries one of these marks; a verb without them
cannot be registered. The check itself, before any work, is in :mod:`nearsight.cli.guard`.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from nearsight.storage.names import HYPERPARAMETERS, WEIGHTS

Arguments = Mapping[str, Any]
"""Values of a verb's parameters by name."""
Further = Callable[[Path, Arguments], Iterable[Path]]
"""From a path, and all that the verb was given, to further paths."""


def nothing_else(_: Path, __: Arguments) -> Iterable[Path]:
    """No further paths."""
    return ()


def beside(*names: str) -> Further:
    """Files of these names in the folder of the file that is named."""
    return lambda path, _: (path.parent / name for name in names)


def within(*names: str) -> Further:
    """Files of these names, or of these patterns, in the folder that is named."""

    def found(folder: Path, _: Arguments) -> Iterable[Path]:
        for name in names:
            yield from folder.glob(name) if "*" in name else (folder / name,)

    return found


def of_model(argument: Path, _: Arguments) -> Iterable[Path]:
    """Files that a model may consist of beside the one that is named.

    Weights and hyperparameters of a converted one, and the module of a calculator where it lies in
    the working folder.
    """
    module, colon, __ = str(argument).partition(":")
    if colon:
        place = Path(*module.split("."))
        yield from (place.with_suffix(".py"), place / "__init__.py")
        return
    folder = argument if argument.is_dir() else argument.parent
    yield from (argument.with_suffix(Path(name).suffix) for name in HYPERPARAMETERS)
    yield from (folder / name for name in (WEIGHTS, *HYPERPARAMETERS))


@dataclass(frozen=True)
class Reads:
    """A file that is read, or a folder of files that are.

    Attributes:
        further: what is read besides: in the folder, where the path is one. ``None``: nothing
            beside a file, and of a folder any file at any depth.
    """

    further: Further | None = None


@dataclass(frozen=True)
class Writes:
    """A file that appears once it is whole.

    Attributes:
        further: files that are written along with it.
    """

    further: Further = nothing_else


@dataclass(frozen=True)
class WritesInto:
    """A folder that stays as it is but for the files that are put into it.

    Attributes:
        further: these files.
        waits: whether several commands may put files there, and wait for each other where it is
            the same one, which the verb then sees to.
    """

    further: Further
    waits: bool = False


@dataclass(frozen=True)
class Replaces:
    """A folder that is replaced as a whole by what the verb makes.

    Attributes:
        ours: whether a file of this name is part of it.
    """

    ours: Callable[[str], bool]


@dataclass(frozen=True)
class Says:
    """A text that names a thing, and a file only where it has an ending or a folder."""


@dataclass(frozen=True)
class Opens:
    """A text that names a model: its file, the folder of a converted one, or code to be called.

    Attributes:
        further: what the model consists of besides.
    """

    further: Further = of_model


Mark = Reads | Writes | WritesInto | Replaces | Says | Opens


@dataclass(frozen=True)
class Parameter:
    """A parameter of a verb that says where something is.

    Attributes:
        name: of the parameter.
        label: what a user calls it, ``--out`` or ``DATA``.
        mark: what becomes of it; ``None`` for a text that may name a file, as settings do.
    """

    name: str
    label: str
    mark: Mark | None


def parameters_of(verb: Callable[..., Any]) -> list[Parameter]:
    """The parameters of a verb that are paths, or texts that may name a file.

    Raises:
        TypeError: a path that does not say whether it is read or written (a fault of ours).
    """
    found = []
    for name, parameter in inspect.signature(verb, eval_str=True).parameters.items():
        kinds = _kinds(parameter.annotation)
        marks = [m for m in _metadata(parameter.annotation) if isinstance(m, Mark)]
        if Path in kinds and len(marks) != 1:
            raise TypeError(
                f"{verb.__name__}: parameter {name!r} is a path: mark it with one of Reads, Writes,"
                " WritesInto, Replaces of nearsight.cli.places"
            )
        if Path in kinds or str in kinds:
            mark = marks[0] if marks else None
            found.append(Parameter(name, _label(name, parameter.annotation), mark))
    return found


def _metadata(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()


def _kinds(annotation: Any) -> set[Any]:
    """All types that an annotation is made of."""
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    parts = get_args(annotation)
    return set().union(*map(_kinds, parts)) if parts else {annotation}


def _label(name: str, annotation: Any) -> str:
    for mark in _metadata(annotation):
        declared = [getattr(mark, "default", None), *(getattr(mark, "param_decls", None) or ())]
        options = [each for each in declared if isinstance(each, str) and each.startswith("--")]
        if options:
            return options[0]
        if type(mark).__name__ == "ArgumentInfo":
            return getattr(mark, "metavar", None) or name.strip("_").upper()
    return "--" + name.strip("_").replace("_", "-")
