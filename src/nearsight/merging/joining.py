"""Networks of a study that were made elsewhere, put beside those that are here."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nearsight.bundle import MANIFEST, TRAJECTORIES, extend_manifest, sums_of
from nearsight.config import Given, Study, load_study
from nearsight.errors import DataError
from nearsight.lineage.products import File
from nearsight.merging.busy import require_idle
from nearsight.merging.networks import Network, networks_of, whole_networks
from nearsight.merging.placing import is_there, place_network, place_shared, place_trajectories
from nearsight.merging.shared import SharedFiles
from nearsight.merging.staging import NAME, staged
from nearsight.merging.studies import changed_axes, joined, require_one_study
from nearsight.merging.times import Times
from nearsight.progress import progress_bar
from nearsight.storage import atomic_path, claimed

_STUDY = "study.json"


@dataclass(frozen=True)
class Merged:
    """What came of it.

    Attributes:
        study: of all networks that the folder has now.
        added: folders of the networks that were put there.
        known: folders of those that were there already.
        changes: keys of the study file that are to be stated otherwise, a line each.
    """

    study: Study
    added: list[str]
    known: list[str]
    changes: list[str]


def merge(
    source: Path,
    into: Path,
    *,
    keep_reference: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Merged:
    """Put the networks of a bundle, or of a results folder, beside those of another one.

    Everything is looked at first: that the settings are those of the study, that networks were made
    from the same data, that every file is whole and made from what lies beside it. Then networks
    are put in place, each whole or not at all, and at last ``study.json`` is that of all of them.
    Tables and figures stay as they are: Snakemake finds them older than the study.

    Args:
        source: of the networks that come.
        into: folder of results, with its ``study.json``; no file of a network there is changed.
        keep_reference: let pass that the reference has other results there, and keep those here.
        say: is told what is left out or kept.

    Raises:
        MissingFileError, ConfigError: no such study, or one with other settings.
        OutputInUseError: Snakemake, or another merge, is at work on the folder.
        CorruptFileError: no bundle, or a file in it is damaged.
        StaleFileError: networks were made from other data, or files do not belong together.
        DataError: a network is in both places and not the same, or there is none to merge.
    """
    ours = load_study(into / _STUDY)
    require_idle(into)
    with claimed(into / NAME), staged(source, into) as folder:
        theirs = load_study(folder / _STUDY)
        origin = f"{source}: {_STUDY}"
        require_one_study(ours, theirs, str(into / _STUDY), origin)
        networks, unfinished = whole_networks(theirs, folder, source, TRAJECTORIES)
        for line in unfinished:
            say(line)
        if not networks:
            raise DataError(f"{source}: no network of its study is done: nothing is merged")
        networks = [one for one in networks if not _stays(one, into, say)]
        shared = SharedFiles(theirs, folder, into, source).agree(
            {network.dataset for network in networks}, keep_reference=keep_reference, say=say
        )
        both = joined(ours, theirs, [(n.dataset, n.variant) for n in networks], origin)
        known = [network for network in networks if is_there(network, folder, into, source)]
        new = [network for network in networks if network not in known]
        _put(both, new, known, shared, folder, into)
        carried = {file.path for network in networks for file in network.files}
        carried |= {file.path for file in shared}
        _write_down(both, carried, folder, into)
    changes = list(changed_axes(ours, both))
    return Merged(both, [n.home for n in new], [n.home for n in known], changes)


def _stays(network: Network, into: Path, say: Callable[[str], None]) -> bool:
    """Whether it is a given model that was measured here too: what is here stays."""
    home = into / network.home
    given = isinstance(network.variant, Given)
    if not given or not home.is_dir() or not any(home.iterdir()):
        return False
    say(f"{network.home} is of a given model, and stays as it is here")
    return True


def _put(
    study: Study,
    new: list[Network],
    known: list[Network],
    shared: list[File],
    folder: Path,
    into: Path,
) -> None:
    times = Times(study, into)
    times.set(shared, folder)
    for file in shared:
        place_shared(file, folder, into)
    for network in progress_bar(new, desc="merge", unit="network"):
        times.set(network.files, folder)
        place_network(network, folder, into)
    for network in known:
        times.set(network.files, folder)
        place_trajectories(network, folder, into)


def _write_down(study: Study, carried: set[str], folder: Path, into: Path) -> None:
    """Checksums of what was carried, then the study of all: a killed merge is done again."""
    kept = {name.partition("/")[0] for name in networks_of(study)} | {"alkanes.xyz"}
    sums = {
        path: digest
        for path, digest in sums_of(folder / MANIFEST).items()
        if path in carried or path.rpartition("/")[0] in carried
    }
    extend_manifest(into / MANIFEST, sums, kept=lambda path: path.partition("/")[0] in kept)
    with atomic_path(into / _STUDY) as temporary:
        temporary.write_text(study.model_dump_json(indent=2) + "\n", encoding="utf-8")
