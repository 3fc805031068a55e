"""What is diagnosed: a model, structures, and the reference beside it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import torch
from ase import Atoms

from nearsight.data.frames import Frames
from nearsight.models.force_field import Potential
from nearsight.models.open_model import OpenModel
from nearsight.respond import autograd_blocks, choose_step, hessian_blocks

Effort = Literal["quick", "default", "full"]
EFFORTS: tuple[Effort, ...] = ("quick", "default", "full")

STEP = 0.005
"""Å: displacement of central differences, longer where the forces of a calculator are noisy."""

T = TypeVar("T")


@dataclass
class Subject:
    """A model under diagnosis.

    Attributes:
        model: that is diagnosed.
        structures: molecules, at least one; the first is what single structures are taken from.
        reference: what it is compared with, or None.
        labels: labelled data, or None.
        train: frames that the model was trained on, where they are known.
        effort: how much is computed.
        device: where networks run.
        processes: how many copies a calculator works on at once.
        seed: of whatever is drawn at random.
        scratch: folder for what a check wants to keep to go on with after a kill.
        kept: what has been computed once, by what it is.
        shared: the same of the reference; one for all models of a diagnosis.
    """

    model: OpenModel
    structures: list[Atoms]
    reference: OpenModel | None = None
    labels: Frames | None = None
    train: Frames | None = None
    effort: Effort = "default"
    device: torch.device | str = "cpu"
    processes: int = 1
    seed: int = 0
    scratch: Path | None = None
    kept: dict[Any, Any] = field(default_factory=dict, repr=False)
    shared: dict[Any, Any] = field(default_factory=dict, repr=False)

    def choose(self, *, quick: T, default: T, full: T) -> T:
        """One of three values by the effort.

        Args:
            quick: its value of a quick diagnosis.
            default: of one by default.
            full: of a full one.
        """
        return {"quick": quick, "default": default, "full": full}[self.effort]

    def potential(self, atomic_number: np.ndarray, *, precision: str = "float64") -> Potential:
        """Energies and forces of the model, opened once for a composition.

        Args:
            atomic_number: (atom,) nuclear charges.
            precision: ``float64`` or ``float32``, of a network.
        """
        return self._potential(self.model, atomic_number, precision)

    def reference_potential(self, atomic_number: np.ndarray) -> Potential:
        """The same of the reference, of nuclear charges (atom,)."""
        return self._potential(self._require_reference(), atomic_number, "float64")

    def blocks(self, structure: int) -> np.ndarray:
        """Hessian blocks (atom, atom, 3, 3) in eV/Å² of the model at one of the structures."""
        atoms = self.structures[structure]
        return self._once(("blocks", structure), lambda: self.blocks_at(self.model, atoms))

    def reference_blocks(self, structure: int) -> np.ndarray:
        """The same (atom, atom, 3, 3) of the reference."""
        reference, atoms = self._require_reference(), self.structures[structure]
        return self.of_reference(("blocks", structure), lambda: self.blocks_at(reference, atoms))

    def of_reference(self, key: Any, make: Callable[[], T]) -> T:
        """What follows from the reference, structures and effort alone, made once for all models.

        Args:
            key: what it is, with the name of the check that wants it.
            make: what makes it.
        """
        if key not in self.shared:
            self.shared[key] = make()
        found: T = self.shared[key]
        return found

    def blocks_at(self, model: OpenModel, atoms: Atoms) -> np.ndarray:
        """Hessian blocks (atom, atom, 3, 3) in eV/Å² of model or reference at any molecule.

        NaN where a calculator fails.
        """
        energy = model.energy(atoms.numbers, device=self.device)
        if energy is not None:
            return autograd_blocks(energy, atoms.positions, device=self.device)
        potential = self._potential(model, atoms.numbers, "float64")

        def forces(positions: np.ndarray) -> np.ndarray:
            return np.asarray(potential(torch.as_tensor(positions))[1])

        key = ("step", id(model), atoms.numbers.tobytes())
        choice = self._once(key, lambda: choose_step(forces, atoms.positions, STEP))
        return hessian_blocks(forces, atoms.positions, choice.step)

    def _potential(self, model: OpenModel, atomic_number: np.ndarray, precision: str) -> Potential:
        numbers = np.asarray(atomic_number)
        key = (id(model), numbers.tobytes(), precision)
        return self._once(
            key,
            lambda: model.potential(
                numbers, precision=precision, device=self.device, processes=self.processes
            ),
        )

    def _require_reference(self) -> OpenModel:
        if self.reference is None:
            raise ValueError("there is no reference: ask Subject.reference first")
        return self.reference

    def _once(self, key: Any, make: Callable[[], T]) -> T:
        if key not in self.kept:
            self.kept[key] = make()
        found: T = self.kept[key]
        return found
