"""What the networks on each data set are measured against, and whether it is what labelled them."""

from collections.abc import Mapping, Sequence

import xarray as xr

from nearsight.collect.cases import Case
from nearsight.config import GFN2_XTB
from nearsight.errors import CorruptFileError
from nearsight.labels import variable

LABELS, REFERENCE = "level_of_theory", "reference_level_of_theory"
_TEXT = {
    LABELS: "level of theory of the labels",
    REFERENCE: "level of theory of the reference that deviations are from; empty: no reference",
}
SEVERAL = "several"
"""Level of theory of data sets together that do not share one."""

Levels = tuple[str, str]
"""Level of theory of the labels and of the reference; empty where not known, or none."""


def levels_of_cases(cases: Sequence[Case]) -> dict[str, Levels]:
    """Levels of theory by data set, from what the reference's files say of themselves.

    Raises:
        CorruptFileError: response and dynamics of a reference are of two levels of theory.
    """
    found: dict[str, Levels] = {}
    for case in cases:
        if case.dataset not in found:
            found[case.dataset] = _labels(case), _reference(case)
        elif not found[case.dataset][0]:
            found[case.dataset] = _labels(case), found[case.dataset][1]
    return found


def level_coordinates(
    levels: Mapping[str, Levels], dim: str, datasets: Sequence[str]
) -> dict[str, xr.Variable]:
    """The two levels along a dimension of data sets, in the order given.

    Args:
        levels: by data set.
        dim: the dimension.
        datasets: data set of each of its places.
    """
    columns = zip(*(levels[name] for name in datasets), strict=True)
    return {
        name: variable(dim, list(column), "", _TEXT[name])
        for name, column in zip(_TEXT, columns, strict=True)
    }


def levels_of_table(table: xr.Dataset) -> dict[str, Levels]:
    """Levels of theory by data set, from the study table; empty of an earlier version's."""
    names = table["dataset"].to_numpy().astype(str)
    columns = [
        table[name].to_numpy().astype(str) if name in table else [""] * len(names)
        for name in (LABELS, REFERENCE)
    ]
    return {name: (str(a), str(b)) for name, a, b in zip(names, *columns, strict=True)}


def together(levels: Mapping[str, Levels]) -> Levels:
    """Of all data sets: what they share, or ``several``."""
    labels, references = ({pair[k] for pair in levels.values()} for k in (0, 1))
    return _shared(labels), _shared(references)


def _shared(values: set[str]) -> str:
    return next(iter(values)) if len(values) == 1 else SEVERAL


def _labels(case: Case) -> str:
    said = [
        str(file.attrs.get("data_level_of_theory", ""))
        for file in (case.reference, case.reference_stability)
    ]
    said.append(case.card.level_of_theory if case.card is not None else "")
    return next((text for text in said if text), "")


def _reference(case: Case) -> str:
    response = _own_level(case.reference, "norm")
    dynamics = _own_level(case.reference_stability, "survival")
    if response and dynamics and response != dynamics:
        raise CorruptFileError(
            f"{case.dataset}/reference_response.nc is of {response}, "
            f"{case.dataset}/reference_stability.nc of {dynamics}: make both with one yardstick"
        )
    return response or dynamics


def _own_level(file: xr.Dataset, content: str) -> str:
    # Files of earlier versions do not say it: GFN2-xTB was all that there was.
    return str(file.attrs.get("level_of_theory", GFN2_XTB)) if content in file else ""
