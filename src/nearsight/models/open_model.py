"""Any model that a user can name, trained here or elsewhere, behind one face.

A model argument is a text: a model file of nearsight's, a folder of a converted SchNetPack model,
or ``package.module:factory`` of an ASE calculator. :func:`nearsight.models.opening.open_model`
gives one of these; every verb asks it and none asks what is behind it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from ase import Atoms

from nearsight.errors import ModelError
from nearsight.models.energies import Energy
from nearsight.models.force_field import Potential
from nearsight.models.form import Form

Kind = Literal["trained", "converted", "calculator"]
"""Trained by nearsight; a SchNetPack model trained elsewhere and converted; an ASE calculator."""


@dataclass(frozen=True)
class Explicable:
    """A network that is a chain of GNN-LRP, with what is needed to feed it and label its output.

    Attributes:
        network: SchNetPack network; its output without offsets.
        output: key of the output.
        unit: unit of the output.
        length: the network's unit of length in Å.
        offset: from nuclear charges (atom,) to what is added to the output; raises ModelError
            for an element that the model does not know.
        form: how it is evaluated in Å and, where its output is an energy, in eV.
        treatments: how relevance may treat its features that are no scalars, the published way
            first; empty where there is one way alone.
        redrawn: from a seed to a network of the same make with random weights.
    """

    network: torch.nn.Module
    output: str
    unit: str
    length: float
    offset: Callable[[np.ndarray], float]
    form: Form
    treatments: tuple[str, ...]
    redrawn: Callable[[int], torch.nn.Module]


class OpenModel(ABC):
    """A model that was named by a user.

    Attributes:
        label: what to call it.
        kind: where it comes from.
        files: the files it was read from, by role; they are inputs of whatever is made from it.
        attributes: of files that are made from it: what it is beyond its files.
        reason: why it is of no use at all; empty where it is.
        target: what it has learned; ``energy`` for a force field.
        cutoff: radius within which atoms send messages, in Å, or None where it is not known.
        depth: how many times messages are passed, or None where it is not known.
        explicable: the network for GNN-LRP, or None.
        no_walks: why there is none; empty where there is.
    """

    label: str
    kind: Kind
    files: Mapping[str, Path]
    attributes: Mapping[str, str]
    reason: str = ""
    target: str = "energy"
    cutoff: float | None = None
    depth: int | None = None
    explicable: Explicable | None = None
    no_walks: str = ""

    @abstractmethod
    def potential(
        self,
        atomic_number: np.ndarray,
        *,
        precision: str | None = None,
        device: torch.device | str = "cpu",
        processes: int = 1,
        strict: bool = False,
    ) -> Potential:
        """Energies and forces of many copies of one molecule.

        Args:
            atomic_number: (atom,) nuclear charges.
            precision: ``float32`` or ``float64``, of a network; None for its own choice. What a
                calculator computes in is up to its arguments.
            device: where a network runs.
            processes: how many copies a calculator works on at once.
            strict: raise where a calculator fails, in place of NaN; for whoever asks directly.

        Returns:
            Function of positions (replica, atom, 3) in Å giving energy (replica,) in eV and force
            (replica, atom, 3) in eV/Å, both in float64; NaN for a copy on which a calculator fails
            or, where ``strict``, its ReferenceEngineError.

        Raises:
            ModelError: it knows no energies, or not one of the elements.
            ConfigError: no such precision.
        """

    def compiled_potential(
        self, atomic_number: np.ndarray, *, precision: str | None = None
    ) -> Potential | None:
        """The same on the CPU by a compiled program, equal to rounding; None where there is none.

        Args:
            atomic_number: (atom,) nuclear charges.
            precision: ``float32`` or ``float64``; None for the model's own choice.

        Raises:
            NoProgramError: it could not be compiled, or not kept; says why in one line.
            ModelError: it knows no energies, or not one of the elements.
            ConfigError: no such precision.
        """
        return None

    def values_of_evaluation(self, n_atoms: int) -> int:
        """Pairs of a molecule times the numbers that blocks hold for each; 0 where not known."""
        return 0

    def energy(
        self, atomic_number: np.ndarray, *, device: torch.device | str = "cpu"
    ) -> Energy | None:
        """The energy of one molecule in float64, to be differentiated as often as one likes.

        Args:
            atomic_number: (atom,) nuclear charges.
            device: where it runs.

        Returns:
            Function of positions (atom, 3) in Å giving the energy () in eV; None where forces are
            all that is known, whose differences have to do.

        Raises:
            ModelError: it knows no energies, or not one of the elements.
        """
        return None

    def require_structures(self, structures: Sequence[Atoms]) -> None:
        """Refuse structures of which the model can say nothing, before any work is done.

        Args:
            structures: molecules that the model will be asked for.

        Raises:
            ModelError: it knows no energies, or not one of the elements.
            ReferenceEngineError: a calculator fails on the first of them; says why, as far as that
                can be found out: it needs a cell, or does not know an element.
        """
        for atoms in structures:
            self.potential(atoms.numbers)

    @property
    def description(self) -> dict[str, str | float]:
        """What files say that are made by it, beyond the SHA-256 of its own.

        Nothing of one that nearsight has trained, whose own file says it all.
        """
        if self.kind == "trained":
            return {}
        known = {"model_cutoff": self.cutoff, "model_depth": self.depth}
        return {
            "model": self.label,
            "model_kind": self.kind,
            **{name: float(value) for name, value in known.items() if value is not None},
            **self.attributes,
        }

    def require_energies(self) -> None:
        """Refuse a model that is no force field.

        Raises:
            ModelError: it has learned something else.
        """
        if self.target != "energy":
            raise ModelError(f"model {self.label} has learned {self.target}: it has no energies")

    def require_use(self) -> None:
        """Refuse a model that is of no use.

        Raises:
            ModelError: says why.
        """
        if self.reason:
            raise ModelError(f"model {self.label}: {self.reason}")
