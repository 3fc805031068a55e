"""From the hidden folder into the folder of results: whole or not at all, and never over a file."""

import shutil
from collections.abc import Collection
from pathlib import Path

from nearsight.errors import DataError
from nearsight.lineage.products import File
from nearsight.merging.networks import Network
from nearsight.storage import atomic_path, claimed, sha256


def is_there(network: Network, staged: Path, into: Path, source: Path) -> bool:
    """Whether a network that comes is there already, to the last byte.

    Args:
        network: one that comes.
        staged: folder in which it lies.
        into: folder of results it is to go to.
        source: where it comes from, for messages.

    Raises:
        DataError: another one of its name is, or one that is not done; names the file.
    """
    home = into / network.home
    if not home.exists() or (home.is_dir() and not any(home.iterdir())):
        return False
    for path in network.paths(staged):
        if not (into / path).is_file():
            raise DataError(
                f"{home}: has no {path.rpartition('/')[2]}, which {source} has of this network: "
                "finish it, or move the folder away"
            )
        if sha256(into / path) != sha256(staged / path):
            raise DataError(
                f"{into / path}: is another file than that of {source}, where a network of the same"
                " name was made: leave it out of one of the studies (variants, exclude), or move "
                f"{home} away"
            )
    return True


def place_network(network: Network, staged: Path, into: Path) -> None:
    """Put a network in place: its own files, and nothing else that lay beside them.

    Args:
        network: one that is not there.
        staged: folder in which it lies.
        into: folder of results that takes it.
    """
    _remove_others(staged / network.home, {staged / file.path for file in network.files})
    _place(staged / network.home, into / network.home)


def place_trajectories(network: Network, staged: Path, into: Path) -> bool:
    """Put trajectories beside a network that is there without; tells whether it did.

    Args:
        network: one that is there, to the last byte.
        staged: folder in which they lie.
        into: folder of results that takes them.
    """
    folders = [file.path for file in network.files if file.product.is_folder]
    missing = [p for p in folders if (staged / p).is_dir() and not (into / p).exists()]
    for path in missing:
        _place(staged / path, into / path)
    return bool(missing)


def place_shared(file: File, staged: Path, into: Path) -> None:
    """Put a file that networks share in place, or a folder of trajectories of the reference.

    Args:
        file: of the layout of a study.
        staged: folder in which it lies.
        into: folder of results that takes it.
    """
    _place(staged / file.path, into / file.path)


def _place(source: Path, target: Path) -> None:
    with claimed(target), atomic_path(target) as temporary:
        shutil.move(source, temporary)


def _remove_others(home: Path, known: Collection[Path]) -> None:
    for path in list(home.iterdir()):
        if path in known:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
