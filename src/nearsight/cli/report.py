"""The verb that makes the page of a study or of a diagnosis."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from nearsight.cli.app import Out, Threads, app, limit_threads
from nearsight.cli.places import Arguments, Reads
from nearsight.cli.telling import tell
from nearsight.cli.verbs import STUDIES

DIAGNOSIS = "diagnosis.nc"


def _read(results: Path, _: Arguments) -> Iterable[Path]:
    """What makes a folder one of a study or of a diagnosis."""
    return (results / "study.json", results / DIAGNOSIS) if results.is_dir() else ()


@app.command(rich_help_panel=STUDIES)
def report(
    results: Annotated[
        Path,
        typer.Argument(
            help="Folder of a study's results (or its study.json), or of a diagnosis (or its "
            "diagnosis.nc)."
        ),
        Reads(_read),
    ],
    out: Out,
    threads: Threads = 1,
) -> None:
    """Make one self-contained page of a study or a diagnosis: answers, figures, table, 3-D views.

    The page opens offline in any browser. It is made of what is there; nothing is computed anew
    but the strongest walks, so a page can be made again at any time.

    Examples: `nearsight report results/demo --out results/demo/page.html` and `nearsight report
    diagnosis --out diagnosis/diagnosis.html`
    """
    limit_threads(threads)
    tables = results / DIAGNOSIS if results.is_dir() else results
    if tables.name.endswith(".nc") and tables.is_file():
        from nearsight.diagnose.command import report_of

        report_of(tables, out)
        tell(out, "page of a diagnosis")
        return
    from nearsight.page import write_page
    from nearsight.report import page_of_study
    from nearsight.report.results import read_results

    page = page_of_study(read_results(results))
    write_page(page, out)
    tell(out, f"{page.title}: {len(page.answers)} questions, {len(page.scenes)} views in 3-D")
