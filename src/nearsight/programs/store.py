"""Programs on disk: compiled once, found by every later process of the same user."""

import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from nearsight.errors import NearsightError, one_line
from nearsight.programs.building import build
from nearsight.programs.key import key_of
from nearsight.programs.library import load
from nearsight.programs.machine import compiler, compiler_name
from nearsight.programs.sealed import is_private, is_sound, seal
from nearsight.programs.source import Program, Source
from nearsight.storage import atomic_path, claimed

logger = logging.getLogger(__name__)

Compile = Callable[[Source], Program]
"""What needs a program asks for it by its source; a store, or anything that answers as it does."""

VARIABLE = "NEARSIGHT_PROGRAMS"
"""Names the folder of programs where it shall be another than the user's cache."""
UNUSED_DAYS = 90
"""Programs that nobody has loaded for as long are removed when another is placed."""
_SECONDS_PER_DAY = 86400
_SHOWN = 300


class NoProgramError(NearsightError):
    """A function could not be compiled, or not kept; whoever asked does without."""


class Store:
    """A folder of programs, one file each.

    A program is placed whole or not at all and checked before it is loaded; processes that want
    the same one at the same time compile it once. The folder lies in the user's cache, since a
    program serves all studies, and a study's folder holds nothing that is no result of it.

    Args:
        folder: made when the first program is placed; the user's own by default.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = Path(folder) if folder else usual_folder()
        self._loaded: dict[str, Program] = {}

    def __call__(self, source: Source) -> Program:
        """The program of a source: loaded before, on disk, or compiled now.

        Raises:
            NoProgramError: there is no compiler, it failed, or its result could not be kept; says
                which in one line.
        """
        key = key_of(source)
        if key not in self._loaded:
            path = self.path_of(source)
            try:
                if not is_sound(path):
                    self._place(source, path)
                self._loaded[key] = load(source, path)
            except NoProgramError:
                raise
            except Exception as error:
                raise NoProgramError(f"{source.name}: {_told(error)}") from error
            with suppress(OSError):
                os.utime(path)
        return self._loaded[key]

    def path_of(self, source: Source) -> Path:
        """Where the program of a source lies or would lie."""
        return self.folder / f"{source.name}.{key_of(source)}.so"

    def _place(self, source: Source, path: Path) -> None:
        if compiler() is None:
            raise NoProgramError(f"there is no C++ compiler {compiler_name()}: install one")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not is_private(self.folder.stat()):
            raise NoProgramError(
                f"{self.folder}: others can write there, and what lies there is run: set "
                f"{VARIABLE} to a folder of your own"
            )
        with claimed(path, wait=True):
            if is_sound(path):
                return  # by whoever held the lock before
            logger.info("compiling %s, once for all runs of its kind on this machine", source.name)
            started = time.monotonic()
            with atomic_path(path) as temporary:
                build(source, temporary, temporary.parent / "work")
                seal(temporary)
            path.chmod(0o600)
            logger.info("compiled %s in %.0f s", source.name, time.monotonic() - started)
        self._remove_unused()

    def _remove_unused(self) -> None:
        oldest = time.time() - UNUSED_DAYS * _SECONDS_PER_DAY
        for path in self.folder.glob("*.so"):
            with suppress(OSError):
                if path.stat().st_mtime < oldest:
                    path.unlink()


def usual_folder() -> Path:
    """The folder named by the environment, or ``nearsight/programs`` in the user's cache."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "nearsight" / "programs"


def _told(error: Exception) -> str:
    """An error of a compiler in one line: its last words, where it said many."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    said = next((line for line in lines if "error" in line.lower()), lines[0] if lines else "")
    return one_line(f"{type(error).__name__}: {said}", _SHOWN)
