"""A toy molecule with exact labels, tiny networks and quick settings."""

from pathlib import Path

import numpy as np
import pytest
import torch
from toy_potential import toy_frames

from nearsight.config import Training, Variant, make_variant
from nearsight.data.frames import Frames, write_frames


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def frames() -> Frames:
    return toy_frames()


@pytest.fixture
def variant() -> Variant:
    return make_variant(family="schnet", cutoff=3.0, depth=1, features=16, n_train=60, seed=5)


@pytest.fixture
def quick() -> Training:
    return Training(max_epochs=6, learning_rate=5e-3, ema_decay=0.8, checkpoint_every=1)


@pytest.fixture
def data_file(frames: Frames, tmp_path: Path) -> Path:
    path = tmp_path / "data.nc"
    write_frames(frames, path, title="Morse molecule")
    return path


@pytest.fixture(scope="session")
def ethanol_frames(shared_data: Path) -> Frames:
    """200 frames of rMD17 ethanol (PBE/def2-SVP, kcal/mol)."""
    path = shared_data / "rmd17" / "rmd17_ethanol_train_01.npz"
    if not path.is_file():
        pytest.skip("rMD17 ethanol is not beside this checkout")
    kcal = 0.0433641153
    with np.load(path, allow_pickle=False) as archive:
        position, force = archive["coords"][:200], kcal * archive["forces"][:200]
        energy, numbers = kcal * archive["energies"][:200], archive["nuclear_charges"]
    return Frames(
        atomic_number=np.tile(numbers.astype(int), 200),
        position=position.reshape(-1, 3),
        force=force.reshape(-1, 3),
        n_atoms=np.full(200, 9),
        energy=energy,
        subset=np.repeat([0, 1, 2], [120, 30, 50]),
        source=np.zeros(200, dtype=int),
    )
