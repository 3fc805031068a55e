"""Walks in words: beside the picture, as its alt text, and as a table."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from ase.data import chemical_symbols
from ase.formula import Formula

from nearsight import units
from nearsight.labels import variable

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Walk:
    """One walk: its rank by size, its atoms, its relevance in the unit of the table."""

    rank: int
    atoms: tuple[int, ...]
    relevance: float


@dataclass(frozen=True)
class Panel:
    """Walks on one number of atoms, and sums over all of them, in the unit of the table."""

    n_atoms: int
    walks: tuple[Walk, ...]
    signed: float
    absolute: float


def panels_of(table: xr.Dataset) -> list[Panel]:
    """The walks of a table, by number of atoms."""
    found = []
    for row, n_atoms in enumerate(table["n_atoms"].to_numpy().tolist()):
        own = table.isel(n_atoms=row)
        ranks, values = own["rank"].to_numpy().tolist(), own["relevance"].to_numpy().tolist()
        atoms = own["walk"].to_numpy().tolist()
        walks = tuple(
            Walk(rank, tuple(walk), value)
            for rank, walk, value in zip(ranks, atoms, values, strict=True)
            if value == value
        )
        sums = (float(own[name]) for name in ("signed_sum", "absolute_sum"))
        found.append(Panel(n_atoms, walks, *sums))
    return found


def path_of(table: xr.Dataset, atoms: tuple[int, ...]) -> str:
    """Atoms of a walk by name, as C1 → N3 → N3."""
    numbers = table["atomic_number"].to_numpy()
    return " → ".join(f"{chemical_symbols[numbers[atom]]}{atom}" for atom in atoms)


def in_unit(table: xr.Dataset, value: float, *, sign: bool = True) -> str:
    """A relevance as it is read: meV for energies, else the unit of the output.

    Args:
        table: of walks.
        value: in its unit.
        sign: whether a plus is written.
    """
    unit = str(table["relevance"].attrs["units"])
    form = "+" if sign else ""
    if unit == units.ENERGY:
        text = f"{value * units.MEV_PER_EV:{form}.1f} meV"
    else:
        text = f"{value:{form}.3g} {unit}"
    return text.replace("-", MINUS, 1) if text.startswith("-") else text


def output_of(table: xr.Dataset) -> str:
    """What the network predicts, as ``the energy``."""
    return f"the {str(table.attrs.get('output', 'energy')).replace('_', ' ')}"


def rule_in_words(table: xr.Dataset) -> str:
    """Which rule of LRP, and how vectors are treated where there are any."""
    vector = str(table.attrs.get("vector", "none"))
    vectors = "" if vector == "none" else f", vectors: {vector}"
    return f"rule {table.attrs['rule']} {float(table.attrs['rule_strength']):g}{vectors}"


def describe_walks(table: xr.Dataset) -> str:
    """Alt text: the molecule, the strongest walks of each number of atoms, their sums.

    Args:
        table: of :func:`nearsight.explain.strongest_walks.strongest_walks`.
    """
    numbers = table["atomic_number"].to_numpy()
    formula = Formula.from_list([chemical_symbols[n] for n in numbers]).format("hill")
    subject = str(table.attrs.get("label", "a network"))
    told = [f"The strongest walks of {subject} ({rule_in_words(table)}) drawn on {formula}."]
    for panel in panels_of(table):
        on = f"On {panel.n_atoms} atom{'s' if panel.n_atoms > 1 else ''}"
        if not panel.walks:
            told.append(f"{on} no walk carries relevance.")
            continue
        listed = "; ".join(
            f"{path_of(table, walk.atoms)} {_verb(walk)} {output_of(table)} by "
            f"{in_unit(table, abs(walk.relevance), sign=False)}"
            for walk in panel.walks
        )
        told.append(
            f"{on}: {listed}. All walks there sum to {in_unit(table, panel.signed)}, their sizes "
            f"to {in_unit(table, panel.absolute, sign=False)}."
        )
    return " ".join(told)


def _verb(walk: Walk) -> str:
    return "raises" if walk.relevance > 0 else "lowers"


def listed_walks(table: xr.Dataset) -> xr.Dataset:
    """One row a walk: atoms by name and number, number of distinct atoms, rank, relevance, length.

    Args:
        table: of :func:`nearsight.explain.strongest_walks.strongest_walks`.
    """
    rows = [(panel.n_atoms, walk) for panel in panels_of(table) for walk in panel.walks]
    paths = [path_of(table, walk.atoms) for _, walk in rows]
    place = table["position"].to_numpy()
    ends = [np.linalg.norm(place[walk.atoms[-1]] - place[walk.atoms[0]]) for _, walk in rows]
    unit = str(table["relevance"].attrs["units"])
    columns: dict[str, tuple[object, str, str]] = {
        "atoms": (_texts(" ".join(map(str, w.atoms)) for _, w in rows), units.ONE, "atoms"),
        "n_atoms": ([n for n, _ in rows], units.ONE, "number of distinct atoms on the walk"),
        "rank": ([w.rank for _, w in rows], units.ONE, "rank by size"),
        "relevance": ([w.relevance for _, w in rows], unit, "relevance of the walk"),
        "distance": (ends, units.LENGTH, "from its first to its last atom"),
    }
    return xr.Dataset(
        {name: variable(("walk",), *column) for name, column in columns.items()},
        coords={"walk": variable(("walk",), _texts(paths), units.ONE, "atoms by name")},
        attrs=table.attrs,
    )


def _texts(values: object) -> np.ndarray:
    return np.array(list(values), dtype=object)  # type: ignore[call-overload]
