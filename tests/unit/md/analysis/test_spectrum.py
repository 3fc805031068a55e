import numpy as np
import pytest
from scipy.signal import get_window

from nearsight import units
from nearsight.md.analysis.spectrum import (
    aliased,
    normalised,
    power_spectrum,
    wavenumbers,
    window_frames,
)

INTERVAL, WINDOW = 0.004, 1.0
SPEED_OF_LIGHT = 2.99792458e-2
"""cm per ps."""


def harmonic_dimer(wavenumber: float, n_frames: int) -> np.ndarray:
    """(frame, 2, 3) velocities of a dimer 1 u + 12 u that vibrates."""
    time = np.arange(n_frames) * INTERVAL
    swing = np.cos(2 * np.pi * wavenumber * SPEED_OF_LIGHT * time)
    velocity = np.zeros((n_frames, 2, 3))
    velocity[:, 0, 0], velocity[:, 1, 0] = 12 * swing, -swing
    return velocity


MASS = np.array([1.0, 12.0])


@pytest.mark.parametrize("wavenumber", [300.0, 1234.0, 3650.0])
def test_harmonic_dimer_gives_its_wavenumber(wavenumber: float):
    power, n = power_spectrum(harmonic_dimer(wavenumber, 2000), MASS, INTERVAL, WINDOW)
    grid = wavenumbers(INTERVAL, WINDOW)
    g = normalised(power, grid)
    assert n == 15
    assert abs(grid[g.argmax()] - wavenumber) <= (grid[1] - grid[0]) / 2
    near = np.abs(grid - wavenumber) < 3 * (grid[1] - grid[0])
    centre = (g * grid)[near].sum() / g[near].sum()
    assert centre == pytest.approx(wavenumber, abs=1.0)
    assert g.sum() * (grid[1] - grid[0]) == pytest.approx(1)


def test_line_is_as_wide_as_stated():
    fine = np.linspace(-100, 100, 4001)
    window = get_window("hann", 250)
    phase = np.exp(-2j * np.pi * np.outer(fine * SPEED_OF_LIGHT, np.arange(250) * INTERVAL))
    power = np.abs(phase @ window) ** 2
    above = fine[power >= power.max() / 2]
    assert above[-1] - above[0] == pytest.approx(48, abs=0.5)


def test_mass_weights_tell_the_energy_of_each_mode():
    """Two independent atoms: at equal kinetic energy the lines are equally high."""
    time = np.arange(5000) * INTERVAL
    velocity = np.zeros((5000, 2, 3))
    for atom, wavenumber in enumerate((500.0, 2000.0)):
        swing = np.cos(2 * np.pi * wavenumber * SPEED_OF_LIGHT * time)
        velocity[:, atom, atom] = swing / np.sqrt(MASS[atom])
    power, _ = power_spectrum(velocity, MASS, INTERVAL, WINDOW)
    grid = wavenumbers(INTERVAL, WINDOW)
    low, high = power[grid < 1200].sum(), power[grid >= 1200].sum()
    assert low == pytest.approx(high, rel=1e-2)


def test_it_is_the_transform_of_the_velocity_autocorrelation():
    """Wiener and Khinchin, for one window that holds the whole run."""
    n = 250
    velocity = np.random.default_rng(0).normal(size=(n, 2, 3))
    power, n_windows = power_spectrum(velocity, MASS, INTERVAL, n * INTERVAL)
    assert n_windows == 1
    tapered = velocity * get_window("hann", n)[:, None, None]
    correlation = sum(
        mass * np.correlate(tapered[:, i, x], tapered[:, i, x], mode="full")
        for i, mass in enumerate(MASS)
        for x in range(3)
    )
    lag = np.arange(-n + 1, n)
    frequency = np.fft.rfftfreq(n, 1.0)
    expected = np.cos(2 * np.pi * np.outer(frequency, lag)) @ correlation
    # Beside a constant, the one-sided spectrum has the inner frequencies twice.
    np.testing.assert_allclose(power[1:-1] / power[1], expected[1:-1] / expected[1], rtol=1e-8)


def test_shorter_than_a_window_gives_none():
    power, n = power_spectrum(harmonic_dimer(1000.0, 249), MASS, INTERVAL, WINDOW)
    assert n == 0
    assert not power.any()
    assert len(power) == len(wavenumbers(INTERVAL, WINDOW))


def test_nyquist_decides_what_is_resolved():
    assert window_frames(INTERVAL, WINDOW) == 250
    assert wavenumbers(INTERVAL, WINDOW)[-1] == pytest.approx(4169.5, abs=0.1)
    assert not aliased(0.004)
    assert aliased(0.010)
    assert pytest.approx(1 / SPEED_OF_LIGHT) == units.WAVENUMBER_PER_THZ
