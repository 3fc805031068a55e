"""The verb that carries out another verb for many items, so that they share imports and a job."""

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from traceback import print_exc
from typing import IO, Annotated

import typer

from nearsight.cli.app import app
from nearsight.cli.ending import exit_code
from nearsight.cli.items import check_items
from nearsight.cli.places import Writes
from nearsight.cli.shared import VERBS, import_for
from nearsight.cli.telling import as_asked, is_quiet
from nearsight.cli.verbs import STUDIES
from nearsight.costs.items import SHARED, Item, Meter, write_items
from nearsight.errors import ConfigError, NearsightError
from nearsight.interruption import Interrupted, watched
from nearsight.limits import MOST_PROCESSES
from nearsight.storage import is_kept, remove_kept, sha256
from nearsight.storage.names import CHECKPOINTS

SEPARATOR = ":::"
PLACE, PARENT = "{}", "{//}"
# What follows the verb is the verb's, options included.
_PASSED_ON = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "allow_interspersed_args": False,
}
_SECONDS_BETWEEN_LOOKS = 0.05


@app.command(context_settings=_PASSED_ON, rich_help_panel=STUDIES)
def each(
    context: typer.Context,
    at_once: Annotated[
        int,
        typer.Option(
            min=1, max=MOST_PROCESSES, help="Items at a time; each is a process of its own."
        ),
    ] = 1,
    discard: Annotated[
        list[str] | None,
        typer.Option(
            help="Checkpoint of each item to remove once all items are done; may be repeated."
        ),
    ] = None,
    costs: Annotated[
        Path | None,
        typer.Option(
            help="Table to write of what each item cost (NAME.items.tsv), which nearsight costs"
            " reads."
        ),
        Writes(),
    ] = None,
) -> None:
    """Carry out a verb for each item after `:::`, with `{}` in its arguments replaced by the item.

    `{//}` is the item's parent folder. What is imported is imported once, for all items. An item
    that fails does not stop the others; the command then ends with 1 and names it. SIGTERM is
    handed on, so that every item that can saves itself. The verbs: train, evaluate, predict,
    explain, respond, faithfulness, md, stability, failures.

    Example: `nearsight each --at-once 2 explain {}/model.safetensors data.nc
    --out {}/relevance.nc ::: painn schnet`
    """
    arguments, items = _split(context.args)
    unwanted = [Path(path) for item in items for path in _filled(discard or [], item)]
    for path in unwanted:
        _require_checkpoint(path)
    check_items({item: _filled(arguments, item) for item in items})
    meter = Meter()
    if len(items) == 1:
        app([*as_asked(), *_filled(arguments, items[0])], standalone_mode=False)
        spent = [meter.read(items[0])]
    else:
        import_for(arguments[0])
        _read_once(arguments)
        children = _Children(arguments, at_once)
        failed = children.run(items)
        spent = [meter.read(SHARED), *children.spent]
        if failed:
            names = ", ".join(failed)
            raise NearsightError(
                f"{arguments[0]} failed for {len(failed)} of {len(items)}: {names}"
            )
    for path in unwanted:
        if is_kept(path):
            remove_kept(path)
        else:
            path.unlink(missing_ok=True)
    if costs is not None:
        write_items(costs, spent)


def _read_once(arguments: Sequence[str]) -> None:
    """Hash the files that all items share before their processes part, which then know it."""
    for part in arguments:
        if PLACE not in part and PARENT not in part and _is_file(part):
            sha256(Path(part))


def _require_checkpoint(path: Path) -> None:
    """Refuse to remove anything but what a run keeps to go on from.

    Raises:
        ConfigError: another name, a folder of a checkpoint's name, or a link.
    """
    known = path.name in CHECKPOINTS or is_kept(path)
    if not known or path.is_symlink() or (path.is_dir() != is_kept(path) and path.exists()):
        raise ConfigError(
            f"each: --discard {path}: only checkpoints are removed: {', '.join(CHECKPOINTS)}, or "
            "what a run keeps beside its output NAME, .NAME.partial and .NAME.finished"
        )


def _is_file(part: str) -> bool:
    try:
        return Path(part).is_file()
    except (OSError, ValueError):
        return False  # settings and variants given inline are longer than a name may be


def _split(given: Sequence[str]) -> tuple[list[str], list[str]]:
    """Verb with its arguments, and the items."""
    if SEPARATOR not in given:
        raise ConfigError(f"each: no {SEPARATOR} in the arguments: put the items after it")
    at = list(given).index(SEPARATOR)
    arguments, items = list(given[:at]), list(given[at + 1 :])
    if not arguments or arguments[0] not in VERBS:
        verb = arguments[0] if arguments else "nothing"
        raise ConfigError(f"each: {verb} before {SEPARATOR}: expected one of {', '.join(VERBS)}")
    if not items:
        raise ConfigError(f"each: no item after {SEPARATOR}")
    twice = sorted({item for item in items if items.count(item) > 1})
    if twice:
        raise ConfigError(f"each: {twice[0]} is given twice: two processes would write one file")
    if len(items) > 1 and _filled(arguments, "a/b") == list(arguments):
        raise ConfigError(f"each: no {PLACE} in the arguments: all items would do the same")
    return arguments, items


def _filled(arguments: Sequence[str], item: str) -> list[str]:
    parent = str(Path(item).parent)
    return [
        part if _is_settings(part) else part.replace(PARENT, parent).replace(PLACE, item)
        for part in arguments
    ]


def _is_settings(part: str) -> bool:
    """Whether it is settings as JSON: what is empty in them is no place for an item."""
    if part == PLACE or not part.startswith("{"):
        return False
    try:
        json.loads(part)
    except ValueError:
        return False
    return True


class _Children:
    """Processes of items, at most so many at a time, whose output is shown item by item."""

    def __init__(self, arguments: Sequence[str], at_once: int) -> None:
        self._arguments, self._at_once = arguments, at_once
        self._running: dict[int, tuple[str, IO[bytes], Meter]] = {}
        self._failed: list[str] = []
        self.spent: list[Item] = []

    def run(self, items: Sequence[str]) -> list[str]:
        """Carry out all items; return those that failed."""
        waiting = list(items)
        told = False
        with watched() as asked_to_end:
            while waiting or self._running:
                if asked_to_end():
                    waiting = []
                    if not told:
                        self._tell(signal.SIGTERM)
                        told = True
                while waiting and len(self._running) < self._at_once:
                    self._start(waiting.pop(0))
                self._reap()
                time.sleep(_SECONDS_BETWEEN_LOOKS)
            if told:
                raise Interrupted("the items go on from where they saved themselves")
        return self._failed

    def _start(self, item: str) -> None:
        output = tempfile.TemporaryFile()  # noqa: SIM115 - read when the process has ended
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            # The parent's handler would only take note of a signal that is meant for the item.
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            os._exit(_exit_code(_filled(self._arguments, item)))
        self._running[pid] = (item, output, Meter())

    def _tell(self, number: signal.Signals) -> None:
        for pid in self._running:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _reap(self) -> None:
        for pid in list(self._running):
            ended, status, used = os.wait4(pid, os.WNOHANG)
            if not ended:
                continue
            item, output, meter = self._running.pop(pid)
            self.spent.append(meter.read(item, used))
            code = os.waitstatus_to_exitcode(status)
            output.seek(0)
            if code or not is_quiet():
                said = output.read().decode(errors="replace")
                typer.echo(f"== {item} (exit code {code})\n{said}")
            sys.stdout.flush()
            output.close()
            if code:
                self._failed.append(item)


def _exit_code(arguments: Sequence[str]) -> int:
    """Carry out one item in its own process; every fault ends in its output and its code."""
    try:
        return exit_code(lambda: app([*as_asked(), *arguments]))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
