"""Hessian blocks of model and reference, pair by pair of the same structures."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from ase import Atoms

from nearsight.diagnose.affordable import affordable
from nearsight.diagnose.subject import Subject
from nearsight.labels import variable
from nearsight.respond import response

OF_BLOCKS = ("norm", "anisotropy", "asymmetry")
"""What is told of a block of the model; of the reference's with ``reference_`` before it."""


def finite_structures(subject: Subject) -> tuple[list[int], list[int]]:
    """Numbers of affordable structures on which model and reference have a Hessian, and not."""
    good: list[int] = []
    lost: list[int] = []
    for index in affordable(subject):
        known = np.isfinite(subject.blocks(index)).all()
        if subject.reference is not None:
            known &= np.isfinite(subject.reference_blocks(index)).all()
        (good if known else lost).append(index)
    return good, lost


def pair_table(subject: Subject, indices: list[int]) -> xr.Dataset:
    """Blocks of every pair i < j of structures, of the model and, beside it, of the reference.

    ``structure`` counts the structures of the table; ``structure_number`` says which of the
    subject's they are.

    Args:
        subject: with model and structures.
        indices: of the structures, at least one.
    """
    structures = [subject.structures[index] for index in indices]
    own = response(structures, _from(structures, indices, subject.blocks), label="response")
    if subject.reference is not None:
        blocks = _from(structures, indices, subject.reference_blocks)
        beside = response(structures, blocks, label="response of the reference")
        for name in OF_BLOCKS:
            attrs = beside[name].attrs | {
                "long_name": f"reference: {beside[name].attrs['long_name']}"
            }
            own[f"reference_{name}"] = beside[name].variable.copy()
            own[f"reference_{name}"].attrs = attrs
    own["structure_number"] = variable(
        "block_structure", indices, "1", "number of each structure among those of the diagnosis"
    )
    return own


def reference_of(table: xr.Dataset) -> xr.Dataset:
    """The reference's part of a table of pairs, as its own response would be."""
    names = {f"reference_{name}": name for name in OF_BLOCKS}
    return table.drop_vars(OF_BLOCKS).rename(names)


def _from(
    structures: list[Atoms], indices: list[int], blocks: Callable[[int], np.ndarray]
) -> Callable[[Atoms], np.ndarray]:
    number = {id(atoms): index for atoms, index in zip(structures, indices, strict=True)}
    return lambda atoms: blocks(number[id(atoms)])
