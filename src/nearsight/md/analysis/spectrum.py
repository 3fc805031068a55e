"""Vibrational density of states from velocities."""

import numpy as np
from scipy.signal import welch

from nearsight import units

HIGHEST = 4000.0
"""Wavenumber in cm⁻¹ that frames must resolve: O-H stretches reach 3700."""


def window_frames(interval: float, window: float) -> int:
    """Frames in a window (ps) of frames that are ``interval`` (ps) apart, at least 2."""
    return max(2, round(window / interval))


def wavenumbers(interval: float, window: float) -> np.ndarray:
    """(wavenumber,) cm⁻¹ of the spectrum, from 0 to the Nyquist frequency of the frames."""
    return np.fft.rfftfreq(window_frames(interval, window), interval) * units.WAVENUMBER_PER_THZ


def aliased(interval: float) -> bool:
    """Whether frames ``interval`` (ps) apart fold high vibrations onto low wavenumbers."""
    return units.WAVENUMBER_PER_THZ / (2 * interval) < HIGHEST


def power_spectrum(
    velocity: np.ndarray, mass: np.ndarray, interval: float, window: float
) -> tuple[np.ndarray, int]:
    r"""Mass-weighted power spectrum of velocities, summed over windows that overlap by half.

    .. math:: g(\nu) \propto \int \Big\langle \sum_i m_i\, v_i(0) \cdot v_i(t) \Big\rangle
              e^{-2 \pi i \nu t}\, dt

    The Fourier transform of the velocity autocorrelation is the power spectrum of the velocities
    (Wiener, Khinchin), which Welch's method estimates (IEEE Trans. Audio 15, 70, 1967) without
    negative values. The Hann window makes a sharp line 1.44 / window wide at half its height: 48
    cm⁻¹ for 1 ps. In dynamics of a small molecule heights tell how the energy is spread over modes,
    which NVE runs of picoseconds do not equalise; positions tell the force field.

    Args:
        velocity: (frame, atom, 3).
        mass: (atom,).
        interval: between frames in ps.
        window: length in ps.

    Returns:
        Sum over windows (wavenumber,) in arbitrary units, and the number of windows; none when the
        frames are fewer than one window holds.
    """
    size = window_frames(interval, window)
    if len(velocity) < size:
        return np.zeros(size // 2 + 1), 0
    n_windows = (len(velocity) - size // 2) // (size - size // 2)
    _, power = welch(
        velocity,
        fs=1 / interval,
        window="hann",
        nperseg=size,
        noverlap=size // 2,
        detrend=False,
        axis=0,
    )
    return n_windows * (power.sum(axis=-1) @ mass), n_windows


def normalised(spectrum: np.ndarray, wavenumber: np.ndarray) -> np.ndarray:
    """The spectrum (..., wavenumber) with integral 1 over cm⁻¹."""
    step = wavenumber[1] - wavenumber[0]
    return spectrum / (spectrum.sum(axis=-1, keepdims=True) * step)
