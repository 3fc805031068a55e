"""Every file of a study: the rule that makes it and the files it is made from.

The same as the rules of the workflow say, for those who have a folder and no workflow.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import PurePosixPath

from nearsight.aims.specs import AIMS
from nearsight.config import TARGETS, GeneratedDataset, GivenModel, PublishedDataset, Study
from nearsight.product import DATA, HOME, MODEL, OF_NETWORK, Product

_RELEVANCE, _RESPONSE = f"{HOME}relevance.nc", f"{HOME}response.nc"
_EVALUATION = f"{HOME}evaluation.nc"
_DYNAMICS, _REFERENCE = f"{HOME}dynamics.nc", "{dataset}/reference_dynamics.nc"
_FIGURE_ENDINGS = (".svg", ".png", ".nc", ".txt")


FIGURES = "figures"
"""The rule that draws."""


@dataclass(frozen=True)
class File:
    """One file of a study.

    Attributes:
        path: within the study's folder, with slashes.
        product: what it is.
        dataset: the data set it belongs to; empty for files of the whole study.
        variant: id of the variant, or name of the given model, that it belongs to; empty for files
            of a data set.
        inputs: paths of the files it is made from, by role.
        model: the given model that it is made from, which lies elsewhere; None where it is made
            from none.
    """

    path: str
    product: Product
    dataset: str
    variant: str
    inputs: Mapping[str, str]
    model: GivenModel | None = None

    @property
    def is_table(self) -> bool:
        """Whether it is one of the tables of the study."""
        return self.path.startswith("tables/")


def _trained(name: str, *known_by: str) -> Product:
    """A file that training leaves beside its model."""
    place, young = f"{HOME}{name}", frozenset({"model"})
    return Product(place, "train", OF_NETWORK, younger=young, known_by=frozenset(known_by))


def _of_reference(name: str, stage: str, section: str, known_by: str) -> Product:
    """A file that the yardstick makes of a data set."""
    place, known = f"{{dataset}}/{name}", frozenset({known_by})
    return Product(place, stage, {"data": DATA}, section, by_yardstick=True, known_by=known)


_STAGES = (
    Product(DATA, "data", known_by=frozenset({"position"})),
    Product("{dataset}/data.check.txt", "check_data"),
    Product(MODEL, "train", {"data": DATA}),
    _trained("history.nc", "train_loss"),
    _trained("evaluation.nc", *(f"{target}_mae" for target in TARGETS)),
    _trained("card.json"),
    Product(
        _RELEVANCE, "explain", OF_NETWORK, "explain", known_by=frozenset({"site_relevance_start"})
    ),
    Product(_RESPONSE, "respond", OF_NETWORK, "respond", known_by=frozenset({"norm"})),
    Product(
        f"{HOME}faithfulness.nc",
        "faithfulness",
        {**OF_NETWORK, "relevance": _RELEVANCE, "response": _RESPONSE},
        "faithfulness",
        known_by=frozenset({"ablation_energy"}),
    ),
    Product(_DYNAMICS, "dynamics", OF_NETWORK, "dynamics", known_by=frozenset({"end_time"})),
    Product(f"{HOME}trajectories", "dynamics", is_folder=True),
    Product(
        f"{HOME}stability.nc",
        "stability",
        {"dynamics": _DYNAMICS, "data": DATA},
        "statistics",
        younger=frozenset({"data"}),
        known_by=frozenset({"survival"}),
    ),
    _of_reference("reference_response.nc", "respond_reference", "respond", "norm"),
    Product(
        "{dataset}/reference_curves.nc",
        "reference_curves",
        {"data": DATA},
        "respond",
        known_by=frozenset({"dispersion_d3"}),
    ),
    _of_reference("reference_dynamics.nc", "reference_dynamics", "dynamics", "end_time"),
    Product("{dataset}/reference_trajectories", "reference_dynamics", is_folder=True),
    Product(
        "{dataset}/reference_stability.nc",
        "reference_stability",
        {"dynamics": _REFERENCE, "data": DATA},
        "statistics",
        younger=frozenset({"data"}),
        known_by=frozenset({"survival"}),
    ),
)
"""What the stages that every aim may ask for make, each after what it is made from."""


@cache
def products_of(aim: str) -> tuple[Product, ...]:
    """Files of every variant and data set that a study of an aim makes, each after its inputs.

    Those that its tables are made from, what these are made from in turn, and what the same stages
    leave beside them.
    """
    spec = AIMS[aim]
    every = (*_STAGES, *spec.products)
    by_place = {product.place: product for product in every}
    waiting = [by_place[place] for place in _needed(aim)]
    stages = {"check_data"}
    while waiting:
        product = waiting.pop()
        stages.add(product.stage)
        beside = [other for other in every if other.stage == product.stage]
        waiting += [
            by_place[place]
            for other in beside
            for place in other.inputs.values()
            if by_place[place].stage not in stages
        ]
    return tuple(product for product in every if product.stage in stages)


def _needed(aim: str) -> list[str]:
    """Places of the files that the tables of an aim are made from."""
    spec = AIMS[aim]
    of_datasets = [f"{{dataset}}/{name}" for name in spec.of_datasets]
    return [f"{HOME}{name}" for name in spec.of_variants] + of_datasets


def files_of(study: Study) -> list[File]:
    """Files of every variant and data set of a study, each after those it is made from."""
    found = []
    for product in products_of(study.aim):
        of_given = _of_given(product)
        for where in _places(product, study):
            model = study.models.get(where.get("variant", ""))
            if model is None:
                found.append(_file(product, where))
            elif of_given is not None:
                found.append(_file(of_given, where, model))
    return found


def products_of_given(aim: str) -> list[Product]:
    """Files that a given model has on a data set in a study of an aim, each after its inputs."""
    made = [_of_given(one) for one in products_of(aim) if "{variant}" in one.place]
    return [product for product in made if product is not None]


def _of_given(product: Product) -> Product | None:
    """What a given model has of a product: of a training nothing but errors."""
    if product.place == _EVALUATION:
        young: frozenset[str] = frozenset()
        return replace(product, stage="evaluate_given", younger=young)
    if product.stage == "train":
        return None
    return replace(product, stage="respond_given") if product.place == _RESPONSE else product


def _file(product: Product, where: Mapping[str, str], given: GivenModel | None = None) -> File:
    outside = given is not None and MODEL in product.inputs.values()
    return File(
        product.place.format(**where),
        product,
        where.get("dataset", ""),
        where.get("variant", ""),
        {
            role: place.format(**where)
            for role, place in product.inputs.items()
            if not (outside and place == MODEL)
        },
        given if outside else None,
    )


def collected(study: Study) -> list[File]:
    """The files that the tables of a study are made from."""
    needed = set(_needed(study.aim))
    return [file for file in files_of(study) if file.product.place in needed]


def tables_of(study: Study) -> list[File]:
    """Tables of a study that record what they were made from, each after its inputs."""
    spec = AIMS[study.aim]
    results = {file.path: file.path for file in collected(study)}
    made = []
    for table in spec.tables:
        others = {spec.table(name).role: spec.table(name).place for name in table.made_from}
        young = frozenset() if others else frozenset(results)
        product = Product(table.place, table.rule, younger=young)
        made.append(File(table.place, product, "", "", others or results))
    return made


def figure_files(study: Study) -> list[File]:
    """Files of the figures of a study."""
    spec = AIMS[study.aim]
    made = []
    for name, source in spec.figures.items():
        table = spec.table(source)
        for end in _FIGURE_ENDINGS:
            place = f"figures/{name}{end}"
            inputs = {table.role: table.place} if end == ".nc" else {}
            made.append(File(place, Product(place, FIGURES), "", "", inputs))
    return made


def rule_of(file: File, study: Study) -> str:
    """Name of the rule of the workflow that makes a file."""
    if file.product.stage != "data":
        return file.product.stage
    spec = study.datasets[file.dataset]
    if isinstance(spec, GeneratedDataset):
        return "make_data"
    return "fetch_data" if isinstance(spec, PublishedDataset) else "import_data"


_PAGES = ("report.html", "page.html")
"""Made of a finished study, and made anew at any time."""


def is_of_the_workflow(path: PurePosixPath) -> bool:
    """Whether a file is one that the workflow leaves beside its results: logs and the like."""
    return path.parts[0] in ("logs", "benchmarks", "so_far") or str(path) in _PAGES


def _places(product: Product, study: Study) -> Iterator[dict[str, str]]:
    if "{dataset}" not in product.place:
        yield {}
        return
    for dataset in study.datasets:
        if "{variant}" not in product.place:
            yield {"dataset": dataset}
            continue
        for row in study.rows_of(dataset):
            yield {"dataset": dataset, "variant": row}
