"""Response: how the force on one atom answers to a displacement of another."""

from nearsight.respond.autograd import autograd_blocks, autograd_rows
from nearsight.respond.differences import response_by_differences
from nearsight.respond.hessian import calculator_forces, engine_forces, hessian_blocks
from nearsight.respond.jump import cutoff_jumps
from nearsight.respond.physics import reference_curves
from nearsight.respond.response import response
from nearsight.respond.step_choice import StepChoice, choose_step

__all__ = [
    "StepChoice",
    "autograd_blocks",
    "autograd_rows",
    "calculator_forces",
    "choose_step",
    "cutoff_jumps",
    "engine_forces",
    "hessian_blocks",
    "reference_curves",
    "response",
    "response_by_differences",
]
