"""Net force and net torque, which vanish for an isolated molecule (Noether)."""

import numpy as np

from nearsight.data.checks.problems import Finding, Problem
from nearsight.data.frames import Frames

NET_SHARE = 0.01
"""Net force (torque) as a share of the sum of their absolute values that gives a warning."""
MISPLACED_SHARE = 0.02
"""Median share of net torque that is an error. Sound data stay below 1e-4; forces of another frame
give 0.05 (aspirin) to 0.17 (ethanol), those of a frame 4 fs away 0.015, a warning."""


def check_conservation(frames: Frames) -> list[Finding]:
    """Forces that do not sum to zero, or that do not belong to their positions.

    A net force leaves forces of other atoms or frames unnoticed; the torque does not.
    """
    net_force, net_torque = net_shares(frames)
    findings = []
    for problem, share in ((Problem.NET_FORCE, net_force), (Problem.NET_TORQUE, net_torque)):
        bad = np.flatnonzero(share > NET_SHARE)
        if len(bad):
            text = (
                f"{problem.value.replace('-', ' ')} above {NET_SHARE:.0%} of the forces in "
                f"{len(bad)} of {len(frames)} frames, the first is frame {bad[0]}"
            )
            misplaced = float(np.median(share)) > MISPLACED_SHARE
            error = problem is Problem.NET_TORQUE and misplaced
            text += ": do forces belong to these positions?" if error else ""
            findings.append(Finding(problem, error, text))
    return findings


def net_shares(frames: Frames) -> tuple[np.ndarray, np.ndarray]:
    """Net force and net torque of every frame, each as a share of the sum of absolute values.

    |sum_i F_i| / sum_i |F_i| and |sum_i r_i x F_i| / sum_i |r_i| |F_i|, r from the mean position.

    Returns:
        Two arrays (frame,), zero where forces are below 1e-6 eV/Å.
    """
    starts = frames.first_atom
    centre = np.add.reduceat(frames.position, starts) / frames.n_atoms[:, None]
    arm = frames.position - np.repeat(centre, frames.n_atoms, axis=0)
    size = np.linalg.norm(frames.force, axis=1)
    torque = np.cross(arm, frames.force)
    shares = []
    for vector, scale in ((frames.force, size), (torque, size * np.linalg.norm(arm, axis=1))):
        net = np.linalg.norm(np.add.reduceat(vector, starts), axis=1)
        whole = np.add.reduceat(scale, starts)
        small = whole <= 1e-6 * frames.n_atoms
        shares.append(np.where(small, 0.0, net / np.where(small, 1.0, whole)))
    return shares[0], shares[1]
