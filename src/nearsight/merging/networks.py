"""The networks of a study by the folder that holds all files of one."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from nearsight.config import Row, Study
from nearsight.errors import CorruptFileError, StaleFileError
from nearsight.lineage.products import File, files_of
from nearsight.verification import Flaw, survey


@dataclass(frozen=True)
class Network:
    """A variant, or given model, on a data set.

    Attributes:
        dataset: name of the data set.
        variant: what was trained, or given.
        files: its files, and folders of trajectories, each after those it is made from.
    """

    dataset: str
    variant: Row
    files: list[File] = field(default_factory=list)

    @property
    def home(self) -> str:
        """Its folder within the study's, with slashes."""
        return f"{self.dataset}/{self.variant.id}"

    def paths(self, folder: Path) -> list[str]:
        """Files of it that are there, within the study's folder, without trajectories."""
        plain = [file.path for file in self.files if not file.product.is_folder]
        return [path for path in plain if (folder / path).is_file()]


def networks_of(study: Study) -> dict[str, Network]:
    """All networks of a study by their folder."""
    every = {(d, v.id): Network(d, v) for d, v in study.cases()}
    for file in files_of(study):
        if file.variant:
            every[file.dataset, file.variant].files.append(file)
    return {network.home: network for network in every.values()}


def shared_files(study: Study) -> list[File]:
    """What all networks on a data set have in common, each after what it is made from."""
    return [file for file in files_of(study) if not file.variant]


def whole_networks(
    study: Study, folder: Path, source: Path, trajectories: Collection[str]
) -> tuple[list[Network], list[str]]:
    """The networks of which every file is there and was made from what lies beside it.

    Args:
        study: the study of the files.
        folder: where they lie.
        source: what the user calls that.
        trajectories: names of folders that may be missing.

    Returns:
        Networks, and a line for each that was begun and is not done.

    Raises:
        CorruptFileError, StaleFileError: a file of a network, or one that networks share, is
            damaged, or was made from something else.
    """
    networks = networks_of(study)
    own = {file.path: name for name, network in networks.items() for file in network.files}
    known = {*own, *(file.path for file in shared_files(study))}
    left_out = {path for path in known if path.rpartition("/")[2] in trajectories}
    found = [f for f in survey(folder, left_out=left_out).faults if f.path in known]
    _refuse_faults(found, folder, source)
    missing = {own[f.path]: f.path for f in found if f.path in own}
    begun = [name for name in missing if networks[name].paths(folder)]
    lines = [f"{name} is not done in {source}: no {missing[name]}; left out" for name in begun]
    return [network for name, network in networks.items() if name not in missing], lines


def _refuse_faults(found: Collection[Flaw], folder: Path, source: Path) -> None:
    for finding in found:
        if finding.state == "missing":
            continue
        kind = StaleFileError if finding.state == "stale" else CorruptFileError
        reason = finding.reason.replace(str(folder), str(source))
        raise kind(
            f"{reason}: nothing is merged; run nearsight verify where it was made, and bundle again"
        )
