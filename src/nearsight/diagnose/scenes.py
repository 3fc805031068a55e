"""The 3-D views of a diagnosis: the first structure, and what each check shows on it."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import xarray as xr
from ase import Atoms

from nearsight import units
from nearsight.diagnose.check import Check
from nearsight.diagnose.document import Document
from nearsight.labels import variable
from nearsight.page import Scene


def structure_of(atoms: Atoms) -> dict[str, xr.Variable]:
    """The first structure as variables over ``first_atom`` and ``first_axis``.

    Dimensions of their own: those of a file's root are its groups' too, and a table of a check may
    have more atoms than the first structure.
    """
    return {
        "first_atomic_number": variable(
            "first_atom", atoms.numbers, units.ONE, "nuclear charge in the first structure"
        ),
        "first_position": variable(
            ("first_atom", "first_axis"), atoms.positions, units.LENGTH,
            "position in the first structure",
        ),
    }  # fmt: skip


def scenes_of(
    document: Document,
    tables: Sequence[Mapping[str, xr.Dataset]],
    structure: xr.Dataset,
    known: Callable[[str], Check],
) -> list[Scene]:
    """A view of each model.

    Args:
        document: of the diagnosis.
        tables: of every model, by check.
        structure: holds the variables of :func:`structure_of`.
        known: from the name of a check to the check.
    """
    numbers = structure["first_atomic_number"].to_numpy()
    position = np.asarray(structure["first_position"].to_numpy(), float)
    scenes = []
    for model, of_model in zip(document.models, tables, strict=True):
        views = [known(name).view(table) for name, table in of_model.items() if table.variables]
        walks = [view.walks for view in views if view.walks is not None]
        scenes.append(
            Scene(
                title=model.label,
                atomic_number=numbers,
                position=position,
                layers={name: layer for view in views for name, layer in view.layers.items()},
                walks=walks[0] if walks else None,
                replicas=[
                    replica
                    for view in views
                    for replica in view.replicas
                    if replica.position.shape[1] == len(numbers)
                ],
                words=" ".join(view.words for view in views if view.words),
            )
        )
    return scenes
