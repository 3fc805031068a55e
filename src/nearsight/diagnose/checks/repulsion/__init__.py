"""Whether atoms that come too close are pushed apart, for every pair of elements."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from ase import Atoms

from nearsight import units
from nearsight.diagnose.answering import answer, sentence
from nearsight.diagnose.check import Check, Result
from nearsight.diagnose.checks.repulsion.curves import Curves, curves_of, grid
from nearsight.diagnose.checks.repulsion.figure import draw
from nearsight.diagnose.checks.repulsion.findings import (
    Fallen,
    findings_of,
    lone_holes,
    pressed_holes,
)
from nearsight.diagnose.checks.repulsion.pressing import pressed
from nearsight.diagnose.finding import Finding
from nearsight.diagnose.subject import Subject
from nearsight.labels import variable


def run(subject: Subject) -> Result:
    """Press every pair of elements together, alone and in a molecule."""
    distance, curves = grid(subject), curves_of(subject)
    reference = "" if subject.reference is None else subject.reference.label
    fallen = pressed_holes(distance, curves)
    frames = {"holes": [_frame(one) for one in fallen]} if fallen else {}
    table = _table(distance, curves, fallen, lone_holes(distance, curves), reference)
    return Result(findings_of(distance, curves, reference), table, frames)


def _frame(fallen: Fallen) -> Atoms:
    """The molecule at the bottom of a hole."""
    contact = fallen.curves.contact
    if contact is None:
        raise ValueError("a hole of two atoms alone has no molecule")
    position = pressed(contact, np.array([fallen.hole.bottom]))[0]
    said = f"{contact.name} pressed to {fallen.hole.bottom:.2f} A: bottom of a hole of the model"
    return Atoms(
        contact.atoms.numbers,
        positions=position,
        info={"what": said, "fall_eV": fallen.hole.depth, "barrier_eV": fallen.hole.barrier},
    )


def _table(
    distance: np.ndarray,
    curves: Sequence[Curves],
    pressed_ones: Sequence[Fallen],
    lone_ones: Sequence[Fallen],
    reference: str,
) -> xr.Dataset:
    along = ("pair", "distance")
    columns = {
        name: variable(along, [getattr(c, name) for c in curves], units.ENERGY, text)
        for name, text in (
            ("alone", "energy of two atoms alone less that at the furthest place"),
            ("reference_alone", "the same of the reference"),
            ("pressed", "energy of a molecule with two atoms pressed together above its own"),
            ("reference_pressed", "the same of the reference"),
        )
    }
    for name, fallen in (("pressed", pressed_ones), ("alone", lone_ones)):
        columns |= _hole_columns(name, curves, fallen)
    names = ["" if c.contact is None else c.contact.name for c in curves]
    for name, part in (("pressed", "wall"), ("alone", "wall_alone")):
        columns[f"{name}_wall"] = variable(
            "pair", [getattr(c, part) for c in curves], units.LENGTH,
            "closer than any bond, or where the reference has risen by 2 eV",
        )  # fmt: skip
    columns["atoms"] = variable("pair", names, "", "atoms that were pressed together")
    return xr.Dataset(
        columns,
        coords={
            "pair": variable("pair", [c.kind.name for c in curves], "", "pair of elements"),
            "distance": variable("distance", distance, units.LENGTH, "distance of two atoms"),
        },
        attrs={"reference": reference},
    )


def _hole_columns(
    name: str, curves: Sequence[Curves], fallen: Sequence[Fallen]
) -> dict[str, xr.Variable]:
    holes = {one.curves.kind: one.hole for one in fallen}

    def of(part: str) -> list[float]:
        return [getattr(holes[c.kind], part) if c.kind in holes else np.nan for c in curves]

    return {
        f"{name}_top": variable("pair", of("top"), units.LENGTH, "where the energy begins to fall"),
        f"{name}_bottom": variable("pair", of("bottom"), units.LENGTH, "where it is lowest"),
        f"{name}_depth": variable("pair", of("depth"), units.ENERGY, "how far it has fallen"),
        f"{name}_barrier": variable("pair", of("barrier"), units.ENERGY, "barrier before it"),
    }


def _well(found: Mapping[str, Finding]) -> str:
    told = [found[name].reason for name in ("hole", "wall") if name in found]
    return sentence("; ".join(told))


def _gist(findings: Sequence[Finding]) -> str:
    return answer(findings, _well)


CHECK = Check(
    name="repulsion",
    title="Repulsion",
    question="Are atoms that come too close pushed apart?",
    run=run,
    draw=draw,
    gist=_gist,
)
