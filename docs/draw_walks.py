"""Draw the strongest walks of a network on a molecule, one panel per number of atoms on a walk.

    python docs/draw_walks.py MODEL STRUCTURES --frame 0 --out docs/walks_schnet.png

MODEL is a model of the pipeline (``model.safetensors``), STRUCTURES its ``data.nc`` or any file
that ASE reads. The molecule is projected onto the plane in which its atoms overlap least. Red walks
raise the predicted energy, blue ones lower it; the line grows with the size of the relevance. An
arrow points from the sender of a message to its receiver; a loop is a step in which the state of an
atom stays where it is. Number and text of a walk stand beside the molecule.
"""

import argparse
import dataclasses
from pathlib import Path

import ase
import ase.io
import matplotlib as mpl
import numpy as np
from ase.data import chemical_symbols, covalent_radii
from ase.data.colors import jmol_colors
from ase.neighborlist import natural_cutoffs, neighbor_list
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyArrowPatch
from scipy.spatial.distance import pdist

import nearsight.explain as lrp
from nearsight.data.frames import read_frames
from nearsight.models.files import load_model

Walks = list[tuple[np.ndarray, float]]
RAISES, LOWERS = "#c0392b", "#2166ac"
MEV = 1000.0
VIEWS = 20_000
"""Random views of which the clearest is taken."""

WIDEST = 3.5
"""Points: line width of the strongest walk of a panel."""
LOOP = 0.14
"""Å: radius of a loop."""

BENDS = (0.25, -0.25, 0.55, -0.55, 0.0, 0.85, -0.85, *(1.1,) * 50)
"""Bends of arrows between the same two atoms, first walk first."""


@dataclasses.dataclass
class Panel:
    """Walks on one number of atoms: the strongest of either sign, and sums over all, in eV."""

    raising: Walks = dataclasses.field(default_factory=list)
    lowering: Walks = dataclasses.field(default_factory=list)
    signed: float = 0.0
    absolute: float = 0.0

    @property
    def walks(self) -> Walks:
        """The strongest first."""
        return sorted(self.raising + self.lowering, key=lambda item: -abs(item[1]))

    def add(self, walks: np.ndarray, relevance: np.ndarray, count: int) -> None:
        """Take in walks (n, depth + 1) with their relevance (n,)."""
        self.signed += relevance.sum()
        self.absolute += np.abs(relevance).sum()
        for kept, sign in ((self.raising, 1), (self.lowering, -1)):
            rows = np.argsort(-sign * relevance)[:count]
            kept += [(walks[k], float(relevance[k])) for k in rows if sign * relevance[k] > 0]
            kept.sort(key=lambda item: -abs(item[1]))
            del kept[count:]


@dataclasses.dataclass(frozen=True)
class Scene:
    """Where things are drawn: ``flat`` (N, 2) holds the projected atoms in Å."""

    axes: Axes
    structure: ase.Atoms
    flat: np.ndarray


def main() -> None:
    """Linearise, find the strongest walks, draw them."""
    arguments = parse()
    model = load_model(arguments.model)
    path, frame = arguments.structures, arguments.frame
    structure = read_frames(path).atoms(frame) if path.suffix == ".nc" else ase.io.read(path, frame)
    chain = lrp.linearize(model.network, structure, vector=arguments.vector)
    panels = strongest(chain, arguments.walks, arguments.atoms)
    figure = draw(structure, panels, title(model.variant.id, chain))
    for path in arguments.out:
        figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)


def parse() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("structures", type=Path)
    parser.add_argument("--frame", type=int, default=0, help="number of the structure, from 0")
    parser.add_argument("--walks", type=int, default=3, help="walks of either sign")
    parser.add_argument("--atoms", type=int, nargs="+", default=[2, 3], help="a panel for each")
    parser.add_argument("--vector", default="detach", choices=["detach", "flow"])
    parser.add_argument("--out", type=Path, nargs="+", required=True, help=".png or .svg")
    return parser.parse_args()


def title(name: str, chain: lrp.Chain) -> str:
    """Which network, which rule."""
    vectors = "" if chain.vector == "none" else f", vectors: {chain.vector}"
    return f"{name}   (rule {chain.rule.name} {chain.rule.strength:g}{vectors})"


def strongest(chain: lrp.Chain, count: int, atoms: list[int]) -> dict[int, Panel]:
    """For each number of distinct atoms the ``count`` walks that raise and that lower most."""
    panels = {n: Panel() for n in atoms}
    for walks, relevance in lrp.stream(chain):
        n_atoms = 1 + (np.diff(np.sort(walks, axis=1), axis=1) != 0).sum(axis=1)
        for n, panel in panels.items():
            panel.add(walks[n_atoms == n], relevance[n_atoms == n], count)
    return panels


def clearest_view(structure: ase.Atoms) -> np.ndarray:
    """(N, 2) Å: the projection whose nearest two atoms are farthest apart, long axis level."""
    rotations = np.linalg.qr(np.random.default_rng(0).normal(size=(VIEWS, 3, 3)))[0]
    centred = structure.positions - structure.positions.mean(0)
    best, clearance = centred[:, :2], 0.0
    for rotation in rotations:
        view = centred @ rotation[:, :2]
        nearest = pdist(view).min(initial=np.inf)
        if nearest > clearance:
            best, clearance = view, nearest
    return best @ np.linalg.svd(best, full_matrices=False)[2].T


def draw(structure: ase.Atoms, panels: dict[int, Panel], heading: str) -> plt.Figure:
    """A row for each number of atoms: the molecule with its walks, and the walks in words."""
    mpl.rcParams.update({"font.family": "DejaVu Sans", "font.size": 9, "svg.fonttype": "none"})
    flat = clearest_view(structure)
    width, height = np.ptp(flat, axis=0) + 3.0
    figure, rows = plt.subplots(
        len(panels), 2, width_ratios=[2.1, 1], squeeze=False, layout="constrained",
        figsize=(10, 0.8 + len(panels) * 6.6 * height / width),
    )  # fmt: skip
    figure.suptitle(heading, fontsize=10)
    for (picture, text), (n_atoms, panel) in zip(rows, panels.items(), strict=True):
        middle = flat.mean(0)
        picture.set(
            aspect="equal",
            xlim=(middle[0] - width / 2, middle[0] + width / 2),
            ylim=(flat[:, 1].min() - 1.5, flat[:, 1].max() + 1.5),
        )
        picture.set_title(f"Strongest walks on {n_atoms} atoms", loc="left", weight="bold")
        scene = Scene(picture, structure, flat)
        draw_molecule(scene)
        draw_walks(scene, panel.walks)
        describe(text, structure, panel)
        picture.set_axis_off()
        text.set_axis_off()
    return figure


def label(structure: ase.Atoms, atom: int) -> str:
    """Element and index, as C4."""
    return f"{chemical_symbols[structure.numbers[atom]]}{atom}"


def radius(structure: ase.Atoms, atom: int) -> float:
    """Drawn radius in Å."""
    return 0.17 + 0.13 * covalent_radii[structure.numbers[atom]]


def draw_molecule(scene: Scene) -> None:
    """Bonds in grey, atoms in the colours of their elements, with labels."""
    for i, j in zip(
        *neighbor_list("ij", scene.structure, natural_cutoffs(scene.structure, 1.15)), strict=True
    ):
        if i < j:
            scene.axes.plot(
                *scene.flat[[i, j]].T, color="0.80", linewidth=7, zorder=1, solid_capstyle="round"
            )
    for atom, (x, y) in enumerate(scene.flat):
        colour = jmol_colors[scene.structure.numbers[atom]]
        edge = Circle(
            (x, y), radius(scene.structure, atom), facecolor=colour, edgecolor="0.25", zorder=6
        )
        scene.axes.add_patch(edge)
        dark = colour @ [0.3, 0.59, 0.11] < 0.45
        scene.axes.text(
            x, y - 0.01, label(scene.structure, atom), zorder=7, fontsize=7,
            ha="center", va="center", color="white" if dark else "black",
        )  # fmt: skip


def draw_walks(scene: Scene, walks: Walks) -> None:
    """Every step of every walk; steps between the same atoms bend differently."""
    largest = max(abs(relevance) for _, relevance in walks)
    bends: dict[tuple[int, int], list[float]] = {}
    taken = bond_angles(scene.structure, scene.flat)
    for rank, (walk, relevance) in enumerate(walks, start=1):
        style = {
            "color": RAISES if relevance > 0 else LOWERS,
            "linewidth": max(0.8, WIDEST * abs(relevance) / largest),
            "zorder": 5 - 0.1 * rank,
        }
        spot = None
        for source, target in zip(walk[:-1].tolist(), walk[1:].tolist(), strict=True):
            if source == target:
                draw_loop(scene, source, taken[source], style)
                continue
            pair = min(source, target), max(source, target)
            free = bends.setdefault(pair, list(BENDS))
            bend = free.pop(0) * (1 if source < target else -1)
            here = draw_step(scene, source, target, bend, style)
            spot = here if spot is None else spot
        if spot is not None:
            scene.axes.text(
                *spot, str(rank), color="white", fontsize=7, weight="bold", zorder=8,
                ha="center", va="center",
                bbox={"boxstyle": "circle,pad=0.2", "fc": style["color"], "ec": "white", "lw": 0.8},
            )  # fmt: skip


def bond_angles(structure: ase.Atoms, flat: np.ndarray) -> dict[int, list[float]]:
    """Directions in the plane in which each atom has a bond, radians."""
    found: dict[int, list[float]] = {atom: [] for atom in range(len(structure))}
    for i, j in zip(*neighbor_list("ij", structure, natural_cutoffs(structure, 1.15)), strict=True):
        found[int(i)].append(float(np.arctan2(*(flat[j] - flat[i])[::-1])))
    return found


def draw_step(scene: Scene, source: int, target: int, bend: float, style: dict) -> np.ndarray:
    """A bent arrow; returns where its number goes."""
    scale = scene.axes.transData.transform([[0, 0], [1, 0]])
    points = (scale[1, 0] - scale[0, 0]) * 72 / scene.axes.figure.dpi
    scene.axes.add_patch(
        FancyArrowPatch(
            scene.flat[source], scene.flat[target], connectionstyle=f"arc3,rad={bend}",
            arrowstyle="-|>", mutation_scale=9 + 1.3 * style["linewidth"],
            shrinkA=points * radius(scene.structure, source),
            shrinkB=points * radius(scene.structure, target), **style,
        )
    )  # fmt: skip
    across = scene.flat[target] - scene.flat[source]
    sideways = np.array([across[1], -across[0]])
    return (scene.flat[source] + scene.flat[target]) / 2 + 0.5 * bend * sideways


def draw_loop(scene: Scene, atom: int, taken: list[float], style: dict) -> None:
    """A self-step, in the widest gap between the bonds and loops of the atom."""
    angles = np.sort(np.mod(taken or [0.0], 2 * np.pi))
    gaps = np.diff(np.append(angles, angles[0] + 2 * np.pi))
    angle = float(angles[gaps.argmax()] + gaps.max() / 2)
    taken.append(angle)
    away = radius(scene.structure, atom) + 0.75 * LOOP
    centre = scene.flat[atom] + away * np.array([np.cos(angle), np.sin(angle)])
    scene.axes.add_patch(Circle(centre, LOOP, fill=False, **style))


def signed(relevance: float) -> str:
    """MeV with its sign."""
    return f"{MEV * relevance:+.1f}".replace("-", "\N{MINUS SIGN}")


def describe(axes: Axes, structure: ase.Atoms, panel: Panel) -> None:
    """The walks in words with their relevance, and what colours and widths mean."""
    walks = panel.walks
    largest = max(abs(relevance) for _, relevance in walks)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    for rank, (walk, relevance) in enumerate(walks, start=1):
        steps = " → ".join(label(structure, int(atom)) for atom in walk)
        colour = RAISES if relevance > 0 else LOWERS
        axes.text(
            0, 0.98 - 0.105 * (rank - 1), f"{rank}  {steps}\n     {signed(relevance)} meV",
            color=colour, va="top", fontsize=8.5,
        )  # fmt: skip
    axes.text(
        0, 0.98 - 0.105 * len(walks),
        f"All walks on this number of atoms:\nsum {signed(panel.signed)} meV, "
        f"sum of sizes {MEV * panel.absolute:.1f} meV", va="top", fontsize=8.5,
    )  # fmt: skip
    examples = [
        Line2D([], [], color="0.3", linewidth=WIDEST * share, label=f"{MEV * size:.1f} meV")
        for share, size in ((1.0, largest), (0.5, largest / 2))
    ]
    axes.legend(
        handles=[
            Line2D([], [], color=RAISES, linewidth=3, label="raises the energy"),
            Line2D([], [], color=LOWERS, linewidth=3, label="lowers the energy"),
            *examples,
        ],
        title="|relevance| = line width", alignment="left", loc="lower left", frameon=False,
    )  # fmt: skip


if __name__ == "__main__":
    main()
