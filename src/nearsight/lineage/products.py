"""Every file of a study: the rule that makes it and the files it is made from.

The same as the rules of the workflow say, for those who have a folder and no workflow.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from nearsight.config import GeneratedDataset, PublishedDataset, Study
from nearsight.lineage.drawn import FIGURES_BY_AIM

_DATA = "{dataset}/data.nc"
_HOME = "{dataset}/{variant}/"
_MODEL = f"{_HOME}model.safetensors"
_RELEVANCE, _RESPONSE = f"{_HOME}relevance.nc", f"{_HOME}response.nc"
_DYNAMICS, _REFERENCE = f"{_HOME}dynamics.nc", "{dataset}/reference_dynamics.nc"
_OF_NETWORK = {"model": _MODEL, "data": _DATA}
_FIGURE_ENDINGS = (".svg", ".png", ".nc", ".txt")


@dataclass(frozen=True)
class Product:
    """A file, or a folder of files, that a stage makes for every variant, data set or study.

    Attributes:
        place: path within the study's folder, with ``{dataset}`` and ``{variant}`` in it.
        stage: name of the rule.
        inputs: places of the files it is made from, by the role that it records them under.
        younger: roles that files of earlier versions do not record.
        is_folder: whether it is a folder of trajectories.
        frames_of: place of the file that names this one, of frames, by its SHA-256; it may be
            empty.
    """

    place: str
    stage: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    younger: frozenset[str] = frozenset()
    is_folder: bool = False
    frames_of: str = ""


@dataclass(frozen=True)
class File:
    """One file of a study.

    Attributes:
        path: within the study's folder, with slashes.
        product: what it is.
        dataset: the data set it belongs to; empty for files of the whole study.
        variant: id of the variant it belongs to; empty for files of a data set.
        inputs: paths of the files it is made from, by role.
    """

    path: str
    product: Product
    dataset: str
    variant: str
    inputs: Mapping[str, str]


_TRAINED = tuple(
    Product(f"{_HOME}{name}", "train", _OF_NETWORK, frozenset({"model"}))
    for name in ("history.nc", "evaluation.nc", "card.json")
)
_NETWORKS = (
    Product(_DATA, "data"),
    Product("{dataset}/data.check.txt", "check_data"),
    Product(_MODEL, "train", {"data": _DATA}),
    *_TRAINED,
)
_STABILITY = (
    *_NETWORKS,
    Product(_RELEVANCE, "explain", _OF_NETWORK),
    Product(_RESPONSE, "respond", _OF_NETWORK),
    Product(
        f"{_HOME}faithfulness.nc",
        "faithfulness",
        {**_OF_NETWORK, "relevance": _RELEVANCE, "response": _RESPONSE},
    ),
    Product(_DYNAMICS, "dynamics", _OF_NETWORK),
    Product(f"{_HOME}trajectories", "dynamics", is_folder=True),
    Product(
        f"{_HOME}stability.nc",
        "stability",
        {"dynamics": _DYNAMICS, "data": _DATA},
        frozenset({"data"}),
    ),
    Product(f"{_HOME}failures.nc", "failures", {**_OF_NETWORK, "dynamics": _DYNAMICS}),
    Product(f"{_HOME}failures.xyz", "failures", frames_of=f"{_HOME}failures.nc"),
    Product("{dataset}/reference_response.nc", "respond_reference", {"data": _DATA}),
    Product("{dataset}/reference_curves.nc", "reference_curves", {"data": _DATA}),
    Product(_REFERENCE, "reference_dynamics", {"data": _DATA}),
    Product("{dataset}/reference_trajectories", "reference_dynamics", is_folder=True),
    Product(
        "{dataset}/reference_stability.nc",
        "reference_stability",
        {"dynamics": _REFERENCE, "data": _DATA},
        frozenset({"data"}),
    ),
)
_PROPERTIES = (
    *_NETWORKS,
    Product("alkanes.xyz", "alkanes"),
    Product(_RELEVANCE, "explain", _OF_NETWORK),
    Product(f"{_HOME}alkanes.nc", "explain_alkanes", {"model": _MODEL, "data": "alkanes.xyz"}),
)
OF_AIM: Mapping[str, tuple[Product, ...]] = {
    "stability": _STABILITY,
    "properties": _PROPERTIES,
    "accuracy": _NETWORKS,
}
"""Files of every variant and data set, each after the files it is made from, by aim."""

NOT_COLLECTED = frozenset({"data", "check_data", "alkanes", "dynamics", "reference_dynamics"})
"""Stages whose files no table is made from directly."""

CURVES, TABLE = "tables/curves.nc", "tables/decay_vs_stability.nc"
FAILURES = "tables/failures.nc"


def files_of(study: Study) -> list[File]:
    """Files of every variant and data set of a study, each after those it is made from."""
    return [
        File(
            product.place.format(**where),
            product,
            where.get("dataset", ""),
            where.get("variant", ""),
            {role: place.format(**where) for role, place in product.inputs.items()},
        )
        for product in OF_AIM[study.aim]
        for where in _places(product, study)
    ]


def collected(study: Study) -> list[File]:
    """The files that the tables of a study are made from."""
    files = files_of(study)
    return [
        file
        for file in files
        if file.product.stage not in NOT_COLLECTED
        and not file.path.endswith((".safetensors", ".xyz"))
    ]


def tables_of(study: Study) -> list[File]:
    """Tables of a study that record what they were made from, each after its inputs."""
    inputs = {file.path: file.path for file in collected(study)}
    if study.aim != "stability":
        stage = Product(f"tables/{study.aim}.nc", "collect_other", younger=frozenset(inputs))
        return [File(stage.place, stage, "", "", inputs)]
    made = [
        File(place, Product(place, "collect", younger=frozenset(inputs)), "", "", inputs)
        for place in (CURVES, TABLE, FAILURES)
    ]
    joined = {"curves": CURVES, "table": TABLE}
    for name in ("association", "question", "hazards", "sensitivity"):
        place = f"tables/{name}.nc"
        made.append(File(place, Product(place, "associate"), "", "", joined))
    return made


def figure_files(study: Study) -> list[File]:
    """Files of the figures of a study."""
    sources = {"curves": CURVES, "table": TABLE}
    stage = "figures"
    if study.aim != "stability":
        sources, stage = {"table": f"tables/{study.aim}.nc"}, "draw"
    return [
        File(place, Product(place, stage), "", "", {role: sources[role]} if end == ".nc" else {})
        for name, role in FIGURES_BY_AIM[study.aim].items()
        for end in _FIGURE_ENDINGS
        for place in [f"figures/{name}{end}"]
    ]


def rule_of(file: File, study: Study) -> str:
    """Name of the rule of the workflow that makes a file."""
    if file.product.stage != "data":
        return file.product.stage
    spec = study.datasets[file.dataset]
    if isinstance(spec, GeneratedDataset):
        return "make_data"
    return "fetch_data" if isinstance(spec, PublishedDataset) else "import_data"


def is_of_the_workflow(path: PurePosixPath) -> bool:
    """Whether a file is one that the workflow leaves beside its results: logs and the like."""
    return path.parts[0] in ("logs", "benchmarks", "so_far") or str(path) == "report.html"


def _places(product: Product, study: Study) -> Iterator[dict[str, str]]:
    if "{dataset}" not in product.place:
        yield {}
        return
    for dataset in study.datasets:
        if "{variant}" not in product.place:
            yield {"dataset": dataset}
            continue
        for variant in study.variants_of(dataset):
            yield {"dataset": dataset, "variant": variant}
