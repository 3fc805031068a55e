"""Which files of a study were made from others than lie there, or with other settings."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nearsight.config import GeneratedDataset, ImportedDataset, PublishedDataset, Study
from nearsight.config.yardstick import SAME
from nearsight.data.yardstick import asked
from nearsight.lineage.given import other_model, other_than_beside
from nearsight.lineage.products import File
from nearsight.lineage.recognition import other_kind
from nearsight.lineage.record import ROLES, Record, read_record
from nearsight.lineage.settings import (
    data_differences,
    data_settings,
    defaults_of,
    differences,
    settings_for,
    study_settings,
    training_settings,
)
from nearsight.storage import sha256
from nearsight.storage.names import FRAMES

_SHOWN = 3
_OF_THEIR_OWN = ("data", "train")
"""Stages whose settings are more than the keys of one section."""


@dataclass(frozen=True)
class Stale:
    """Why a file is not to be believed.

    Attributes:
        reason: names the files that do not fit.
        root: path of the file that has to be made anew first, within the study's folder.
    """

    reason: str
    root: str


class Origins:
    """The files of a study with what each says of its inputs and settings.

    An input that is not there proves nothing: a bundle leaves trajectories behind.

    Args:
        study: what the settings are compared with.
        folder: of its results.
        files: each after those it is made from.
        absent: files that are there but count as if they were not, since they are damaged.
    """

    def __init__(
        self, study: Study, folder: Path, files: Iterable[File], absent: Collection[str] = ()
    ) -> None:
        self._study, self._folder = study, folder
        self._files = {file.path: file for file in files}
        self._absent = absent
        self._known: dict[str, Stale | None] = {}
        self._first: dict[str, Record] = {}

    def stale(self, path: str) -> Stale | None:
        """Why a file is stale; None where it is not, or is not there.

        Args:
            path: within the study's folder.

        Raises:
            CorruptFileError: what it says of its making cannot be read.
        """
        if path not in self._known:
            self._known[path] = self._examine(self._files[path]) if self._has(path) else None
        return self._known[path]

    def _has(self, path: str) -> bool:
        return path in self._files and self._is_there(path)

    def _is_there(self, path: str) -> bool:
        return path not in self._absent and (self._folder / path).is_file()

    def _examine(self, file: File) -> Stale | None:
        if not file.inputs and not _has_settings(file) and not file.product.frames_of:
            return None
        if file.product.frames_of:
            return self._of_frames(file)
        record = read_record(self._folder / file.path)
        # What it was made from comes first: made anew, that brings this file along.
        for other in file.inputs.values():
            before = self.stale(other)
            if before is not None:
                return Stale(
                    f"{record.path}: made from {self._folder / other}, which is not to be "
                    f"believed: {before.reason}",
                    before.root,
                )
        reason = (
            other_kind(file, record)
            or self._other_inputs(file, record)
            or self._other_settings(file, record)
        )
        return Stale(reason, file.path) if reason else None

    def _of_frames(self, file: File) -> Stale | None:
        """Of frames that say nothing of themselves: the file beside names them by their SHA-256."""
        place = file.product.frames_of.format(dataset=file.dataset, variant=file.variant)
        if not self._has(place):
            return None
        before = self.stale(place)
        path, named = self._folder / file.path, self._folder / place
        if before is not None:
            return Stale(f"{path}: written with {named}: {before.reason}", before.root)
        if read_record(named).attributes.get(FRAMES) == sha256(path):
            return None
        return Stale(f"{path}: not the frames that {named} was written with", file.path)

    def _other_inputs(self, file: File, record: Record) -> str:
        young = file.product.younger
        earlier = not young & record.inputs.keys()
        for role, other in file.inputs.items():
            if earlier and role in young:
                continue
            difference = (
                record.difference(role, self._folder / other)
                if self._is_there(other)
                else self._other_than_the_first(role, other, record)
            )
            if difference:
                return difference
        return self._other_given(file, record) or self._other_source(file, record)

    def _other_given(self, file: File, record: Record) -> str:
        """Of a given model: the one that the study names, and the same one in all its row."""
        if file.model is None:
            return ""
        other = other_model(file, record)
        if other:
            return other
        row = f"{file.dataset}/{file.variant}"
        return other_than_beside(record, self._first.setdefault(row, record))

    def _other_than_the_first(self, role: str, missing: str, record: Record) -> str:
        """Of an input that is not there: all that were made from it must name the same one."""
        if role == missing:
            # A table made before a file was taken away, or after: it says so where it matters.
            return ""
        first = self._first.setdefault(missing, record)
        if first.inputs.get(role) == record.inputs.get(role):
            return ""
        return (
            f"{record.path}: made from another {ROLES.get(role, 'file')} than {first.path}, "
            f"while {self._folder / missing} itself is missing"
        )

    def _other_source(self, file: File, record: Record) -> str:
        """The same of the file that a data set was imported from, where it lies at hand."""
        spec = self._study.datasets.get(file.dataset)
        if file.product.stage != "data" or not isinstance(spec, ImportedDataset):
            return ""
        for role, name in (("file", spec.file), ("test", spec.test_file)):
            if name and Path(name).is_file():
                difference = record.difference(role, Path(name))
                if difference:
                    return difference
        return ""

    def _other_settings(self, file: File, record: Record) -> str:
        found = self._differences(file, record)
        if not found:
            return ""
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        return (
            f"{record.path}: made with other settings than {self._folder / 'study.json'} states: "
            f"{'; '.join(found[:_SHOWN])}{more}"
        )

    def _differences(self, file: File, record: Record) -> list[str]:
        stage = file.product.stage
        if not _has_settings(file):
            return []
        if stage == "data":
            return self._of_data(file, record)
        if file.is_table:
            return differences(
                record.settings, study_settings(self._study), defaults_of(type(self._study))
            )
        if stage == "train":
            if "variant" not in record.settings:
                # Written by nearsight evaluate: the network that it names says the rest.
                return []
            return differences(record.settings, *training_settings(self._study, file.variant))
        stated = settings_for(self._study, file.product, file.dataset)
        found = differences(record.settings, *stated)
        return found + self._of_yardstick(record) if file.product.by_yardstick else found

    def _of_yardstick(self, record: Record) -> list[str]:
        stated = self._study.yardstick
        wanted = {"yardstick": asked(stated)}
        if stated.is_calculator:
            wanted["level_of_theory"] = stated.level_beside("")
        # Files of earlier versions were made by the engine of the labels, and did not say so.
        made_by = {"yardstick": SAME, **record.attributes}
        return [
            f"{key} is {made_by.get(key)!r}, not {value!r}"
            for key, value in wanted.items()
            if made_by.get(key) != value
        ]

    def _of_data(self, file: File, record: Record) -> list[str]:
        spec = self._study.datasets[file.dataset]
        named: Mapping[str, str] = {}
        if isinstance(spec, GeneratedDataset):
            named = {"molecule": spec.molecule}
        elif isinstance(spec, PublishedDataset):
            named = {"name": spec.name}
        said = {**record.attributes, **record.settings}
        # Of a set that was written without settings, by hand, there is nothing to compare.
        names = [
            f"{key} is {said.get(key)!r}, not {value!r}"
            for key, value in named.items()
            if said.get(key) != value and record.settings
        ]
        return names + data_differences(record.settings, data_settings(self._study, file.dataset))


def _has_settings(file: File) -> bool:
    """Whether what a file says of its settings is compared with the study's."""
    return bool(file.product.section) or file.is_table or file.product.stage in _OF_THEIR_OWN
