"""Models that a study is given: they stand as rows beside the variants that it trains."""

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import ClassVar, TypeAlias

from pydantic import model_validator

from nearsight.config.yardstick import ALLOWED_FACTORY, Arguments, is_factory
from nearsight.families.specs import FAMILIES
from nearsight.families.variant import Variant
from nearsight.section import PathText, Section, Words, setting
from nearsight.storage.names import HYPERPARAMETERS, WEIGHTS

MOST_MODELS = 100
TAKEN = ("all", "reference", "reference_trajectories", *FAMILIES)
"""What the name of a given model cannot be: a word of tables, a folder, a family."""


class GivenModel(Section):
    """A model that is there already: one of `calculator`, `file` and `folder`.

    It is measured on every data set as the trained variants are, and stands beside them as a row
    of its name. Nothing is trained. Relevance does not apply where there are no walks.
    """

    stages: ClassVar[tuple[str, ...]] = (
        "evaluate_given", "explain", "respond_given", "faithfulness", "dynamics", "failures",
        "explain_alkanes",
    )  # fmt: skip

    calculator: Words = setting(
        "",
        unit="",
        description="An ASE calculator as package.module:factory, which is imported and called by"
        " the jobs that need it: name only code that you trust.",
    )
    arguments: Arguments = setting(
        {}, unit="", description="Keyword arguments of the calculator's factory."
    )
    file: PathText = setting("", unit="", description="A model.safetensors of nearsight's.")
    folder: PathText = setting(
        "", unit="", description="A converted SchNetPack model (weights and hyperparameters)."
    )
    level_of_theory: Words = setting(
        "",
        unit="",
        stages=("evaluate_given", "collect"),
        description="What the model computes or was trained on, for the column beside its errors;"
        " they are taken on the labels of the data set, whatever their level.",
    )

    @model_validator(mode="after")
    def _one_of_three(self) -> "GivenModel":
        given = [name for name in ("calculator", "file", "folder") if getattr(self, name)]
        if len(given) != 1:
            found = " and ".join(given) or "none of them"
            raise ValueError(f"expected one of calculator, file and folder; found {found}")
        if self.calculator and not is_factory(self.calculator):
            raise ValueError(f"calculator = {self.calculator!r}: expected {ALLOWED_FACTORY}")
        if self.arguments and not self.calculator:
            raise ValueError(f"arguments belong to a calculator; {given[0]} has none")
        return self

    @property
    def origin(self) -> str:
        """Which of the three it is."""
        return "calculator" if self.calculator else "file" if self.file else "folder"

    @property
    def argument(self) -> str:
        """What a command takes to open it."""
        return self.calculator or self.file or self.folder

    @property
    def paths(self) -> list[str]:
        """Files that it is read from.

        Those of a calculator are the ones that its arguments name, and its module where that lies
        in the working folder.
        """
        if self.file:
            return [self.file]
        if self.folder:
            places = [str(Path(self.folder) / name) for name in (WEIGHTS, *HYPERPARAMETERS)]
        else:
            module = Path(*self.calculator.partition(":")[0].split("."))
            places = [text for text in self.arguments.values() if isinstance(text, str)]
            places += [str(module.with_suffix(".py")), str(module / "__init__.py")]
        # What holds a brace would be a wildcard of Snakemake.
        return [one for one in places if one and not set(one) & set("{}") and _is_file(one)]


@dataclass(frozen=True)
class Given:
    """A given model as a row of a study: it has no axes, and a family of its own.

    Attributes:
        name: of the row.
        model: what it is.
        cutoff: Å, where the model says one.
        depth: how many times messages are passed; NaN where the model does not say.
        target: a force field gives energies.
        pooling: an energy is that of all atoms.
    """

    name: str
    model: GivenModel
    cutoff: float | None = None
    depth: float = math.nan
    target: ClassVar[str] = "energy"
    pooling: ClassVar[str] = "sum"

    @property
    def id(self) -> str:
        """Its name, which is no id of a variant: those hold a ``~``."""
        return self.name

    @property
    def family(self) -> str:
        """Its name too: what differs from it in more than a seed is another family."""
        return self.name

    @property
    def pair_cutoff(self) -> float:
        """Å within which atoms are pairs; infinite where no cutoff is known."""
        return math.inf if self.cutoff is None else self.cutoff


Row: TypeAlias = Variant | Given
"""What stands on a line of the tables of a study."""


def why_taken(names: Iterable[str]) -> str:
    """Why one of the names of given models cannot be that; empty text where all can."""
    taken = sorted(set(TAKEN) & set(names))
    if not taken:
        return ""
    what = "a family of variants" if taken[0] in FAMILIES else "taken in tables and folders"
    return f"models: name {taken[0]!r} is {what}: choose another"


def missing_models(models: dict[str, GivenModel]) -> list[str]:
    """What is not there of given models, a line each; no code of theirs is run.

    Args:
        models: by name; paths are those of the working folder.
    """
    found = []
    for name, model in models.items():
        module = model.calculator.partition(".")[0].partition(":")[0]
        if module and not _is_importable(module):
            found.append(
                f"models.{name}.calculator = {model.calculator!r}: there is no module {module!r} in"
                " this environment or in the working directory: install it, or correct the name"
            )
        if model.file and not Path(model.file).is_file():
            found.append(f"models.{name}.file = {model.file!r}: no such file")
        if model.folder:
            found += _missing_of_folder(name, Path(model.folder))
    return found


def package_of(calculator: str) -> str:
    """Package and version that a calculator comes from; empty text where nobody knows.

    Args:
        calculator: ``package.module:factory``; it is not imported.
    """
    from importlib.metadata import PackageNotFoundError, packages_distributions, version

    module = calculator.partition(":")[0].partition(".")[0]
    try:
        return f"{module} {version(module)}"
    except PackageNotFoundError:
        names = sorted(set(packages_distributions().get(module, ())))
        return ", ".join(f"{name} {version(name)}" for name in names)


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:
        return False  # longer than a name may be


def _missing_of_folder(name: str, folder: Path) -> list[str]:
    if not folder.is_dir():
        return [f"models.{name}.folder = {str(folder)!r}: no such folder"]
    there = (folder / WEIGHTS).is_file() and any((folder / f).is_file() for f in HYPERPARAMETERS)
    wanted = f"{WEIGHTS} and {HYPERPARAMETERS[0]}"
    return [] if there else [f"models.{name}.folder = {str(folder)!r}: does not hold {wanted}"]


def _is_importable(module: str) -> bool:
    """Whether a module is there, which is not imported for it."""
    finders = (finder.find_spec for finder in sys.meta_path)
    found = any(find(module, None) is not None for find in finders)
    return found or PathFinder.find_spec(module, [str(Path.cwd())]) is not None
