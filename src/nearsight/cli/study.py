"""The verb that joins all results of a study."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearsight.cli.app import OUT, app
from nearsight.cli.places import Arguments, Reads, Writes
from nearsight.cli.telling import remark, tell
from nearsight.cli.verbs import STUDIES
from nearsight.storage.names import (
    BESIDE_ASSOCIATION,
    CURVES,
    FAILURES,
    HAZARDS,
    QUESTION,
    SENSITIVITY,
)

if TYPE_CHECKING:
    from nearsight.config import Study


def _study_of(path: Path) -> "Study":
    """The study whose results lie beside the file.

    Raises:
        MissingFileError, ConfigError: it is no such file, or no results lie there.
    """
    from nearsight.config import load_study
    from nearsight.errors import ConfigError

    which = "expected the study.json in the results folder of a study, as results/NAME/study.json"
    if path.is_dir() or (path.exists() and path.suffix not in (".json", ".yaml", ".yml")):
        raise ConfigError(f"{path}: {which}")
    study = load_study(path)
    if not any((path.parent / dataset).is_dir() for dataset in study.datasets):
        names = ", ".join(study.datasets)
        raise ConfigError(f"{path}: no results of {names} lie beside it; {which}")
    return study


def _results(study: Path, _: Arguments) -> Iterator[Path]:
    """What the stages of a study have left in its folder: all files of its data sets."""
    for dataset in _study_of(study).datasets:
        yield from (study.parent / dataset).rglob("*.*")


def _tables(out: Path, _: Arguments) -> list[Path]:
    failures = out.parent / FAILURES
    return [out.parent / CURVES, out.with_suffix(".csv"), failures, failures.with_suffix(".csv")]


def _associations(out: Path, _: Arguments) -> list[Path]:
    tables = [out, *(out.with_name(name) for name in BESIDE_ASSOCIATION)]
    return [path for table in tables for path in (table, table.with_suffix(".csv"))][1:]


@app.command(rich_help_panel=STUDIES)
def collect(
    study: Annotated[
        Path,
        typer.Argument(help="The study's study.json, in its results folder."),
        Reads(_results),
    ],
    out: Annotated[Path, OUT, Writes(_tables)],
) -> None:
    """Join decay and stability of every variant in one table.

    Beside the table (NetCDF) appear the same as CSV, `curves.nc`, the curves behind the figures,
    and `failures.nc` and `.csv`, which pairs of elements broke; of a study whose aim is properties
    or accuracy, its own table alone. Variants that failed keep their row, with the reason; so do
    those of which a file was made from another network, other data or other settings than the
    study's: their status is `stale`, and what that file would tell is left out.

    Example: `nearsight collect results/demo/study.json --out results/demo/tables/table.nc`
    """
    from nearsight.storage import write_dataset

    settings = _study_of(study)

    if settings.aim != "stability":
        _collect_other(settings, study, out)
        return

    from nearsight.aims.stability.tables.case_statistics import analyse_all
    from nearsight.aims.stability.tables.failure_counts import collect_failures
    from nearsight.aims.stability.tables.study_curves import collect_curves
    from nearsight.aims.stability.tables.study_table import collect_table
    from nearsight.collect import inputs_of, read_cases, write_csv, write_rows

    cases = read_cases(settings, study.parent)
    edges, analyses = analyse_all(cases, settings.statistics)
    curves = collect_curves(cases, analyses, edges, settings.statistics)
    table = collect_table(cases, analyses)
    dumped = settings.model_dump()
    inputs = {"study": study, **inputs_of(settings, study.parent)}
    write_dataset(
        curves,
        out.parent / CURVES,
        title=f"curves of study {settings.name}",
        inputs=inputs,
        settings=dumped,
    )
    ended = collect_failures(cases)
    write_rows(ended, (out.parent / FAILURES).with_suffix(".csv"))
    write_dataset(
        ended,
        out.parent / FAILURES,
        title=f"failures of dynamics, {settings.name}",
        inputs=inputs,
        settings=dumped,
    )
    write_csv(table, out.with_suffix(".csv"))
    write_dataset(
        table, out, title=f"decay and stability, {settings.name}", inputs=inputs, settings=dumped
    )
    stale = [case for case in cases if case.status == "stale"]
    failed = int((table["status"] > 0).sum()) - len(stale)
    counts = f"{len(cases)} networks, {failed} of them failed"
    tell(out, f"{counts}{f', {len(stale)} stale' if stale else ''}")
    tell(out.parent / CURVES, "the curves behind the figures")
    tell(out.parent / FAILURES, f"{int(ended['n_failures'].sum())} failures of replicas")
    _warn([case.stale for case in stale])


def _warn(reasons: Sequence[str]) -> None:
    """Say why rows are stale, each reason once."""
    for reason in dict.fromkeys(reasons):
        remark(f"stale: {reason}")


def _collect_other(settings: "Study", study: Path, out: Path) -> None:
    from nearsight.aims.accuracy.table import collect_accuracy
    from nearsight.aims.properties.table import collect_pooling
    from nearsight.collect.csv import write_rows
    from nearsight.collect.results import inputs_of
    from nearsight.storage import write_dataset

    collector = collect_pooling if settings.aim == "properties" else collect_accuracy
    table = collector(settings, study.parent)
    title = f"{settings.aim} of study {settings.name}"
    inputs = {"study": study, **inputs_of(settings, study.parent)}
    write_rows(table, out.with_suffix(".csv"))
    write_dataset(table, out, title=title, inputs=inputs, settings=settings.model_dump())
    tell(out, f"{table.sizes['case']} networks")
    stale = table["reason"].to_numpy()[table["status"].to_numpy() == "stale"]
    _warn([str(reason) for reason in stale])


@app.command(rich_help_panel=STUDIES)
def associate(
    study: Annotated[
        Path, typer.Argument(help="The study's study.json, in its results folder."), Reads()
    ],
    curves: Annotated[Path, typer.Argument(help="Curves of the study, curves.nc."), Reads()],
    table: Annotated[Path, typer.Argument(help="Study table, decay_vs_stability.nc."), Reads()],
    out: Annotated[Path, OUT, Writes(_associations)],
) -> None:
    """Does decay go with stability? The primary question of the study, and what stands beside it.

    Beside the table of tests (NetCDF) appear `question.nc`, the one question that the study names,
    tested once; `hazards.nc`, a hazard model of the replicas; `sensitivity.nc`, how much the
    conclusions hang on the rule of LRP; and each as CSV. What the numbers mean:
    docs/association.md. Both files must be of one run of `nearsight collect`, with the settings
    that the study states.

    Example: `nearsight associate results/demo/study.json results/demo/tables/curves.nc
    results/demo/tables/decay_vs_stability.nc --out results/demo/tables/association.nc`
    """
    from nearsight.storage import write_dataset

    settings = _study_of(study)

    from nearsight.aims.stability import association
    from nearsight.collect import write_rows
    from nearsight.collect.tables import read_table, require_one_study, require_settings

    shown, known = read_table(curves, "curves"), read_table(table, "table")
    require_one_study(curves, shown, table, known)
    require_settings(curves, shown, settings, study)
    question, statistics = settings.primary_question(), settings.statistics
    results = {
        out.with_name(QUESTION): association.question_table(known, question, statistics),
        out: association.associate(known, question, statistics),
        out.with_name(HAZARDS): association.hazards(shown, known, question, statistics),
        out.with_name(SENSITIVITY): association.sensitivity(shown, settings.explain, statistics),
    }
    for path, result in results.items():
        write_dataset(
            result,
            path,
            title=f"{path.stem} of study {settings.name}",
            inputs={"study": study, "curves": curves, "table": table},
            settings=settings.model_dump(),
        )
        write_rows(result, path.with_suffix(".csv"))
    tell(out.with_name(QUESTION), str(results[out.with_name(QUESTION)]["verdict"].item()))
    tell(out, f"{results[out].sizes['test']} further tests")
    tell(out.with_name(HAZARDS), "hazards of replicas")
    tell(out.with_name(SENSITIVITY), "how much it hangs on the rule of LRP")
