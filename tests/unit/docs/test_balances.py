"""Walks and constants of the demo's networks, as methods.md prints them."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from quoting.balances import balances
from quoting.store import QuoteError, read

from nearsight.config import make_variant
from nearsight.data.frames import Frames, write_frames
from nearsight.explain import linearize, walks
from nearsight.families.registry import build_network
from nearsight.models.files import save_model
from nearsight.models.model import Model

WATER = np.array([[0.0, 0.0, 0.12], [0.0, 0.76, -0.48], [0.0, -0.76, -0.48]])


@pytest.fixture
def results(tmp_path: Path) -> Path:
    one = np.zeros(1)
    frames = Frames(
        atomic_number=np.array([8, 1, 1]),
        position=WATER,
        force=np.zeros((3, 3)),
        n_atoms=np.array([3]),
        energy=one,
        subset=one.astype(int),
        source=one.astype(int),
    )
    write_frames(frames, tmp_path / "water" / "data.nc", title="water")
    for family in ("schnet", "painn"):
        variant = make_variant(family=family, cutoff=5.0, depth=3, features=4, n_train=4)
        model = Model(build_network(variant), variant, {1: 0.0, 8: 0.0}, provenance={"date": "x"})
        save_model(model, tmp_path / "water" / variant.id / "model.safetensors")
    return tmp_path


def test_sizes_and_shares_are_those_of_all_walks(results: Path, tmp_path: Path) -> None:
    table = read(balances(results, "balance", tmp_path / "numbers"))
    assert table.facts["date"] == "x"
    assert table.frame["network"].tolist() == ["schnet", "painn_detach", "painn_flow"]
    for _, row in table.frame.iterrows():
        constants = row["bias"] + row["vector"] + row["readout_bias"] + row["leak"]
        assert row["walks"] + constants == pytest.approx(row["output"], rel=1e-4, abs=1e-5)
    network = build_network(make_variant(family="schnet", cutoff=5.0, depth=3, features=4))
    every = walks(linearize(network, Atoms("OHH", positions=WATER)))
    sizes = np.abs(every.relevance.to_numpy())
    n_atoms = np.array([len(set(walk)) for walk in every.walk.to_numpy()])
    row = table.rows("schnet").iloc[0]
    assert row["sizes"] == pytest.approx(sizes.sum(), rel=1e-4)
    expected = sizes[n_atoms == 2].max() / sizes[n_atoms == 3].max()
    assert row["pairs_over_triples"] == pytest.approx(expected, rel=1e-4)


def test_results_without_such_a_network_are_named(tmp_path: Path) -> None:
    with pytest.raises(QuoteError, match="no schnet with 5 Å and depth 3"):
        balances(tmp_path, "balance", tmp_path)
