"""What the 3-D view of one model holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy.spatial.transform import Rotation

from nearsight.errors import DataError, one_line
from nearsight.page.replica import Replica

MOST_WALKS: Final = 12
"""Walks of one body order that are kept: our choice, more hide the molecule."""


@dataclass(frozen=True)
class PairLayer:
    """A number for each pair of atoms: a cylinder, coloured by sign and sized by strength.

    Attributes:
        unit: of the values.
        atom, atom_other: (pair,) integers.
        value: (pair,); what has a sign is drawn in two colours.
        words: what it is, in a sentence.
    """

    unit: str
    atom: np.ndarray
    atom_other: np.ndarray
    value: np.ndarray
    words: str = ""

    def __post_init__(self) -> None:
        if not len(self.atom) == len(self.atom_other) == len(self.value):
            raise DataError(
                f"a layer of pairs has {len(self.atom)}, {len(self.atom_other)} atoms "
                f"and {len(self.value)} values"
            )


@dataclass(frozen=True)
class Walks:
    """The strongest walks: arrows from sender to receiver, chosen by body order.

    Attributes:
        unit: of the relevance.
        atom: (walk, step) integers: the atoms on a walk in its order.
        relevance: (walk,).
        words: what it is, in a sentence.
    """

    unit: str
    atom: np.ndarray
    relevance: np.ndarray
    words: str = ""

    def __post_init__(self) -> None:
        if self.atom.ndim != 2 or len(self.atom) != len(self.relevance):
            raise DataError(f"walks {self.atom.shape} with {len(self.relevance)} relevances")

    @property
    def body_order(self) -> np.ndarray:
        """(walk,) distinct atoms on each walk."""
        return 1 + (np.diff(np.sort(self.atom, axis=1), axis=1) != 0).sum(axis=1)

    def strongest(self, most: int = MOST_WALKS) -> "Walks":
        """Of each body order the strongest of either sign, strongest first."""
        order = np.argsort(-np.abs(self.relevance), kind="stable")
        bodies = self.body_order[order]
        kept = (
            np.sort(np.concatenate([np.flatnonzero(bodies == n)[:most] for n in np.unique(bodies)]))
            if len(order)
            else order
        )
        rows = order[kept]
        return Walks(self.unit, self.atom[rows], self.relevance[rows], self.words)


@dataclass(frozen=True)
class Scene:
    """One model on one molecule.

    Attributes:
        title: name of the model; readers choose by it.
        atomic_number: (atom,).
        position: (atom, 3) in Å, of the structure on which layers and walks were computed.
        layers: by name, in the order of the switch: such as relevance, response, reference.
        walks: where there are any.
        replicas: trajectories.
        words: what else is to be said, such as why a layer is missing.
    """

    title: str
    atomic_number: np.ndarray
    position: np.ndarray
    layers: Mapping[str, PairLayer] = field(default_factory=dict)
    walks: Walks | None = None
    replicas: Sequence[Replica] = ()
    words: str = ""

    @property
    def turn(self) -> np.ndarray:
        """(4,) quaternion x, y, z, w that turns the molecule broadside to who looks along z.

        Its longest principal axis comes to lie along x, its shortest along z.
        """
        away = self.position - self.position.mean(axis=0)
        axes = np.linalg.eigh(away.T @ away)[1][:, ::-1].T.copy()
        # Either sign is a principal axis: the same one on every machine.
        axes *= np.sign(np.take_along_axis(axes, np.abs(axes).argmax(1, keepdims=True), 1))
        axes[2] *= np.sign(np.linalg.det(axes))
        return np.asarray(Rotation.from_matrix(axes).as_quat(canonical=True))

    def __post_init__(self) -> None:
        name, n_atoms = one_line(self.title), len(self.atomic_number)
        if self.position.shape != (n_atoms, 3) or not np.isfinite(self.position).all():
            raise DataError(f"{name}: {n_atoms} atoms with positions {self.position.shape}, or NaN")
        for layer, pairs in self.layers.items():
            _require_atoms(f"{name}, {layer}", n_atoms, pairs.atom, pairs.atom_other)
        if self.walks is not None:
            _require_atoms(f"{name}, walks", n_atoms, self.walks.atom)
        for replica in self.replicas:
            if replica.position.shape[1] != n_atoms:
                raise DataError(f"{name}, {one_line(replica.title)}: not {n_atoms} atoms")


def _require_atoms(name: str, n_atoms: int, *groups: np.ndarray) -> None:
    for atoms in groups:
        if atoms.size and not (atoms.min() >= 0 and atoms.max() < n_atoms):
            raise DataError(f"{name}: an atom is not one of the {n_atoms}")
