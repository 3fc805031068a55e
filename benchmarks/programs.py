"""What a compiled program costs to make, to find again, and at the start of `nearsight md`.

    python benchmarks/programs.py             # some minutes
    python benchmarks/programs.py --quick     # a minute: a small SchNet

Three processes a family run a few steps of dynamics: as the network is written, with a program that
is compiled, and with the one that was found; CPU seconds of each, compiler included.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from ase.build import molecule
from ase.io import write

from nearsight.config import make_variant
from nearsight.families.registry import build_network
from nearsight.models.files import save_model
from nearsight.models.model import Model

NEARSIGHT = [sys.executable, "-c", "from nearsight.cli import main; main()"]
SETTINGS = "{duration: 0.01, replicas: 4, halved_replicas: 0, temperature: 300.0}"


def cpu_of(folder: Path, name: str, *, compiled: bool) -> float:
    """CPU seconds of one `nearsight md`, and of the compiler that it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    more = ["--set", f"compile={str(compiled).lower()}", "--out", f"{name}.nc", "--quiet"]
    command = [*NEARSIGHT, "md", "starts.xyz", "--model", "model.safetensors"]
    environment = {**os.environ, "NEARSIGHT_PROGRAMS": str(folder / "programs")}
    subprocess.run(
        [*command, "--settings", SETTINGS, *more], cwd=folder, env=environment, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(family: str, features: int, depth: int, folder: Path) -> None:
    """Print the line of one family.

    Args:
        family: of the network.
        features: F.
        depth: T.
        folder: an empty one.
    """
    variant = make_variant(family=family, cutoff=5.0, depth=depth, features=features)
    references = {1: -13.0, 6: -1000.0, 8: -2000.0}
    model = Model(build_network(variant), variant, atom_reference=references)
    save_model(model, folder / "model.safetensors")
    ethanol = molecule("CH3CH2OH")
    noise = 0.02 * np.random.default_rng(0).normal(size=(8, 9, 3))
    starts = [ethanol.copy() for _ in noise]
    for atoms, shift in zip(starts, noise, strict=True):
        atoms.positions += shift
    write(folder / "starts.xyz", starts)
    eager = min(cpu_of(folder, "eager", compiled=False) for _ in range(3))
    first = cpu_of(folder, "first", compiled=True)
    found = min(cpu_of(folder, "found", compiled=True) for _ in range(3))
    (program,) = (folder / "programs").iterdir()
    size = program.stat().st_size / 1e6
    print(
        f"{family} F {features} T {depth}: a job takes {eager:.1f} CPU s, {first:.1f} the first "
        f"time compiled ({first - eager:.1f} more), {found:.1f} with a program that is found "
        f"({found - eager:+.2f}; aim: within 3); its file has {size:.1f} MB",
        flush=True,
    )


def main() -> None:
    """Measure both families, or a small one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small SchNet alone")
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--depth", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    families = ("schnet",) if given.quick else ("schnet", "painn")
    features, depth = (4, 1) if given.quick else (given.features, given.depth)
    for family in families:
        with tempfile.TemporaryDirectory() as folder:
            measure(family, features, depth, Path(folder))


if __name__ == "__main__":
    main()
