"""A trained variant: network, atom references and the record of how it ended."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch

from nearsight.errors import ModelError
from nearsight.families.registry import family_of
from nearsight.families.targets import TARGETS
from nearsight.families.variant import Variant
from nearsight.models.potential import Potential, build_potential

Status = Literal["ok", "diverged", "failed"]


@dataclass(frozen=True)
class Model:
    """A network that gives total energies and forces, or another target.

    Attributes:
        network: of the variant's family; its output without the offsets.
        variant: what it is.
        atom_reference: by nuclear charge, in the target's unit; their sum over the atoms is added
            to the output. All zero for an intensive target.
        status: ``ok``; ``diverged`` when training ended on a non-finite loss; ``failed`` when there
            was nothing to train, because the cutoff sees no neighbour.
        reason: why, when not ``ok``.
        provenance: hashes, cost and hardware of training.
    """

    network: torch.nn.Module
    variant: Variant
    atom_reference: dict[int, float]
    status: Status = "ok"
    reason: str = ""
    provenance: dict[str, Any] = field(default_factory=dict)
    mean: float = 0.0
    """Added to the output of a molecule: the mean label of an intensive target."""

    def __post_init__(self) -> None:
        own, said = family_of(self.variant).cutoff(self.network), self.variant.pair_cutoff
        if not np.isclose(own, said):
            # A neighbour list that is too short gives other energies without a word.
            raise ModelError(
                f"the network's cutoff is {own} Å but its variant {self.variant.id} says {said} Å"
            )

    def energy_offset(self, atomic_number: np.ndarray) -> float:
        """Sum of atom references of nuclear charges (atom,) and the mean, in the target's unit.

        Raises:
            ModelError: an element was not in the training data.
        """
        unseen = sorted(set(map(int, atomic_number)) - self.atom_reference.keys())
        if unseen:
            raise ModelError(
                f"model {self.variant.id} has not seen the elements with nuclear charge "
                f"{unseen}: it was trained on {sorted(self.atom_reference)}"
            )
        return self.mean + float(sum(self.atom_reference[int(z)] for z in atomic_number))

    def require_energies(self) -> None:
        """Refuse a model of another target.

        Raises:
            ModelError: it has no energies and forces.
        """
        if self.variant.target != "energy":
            raise ModelError(
                f"model {self.variant.id} has learned {TARGETS[self.variant.target].text}: it has "
                "no energies and forces"
            )

    def require_trained(self) -> None:
        """Refuse a model whose training came to no end.

        Raises:
            ModelError: says how it ended.
        """
        if self.status != "ok":
            raise ModelError(f"model {self.variant.id} has status {self.status}: {self.reason}")

    def potential(
        self,
        atomic_number: np.ndarray,
        *,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> Potential:
        """Energies and forces of many copies of one molecule in one batch.

        Args:
            atomic_number: (atom,) nuclear charges.
            dtype: precision of the network; positions come in and results go out in float64.
            device: where the network runs.

        Returns:
            Function of positions (replica, atom, 3) in Å giving energy (replica,) in eV and
            force (replica, atom, 3) in eV/Å. Neighbour lists are rebuilt at every call with the
            network's own cutoff, so they stay right when atoms fly apart.

        Raises:
            ModelError: an element was not in the training data, or the model knows no energies.
        """
        self.require_energies()
        return build_potential(
            self.network,
            torch.as_tensor(np.asarray(atomic_number, dtype=np.int64)),
            self.variant,
            dtype=dtype,
            device=device,
            offset=self.energy_offset(atomic_number),
        )


def fit_atom_references(
    atomic_number: np.ndarray, n_atoms: np.ndarray, energy: np.ndarray
) -> dict[int, float]:
    """Least-squares energy per element; for one composition their sum is the mean energy.

    Args:
        atomic_number: (atom,) of all frames one after another.
        n_atoms: (frame,).
        energy: (frame,) eV.

    Returns:
        eV by nuclear charge (the solution of smallest norm where it is not unique).
    """
    elements = np.unique(atomic_number)
    frame = np.repeat(np.arange(len(n_atoms)), n_atoms)
    counts = np.zeros((len(n_atoms), len(elements)))
    np.add.at(counts, (frame, np.searchsorted(elements, atomic_number)), 1)
    solution = np.linalg.lstsq(counts, energy, rcond=None)[0]
    return {int(z): float(value) for z, value in zip(elements, solution, strict=True)}


def energy_offsets(
    reference: dict[int, float], atomic_number: np.ndarray, n_atoms: np.ndarray
) -> np.ndarray:
    """(frame,) sums of atom references in the unit that they have.

    Args:
        reference: by nuclear charge.
        atomic_number: (atom,) of all frames one after another.
        n_atoms: (frame,).
    """
    table = np.zeros(max(reference) + 1)
    table[list(reference)] = list(reference.values())
    return np.add.reduceat(table[atomic_number], np.cumsum(n_atoms) - n_atoms)


def fit_offsets(
    variant: Variant, atomic_number: np.ndarray, n_atoms: np.ndarray, label: np.ndarray
) -> tuple[dict[int, float], float]:
    """Atom references of an extensive target, or the mean of an intensive one.

    A pooled dipole moment has neither: its magnitude cannot be moved.

    Args:
        variant: says target and pooling.
        atomic_number: (atom,) of all frames one after another.
        n_atoms: (frame,).
        label: (frame,) in the target's unit.

    Returns:
        By nuclear charge, and what is added once.
    """
    if TARGETS[variant.target].extensive:
        return fit_atom_references(atomic_number, n_atoms, label), 0.0
    none = {int(z): 0.0 for z in np.unique(atomic_number)}
    return none, 0.0 if variant.pooling == "dipole" else float(label.mean())


def choose_device(name: str) -> torch.device:
    """The device by policy: ``auto`` takes a GPU when there is one.

    Raises:
        ModelError: ``cuda`` was asked for and none can be used, or the name is none of the three.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise ModelError(f"--device {name}: expected auto, cpu or cuda")
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise ModelError("--device cuda: no usable GPU here; use --device auto or cpu")
    return torch.device(name)
