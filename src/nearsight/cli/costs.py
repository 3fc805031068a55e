"""The verb that says what a study has cost, or will."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearsight.cli.app import Set, app, section
from nearsight.cli.places import Arguments, Reads
from nearsight.cli.verbs import STUDIES

if TYPE_CHECKING:
    from nearsight.config import Machine, Study
    from nearsight.costs.expected import Expected

STUDY_FILE = "study.json"


def _read(study: Path, _: Arguments) -> Iterable[Path]:
    return (study / STUDY_FILE,) if study.is_dir() else ()


@app.command(rich_help_panel=STUDIES)
def costs(
    study: Annotated[
        Path,
        typer.Argument(help="Folder of a study's results, or a study file that is yet to be run."),
        Reads(_read),
    ],
    set_: Set = None,
) -> None:
    """Say where the time of a study went: CPU and wall time and memory by stage and by network.

    Of a folder of results it reads the benchmark files that Snakemake wrote, and sets beside them
    what was expected. Snakemake looks at a job every half minute at worst: what a job used after
    the last look is added in proportion, but where `nearsight each` says what its networks cost.

    Of a study file it says how many hours of cores, and of GPUs for training and dynamics, the
    study is expected to take, by the model that makes the requests of jobs. The paces behind it
    were measured on one core; a GPU is taken to be 20 times as fast, which was not measured. How
    many networks share a job, `--set variants_per_job=8` and `--set variants_per_training=4` say.

    Examples: `nearsight costs results/demo` and `nearsight costs config/paper.yaml`
    """
    from nearsight.config import Machine, load_study
    from nearsight.costs.jobs import read_jobs
    from nearsight.costs.table import as_text, of_expected, of_models, of_stages
    from nearsight.errors import MissingFileError

    machine = section(Machine, None, set_)
    settings = load_study(study / STUDY_FILE if study.is_dir() else study)
    if not study.is_dir():
        typer.echo(as_text(of_expected(_expected(settings, machine))))
        return
    jobs = read_jobs(study)
    if not jobs:
        raise MissingFileError(
            f"{study / 'benchmarks'}: no benchmark files of Snakemake: run the study, or name its "
            "study file to be told what it is expected to cost"
        )
    foreseen = _expected(settings, machine, Counter(job.stage for job in jobs))
    tables = [of_stages(jobs, foreseen), of_models(jobs)]
    typer.echo("\n\n".join(as_text(rows) for rows in tables if rows))


def _expected(
    study: "Study", machine: "Machine", done: Mapping[str, int] | None = None
) -> "dict[str, Expected]":
    from nearsight.costs.expected import expected
    from nearsight.costs.work import work_of
    from nearsight.lineage.products import files_of

    networks = {
        (file.product.stage, file.dataset, file.variant): None
        for file in files_of(study)
        if file.variant
    }
    return expected(work_of(study), networks, machine, done)
