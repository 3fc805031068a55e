"""SO3LR, a published force field with long range, as any other model."""

from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest
import torch
import xarray as xr
from ase import Atoms
from scipy.spatial.transform import Rotation

from nearsight.data.calculators import CalculatorPool
from nearsight.models.opening import open_model
from nearsight.respond import choose_step, engine_forces, hessian_blocks

pytestmark = pytest.mark.models

Command = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def single(so3lr: str) -> Iterator[CalculatorPool]:
    pool = CalculatorPool(so3lr, {"default_dtype": "float32"}, 2)
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def double(so3lr: str) -> Iterator[CalculatorPool]:
    pool = CalculatorPool(so3lr, {"default_dtype": "float64"}, 2)
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def copies(ethanol: Atoms) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, 0.05, (6, len(ethanol), 3))
    return ethanol.positions + noise


def test_this_process_keeps_its_precision(double: CalculatorPool, ethanol: Atoms) -> None:
    """SO3LR sets PyTorch's default for all of its process, which is not this one."""
    double.ask_all(ethanol.numbers, ethanol.positions[None])
    assert torch.get_default_dtype() == torch.float32


def test_energies_stay_under_rotation_and_forces_turn(
    double: CalculatorPool, ethanol: Atoms, copies: np.ndarray
) -> None:
    turn = Rotation.random(rng=1).as_matrix()
    first = double.ask_all(ethanol.numbers, copies)
    turned = double.ask_all(ethanol.numbers, copies @ turn.T + 1.0)
    np.testing.assert_allclose(turned.energy, first.energy, atol=1e-9)
    np.testing.assert_allclose(turned.force, first.force @ turn.T, atol=1e-9)


@pytest.mark.parametrize("precision", ["single", "double"])
def test_numbers_of_two_processes_are_those_of_one(
    precision: str, ethanol: Atoms, copies: np.ndarray, request: pytest.FixtureRequest
) -> None:
    """Bit by bit; the processes take turns, so that each has met other copies before."""
    pool: CalculatorPool = request.getfixturevalue(precision)
    by_two = pool.ask_all(ethanol.numbers, copies)
    one_by_one = [pool.ask_all(ethanol.numbers, copy[None]) for copy in copies[::-1]]
    np.testing.assert_array_equal([a.energy[0] for a in one_by_one][::-1], by_two.energy)
    np.testing.assert_array_equal([a.force[0] for a in one_by_one][::-1], by_two.force)


def test_single_precision_is_noticed_and_the_step_fits(
    single: CalculatorPool, double: CalculatorPool, ethanol: Atoms
) -> None:
    """What was estimated is what differences in double precision, at a tiny step, show."""
    quiet = choose_step(engine_forces(double, ethanol.numbers), ethanol.positions, 0.005)
    assert quiet.step == 0.005
    assert quiet.force_noise < 1e-12
    forces = engine_forces(single, ethanol.numbers)
    noisy = choose_step(forces, ethanol.positions, 0.005)
    assert 1e-7 < noisy.force_noise < 5e-6
    assert "single precision" in noisy.reason
    exact = hessian_blocks(engine_forces(double, ethanol.numbers), ethanol.positions, 0.001)
    above = np.triu_indices(len(ethanol), k=1)
    for step, noise, truncation in zip(
        noisy.steps[::3], noisy.noise[::3], noisy.truncation[::3], strict=True
    ):
        wrong = hessian_blocks(forces, ethanol.positions, float(step)) - exact
        error = np.median(
            np.linalg.norm((wrong + wrong.transpose(1, 0, 3, 2))[above] / 2, axis=(1, 2))
        )
        assert 0.4 < error / np.hypot(noise, truncation) < 2.5


def test_respond_says_what_it_did(
    in_process: Command, so3lr: str, structures: Path, tmp_path: Path
) -> None:
    out = tmp_path / "response.nc"
    run = in_process(
        "respond", structures, "--model", so3lr, "--out", out, "--set", "n_structures=1",
        "--calculator-arguments", "{default_dtype: float32}", "--processes", 2,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    with xr.open_dataset(out) as found:
        assert found.attrs["method"] == "central differences"
        assert "single precision" in found.attrs["step_reason"]
        assert found.attrs["calculator"] == so3lr
        assert float(found["norm"].min()) > 0
        assert float((found["asymmetry"] / found["norm"]).median()) < 0.01


def test_dynamics_conserves_energy(
    in_process: Command, so3lr: str, structures: Path, tmp_path: Path
) -> None:
    out = tmp_path / "dynamics.nc"
    run = in_process(
        "md", structures, "--model", so3lr, "--calculator-arguments", "{default_dtype: float64}",
        "--processes", 2, "--out", out, "--set", "temperature=300", "--set", "duration=0.02",
        "--set", "replicas=2", "--set", "halved_replicas=0", "--set", "write_interval=1",
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    with xr.open_dataset(out) as found:
        kinetic = found["kinetic_energy"].values
        total = kinetic + found["potential_energy"].values
        assert np.ptp(total, axis=-1).max() < 0.05 * np.ptp(kinetic, axis=-1).min()


def test_it_is_opened_as_any_other_model(so3lr: str, ethanol: Atoms) -> None:
    model = open_model(so3lr, {"default_dtype": "float64"})
    assert model.kind == "calculator"
    energy, force = model.potential(ethanol.numbers)(torch.as_tensor(ethanol.positions)[None])
    assert torch.isfinite(energy).all()
    assert float(force.sum(dim=1).abs().max()) < 1e-6
    assert model.explicable is None
    assert "no relevance" in model.no_walks
