"""A pickled model becomes a safe one in another process, or one line says why it does not."""

import os
from pathlib import Path

import numpy as np
import pytest
import schnetpack as spk
import torch
from ase.build import molecule
from elsewhere import own_energy_and_forces, trained_elsewhere

from nearsight.errors import (
    ConfigError,
    CorruptFileError,
    DataError,
    MissingFileError,
    UnsupportedModelError,
)
from nearsight.models.converting import write_converted
from nearsight.models.opening import open_model
from nearsight.models.pickled import convert_pickled
from nearsight.models.unpickled import REFUSED, main
from nearsight.units import TO_EV


class Noisy(spk.model.NeuralNetworkPotential):
    """Leaves a trace of where its code was run, beside what it is asked to write."""

    def __setstate__(self, state: dict) -> None:
        Path(os.environ["TRACE"]).write_text(str(os.getpid()))
        super().__setstate__(state)


@pytest.fixture
def best_model(tmp_path: Path) -> Path:
    torch.save(trained_elsewhere(), tmp_path / "best_model")
    return tmp_path / "best_model"


def test_what_comes_out_gives_what_the_pickle_gave(
    best_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its code is run by another process than this one."""
    network = torch.load(best_model, weights_only=False)
    network.__class__ = Noisy
    torch.save(network, best_model)
    monkeypatch.setenv("TRACE", str(tmp_path / "trace"))
    monkeypatch.setenv("PYTHONPATH", f"{Path(__file__).parent}:{os.environ.get('PYTHONPATH', '')}")
    made = convert_pickled(best_model, tmp_path / "out", unit="kcal/mol")
    assert int((tmp_path / "trace").read_text()) != os.getpid()
    assert made.origin == f"best_model, SchNetPack {spk.__version__}"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "hyperparameters.json", "weights.safetensors",
    ]  # fmt: skip
    atoms = molecule("CH3OH")
    energy, force = open_model(tmp_path / "out").potential(atoms.numbers)(
        torch.as_tensor(atoms.positions)[None]
    )
    value, slope = own_energy_and_forces(trained_elsewhere().double(), atoms)
    assert float(energy[0]) == pytest.approx(value * TO_EV["kcal/mol"], rel=1e-12)
    np.testing.assert_allclose(force[0], slope * TO_EV["kcal/mol"], atol=1e-11)


def test_what_is_refused_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "junk").write_bytes(b"no pickle at all")
    with pytest.raises(CorruptFileError, match=r"junk: cannot be converted: \w+Error: .+"):
        convert_pickled(tmp_path / "junk", tmp_path / "out", unit="eV")
    assert [path.name for path in tmp_path.iterdir()] == ["junk"]


def test_before_any_code_is_run(best_model: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="absent: no such file"):
        convert_pickled(tmp_path / "absent", tmp_path / "out", unit="eV")
    with pytest.raises(ConfigError, match="expected the unit"):
        convert_pickled(best_model, tmp_path / "out", unit=" ")


def test_a_folder_of_the_users_stays(best_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match=r"notes\.txt"):
        convert_pickled(best_model, folder, unit="eV")
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def refusal(capsys: pytest.CaptureFixture[str], path: Path, *options: str) -> str:
    """The one line of the process, called here."""
    folder = path.parent / "out"
    assert main([str(path), str(folder), "--unit", "eV", *options]) == REFUSED
    assert not folder.exists()
    said = capsys.readouterr().err.strip()
    assert "\n" not in said
    return said


def test_what_the_process_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "best_model"
    torch.save(trained_elsewhere().state_dict(), path)
    assert "holds a OrderedDict, and no NeuralNetworkPotential" in refusal(capsys, path)
    torch.save({"state_dict": {}}, path)
    assert "holds a dict, and no NeuralNetworkPotential" in refusal(capsys, path)
    torch.save(trained_elsewhere(), path)
    assert "0 heads fit: its outputs are energy" in refusal(capsys, path, "--output", "gap")
    scaled = trained_elsewhere()
    scaled.postprocessors.append(spk.transform.ScaleProperty("energy"))
    torch.save(scaled, path)
    assert "ScaleProperty changes the output" in refusal(capsys, path)


def test_one_head_of_several_by_its_key(tmp_path: Path) -> None:
    network = trained_elsewhere()
    network.output_modules.insert(0, spk.atomistic.Atomwise(8, output_key="gap"))
    with pytest.raises(UnsupportedModelError, match="2 heads fit: its outputs are gap, energy"):
        write_converted(network, tmp_path, unit="eV")
    made = write_converted(network, tmp_path, unit="eV", output="energy")
    assert made.head.output == "energy"
    assert made.offsets.mean == 2.5
    # Offsets of another output are no offsets of this one.
    assert write_converted(network, tmp_path, unit="eV", output="gap").offsets.mean == 0.0


def test_offsets_twice_are_not_guessed(tmp_path: Path) -> None:
    network = trained_elsewhere()
    network.postprocessors.append(network.postprocessors[-1])
    with pytest.raises(UnsupportedModelError, match="two postprocessors AddOffsets"):
        write_converted(network, tmp_path / "out", unit="eV")
    assert not (tmp_path / "out").exists()
