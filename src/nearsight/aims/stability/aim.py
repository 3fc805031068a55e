"""The aim stability in code."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nearsight.aims.answering import Answers
from nearsight.aims.interface import Aim
from nearsight.aims.stability import spec
from nearsight.config import Study

if TYPE_CHECKING:
    import xarray as xr

    from nearsight.figures import FigureSpec


def collect(study: Study, folder: Path) -> Mapping[str, "xr.Dataset"]:
    """Decay and stability of every variant, the curves behind them, and what broke."""
    from nearsight.aims.stability.tables.case_statistics import analyse_all
    from nearsight.aims.stability.tables.failure_counts import collect_failures
    from nearsight.aims.stability.tables.stage_reasons import with_reasons
    from nearsight.aims.stability.tables.study_curves import collect_curves
    from nearsight.aims.stability.tables.study_table import collect_table
    from nearsight.collect import read_cases

    cases = read_cases(study, folder)
    edges, analyses = analyse_all(cases, study.statistics)
    curves = collect_curves(cases, analyses, edges, study.statistics)
    return {
        "decay_vs_stability": with_reasons(collect_table(cases, analyses), cases),
        "curves": with_reasons(curves, cases),
        "failures": collect_failures(cases),
    }


def figures() -> Sequence["FigureSpec"]:
    """From decay to survival, and how one goes with the other."""
    from nearsight.aims.stability.figures import (
        ablation,
        agreement,
        body_order,
        body_order_range,
        by_cutoff,
        elements,
        ends,
        faithfulness,
        heating,
        learning_curves,
        maps,
        parity,
        reference_curves,
        relevance_decay,
        response_decay,
        spectrum,
        survival,
    )
    from nearsight.aims.stability.figures.association import (
        descriptors_vs_survival,
        deviation_vs_survival,
        forest,
    )
    from nearsight.figures.spec import Drawn, of_modules

    modules = [
        relevance_decay, response_decay, reference_curves, body_order, body_order_range, elements,
        faithfulness, agreement, ablation, survival, ends, heating, spectrum,
        deviation_vs_survival, descriptors_vs_survival, forest, parity, learning_curves,
    ]  # fmt: skip
    further: list[Drawn] = [
        by_cutoff.DRIFT, by_cutoff.DISTANCE_ERROR, maps.DEVIATION_MAP, maps.SURVIVAL_MAP,
    ]  # fmt: skip
    return of_modules(modules, spec.STABILITY.figures, further)


def answers() -> Answers:
    """How its tables answer its questions."""
    from nearsight.aims.stability.answers import ANSWERS

    return ANSWERS


STABILITY = Aim(spec.STABILITY, collect, figures, answers)
