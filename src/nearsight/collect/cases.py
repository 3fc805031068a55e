"""The results of every variant on every data set, read from the study's folder."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import xarray as xr

from nearsight.collect.models import model_coordinates
from nearsight.collect.required import KINDS
from nearsight.collect.results import Results
from nearsight.config import Given, Row, Study
from nearsight.lineage import read_record
from nearsight.progress import progress_bar
from nearsight.storage import why_failed
from nearsight.train.card import Card, read_card

CaseStatus = Literal["ok", "diverged", "failed", "stale"]
"""How a case ended."""


@dataclass(frozen=True)
class Case:
    """One variant, or given model, on one data set with everything that was computed for it.

    A stage that had nothing to work on (training diverged), has not run, or whose file was made
    from something else than what lies beside it, is a dataset without variables whose attribute
    ``reason`` says why; one that does not exist for the family is none either, and no failure.
    ``stale`` says which file that is, and what to do; empty where none is.
    """

    dataset: str
    variant: Row
    card: Card | None
    history: xr.Dataset
    evaluation: xr.Dataset
    relevance: xr.Dataset
    response: xr.Dataset
    stability: xr.Dataset
    faithfulness: xr.Dataset
    reference: xr.Dataset
    reference_curves: xr.Dataset
    reference_stability: xr.Dataset
    stale: str = ""
    failures: xr.Dataset = field(default_factory=xr.Dataset)
    """Where its replicas ended; of a study that was made before there was such a file, nothing."""

    @property
    def id(self) -> str:
        """Data set and variant, for example ``ethanol/schnet~rc5.0~T3~F64~n400~s0``."""
        return f"{self.dataset}/{self.variant.id}"

    @property
    def status(self) -> CaseStatus:
        """How the case ended.

        ``stale`` when a file of it belongs to something else; ``diverged`` when training was;
        ``failed`` without training or a stage; else ``ok``.
        """
        if self.stale:
            return "stale"
        if self.card is not None and self.card.status == "diverged":
            return "diverged"
        return "failed" if self.reason else "ok"

    @property
    def reason(self) -> str:
        """Why the case is not ``ok``: the stale file, else the first stage's reason."""
        if self.stale:
            return self.stale
        if self.card is not None and self.card.reason:
            return self.card.reason
        stages = (
            self.evaluation,
            self.relevance,
            self.response,
            self.faithfulness,
            self.stability,
        )
        return next((why for stage in stages if (why := why_failed(stage.attrs))), "")


def coordinates_of(cases: Sequence[Case]) -> dict[str, xr.Variable]:
    """Coordinates of the list of models, in the order of the cases."""
    return model_coordinates(
        [(case.dataset, case.variant) for case in cases],
        [(case.status, case.reason) for case in cases],
    )


def most_atoms(cases: Sequence[Case]) -> int:
    """Most distinct atoms on a walk, over cases that have walks, or whose depth is known."""
    known = [int(case.variant.depth) + 1 for case in cases if case.variant.depth >= 0]
    return max([1, *known, *(case.relevance.sizes.get("n_atoms", 0) for case in cases)])


def read_cases(study: Study, folder: Path) -> list[Case]:
    """Read every case of a study; a file that is not there becomes a reason, not an error.

    Neither is a file that was made from something else than what lies beside it, or with other
    settings than the study's: it is not read, and what it would have told stays unknown.

    Raises:
        CorruptFileError: a file is there but cannot be read.
    """
    files = Results(study, folder)
    cases = []
    for dataset in study.datasets:
        references = files.read(dataset, _REFERENCES, KINDS)
        chosen = study.rows_of(dataset).values()
        for variant in progress_bar(chosen, desc=dataset, unit="variant"):
            home = f"{dataset}/{variant.id}"
            card = files.path(home, "card.json")
            own = files.read(home, _STAGES, KINDS)
            cases.append(
                Case(
                    dataset=dataset,
                    variant=_as_it_says(variant, own["response"]),
                    card=read_card(card) if card is not None else None,
                    **own,
                    **references,
                    stale=files.why_stale(
                        home, ("model.safetensors", "card.json", *_STAGES.values())
                    )
                    or files.why_stale(dataset, _REFERENCES.values()),
                )
            )
    return cases


def _as_it_says(row: Row, response: xr.Dataset) -> Row:
    """A given model with the cutoff and depth that are told of it; variants as they are.

    Of a converted model the files that were made by it tell them, of one of nearsight's its own
    file does, where it lies at hand.
    """
    if not isinstance(row, Given):
        return row
    place = Path(row.model.file)
    if row.model.file and place.is_file():
        said = dict(read_record(place).settings.get("variant") or {})
    else:
        said = {name: response.attrs.get(f"model_{name}") for name in ("cutoff", "depth")}
    cutoff, depth = said.get("cutoff"), said.get("depth")
    return replace(
        row,
        cutoff=None if cutoff is None else float(cutoff),
        depth=math.nan if depth is None else float(depth),
    )


_STAGES = {
    "history": "history.nc",
    "evaluation": "evaluation.nc",
    "relevance": "relevance.nc",
    "response": "response.nc",
    "faithfulness": "faithfulness.nc",
    "stability": "stability.nc",
    "failures": "failures.nc",
}
_REFERENCES = {
    "reference": "reference_response.nc",
    "reference_curves": "reference_curves.nc",
    "reference_stability": "reference_stability.nc",
}
