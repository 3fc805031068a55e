"""Response of engines: Hessian blocks by central differences, at a step that fits their forces."""

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr
from ase import Atoms

from nearsight.config import Respond
from nearsight.respond.hessian import Forces, hessian_blocks
from nearsight.respond.response import response
from nearsight.respond.step_choice import choose_step

METHOD = "central differences"


def response_by_differences(
    forces_of: Callable[[Atoms], Forces],
    structures: Sequence[Atoms],
    settings: Respond,
    *,
    adapt: bool,
    label: str,
) -> xr.Dataset:
    """Response of an engine of which forces are all that is known.

    Args:
        forces_of: from a structure to its batched forces.
        structures: geometries; they may differ in size. The step is chosen at the first one.
        settings: step, and whether it may be adapted.
        adapt: whether the engine's forces may be noisy; those of the embedded engine are known.
        label: name shown at the progress bar.

    Returns:
        As :func:`nearsight.respond.response.response`, with the step and its reason as attributes.

    Raises:
        ReferenceEngineError: the engine fails on a structure.
    """
    said: dict[str, str | float] = {"step_angstrom": settings.step, "step_reason": "as set"}
    if adapt and settings.adapt_step and len(structures):
        first = structures[0]
        choice = choose_step(forces_of(first), np.asarray(first.positions), settings.step)
        said = choice.attributes
    step = float(said["step_angstrom"])

    def blocks_of(atoms: Atoms) -> np.ndarray:
        return hessian_blocks(forces_of(atoms), atoms.positions, step)

    return response(structures, blocks_of, label=label).assign_attrs(method=METHOD, **said)
