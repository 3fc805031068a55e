"""`nearsight convert`: by the user's own hand alone, and then every verb reads what came out."""

import os
from pathlib import Path

import ase.io
import pytest
import schnetpack as spk
import torch
from any_model import done, images, refused

from nearsight.data.frames import read_frames

OUT = ("--out", "converted")


@pytest.fixture(autouse=True)
def best_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(4)
    network = spk.model.NeuralNetworkPotential(
        representation=spk.representation.SchNet(
            n_atom_basis=8,
            n_interactions=1,
            radial_basis=spk.nn.GaussianRBF(6, 4.0),
            cutoff_fn=spk.nn.CosineCutoff(4.0),
        ),
        input_modules=[spk.atomistic.PairwiseDistances()],
        output_modules=[spk.atomistic.Atomwise(8, output_key="energy"), spk.atomistic.Forces()],
    )
    torch.save(network, "best_model")
    ase.io.write("waters.xyz", images(2), format="extxyz")
    return Path("best_model")


def test_a_pickle_is_not_loaded_without_a_word_of_the_user() -> None:
    said = refused("convert", "best_model", "--unit", "eV", *OUT)
    assert "loading one runs any code in it: add --trust" in said
    assert "absent: no such file" in refused("convert", "absent", "--unit", "eV", "--trust", *OUT)


def test_other_verbs_say_how_it_is_converted() -> None:
    said = refused("predict", "best_model", "waters.xyz", "--out", "p.nc")
    assert "pickled models are never loaded" in said
    assert "convert it with nearsight convert" in said


def test_every_verb_reads_what_was_converted() -> None:
    told = done("convert", "best_model", "--unit", "eV", "--trust", *OUT)
    assert "converted: SchNet with Atomwise, energy in eV" in told.stdout
    done("predict", "converted", "waters.xyz", "--out", "p.nc")
    assert len(read_frames(Path("p.nc"))) == 2
    told = done("convert", "best_model", "--unit", "debye", "--trust", *OUT)
    assert "debye is no unit of energy" in told.stderr
    assert "no unit of energy" in refused("predict", "converted", "waters.xyz", "--out", "q.nc")


def test_what_is_in_the_way_stays() -> None:
    Path("converted").mkdir()
    Path("converted/mine.txt").write_text("mine")
    given = ("convert", "best_model", "--unit", "eV", "--trust")
    assert "mine.txt" in refused(*given, *OUT)
    os.link("best_model", "converted/best_model")
    assert "an input of this command, lies in this folder" in refused(*given, *OUT)
    assert Path("converted/mine.txt").read_text() == "mine"
