"""A page of real small data: a water molecule, its response by Lennard-Jones, its fall apart."""

import base64

import numpy as np
from ase import Atoms, units
from ase.build import molecule
from ase.calculators.lj import LennardJones
from ase.md.verlet import VelocityVerlet

from nearsight.page import (
    Answer,
    Column,
    Facts,
    Figure,
    Page,
    PairLayer,
    Replica,
    Scene,
    Table,
    Walks,
)

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100">'
    b'<path d="M0 90 L200 10" stroke="black"/></svg>'
)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJRU5ErkJggg=="
)
MARKUP = "<script>document.title = 'taken'</script><img src=x onerror=alert(1)>"
"""What a user may call a model."""


def ethanol() -> Atoms:
    atoms = molecule("CH3CH2OH")
    atoms.calc = LennardJones(sigma=1.1, epsilon=0.05, rc=6.0)
    return atoms


def response(atoms: Atoms, step: float = 1e-3) -> np.ndarray:
    """(atom, atom) eV/Å²: how the force on one atom follows a move of another along x."""
    n_atoms, columns = len(atoms), []
    for k in range(n_atoms):
        sides = []
        for sign in (1, -1):
            moved = atoms.copy()
            moved.calc = atoms.calc
            moved.positions[k, 0] += sign * step
            sides.append(moved.get_forces()[:, 0])
        columns.append(-(sides[0] - sides[1]) / (2 * step))
    return np.array(columns)


def trajectory(atoms: Atoms, n_frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Times (frame,) in ps and positions (frame, atom, 3) in Å of a molecule that falls apart."""
    moving = atoms.copy()
    moving.calc = atoms.calc
    moving.set_velocities(moving.positions * 0.02)
    dynamics = VelocityVerlet(moving, 1.0 * units.fs)
    frames = []
    for _ in range(n_frames):
        frames.append(moving.positions.copy())
        dynamics.run(2)
    return 0.002 * np.arange(n_frames), np.array(frames)


def layer(matrix: np.ndarray, unit: str = "eV/Å²", words: str = "") -> PairLayer:
    one, other = np.triu_indices(len(matrix), 1)
    return PairLayer(unit, one, other, matrix[one, other], words)


def scene(title: str = "first", n_frames: int = 30) -> Scene:
    atoms = ethanol()
    blocks = response(atoms)
    walks = np.array([[0, 1, 2], [1, 0, 0], [2, 1, 0], [0, 1, 0], [3, 1, 0], [1, 1, 2]])
    time, position = trajectory(atoms, n_frames)
    return Scene(
        title,
        atoms.numbers,
        atoms.positions,
        {"response": layer(blocks, words="By x alone."), "size": layer(np.abs(blocks))},
        Walks("eV", walks, np.array([0.3, -0.2, 0.1, 0.05, -0.02, 0.01])),
        [Replica.thinned("replica 0", time, position, end="bond", guilty=(1, 3), most=25)],
    )


def table(n_rows: int = 12) -> Table:
    columns = [Column("model"), Column("cutoff", "Å", "how far it sees"), Column("verdict")]
    verdicts = ["pass", "warn", "fail", "not_applicable"]
    rows = [
        [f"model {k}", None if k == 3 else 2.5 + (k * 5) % 11, verdicts[k % 4]]
        for k in range(n_rows)
    ]
    return Table("Models", columns, rows)


def page(name: str = "first") -> Page:
    answers = [
        Answer(
            "Does it see atoms at the right distance?",
            "It does not: 0.3 eV (0.2 to 0.4).\n\nAnd this is why.",
            "warn",
            [Figure(SVG, "A line", "A line that rises"), Figure(PNG, "A dot", "One dot")],
            "Train with a longer cutoff.",
            Table("Found", [Column("quantity"), Column("value")], [["drift", 2.3e-5]]),
        ),
        Answer("Does its dynamics hold?", "No.", "fail"),
        Answer("Is it symmetric?", "Yes.", "pass"),
        Answer("How long did it take?", "A minute."),
    ]
    facts = [Facts("Settings", {"cutoff": "5 Å"}), Facts("Files", {"model": "ab" * 32})]
    scenes = [scene(name), scene("second", 5)]
    return Page(
        f"A page of {name}", "All in short.", answers, table(), scenes, facts, {"All": "a.html"}
    )
