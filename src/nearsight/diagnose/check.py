"""What a check of the diagnosis is: a question, what it runs, what it draws."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import xarray as xr
from ase import Atoms

from nearsight.diagnose.finding import Finding, Verdict, worst
from nearsight.diagnose.subject import Subject
from nearsight.page import PairLayer, Replica, Walks

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Result:
    """What a check has found about one model.

    Attributes:
        findings: in the order in which they are told.
        table: all that its figures are drawn from, with units on every variable; also what the
            page needs later, since it is made anew from files alone.
        frames: structures worth a look, by the name of their file, written as extended xyz; what
            they are stands in ``atoms.info``.
    """

    findings: Sequence[Finding]
    table: xr.Dataset = field(default_factory=xr.Dataset)
    frames: Mapping[str, Sequence[Atoms]] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The gravest of its findings."""
        return worst([finding.verdict for finding in self.findings])


@dataclass(frozen=True)
class Picture:
    """A figure of a check.

    Attributes:
        name: in snake case, unique within its check.
        figure: of matplotlib, in the style of :mod:`nearsight.figures`.
        caption: says what is drawn, for which models, and how to read it.
        alt: what one sees, for those who do not.
    """

    name: str
    figure: "Figure"
    caption: str
    alt: str


@dataclass(frozen=True)
class View:
    """What a check shows on the first structure, in three dimensions.

    Attributes:
        layers: numbers of pairs of atoms by name.
        walks: the strongest walks, where there are any.
        replicas: trajectories.
        words: what else is to be said of them.
    """

    layers: Mapping[str, PairLayer] = field(default_factory=dict)
    walks: Walks | None = None
    replicas: Sequence[Replica] = ()
    words: str = ""


def shows_nothing(_: xr.Dataset) -> View:
    """Of a check that has nothing to show in three dimensions."""
    return View()


def draws_nothing(_: Mapping[str, xr.Dataset]) -> Sequence[Picture]:
    """Of a check that has no figure."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check.

    Attributes:
        name: in snake case; of its group in the file and its part of the page.
        title: a few words.
        question: that it answers, as a user asks it.
        run: from a subject to what is found; a model that fails is a finding with its reason, and
            only a fault of ours is an exception.
        draw: from tables by the label of their model, at least one, to figures that compare them.
        view: from its table to what it shows on the first structure.
        gist: from the findings of one model to the answer in one or two sentences with numbers.
    """

    name: str
    title: str
    question: str
    run: Callable[[Subject], Result]
    draw: Callable[[Mapping[str, xr.Dataset]], Sequence[Picture]] = draws_nothing
    view: Callable[[xr.Dataset], View] = shows_nothing
    gist: Callable[[Sequence[Finding]], str]
