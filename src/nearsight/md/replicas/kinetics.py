"""Kinetic energy, temperature and rigid motion of many replicas of one molecule.

Positions are (replica, atom, 3) in Å, velocities (replica, atom, 3) in Å/fs, masses (atom,) in u.
"""

import torch

from nearsight import units

# Relative size below which a principal moment of inertia counts as zero: the molecule is linear.
_LINEAR = 1e-8


def kinetic_energy(velocity: torch.Tensor, mass: torch.Tensor) -> torch.Tensor:
    """Kinetic energy (replica,) in eV."""
    return 0.5 * (mass[:, None] * velocity.square()).sum((-2, -1)) / units.ACCELERATION


def temperature(kinetic: torch.Tensor, degrees_of_freedom: torch.Tensor) -> torch.Tensor:
    """Kinetic temperature 2 E_kin / (f k_B) in K, (replica,), from energies in eV."""
    return 2 * kinetic / (degrees_of_freedom * units.BOLTZMANN)


def momentum(velocity: torch.Tensor, mass: torch.Tensor) -> torch.Tensor:
    """Total momentum (replica, 3) in u Å/fs."""
    return (mass[:, None] * velocity).sum(-2)


def angular_momentum(
    position: torch.Tensor, velocity: torch.Tensor, mass: torch.Tensor
) -> torch.Tensor:
    """Angular momentum about the centre of mass.

    Args:
        position: (replica, atom, 3) Å.
        velocity: (replica, atom, 3) Å/fs.
        mass: (atom,) u.

    Returns:
        (replica, 3) u Å²/fs.
    """
    arm = _centred(position, mass)
    return torch.linalg.cross(arm, mass[:, None] * _centred(velocity, mass)).sum(-2)


def degrees_of_freedom(position: torch.Tensor, mass: torch.Tensor) -> torch.Tensor:
    """Vibrational degrees of freedom (replica,): 3N - 6, for linear geometries 3N - 5."""
    moments = torch.linalg.eigvalsh(_inertia(position, mass))
    rank = (moments > _LINEAR * moments[:, -1:]).sum(-1)
    return 3 * len(mass) - 3 - rank


def without_rigid_motion(
    position: torch.Tensor, velocity: torch.Tensor, mass: torch.Tensor
) -> torch.Tensor:
    """Velocities with zero momentum and zero angular momentum.

    The rigid part is v_com + omega × r with I omega = L; for a linear molecule omega is taken
    across the axis (pseudo-inverse of the inertia tensor).

    Args:
        position: (replica, atom, 3) Å.
        velocity: (replica, atom, 3) Å/fs.
        mass: (atom,) u.

    Returns:
        (replica, atom, 3) Å/fs.
    """
    inverse = torch.linalg.pinv(_inertia(position, mass), rtol=_LINEAR, hermitian=True)
    turn = torch.einsum("rij,rj->ri", inverse, angular_momentum(position, velocity, mass))
    arm = _centred(position, mass)
    return _centred(velocity, mass) - torch.linalg.cross(turn[:, None].expand_as(arm), arm)


def _centred(vectors: torch.Tensor, mass: torch.Tensor) -> torch.Tensor:
    return vectors - momentum(vectors, mass)[..., None, :] / mass.sum()


def _inertia(position: torch.Tensor, mass: torch.Tensor) -> torch.Tensor:
    arm = _centred(position, mass)
    second = torch.einsum("a,rai,raj->rij", mass, arm, arm)
    trace = second.diagonal(dim1=-2, dim2=-1).sum(-1)
    return trace[:, None, None] * torch.eye(3, dtype=arm.dtype, device=arm.device) - second
