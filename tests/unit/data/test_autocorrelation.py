import numpy as np
import pytest
from scipy.signal import lfilter

from nearsight.data.autocorrelation import energy_autocorrelation, statistical_inefficiency
from nearsight.data.frames import Frames


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.9])
def test_autoregressive_process_has_its_known_value(memory: float) -> None:
    # x_{t+1} = a x_t + noise has rho(k) = a^k, hence g = (1 + a)/(1 - a).
    noise = np.random.default_rng(0).standard_normal(300_000)
    series = lfilter([1.0], [1.0, -memory], noise)
    expected = (1 + memory) / (1 - memory)
    assert statistical_inefficiency(series) == pytest.approx(expected, rel=0.1)


def test_constant_series_has_none() -> None:
    assert np.isnan(statistical_inefficiency(np.full(50, -4210.1)))


def _frames(numbers: list[list[int]], energy: np.ndarray) -> Frames:
    n_atoms = np.array([len(z) for z in numbers])
    return Frames(
        atomic_number=np.concatenate(numbers),
        position=np.zeros((n_atoms.sum(), 3)),
        force=np.zeros((n_atoms.sum(), 3)),
        n_atoms=n_atoms,
        energy=energy,
        subset=np.zeros(len(numbers), dtype=int),
        source=np.zeros(len(numbers), dtype=int),
    )


def test_mixed_molecules_have_no_energy_autocorrelation() -> None:
    energy = np.random.default_rng(1).standard_normal(40)
    same = _frames([[8, 1, 1]] * 40, energy)
    assert energy_autocorrelation(same) == statistical_inefficiency(energy)
    mixed = _frames([[8, 1, 1], [8, 1, 6]] * 20, energy)
    assert np.isnan(energy_autocorrelation(mixed))
