"""The folder beside an unfinished output in which a long run keeps what it has."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nearsight.storage import (
    config_hash,
    finished_of,
    partial_of,
    provenance,
    remove_kept,
    sweep_inside,
)

logger = logging.getLogger(__name__)

_NOT_PHYSICS = {"compute_limit", "checkpoint_interval", "compile"}
"""Settings that say how far a run goes in one go, and not where. Whether it is compiled follows
from more than its setting, and stands in the name of what gives the forces."""


class RunFolder:
    """``.NAME.partial`` beside an output, tied to all that the run follows from.

    What lies there belongs to one run. Another model, other data, other settings or another
    version of nearsight find it of no use: it is removed with a warning, and the run begins anew.

    Args:
        out: the output.
        inputs: files that the run follows from, by role.
        settings: of the run.
        engine: name and precision of what gives the forces.

    Attributes:
        folder: of this run; :meth:`finish` removes it.
        key: hash of all that the run follows from.
    """

    def __init__(
        self, out: Path, inputs: Mapping[str, Path], settings: Mapping[str, Any], engine: str
    ) -> None:
        self.key = _key(inputs, settings, engine)
        self._home, self._finished = partial_of(out), finished_of(out)
        if self._finished.is_dir() and not self._home.is_dir():
            self._finished.rename(self._home)
        self.folder = self._home / self.key[:16]
        if self._home.is_dir() and not self.folder.is_dir():
            logger.warning(
                "%s: of a run with other inputs, settings or versions; it is removed, and the run "
                "begins anew",
                self._home,
            )
            remove_kept(self._home)
        sweep_inside(self._home)

    def finish(self, *, keep: bool) -> None:
        """Delete all of it; the output holds the result now.

        Args:
            keep: set it aside as ``.NAME.finished`` instead. From there the output is made again
                in seconds, for a job that may be killed before its other runs are done.
        """
        remove_kept(self._finished)
        if keep and not self._finished.exists():
            self._home.rename(self._finished)
        elif not keep:
            remove_kept(self._home)


def has_begun(
    out: Path, inputs: Mapping[str, Path], settings: Mapping[str, Any], engine: str
) -> bool:
    """Whether an unfinished run of all this lies beside an output; nothing is changed.

    Args:
        out: the output.
        inputs: as of :class:`RunFolder`.
        settings: as of :class:`RunFolder`.
        engine: as of :class:`RunFolder`.
    """
    name = _key(inputs, settings, engine)[:16]
    return any((home / name).is_dir() for home in (partial_of(out), finished_of(out)))


def _key(inputs: Mapping[str, Path], settings: Mapping[str, Any], engine: str) -> str:
    """Hash of all that a run follows from."""
    made_with = provenance(inputs)
    tied = ("inputs", "nearsight_version", "git_commit", "packages")
    return config_hash(
        {
            "engine": engine,
            "settings": {k: v for k, v in settings.items() if k not in _NOT_PHYSICS},
            **{name: made_with[name] for name in tied},
        }
    )
