"""Files that all networks of a data set share: the same in both places, or nothing is merged."""

from collections.abc import Callable, Collection
from pathlib import Path

from nearsight.config import Study
from nearsight.errors import MissingFileError, StaleFileError
from nearsight.lineage.products import File, products_of
from nearsight.merging.networks import shared_files
from nearsight.product import Product
from nearsight.storage import read_dataset, sha256

_DERIVED = "check_data"
"""Follows from the data alone, and says no more."""


class SharedFiles:
    """What of these files is put in place, once they were found to agree.

    Args:
        study: of the results that come.
        theirs: where these lie.
        into: where they are put.
        source: what the user calls theirs.
    """

    def __init__(self, study: Study, theirs: Path, into: Path, source: Path) -> None:
        self._theirs, self._into, self._source = theirs, into, source
        self._feeding = {place for p in products_of(study.aim) for place in _inputs_of_networks(p)}
        self._files = shared_files(study)

    def agree(
        self, datasets: Collection[str], *, keep_reference: bool, say: Callable[[str], None]
    ) -> list[File]:
        """Compare them, and tell which ones are not there yet.

        Args:
            datasets: data sets of the networks that come.
            keep_reference: whether other results of the reference than ours are let pass.
            say: is told of those.

        Raises:
            MissingFileError: our networks are there without what they were made from.
            StaleFileError: networks were made from another file, or the reference has other
                results.
        """
        same: set[str] = set()
        missing = []
        for file in self._files:
            if file.dataset and file.dataset not in datasets:
                continue
            if not (self._theirs / file.path).exists():
                self._require_there(file)
                continue
            if not (self._into / file.path).exists():
                self._refuse_orphans(file)
                # Only beside what it was made from: the reference is not torn apart.
                if self._before(file) <= same:
                    missing.append(file)
                    same.add(file.path)
            elif self._agrees(file, keep_reference, say):
                same.add(file.path)
        return missing

    def _before(self, file: File) -> set[str]:
        """What has to be the same for a file to fit: its inputs, and of trajectories the record."""
        records = {
            other.path
            for other in self._files
            if file.product.is_folder
            and (other.dataset, other.product.stage) == (file.dataset, file.product.stage)
        }
        return {*file.inputs.values(), *records} - {file.path}

    def _refuse_orphans(self, file: File) -> None:
        own = self._into / file.path
        networks = self._into.glob(f"{file.dataset or '*'}/*/model.safetensors")
        if file.product.place in self._feeding and any(networks):
            raise MissingFileError(
                f"{own}: no such file, though networks were made from it: put it back first"
            )

    def _require_there(self, file: File) -> None:
        if file.product.place in self._feeding:
            raise StaleFileError(
                f"{self._source}: has no {file.path}, from which its networks were made: bundle it "
                "again with that file"
            )

    def _agrees(self, file: File, keep_reference: bool, say: Callable[[str], None]) -> bool:
        """Whether ours is theirs to the last byte."""
        own, other = self._into / file.path, self._theirs / file.path
        if file.product.is_folder or file.product.stage == _DERIVED or sha256(own) == sha256(other):
            return True
        if file.product.place in self._feeding:
            raise StaleFileError(
                f"{own}: is another file than {file.path} of {self._source}, from which its "
                "networks were made (each sampling differs): train them on this one, see nearsight"
                " bundle --shared"
            )
        if _same_content(own, other):
            return False
        if not keep_reference:
            raise StaleFileError(
                f"{own}: holds other results than {file.path} of {self._source}, though of the same"
                " data and settings: give --keep-reference to compare all networks with this one"
            )
        say(f"{own}: is kept; that of {self._source} holds other results")
        return False


def _inputs_of_networks(product: Product) -> list[str]:
    return list(product.inputs.values()) if "{variant}" in product.place else []


def _same_content(one: Path, other: Path) -> bool:
    """Whether two files differ only in when and where they were made."""
    if one.suffix != ".nc":
        return False
    own, theirs = read_dataset(one), read_dataset(other)
    same = ("settings", "status", "reason")
    return bool(own.equals(theirs)) and all(own.attrs.get(k) == theirs.attrs.get(k) for k in same)
