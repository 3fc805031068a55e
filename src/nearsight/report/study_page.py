"""From the folder of a finished study to its page."""

from collections.abc import Sequence
from pathlib import Path

from nearsight.aims.answering import Answers, Said
from nearsight.aims.saying import plural, soundness
from nearsight.page import Answer, Page
from nearsight.report.facts import facts_of
from nearsight.report.models_table import models_table
from nearsight.report.pictures import CAPTIONS, pictures
from nearsight.report.results import Results
from nearsight.report.scenes import scenes_of

WORKFLOW_REPORT = "report.html"


def page_of_study(results: Results, captions: Path = CAPTIONS) -> Page:
    """The page of a study; it is made from what is there, and makes nothing of the study anew.

    Args:
        results: the study.
        captions: folder of captions by aim.

    Raises:
        MissingFileError, CorruptFileError: the main table is missing, or a table cannot be read.
    """
    asked = results.aim.answers() if results.aim.answers is not None else _default(results)
    scenes, note = scenes_of(results)
    return Page(
        title=f"Study {results.study.name}: {results.aim.spec.text}",
        lead=_lead(results),
        answers=[_answer(results, said, captions) for said in asked.ask(results.tables)],
        table=models_table(results, asked.columns),
        scenes=scenes,
        facts=facts_of(results),
        links=_links(results.folder),
        note=note,
    )


def _answer(results: Results, said: Said, captions: Path) -> Answer:
    figures = pictures(results, said.figures, captions)
    return Answer(said.question, said.words, said.verdict, figures, said.advice)


def _default(results: Results) -> Answers:
    """Of an aim that asks nothing: whether all came to an end, with all of its figures."""
    figures = tuple(results.aim.spec.figures)

    def ask(_: object) -> Sequence[Said]:
        return [soundness(results.main, figures)]

    return Answers(ask, ())


def _lead(results: Results) -> str:
    datasets = ", ".join(results.study.datasets)
    return (
        f"{plural(len(results.study.cases()), 'model')} on {datasets}. "
        "Every answer is made from the tables of the study; numbers in brackets are intervals, "
        "names are data set and variant.\n\n"
        "A number of one model describes that model, and not what others of its kind do: "
        "compare seeds where there are several."
    )


def _links(folder: Path) -> dict[str, str]:
    links = {}
    if (folder / WORKFLOW_REPORT).is_file():
        links["Snakemake's own report: how each file was made"] = WORKFLOW_REPORT
    return links
