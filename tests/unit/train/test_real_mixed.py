"""QM7-X, real structures of many molecules in one set: training, explanation, dynamics."""

from pathlib import Path

import numpy as np
import pytest

from nearsight.config import Dynamics, Explain, Split, Training, make_variant
from nearsight.data.frames import Frames, write_frames
from nearsight.data.importing import import_frames
from nearsight.data.split import assign_subsets
from nearsight.explain import explain
from nearsight.md.simulate import simulate
from nearsight.models.files import load_model
from nearsight.models.trained_model import TrainedModel
from nearsight.storage import read_dataset
from nearsight.train.run import train_variant

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def qm7x(shared_data: Path) -> Frames:
    path = shared_data / "qm7x" / "qm7x_250_small.npz"
    if not path.is_file():
        pytest.skip("QM7-X is not beside this checkout")
    return import_frames(path, energy_unit="eV").select(np.arange(600))


def test_sources_are_the_molecules(qm7x: Frames) -> None:
    """Its blocks of ten frames have the same atoms; some neighbours have the same formula."""
    sources, counts = np.unique(qm7x.source, return_counts=True)
    assert len(sources) > 40
    assert (counts % 10 == 0).all()
    assert qm7x.n_atoms.min() < 10 < 15 < qm7x.n_atoms.max()


def test_from_training_to_dynamics(qm7x: Frames, tmp_path: Path) -> None:
    frames = assign_subsets(qm7x, Split(block=5, validation=0.1, test=0.2))
    write_frames(frames, tmp_path / "data.nc", title="QM7-X")
    variant = make_variant(family="painn", cutoff=4.0, depth=2, features=24, n_train=400)
    settings = Training(max_epochs=8, learning_rate=5e-3, ema_decay=0.98, schedule="cosine")
    out = tmp_path / "model.safetensors"
    card = train_variant(tmp_path / "data.nc", variant, settings, out)
    test = frames.of_subset("test")
    # Forces of the mean predictor (zero) are the measure; eight epochs more than halve them.
    assert card.errors["force_mae"] < 0.5 * 1000 * np.abs(test.force).mean()
    model = load_model(out)
    # References by least squares: within a few eV of PBE0 atoms (-13.6, -1028, -1485, -2040).
    for z, expected in {1: -13.6, 6: -1028.0, 7: -1485.0, 8: -2040.0}.items():
        assert abs(model.atom_reference[z] - expected) < 12

    structures = [test.atoms(k) for k in np.unique(test.n_atoms, return_index=True)[1][[0, -1]]]
    relevance = explain(model.network, structures, Explain())
    assert relevance["size"].to_numpy().tolist() == [len(atoms) for atoms in structures]
    assert np.abs(relevance["conservation_error"]).max() < 1e-8

    source = int(test.source[0])
    dynamics = Dynamics(
        source=source, replicas=2, halved_replicas=0, duration=0.01, temperature=100.0
    )
    simulate(TrainedModel(model), frames, dynamics, tmp_path / "dynamics.nc", inputs={})
    record = read_dataset(tmp_path / "dynamics.nc")
    expected = frames.select(frames.source == source).atoms(0).numbers
    assert record["atomic_number"].to_numpy().tolist() == expected.tolist()
    assert record.sizes["replica"] == 2
