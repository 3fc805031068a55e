"""All files of a study's folder: what is damaged, missing, stale, and what no rule makes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from nearsight.config import Study
from nearsight.errors import CorruptFileError, MissingFileError, NearsightError
from nearsight.lineage.origins import Origins
from nearsight.lineage.products import File, figure_files, files_of, tables_of
from nearsight.lineage.record import read_record
from nearsight.progress import progress_bar
from nearsight.verification.beside import Beside, beside_tables
from nearsight.verification.content import damage
from nearsight.verification.strangers import strangers
from nearsight.verification.trajectories import trajectories_differ

State = Literal["damaged", "missing", "stale", "unknown"]


@dataclass(frozen=True)
class Flaw:
    """One file that is not as it should be.

    Attributes:
        path: within the study's folder, with slashes.
        state: ``unknown`` is no fault: nobody reads such a file.
        reason: names the files.
        root: what has to be made anew first; empty for ``unknown``.
    """

    path: str
    state: State
    reason: str
    root: str = ""

    def __str__(self) -> str:
        return f"{self.state}: {self.reason}"


@dataclass(frozen=True)
class Survey:
    """What was found in a study's folder.

    Attributes:
        study: as its ``study.json`` has it; None where that cannot be read.
        n_files: files and folders of trajectories that it should hold.
        findings: in the order in which stages follow each other; unknown files last.
        jobs: by path, what one job of the workflow makes together.
    """

    study: Study | None
    n_files: int
    findings: list[Flaw]
    jobs: Mapping[str, str] = field(default_factory=dict)

    @property
    def faults(self) -> list[Flaw]:
        """What is damaged, missing or stale."""
        return [finding for finding in self.findings if finding.state != "unknown"]


def survey(
    folder: Path,
    *,
    trajectories: bool = True,
    left_out: Collection[str] = (),
) -> Survey:
    """Look at every file of a study.

    Args:
        folder: of its results, with ``study.json``.
        trajectories: whether they are looked at.
        left_out: paths of files or folders that may be missing.

    Raises:
        MissingFileError: the folder is none of a study.
    """
    path = folder / "study.json"
    if not path.is_file():
        raise MissingFileError(f"{path}: no such file: name the results folder of a study")
    fault = damage(path)
    if fault:
        return Survey(None, 1, [Flaw("study.json", "damaged", fault, "study.json")])
    from nearsight.config import load_study

    study = load_study(path)
    look = _Look(study, folder, trajectories, left_out)
    return Survey(study, look.n_files, look.findings(), look.jobs())


class _Look:
    """One look at a folder; every file is read once."""

    def __init__(
        self,
        study: Study,
        folder: Path,
        trajectories: bool,
        left_out: Collection[str],
    ) -> None:
        self._folder, self._left_out = folder, left_out
        made = [*files_of(study), *tables_of(study), *figure_files(study)]
        self._files = [file for file in made if trajectories or not file.product.is_folder]
        self._beside: list[Beside] = beside_tables(study)
        self._study, self._made = study, made
        self._found: dict[str, Flaw] = {}

    @property
    def n_files(self) -> int:
        """How many there should be, ``study.json`` among them."""
        return 1 + len(self._files) + len(self._beside)

    def findings(self) -> list[Flaw]:
        """Damage and gaps first, since what is damaged is no input to compare with."""
        for file in progress_bar(self._files, desc="verify", unit="file"):
            self._content(file)
        damaged = {path for path, finding in self._found.items() if finding.state == "damaged"}
        chain = Origins(self._study, self._folder, self._made, absent=damaged)
        for file in self._files:
            if file.path not in self._found and not file.product.is_folder:
                self._lineage(chain, file)
        for csv in self._beside:
            self._table(csv)
        order = {path: k for k, path in enumerate(self._paths())}
        known = sorted(self._found.values(), key=lambda finding: order[finding.path])
        unknown = strangers(self._folder, {"study.json", *order}, self._folders())
        return known + [
            Flaw(path, "unknown", f"{self._folder / path}: no rule of the workflow makes it")
            for path in unknown
        ]

    def jobs(self) -> dict[str, str]:
        """What is made together, by path."""
        named = {
            file.path: f"{file.product.stage} {file.dataset} {file.variant}" for file in self._made
        }
        return named | {csv.path: named[csv.source] for csv in self._beside}

    def _paths(self) -> list[str]:
        return [file.path for file in self._files] + [csv.path for csv in self._beside]

    def _folders(self) -> set[str]:
        return {file.path for file in self._made if file.product.is_folder}

    def _content(self, file: File) -> None:
        path = self._folder / file.path
        if not path.exists():
            if file.path not in self._left_out:
                rule = file.product.stage
                self._note(file.path, "missing", f"{path}: is missing; stage {rule} makes it")
        elif file.product.is_folder:
            state, reason = trajectories_differ(path)
            if state:
                self._note(file.path, state, reason)
        elif path.stat().st_size or not file.product.frames_of:
            # Where nothing failed there are no frames; the file beside says that this is right.
            reason = damage(path)
            if reason:
                self._note(file.path, "damaged", reason)

    def _lineage(self, chain: Origins, file: File) -> None:
        try:
            stale = chain.stale(file.path)
        except CorruptFileError as error:
            self._note(file.path, "damaged", str(error))
            return
        if stale is None:
            self._alt_text(file)
        elif stale.root == file.path:
            self._note(file.path, "stale", stale.reason)
        else:
            reason = f"{self._folder / file.path}: follows from {self._folder / stale.root}"
            self._found[file.path] = Flaw(file.path, "stale", reason, stale.root)

    def _alt_text(self, file: File) -> None:
        """The text beside a figure is that of its data."""
        path = self._folder / file.path
        data = path.with_suffix(".nc")
        beside = str(data.relative_to(self._folder).as_posix())
        sound = data.is_file() and beside not in self._found
        if file.path.startswith("figures/") and path.suffix == ".txt" and sound:
            said = read_record(data).attributes.get("alt_text", "")
            if path.read_text(encoding="utf-8").strip() != str(said).strip():
                self._note(file.path, "stale", f"{path}: describes another figure than {data}")

    def _table(self, csv: Beside) -> None:
        path, source = self._folder / csv.path, self._folder / csv.source
        if not path.is_file():
            self._note(csv.path, "missing", f"{path}: is missing; made with {source}")
            return
        reason = damage(path)
        if reason:
            self._note(csv.path, "damaged", reason)
        elif source.is_file() and csv.source not in self._found:
            try:
                same = csv.text(source) == path.read_bytes()
            except (NearsightError, KeyError) as error:
                self._note(csv.source, "damaged", f"{source}: no such table ({error})")
                return
            if not same:
                self._note(csv.path, "stale", f"{path}: does not say what {source} says")

    def _note(self, path: str, state: State, reason: str) -> None:
        self._found[path] = Flaw(path, state, reason, path)
