"""Jobs of the models that a study was given: the stages of a variant but its training.

What a stage makes and from what, :mod:`nearsight.lineage.products` says; here stands its command.
"""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from nearsight.config import GivenModel, Study
from nearsight.config.feeding import settings_of
from nearsight.config.given import package_of
from nearsight.lineage.products import products_of_given
from nearsight.product import DATA, HOME, MODEL, Product
from nearsight.section import Section
from nearsight.workflow.parameters import as_json

_ESTIMATES = {
    "evaluate_given": "evaluation",
    "explain": "relevance",
    "explain_alkanes": "relevance",
    "faithfulness": "relevance",
    "respond_given": "response",
}
"""What the run time of a stage is estimated as, where its name does not say it."""
_OF_FRAMES = ("stability", "failures")
"""Stages that read trajectories."""


@dataclass(frozen=True)
class GivenJob:
    """A stage of a given model, on any data set.

    Attributes:
        study: what is run.
        name: of the model.
        stage: of the workflow.
        products: what it makes.
    """

    study: Study
    name: str
    stage: str
    products: tuple[Product, ...]

    @property
    def model(self) -> GivenModel:
        """What the model is."""
        return self.study.models[self.name]

    @property
    def rule(self) -> str:
        """Name of its rule, which no model can make that of another stage."""
        return f"{self.stage}_of_{self.name}"

    @property
    def estimate(self) -> str:
        """What its run time is estimated as."""
        return _ESTIMATES.get(self.stage, self.stage)

    @property
    def is_of_network(self) -> bool:
        """Whether it wants a GPU for long: what a calculator runs on is up to its arguments."""
        return self.stage == "dynamics" and not self.model.calculator

    @property
    def inputs(self) -> list[str]:
        """What it waits for, with the wildcards of study and data set."""
        places = [p for one in self.products for p in one.inputs.values() if p != MODEL]
        places += [f"{HOME}trajectories"] if self.stage in _OF_FRAMES else []
        outside = self.model.paths if self._opens else []
        return [*outside, *map(self._path, dict.fromkeys(places))]

    @property
    def outputs(self) -> list[str]:
        """Files that it makes, with the same wildcards."""
        return [self._path(one.place) for one in self.products if not one.is_folder]

    @property
    def folders(self) -> list[str]:
        """Folders that it makes."""
        return [self._path(one.place) for one in self.products if one.is_folder]

    @cached_property
    def package(self) -> str:
        """Package and version of a calculator; another one is another calculator."""
        return package_of(self.model.calculator) if self._opens and self.model.calculator else ""

    def command(self, dataset: str) -> str:
        """The command on a data set, as a shell takes it; what runs it anew stands in it.

        Args:
            dataset: its name.
        """
        words = COMMANDS[self.stage](_On(self.study, self.name, dataset))
        return " ".join(map(shlex.quote, words))

    @property
    def _opens(self) -> bool:
        return any(MODEL in product.inputs.values() for product in self.products)

    def _path(self, place: str) -> str:
        found = place.replace("{variant}", self.name)
        return "results/{study}/" + found


@dataclass(frozen=True)
class _On:
    """A given model on a data set, in words of a command."""

    study: Study
    name: str
    dataset: str

    def own(self, name: str) -> str:
        """Path of one of its files."""
        return f"results/{self.study.name}/{self.dataset}/{self.name}/{name}"

    @property
    def data(self) -> str:
        return f"results/{self.study.name}/{DATA.format(dataset=self.dataset)}"

    @property
    def model(self) -> list[str]:
        """What opens it, with the arguments of a calculator."""
        given = self.study.models[self.name]
        arguments = ["--calculator-arguments", as_json(given.arguments)] if given.arguments else []
        return [given.argument, *arguments]

    @property
    def device(self) -> list[str]:
        """Short work of a network is done where the others' is."""
        return [] if self.study.models[self.name].calculator else ["--device", "cpu"]

    def settings(self, stage: str, section: Section) -> list[str]:
        return ["--settings", as_json(settings_of(section, stage))]

    def out(self, name: str) -> list[str]:
        return ["--out", self.own(name)]


def _evaluate(on: _On) -> list[str]:
    level = on.study.models[on.name].level_of_theory
    said = ["--level-of-theory", level] if level else []
    return ["evaluate", *on.model, on.data, *said, *on.device, *on.out("evaluation.nc")]


def _explain(on: _On) -> list[str]:
    settings = on.settings("explain", on.study.explain)
    return ["explain", *on.model, on.data, *settings, *on.device, *on.out("relevance.nc")]


def _explain_alkanes(on: _On) -> list[str]:
    alkanes = f"results/{on.study.name}/alkanes.xyz"
    settings = on.settings("explain_alkanes", on.study.explain)
    return ["explain", *on.model, alkanes, *settings, *on.device, *on.out("alkanes.nc")]


def _respond(on: _On) -> list[str]:
    settings = on.settings("respond_given", on.study.respond)
    asked = ["respond", on.data, "--model", *on.model]
    return [*asked, *settings, *on.device, *on.out("response.nc")]


def _faithfulness(on: _On) -> list[str]:
    settings = on.settings("faithfulness", on.study.faithfulness)
    files = ["--relevance", on.own("relevance.nc"), "--response", on.own("response.nc")]
    asked = ["faithfulness", *on.model, on.data, *files]
    return [*asked, *settings, *on.device, *on.out("faithfulness.nc")]


def _dynamics(on: _On) -> list[str]:
    settings = on.settings("dynamics", on.study.dynamics_on(on.dataset))
    asked = ["md", on.data, "--model", *on.model, "--trajectories", on.own("trajectories")]
    return [*asked, *settings, *on.out("dynamics.nc")]


def _stability(on: _On) -> list[str]:
    settings = on.settings("stability", on.study.statistics)
    frames = ["--trajectories", on.own("trajectories"), "--data", on.data]
    return ["stability", on.own("dynamics.nc"), *frames, *settings, *on.out("stability.nc")]


def _failures(on: _On) -> list[str]:
    settings = on.settings("failures", on.study.failures)
    run = ["--dynamics", on.own("dynamics.nc"), "--trajectories", on.own("trajectories")]
    yardstick = as_json(settings_of(on.study.yardstick, "failures"))
    beside = ["--yardstick", yardstick, "--allow-no-yardstick"]
    asked = ["failures", *on.model, on.data, *run, *beside]
    return [*asked, *settings, *on.device, *on.out("failures.nc")]


COMMANDS: dict[str, Callable[[_On], Sequence[str]]] = {
    "evaluate_given": _evaluate,
    "explain": _explain,
    "explain_alkanes": _explain_alkanes,
    "respond_given": _respond,
    "faithfulness": _faithfulness,
    "dynamics": _dynamics,
    "stability": _stability,
    "failures": _failures,
}
"""Words of the command of each stage."""


def given_jobs(study: Study) -> list[GivenJob]:
    """Every stage of every given model; a job each on every data set."""
    stages: dict[str, list[Product]] = {}
    for product in products_of_given(study.aim):
        stages.setdefault(product.stage, []).append(product)
    return [
        GivenJob(study, name, stage, tuple(products))
        for name in study.models
        for stage, products in stages.items()
    ]
