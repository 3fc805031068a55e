"""The verbs that join all results of a study, and ask whether decay goes with stability."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearsight.cli.app import OUT, app
from nearsight.cli.places import Arguments, Reads, Writes
from nearsight.cli.telling import remark, tell
from nearsight.cli.verbs import STUDIES

if TYPE_CHECKING:
    from nearsight.aims.declaration import Table
    from nearsight.config import Study


LEFT_OUT = "given_models_left_out"
"""Attribute of tables of tests: models that the study was given, which are in none of them."""


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


def _tables(out: Path, arguments: Arguments) -> Iterator[Path]:
    """What appears along with the table that is named: its text, and the other tables."""
    from nearsight.aims.specs import AIMS
    from nearsight.errors import NearsightError

    try:
        known = [AIMS[_study_of(arguments["study"]).aim]]
    except NearsightError:
        known = list(AIMS.values())  # what is wrong with the study is said when it is read
    for spec in known:
        yield from _beside(spec.places("collect", out))


def _associations(out: Path, _: Arguments) -> Iterator[Path]:
    return _beside(_places_of_association(out))


def _places_of_association(out: Path) -> "list[tuple[Path, Table]]":
    """Where the tables of ``associate`` go: that of tests as named, the others beside."""
    from nearsight.aims.stability.spec import STABILITY

    return STABILITY.places("associate", out, "association")


def _beside(places: "Sequence[tuple[Path, Table]]") -> Iterator[Path]:
    """All files but the first table, which is the one that was named."""
    for k, (path, table) in enumerate(places):
        yield from [path] if k else []
        yield from [path.with_suffix(".csv")] if table.csv else []


@app.command(rich_help_panel=STUDIES)
def collect(
    study: Annotated[
        Path,
        typer.Argument(help="The study's study.json, in its results folder."),
        Reads(_results),
    ],
    out: Annotated[Path, OUT, Writes(_tables)],
) -> None:
    """Join the results of every variant in the tables of the study's aim.

    Of a study of stability --out is the table of decay and stability (NetCDF); beside it appear
    `curves.nc`, the curves behind the figures, and `failures.nc`, which pairs of elements broke. A
    study of another aim has one table. Tables stand as CSV too. Variants that failed keep their
    row, with the reason; so do those of which a file was made from another network, other data or
    other settings than the study's: their status is `stale`, and what that file would tell is left
    out.

    Example: `nearsight collect results/demo/study.json --out results/demo/tables/table.nc`
    """
    settings = _study_of(study)

    from nearsight.aims.collecting import collect_study

    made = collect_study(settings, study, out)
    main, *others = made.places
    tell(main, str(made))
    for path in others:
        tell(path, made.places[path].text)
    for reason in made.stale:
        remark(f"stale: {reason}")


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
    that the study states. Models that the study was given are in no test; the tables name them.

    Example: `nearsight associate results/demo/study.json results/demo/tables/curves.nc
    results/demo/tables/decay_vs_stability.nc --out results/demo/tables/association.nc`
    """
    from nearsight.storage import write_dataset

    settings = _study_of(study)

    from nearsight.aims.stability import association
    from nearsight.aims.stability.spec import STABILITY
    from nearsight.collect import write_csv
    from nearsight.collect.models import given_models, trained_alone
    from nearsight.collect.tables import NAME, read_table, require_one_study, require_settings

    shown = read_table(curves, "curves", STABILITY.name)
    known = read_table(table, "decay_vs_stability", STABILITY.name)
    require_one_study(curves, shown, table, known)
    require_settings(curves, shown, settings, study)
    question, statistics = settings.primary_question(), settings.statistics
    places = {table.name: path for path, table in _places_of_association(out)}
    left_out = ", ".join(given_models(known))
    shown, known = trained_alone(shown), trained_alone(known)
    results = {
        "question": association.question_table(known, question, statistics),
        "association": association.associate(known, question, statistics),
        "hazards": association.hazards(shown, known, question, statistics),
        "sensitivity": association.sensitivity(shown, statistics),
    }
    for name, result in results.items():
        write_dataset(
            result.assign_attrs({NAME: name} | ({LEFT_OUT: left_out} if left_out else {})),
            places[name],
            title=f"{STABILITY.table(name).text} of study {settings.name}",
            inputs={"study": study, "curves": curves, "table": table},
            settings=settings.model_dump(),
        )
        write_csv(result, places[name].with_suffix(".csv"))
    if left_out:
        remark(f"in no test, since the study did not train it: {left_out}")
    tell(places["question"], str(results["question"]["verdict"].item()))
    tell(out, f"{results['association'].sizes['test']} further tests")
    tell(places["hazards"], STABILITY.table("hazards").text)
    tell(places["sensitivity"], STABILITY.table("sensitivity").text)
