"""`nearsight explain` on a SchNetPack model trained elsewhere, on files of structures, resumed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import schnetpack as spk
import torch
import xarray as xr
from ase import Atoms, io
from ase.build import molecule

from nearsight.config import Explain
from nearsight.explain import Epsilon, balance, explain, linearize
from nearsight.explain.relevance import Target
from nearsight.models.foreign import load_foreign
from nearsight.storage import read_dataset

Command = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = [sys.executable, "-c", "from nearsight.cli import main; main()", "explain"]


@pytest.fixture
def run(in_process: Command) -> Command:
    return partial(in_process, "explain")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory):
    """A model as spktrain saves it, converted by the user's hand, with structures beside it."""
    home = tmp_path_factory.mktemp("elsewhere")
    torch.manual_seed(2)
    references = torch.zeros(100)
    references[[1, 6, 8]] = torch.tensor([-0.5, -38.0, -75.0])
    network = spk.model.NeuralNetworkPotential(
        representation=spk.representation.PaiNN(
            n_atom_basis=48,
            n_interactions=3,
            radial_basis=spk.nn.BesselRBF(12, 5.0),
            cutoff_fn=spk.nn.CosineCutoff(5.0),
        ),
        input_modules=[spk.atomistic.PairwiseDistances()],
        output_modules=[spk.atomistic.Atomwise(48, output_key="energy_U0"), spk.atomistic.Forces(
            energy_key="energy_U0")],
        postprocessors=[
            spk.transform.CastTo64(),
            spk.transform.AddOffsets("energy_U0", add_atomrefs=True, atomrefs=references),
        ],
    )  # fmt: skip
    torch.save(network, home / "best_model")
    command = [sys.executable, "-c", "from nearsight.cli import main; main()", "convert"]
    options = ["best_model", "--unit", "kcal/mol", "--trust", "--out", "converted"]
    found = subprocess.run(
        [*command, *options], cwd=home, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    io.write(home / "structures.xyz", bent(20), format="extxyz")
    return home


def bent(n: int) -> list[Atoms]:
    random, images = np.random.default_rng(0), []
    for _ in range(n):
        atoms = molecule("isobutane")
        atoms.positions += random.normal(0, 0.05, atoms.positions.shape)
        images.append(atoms)
    return images


@pytest.fixture(scope="module")
def expected(folder: Path) -> xr.Dataset:
    """What a run gives that nobody disturbs."""
    model, images = load_foreign(folder / "converted"), io.read(folder / "structures.xyz", ":")
    target = Target(output="energy_U0", unit="kcal/mol")
    offsets = [model.offset(atoms.numbers) for atoms in images]
    return explain(model.network, images, Explain(vector="flow"), target=target, offsets=offsets)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_run_goes_on_and_ends_the_same(
    number: signal.Signals, folder: Path, expected: xr.Dataset, run: Command
):
    out, log = folder / "relevance.nc", folder / "log"
    out.unlink(missing_ok=True)
    arguments = [folder / "converted", folder / "structures.xyz", "--out", out]
    options = ["--set", "vector=flow"]
    with log.open("w") as stream:
        process = subprocess.Popen(
            [*COMMAND, *map(str, arguments), *options], stderr=stream, start_new_session=True
        )
        finished = folder / ".relevance.nc.partial"
        deadline = time.monotonic() + 240
        while len(list(finished.glob("*/0*.nc"))) < 2 and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        os.kill(process.pid, number)
        process.wait()
    ended = 143 if number == signal.SIGTERM else -number
    assert process.returncode == ended, log.read_text()
    assert not out.exists()
    assert 2 <= len(list(finished.glob("*/0*.nc"))) < 20
    result = run(*arguments, *options)
    assert result.returncode == 0, result.stderr
    assert not finished.exists()

    found = read_dataset(out)
    assert set(found.variables) == set(expected.variables)
    for name in expected.variables:
        assert found[name].attrs == {**expected[name].attrs, **found[name].attrs}
        np.testing.assert_array_equal(found[name], expected[name])
    assert expected.attrs.items() <= found.attrs.items()

    assert found["conservation_error"].max() < 1e-10 * abs(found["output"]).max()
    assert found["relevance"].attrs["units"] == "kcal/mol"
    assert found["distance"].attrs["units"] == "angstrom"
    np.testing.assert_allclose(found["offset"], 4 * -38.0 + 10 * -0.5)


def test_a_pickled_model_is_refused_with_the_way_out(folder: Path, run: Command):
    result = run(folder / "best_model", folder / "structures.xyz", "--out", folder / "x.nc")
    assert result.returncode == 1
    assert "nearsight convert" in result.stderr
    assert not (folder / "x.nc").exists()


def test_rule_and_method_are_set_on_the_command_line(folder: Path, run: Command):
    out = folder / "sampled.nc"
    chosen = {"rule": "epsilon", "epsilon": 0.2, "method": "sampling", "n_samples": 500}
    options = [part for item in chosen.items() for part in ("--set", "{}={}".format(*item))]
    found = run(folder / "converted", folder / "structures.xyz", "--out", out,
                "--n-structures", "2", *options)  # fmt: skip
    assert found.returncode == 0, found.stderr
    table, model = read_dataset(out), load_foreign(folder / "converted")
    images = io.read(folder / "structures.xyz", index="::16")  # the first two of 20 to be taken
    assert (table.attrs["rule"], table.attrs["rule_strength"]) == ("epsilon", 0.2)
    for index, atoms in enumerate(images):
        chain = linearize(model.network, atoms, output="energy_U0", rule=Epsilon(0.2))
        assert table["leak"][index].item() == pytest.approx(balance(chain)["leak"].item())
    assert (abs(table["leak"]) > 1e-6).all()
    assert table["method"].attrs["flag_meanings"].split()[2] == "sampling"
    assert table["method"].to_numpy().tolist() == [2, 2]
    assert (table["absolute_bodies_error"] > 0).all()
    assert table["absolute_bodies_error"].attrs["units"] == "kcal/mol"


def test_epsilon_must_be_above_zero(folder: Path, run: Command):
    found = run(folder / "converted", folder / "structures.xyz", "--out", folder / "x.nc",
                "--set", "epsilon=0")  # fmt: skip
    assert found.returncode != 0
    assert "epsilon" in found.stderr
