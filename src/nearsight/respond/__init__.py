"""Response: how the force on one atom answers to a displacement of another."""

from nearsight.respond.hessian import calculator_forces, hessian_blocks
from nearsight.respond.response import response

__all__ = ["calculator_forces", "hessian_blocks", "response"]
