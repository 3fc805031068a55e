"""Before a verb works: no output is an input, none is another's, and nothing foreign is in the way.

Called for every verb by :class:`nearsight.cli.verbs.Verbs`.
"""

import inspect
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property, wraps
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar

from nearsight.cli.places import (
    Arguments,
    Opens,
    Parameter,
    Reads,
    Replaces,
    Says,
    Writes,
    WritesInto,
    parameters_of,
)
from nearsight.errors import ConfigError
from nearsight.storage import claimed, require_replaceable

V = TypeVar("V", bound=Callable[..., Any])

_BETWEEN = re.compile(r"[\s,{}\[\]()'\"=]+|:\s")
"""What parts the words of inline YAML."""


@dataclass(frozen=True)
class Place:
    """A path that a command reads or writes.

    Attributes:
        path: as it was given, or as it follows from what was given.
        label: the parameter it comes from.
        given: the value of that parameter.
        replaced: for a folder that is replaced, whether a file in it is part of the output.
        implied: whether it goes with what was given, and was not itself given.
        whole: whether it is a folder of which every file counts.
        waits: whether the verb itself waits for others that write it.
    """

    path: Path
    label: str
    given: Path
    replaced: Callable[[str], bool] | None = None
    implied: bool = False
    whole: bool = False
    waits: bool = False

    @cached_property
    def real(self) -> Path:
        """Where it is when links are followed."""
        return Path(os.path.realpath(self.path))

    @cached_property
    def identity(self) -> tuple[int, int] | None:
        """What tells it apart whatever it is called; ``None`` where nothing is there."""
        try:
            status = self.path.stat()
        except (OSError, ValueError):
            return None
        return status.st_dev, status.st_ino

    def __str__(self) -> str:
        if not self.implied:
            return f"{self.label} {self.path}"
        return f"{self.path}, which goes with {self.label} {self.given}"


def guarded(verb: V) -> V:
    """The verb, with its outputs checked and locked before it begins.

    Raises:
        TypeError: a path of it does not say whether it is read or written (a fault of ours).
    """
    known = parameters_of(verb)
    signature = inspect.signature(verb)

    @wraps(verb)
    def run(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        with prepared(known, bound.arguments):
            return verb(*args, **kwargs)

    return run  # type: ignore[return-value]


@contextmanager
def prepared(known: Iterable[Parameter], arguments: Arguments) -> Iterator[None]:
    """Check the outputs of a command, hold their locks, and sweep what killed ones have left.

    Raises:
        ConfigError: an output is an input, is another output, or cannot be written.
        DataError: a folder that would be replaced holds what is no part of the output.
        OutputInUseError: another command is writing one of them.
    """
    outputs = list(dict.fromkeys(outputs_of(known, arguments)))
    if outputs:
        check_outputs(outputs, inputs_of(known, arguments))
    made: list[Path] = []
    with ExitStack() as stack:
        stack.callback(_remove_empty, made)
        for output in sorted(outputs, key=lambda place: place.real):
            if output.waits:
                continue
            made += _missing_parents(output.real)
            stack.enter_context(claimed(output.path))
        for output in outputs:
            if output.replaced is not None:
                require_replaceable(output.path, output.replaced)
        yield


def check_outputs(outputs: list[Place], inputs: Iterable[Place]) -> None:
    """Refuse outputs by which something would be lost.

    Raises:
        ConfigError: names the output and what is wrong with it.
    """
    for read in inputs:
        for output in outputs:
            # What a command brings into a folder of downloads it never brings over another file.
            if not output.waits:
                _check_apart(output, read)
    for output in outputs:
        if not output.waits:
            _check_kind(output)
    for one, other in combinations(outputs, 2):
        if one.real == other.real:
            raise ConfigError(f"{one}: is the same file as {other}: name another output")
        for outer, inner in ((one, other), (other, one)):
            if inner.real.is_relative_to(outer.real):
                raise ConfigError(f"{inner}: lies in {outer}: name another output")


def _check_apart(output: Place, read: Place) -> None:
    if _same(output, read) or _is_read_in(read, output):
        what = "it" if read.path == output.path else read
        raise ConfigError(f"{output}: {what} is an input of this command: name another output")
    if output.replaced is not None and _lies_in(read, output.real):
        raise ConfigError(
            f"{output}: {read}, an input of this command, lies in this folder, which is replaced as"
            " a whole: name another folder"
        )


def _is_read_in(folder: Place, output: Place) -> bool:
    """Whether an output would take the place of a file of a folder that is read."""
    there = folder.whole and output.identity is not None
    return there and output.real.is_relative_to(folder.real)


def _lies_in(read: Place, folder: Path) -> bool:
    if read.real.is_relative_to(folder):
        return True
    inside = folder.iterdir() if folder.is_dir() else ()
    return any(_same(read, Place(file, "", file)) for file in inside)


def outputs_of(known: Iterable[Parameter], arguments: Arguments) -> Iterator[Place]:
    """What a command writes, named or implied."""
    for parameter in known:
        mark = parameter.mark
        for path in _paths(arguments.get(parameter.name)):
            if isinstance(mark, Replaces):
                yield Place(path, parameter.label, path, mark.ours)
                continue
            if isinstance(mark, Writes):
                yield Place(path, parameter.label, path)
            if isinstance(mark, Writes | WritesInto):
                waits = isinstance(mark, WritesInto) and mark.waits
                for further in mark.further(path, arguments):
                    yield Place(further, parameter.label, path, implied=True, waits=waits)


def inputs_of(known: Iterable[Parameter], arguments: Arguments) -> Iterator[Place]:
    """What a command reads: first what was given, then what goes with it, in folders too."""
    reads = Reads | Says | Opens | None
    read = [parameter for parameter in known if isinstance(parameter.mark, reads)]
    for parameter in read:
        value = arguments.get(parameter.name)
        if isinstance(parameter.mark, Reads | Opens):
            given = _paths(value)
        else:
            given = _files_named_in(value, named_by_ending=parameter.mark is not None)
        for path in given:
            every = isinstance(parameter.mark, Reads) and parameter.mark.further is None
            yield Place(path, parameter.label, path, whole=every and path.is_dir())
    for parameter in read:
        if isinstance(parameter.mark, Reads | Opens) and parameter.mark.further is not None:
            for path in _paths(arguments.get(parameter.name)):
                for further in parameter.mark.further(path, arguments):
                    yield Place(further, parameter.label, path, implied=True)


def _paths(value: Any) -> list[Path]:
    if value is None:
        return []
    return [Path(each) for each in (value if isinstance(value, list | tuple) else [value])]


def _files_named_in(value: Any, *, named_by_ending: bool) -> list[Path]:
    """Files that texts name: settings, variants and molecules are a file or inline."""
    found = []
    for text in value if isinstance(value, list | tuple) else [value]:
        for word in {text, *_BETWEEN.split(text)} if isinstance(text, str) else ():
            path = Path(word)
            with suppress(OSError, ValueError):
                if (
                    word
                    and path.is_file()
                    and (path.suffix or path.name != word or not named_by_ending)
                ):
                    found.append(path)
    return found


def _same(one: Place, other: Place) -> bool:
    same = one.identity is not None and one.identity == other.identity
    return same or one.real == other.real


def _check_kind(output: Place) -> None:
    """Refuse what cannot become a file, and a file that is protected."""
    target = output.real
    try:
        mode = target.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        _check_parent(output)
        return
    except (OSError, ValueError) as error:
        raise ConfigError(f"{output}: cannot be written ({error})") from None
    if output.replaced is not None:
        return
    if stat.S_ISDIR(mode):
        raise ConfigError(f"{output}: is a directory, and a file is to be written: name a file")
    if not stat.S_ISREG(mode):
        raise ConfigError(f"{output}: is no regular file: name a file")
    if output.waits:
        return  # a download that is there is read, also from where nothing may be written
    if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigError(f"{output}: is protected against writing: allow it with chmod u+w")
    _check_parent(output)


def _check_parent(output: Place) -> None:
    parent = next(p for p in output.real.parents if os.path.lexists(p))
    if not parent.is_dir():
        raise ConfigError(f"{output}: {parent} exists and is no directory: name another output")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise ConfigError(f"{output}: {parent} may not be written by you: name another output")


def _missing_parents(target: Path) -> list[Path]:
    return [parent for parent in target.parents if not parent.exists()]


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove folders that were made for a lock and in which nothing has appeared."""
    for folder in sorted(folders, key=lambda path: len(path.parts), reverse=True):
        with suppress(OSError):
            folder.rmdir()
