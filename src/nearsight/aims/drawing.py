"""Drawing the figures of a study from its tables, whatever its aim is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from nearsight.aims.declaration import AimSpec
from nearsight.aims.registry import AIMS
from nearsight.collect.tables import kind_of, read_any_table, require_one_study
from nearsight.errors import ConfigError, CorruptFileError, NearsightError, StaleFileError
from nearsight.figures import FigureSpec, files_of, save_figure
from nearsight.lineage import read_record, record_of
from nearsight.storage.files import sha256


@dataclass(frozen=True)
class Tables:
    """Tables of one run of collect.

    Attributes:
        aim: of their study.
        contents: the tables by name.
        paths: of their files, by name.
    """

    aim: str
    contents: Mapping[str, xr.Dataset]
    paths: Mapping[str, Path]


def read_tables(paths: Sequence[Path]) -> Tables:
    """Tables that are joined in figures, in any order.

    Raises:
        MissingFileError, CorruptFileError: one cannot be read, or is no table of a known aim.
        StaleFileError: they are not of one run.
        ConfigError: two files are the same table.
    """
    found = [(path, *read_any_table(path)) for path in paths]
    first, _, aim, one = found[0]
    spec = _known_aim(first, aim)
    known: dict[str, Path] = {}
    for path, name, of, other in found:
        if name in known:
            raise ConfigError(f"{path}: is table {name}, and so is {known[name]}: give one of them")
        if of != aim:
            require_one_study(first, one, path, other)
        known[name] = path
    contents = {name: content for _, name, _, content in found}
    _require_one_run(spec, contents, known)
    return Tables(aim, contents, known)


def _require_one_run(
    spec: AimSpec, contents: Mapping[str, xr.Dataset], paths: Mapping[str, Path]
) -> None:
    """Refuse tables of different runs.

    Those that one command makes record the same files; one that is made from others records these.
    """
    first: dict[str, str] = {}
    for name, content in contents.items():
        if name not in {table.name for table in spec.tables}:
            raise CorruptFileError(f"{paths[name]}: a study of {spec.name} has no table {name!r}")
        made_from = spec.table(name).made_from
        beside = first.setdefault(spec.table(name).rule, name)
        require_one_study(paths[beside], contents[beside], paths[name], content)
        record = record_of(paths[name], content.attrs)
        for other in made_from:
            role = spec.table(other).role
            if other in paths and record.inputs.get(role) != sha256(paths[other]):
                raise StaleFileError(
                    f"{paths[name]}: not made from {paths[other]}: make it anew, or give both of "
                    "one study"
                )


def figures_drawn_from(paths: Sequence[Path]) -> list[str]:
    """Names of the figures of tables, whose arrays are not read.

    All names there are where a file is no table: what is wrong with it is said when it is read.
    """
    names: list[str] = []
    for path in paths or [Path()]:
        try:
            table, aim = kind_of(path, read_record(path))
            figures = _known_aim(path, aim).figures
        except NearsightError:
            return list(dict.fromkeys(name for aim in AIMS.values() for name in aim.spec.figures))
        names += [name for name, source in figures.items() if source == table]
    return names


def _known_aim(path: Path, aim: str) -> AimSpec:
    if aim not in AIMS:
        raise CorruptFileError(f"{path}: of a study of {aim!r}; there are {', '.join(AIMS)}")
    return AIMS[aim].spec


def chosen_figures(tables: Tables, names: Sequence[str] | None) -> list[FigureSpec]:
    """The named figures, or all that are drawn from these tables.

    Raises:
        ConfigError: there is no figure of that name, or it is drawn from another table.
    """
    figures = AIMS[tables.aim].figures()
    known = {figure.name: figure for figure in figures}
    for name in names or ():
        if name not in known:
            raise ConfigError(
                f"--name {name}: a study of {tables.aim} has no such figure; there are "
                f"{', '.join(known)}"
            )
        if known[name].source not in tables.contents:
            raise ConfigError(
                f"--name {name}: is drawn from table {known[name].source}: give that file too"
            )
    if names:
        return [known[name] for name in dict.fromkeys(names)]
    drawable = [figure for figure in figures if figure.source in tables.contents]
    if not drawable:
        sources = " or ".join(dict.fromkeys(figure.source for figure in figures))
        path = next(iter(tables.paths.values()))
        raise ConfigError(f"{path}: no figure is drawn from it; give {sources} of a study")
    return drawable


def draw_figures(tables: Tables, figures: Sequence[FigureSpec], folder: Path) -> Iterator[Path]:
    """Draw figures, a file of each as soon as all of its files are there.

    Args:
        tables: what they are drawn from.
        figures: of :func:`chosen_figures`.
        folder: where the files go.
    """
    spec = AIMS[tables.aim].spec
    for figure in figures:
        inputs = {spec.table(figure.source).role: tables.paths[figure.source]}
        save_figure(figure, tables.contents[figure.source], folder, inputs=inputs)
        yield files_of(figure.name, folder)[0]
