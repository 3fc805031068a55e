"""The results of every variant on every data set, read from the study's folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import xarray as xr

from nearsight.config import Study, Variant
from nearsight.progress import progress_bar
from nearsight.storage import empty_dataset, read_dataset
from nearsight.train.card import Card, read_card

CaseStatus = Literal["ok", "diverged", "failed"]
STATUSES: tuple[CaseStatus, ...] = ("ok", "diverged", "failed")
"""How a case ended; their positions are the flag values of the study table."""


@dataclass(frozen=True)
class Case:
    """One variant on one data set with everything that was computed for it.

    A stage that had nothing to work on (training diverged) or has not run is a dataset without
    variables whose attribute ``reason`` says why.
    """

    dataset: str
    variant: Variant
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

    @property
    def id(self) -> str:
        """Data set and variant, for example ``ethanol/schnet~rc5.0~T3~F64~n400~s0``."""
        return f"{self.dataset}/{self.variant.id}"

    @property
    def status(self) -> CaseStatus:
        """``ok``; ``diverged`` when training was; ``failed`` without training or a stage."""
        if self.card is not None and self.card.status == "diverged":
            return "diverged"
        return "failed" if self.reason else "ok"

    @property
    def reason(self) -> str:
        """Why the case is not ``ok``: the first stage's reason."""
        if self.card is not None and self.card.reason:
            return self.card.reason
        stages = (
            self.evaluation,
            self.relevance,
            self.response,
            self.faithfulness,
            self.stability,
        )
        return next((stage.attrs["reason"] for stage in stages if stage.attrs.get("reason")), "")


def read_cases(study: Study, folder: Path) -> list[Case]:
    """Read every case of a study; a file that is not there becomes a reason, not an error.

    Raises:
        CorruptFileError: a file is there but cannot be read.
    """
    cases = []
    for dataset in study.datasets:
        reference = _read(folder / dataset / "reference_response.nc")
        reference_curves = _read(folder / dataset / "reference_curves.nc")
        reference_stability = _read(folder / dataset / "reference_stability.nc")
        for variant in progress_bar(study.variant_table().values(), desc=dataset, unit="variant"):
            home = folder / dataset / variant.id
            card = home / "card.json"
            cases.append(
                Case(
                    dataset=dataset,
                    variant=variant,
                    card=read_card(card) if card.is_file() else None,
                    history=_read(home / "history.nc"),
                    evaluation=_read(home / "evaluation.nc"),
                    relevance=_read(home / "relevance.nc"),
                    response=_read(home / "response.nc"),
                    stability=_read(home / "stability.nc"),
                    faithfulness=_read(home / "faithfulness.nc"),
                    reference=reference,
                    reference_curves=reference_curves,
                    reference_stability=reference_stability,
                )
            )
    return cases


def _read(path: Path) -> xr.Dataset:
    if not path.is_file():
        return empty_dataset(f"{path.name} is missing: the stage did not run or crashed")
    return read_dataset(path)
