"""The page of a diagnosis, made of its document and its tables alone."""

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO

import xarray as xr
from matplotlib import pyplot as plt

from nearsight.diagnose.answering import sentence
from nearsight.diagnose.check import Check, Picture
from nearsight.diagnose.document import CheckPart, Document, FindingPart, ModelPart
from nearsight.diagnose.finding import worst
from nearsight.diagnose.registry import check
from nearsight.diagnose.scenes import scenes_of
from nearsight.figures import style
from nearsight.figures.save import METADATA
from nearsight.page import Answer, Column, Facts, Figure, Page, Table
from nearsight.page.wording import unit_as_read

Tables = Sequence[Mapping[str, xr.Dataset]]
"""Of every model, by check."""


def page_of(
    document: Document, tables: Tables, structure: xr.Dataset, known: Callable[[str], Check] = check
) -> Page:
    """The page.

    Args:
        document: of the diagnosis.
        tables: of every model, by check.
        structure: the first structure, as :func:`nearsight.diagnose.scenes.structure_of` has it.
        known: from the name of a check to the check.
    """
    return Page(
        title=_title(document),
        lead=_lead(document),
        answers=[_answer(known(name), document, tables) for name in _names(document)],
        table=_overview(document),
        scenes=scenes_of(document, tables, structure, known),
        facts=_facts(document),
    )


def _names(document: Document) -> list[str]:
    return list(dict.fromkeys(part.name for model in document.models for part in model.checks))


def _title(document: Document) -> str:
    labels = [model.label for model in document.models]
    return f"Diagnosis of {labels[0] if len(labels) == 1 else f'{len(labels)} models'}"


def _lead(document: Document) -> str:
    names = ", ".join(model.label for model in document.models)
    number = document.n_structures
    beside = (
        "Nothing stands beside them: no reference was asked for."
        if document.reference == "none"
        else f"The reference beside them is {document.reference}; where a model was trained on "
        "another level of theory, it differs from it for that reason too."
    )
    return (
        f"{names} on {number} structure{'s' * (number > 1)} of {document.structures} "
        f"({', '.join(document.formulas[:4])}). {beside}\n\n"
        "A verdict compares a number with a threshold, whose source stands beside it. It speaks of "
        "these structures, and of one trained network each: another seed may differ."
    )


def _answer(one: Check, document: Document, tables: Tables) -> Answer:
    made = [
        (model, part) for model in document.models for part in model.checks if part.name == one.name
    ]
    drawn = {
        model.label: of_model[one.name]
        for model, of_model in zip(document.models, tables, strict=True)
        if one.name in of_model and of_model[one.name].variables
    }
    return Answer(
        question=one.question,
        words="\n\n".join(_words(model, part, len(made) > 1) for model, part in made),
        verdict=worst([part.verdict for _, part in made]).value,
        figures=_figures(one, drawn),
        advice=_advice(made),
        table=_findings(one, made),
    )


def _words(model: ModelPart, part: CheckPart, several: bool) -> str:
    if not several:
        return part.answer
    return f"{model.label} ({part.verdict.value.replace('_', ' ')}): {part.answer}"


def _advice(made: Sequence[tuple[ModelPart, CheckPart]]) -> str:
    found = [finding.advice for _, part in made for finding in part.findings if finding.advice]
    return "\n\n".join(dict.fromkeys(map(sentence, found)))


@style.styled
def _figures(one: Check, drawn: Mapping[str, xr.Dataset]) -> list[Figure]:
    return [_figure(picture) for picture in one.draw(drawn)] if drawn else []


def _figure(picture: Picture) -> Figure:
    image = BytesIO()
    picture.figure.savefig(image, format="svg", metadata=METADATA["svg"])
    plt.close(picture.figure)
    return Figure(image.getvalue(), picture.caption, picture.alt)


def _findings(one: Check, made: Sequence[tuple[ModelPart, CheckPart]]) -> Table:
    found = [(model, finding) for model, part in made for finding in part.findings]
    sources = list(dict.fromkeys(f.threshold.source for _, f in found if f.threshold))
    numbered = {source: number for number, source in enumerate(sources, start=1)}
    return Table(
        f"{one.title}: every number",
        [*([Column("Model")] if len(made) > 1 else []), *_COLUMNS],
        [
            [*([model.label] if len(made) > 1 else []), *_cells(finding, numbered)]
            for model, finding in found
        ],
        csv=_csv(found),
        file_name=f"{one.name}.csv",
        note="\n\n".join(f"[{number}] {source}" for source, number in numbered.items()),
    )


_COLUMNS = (
    Column("Verdict"),
    Column("What was found"),
    Column("Value"),
    Column("Low", words="lower bound of its interval"),
    Column("High", words="upper bound of its interval"),
    Column("Unit"),
    Column("Warn beyond"),
    Column("Fail beyond"),
    Column("Source", words="where the thresholds come from, under the table"),
)


def _cells(finding: FindingPart, sources: Mapping[str, int]) -> list[str | float | None]:
    limit = finding.threshold
    return [
        finding.verdict.value,
        finding.reason,
        finding.value,
        finding.low,
        finding.high,
        unit_as_read(finding.unit),
        None if limit is None else limit.warn,
        None if limit is None else limit.fail,
        None if limit is None else f"[{sources[limit.source]}]",
    ]


def _csv(found: Sequence[tuple[ModelPart, FindingPart]]) -> str:
    """All of every finding, for spreadsheets."""
    columns = [
        *("model", "quantity", "text", "value", "low", "high", "unit"),
        *("warn_beyond", "fail_beyond", "verdict", "reason", "advice", "source"),
    ]
    rows = []
    for model, one in found:
        limit = one.threshold
        numbers = (None, None) if limit is None else (limit.warn, limit.fail)
        rows.append(
            [
                *(model.label, one.quantity, one.text, one.value, one.low, one.high, one.unit),
                *(*numbers, one.verdict.value, one.reason, one.advice),
                "" if limit is None else limit.source,
            ]
        )
    return Table("", [Column(name) for name in columns], rows).to_csv()


def _overview(document: Document) -> Table:
    """A row a model, a column a check."""
    titles = {part.name: part.title for model in document.models for part in model.checks}
    columns = [
        Column("Model"),
        Column("Kind"),
        Column("Cutoff", "Å"),
        Column("Depth", words="times that messages are passed"),
        Column("Verdict", words="the gravest of all checks"),
        *(Column(title) for title in titles.values()),
    ]
    rows = []
    for model in document.models:
        verdicts = {part.name: part.verdict.value for part in model.checks}
        cells = [model.label, model.kind, model.cutoff_angstrom, model.depth, model.verdict.value]
        rows.append([*cells, *(verdicts.get(name) for name in titles)])
    return Table("Models and verdicts", columns, rows, file_name="verdicts.csv")


def _facts(document: Document) -> list[Facts]:
    files = {document.structures: document.structures_sha256}
    if document.labels:
        files[document.labels] = document.labels_sha256
    attributes: dict[str, str] = {}
    for model in document.models:
        files |= {f"{model.label}: {role}": sha for role, sha in model.files.items()}
        attributes |= {f"{model.label}: {name}": text for name, text in model.attributes.items()}
    seconds = {
        f"{model.label}: {part.title}": f"{part.seconds:.1f} s"
        for model in document.models
        for part in model.checks
    }
    total = sum(part.seconds for model in document.models for part in model.checks)
    versions = {"nearsight": document.nearsight_version, "commit": document.git_commit}
    return [
        Facts("Settings", {"effort": document.effort, "seed": str(document.seed), **attributes}),
        Facts("Files and their SHA-256", files),
        Facts("Versions", {**versions, **document.packages}),
        Facts("Cost", {"all": f"{total:.0f} s on {document.hardware}", **seconds}),
        Facts("Made", {"at": document.date}),
    ]
