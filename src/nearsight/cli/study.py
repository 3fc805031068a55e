"""The verb that joins all results of a study."""

from pathlib import Path
from typing import Annotated

import typer

from nearsight.cli.app import Out, app


@app.command()
def collect(
    study: Annotated[Path, typer.Argument(help="The study's study.json, in its results folder.")],
    out: Out,
) -> None:
    """Join decay and stability of every variant in one table.

    Beside the table (NetCDF) appear the same as CSV and `curves.nc`, the curves behind the
    figures. Variants that failed keep their row, with the reason.

    Example: `nearsight collect results/demo/study.json --out results/demo/tables/table.nc`
    """
    from nearsight.config import load_study
    from nearsight.storage import write_dataset

    settings = load_study(study)

    from nearsight.collect import analyse_all, collect_curves, collect_table, read_cases, write_csv

    cases = read_cases(settings, study.parent)
    edges, analyses = analyse_all(cases, settings.statistics)
    curves = collect_curves(cases, analyses, edges)
    table = collect_table(cases, analyses)
    dumped = settings.model_dump()
    inputs = {"study": study}
    write_dataset(
        curves,
        out.parent / "curves.nc",
        title=f"curves of study {settings.name}",
        inputs=inputs,
        settings=dumped,
    )
    write_csv(table, out.with_suffix(".csv"))
    write_dataset(
        table, out, title=f"decay and stability, {settings.name}", inputs=inputs, settings=dumped
    )
    failed = int((table["status"] > 0).sum())
    typer.echo(f"{len(cases)} variants, {failed} of them failed; table in {out}")
