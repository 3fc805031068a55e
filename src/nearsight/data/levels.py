"""Levels of theory of a study's data sets before any data are there, and what has no yardstick."""

from pathlib import Path

from nearsight.config import (
    GFN2_XTB,
    DatasetSpec,
    GeneratedDataset,
    ImportedDataset,
    Study,
    same_level,
)
from nearsight.config.yardstick import UNKNOWN, in_words
from nearsight.data.published.table import TABLE, Published, read_table


def levels_of_theory(study: Study, table: Path | None = None) -> dict[str, str]:
    """What the labels of each data set are computed with, by its name.

    Args:
        study: what its settings say.
        table: of published data sets; that of this checkout by default. What it does not list, and
            all where there is none, is ``unknown``.

    Raises:
        ConfigError: the table is not valid.
    """
    path = table or TABLE
    published = read_table(path) if path.is_file() else {}
    return {name: _level(spec, published) for name, spec in study.datasets.items()}


def _level(spec: DatasetSpec, published: dict[str, Published]) -> str:
    if isinstance(spec, GeneratedDataset):
        return GFN2_XTB
    if isinstance(spec, ImportedDataset):
        return spec.level_of_theory
    return published[spec.name].level_of_theory if spec.name in published else UNKNOWN


def describe_yardsticks(study: Study, table: Path | None = None) -> list[str]:
    """What stands beside each data set that has a yardstick, in words.

    Args and raises as :func:`levels_of_theory`.
    """
    found = []
    for name, labels in levels_of_theory(study, table).items():
        level = study.yardstick.level_beside(labels)
        if level:
            found.append(f"{name}: {in_words(level, labels)}")
    return found


def missing_yardsticks(study: Study, table: Path | None = None) -> list[str]:
    """A warning for each data set that nothing stands beside, where the study needs one.

    Args and raises as :func:`levels_of_theory`.
    """
    if not study.needs_yardstick:
        return []
    return [
        _warning(name, labels, study.datasets[name])
        for name, labels in levels_of_theory(study, table).items()
        if not study.yardstick.level_beside(labels)
    ]


def _warning(name: str, labels: str, spec: DatasetSpec) -> str:
    known = isinstance(spec, ImportedDataset) and same_level(labels, UNKNOWN)
    or_say = f", or say what its labels are in datasets.{name}.level_of_theory" if known else ""
    return (
        f"data set {name} has no yardstick: no engine here for its level of theory, {labels}; its "
        "networks will have neither a response deviation nor dynamics of a reference beside them. "
        "Set yardstick: gfn2 (another level of theory, labelled so everywhere) or a calculator by "
        f"name, yardstick: package.module:factory{or_say}"
    )
