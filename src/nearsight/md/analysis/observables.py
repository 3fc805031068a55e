"""What the surviving part of a run looks like: interatomic distances and vibrations."""

from pathlib import Path

import numpy as np
import xarray as xr
from MDAnalysis import Universe

from nearsight import units
from nearsight.config import Statistics
from nearsight.data.frames import Frames
from nearsight.errors import DataError
from nearsight.labels import banded, variable
from nearsight.md.analysis.binomial import UNKNOWN
from nearsight.md.analysis.bootstrap import percentile_band, resampled_ratio
from nearsight.md.analysis.distances import distance_edges, error_interval, summed_distribution
from nearsight.md.analysis.floor import block_length, blocks_of, split_half_floor
from nearsight.md.analysis.spectrum import aliased, normalised, power_spectrum, wavenumbers
from nearsight.md.record.reopened import open_replicas, universe_of
from nearsight.md.replicas.one_molecule import one_molecule


def observables(
    record: xr.Dataset, trajectories: Path, frames: Frames, settings: Statistics
) -> xr.Dataset:
    """Distribution of distances with its error, and vibrational density of states.

    Over all frames before the end of each replica; bounds by bootstrap over replicas.

    Args:
        record: of ``nearsight md``.
        trajectories: folder of the same run.
        frames: reference data; all its frames are taken, since the distribution of the sample is
            the same in every subset and more frames leave less noise.
        settings: widths of bins and windows, level and resamples.

    Returns:
        Dataset over ``separation`` (Å) and ``wavenumber`` (cm⁻¹); what cannot be told is NaN, with
        the reason in ``distance_error_reason`` and ``spectrum_reason``.

    Raises:
        MissingFileError, CorruptFileError: the trajectories are not there or not whole.
        DataError: the data set is of another molecule.
    """
    numbers, position = one_molecule(frames, "reference data")
    if not np.array_equal(numbers, record["atomic_number"].to_numpy()):
        raise DataError("reference data: other atoms than in the dynamics, or in another order")
    order, n_blocks = blocks_of(frames.source)
    reference = universe_of(position[order])
    edges = distance_edges(reference, settings.distribution_bin)
    interval = _interval(record)
    sums, powers, n_frames, n_windows = [], [], [], []
    for universe, n in open_replicas(trajectories, record):
        velocity = _velocities(universe, n)
        mass = record["mass"].to_numpy()
        power, n_whole = power_spectrum(velocity, mass, interval, settings.spectrum_window)
        sums.append(summed_distribution(universe, n, edges))
        powers.append(power)
        n_frames.append(n)
        n_windows.append(n_whole)
    length = block_length(frames.source)
    own = _in_blocks(reference, n_blocks, length, edges)
    expected = own.sum(axis=0) / len(position)
    return xr.Dataset(
        {
            **_distances(np.array(sums), np.array(n_frames), edges, expected, settings),
            **_floor(own[:n_blocks], length, settings),
            **_spectrum(np.array(powers), np.array(n_windows), interval, settings),
        }
    )


def _in_blocks(reference: Universe, n_blocks: int, length: int, edges: np.ndarray) -> np.ndarray:
    """(block + 1, bin) Å⁻¹: h(r) summed over each block of the data, and over what is left over."""
    n_whole = n_blocks * length
    sums = [
        summed_distribution(reference, length, edges, first=k * length) for k in range(n_blocks)
    ]
    rest = len(reference.trajectory) - n_whole
    if rest:
        sums.append(summed_distribution(reference, rest, edges, first=n_whole))
    return np.array(sums)


def _floor(sums: np.ndarray, length: int, settings: Statistics) -> dict[str, xr.Variable]:
    """How far two halves of the data differ."""
    floor, reason = split_half_floor(
        sums,
        length,
        settings.distribution_bin,
        n_splits=settings.n_bootstrap,
        confidence=settings.confidence,
        seed=settings.seed,
    )
    text = "the same between two halves of the reference data, in blocks of frames"
    return {
        **banded("distance_error_floor", floor, units.ONE, text),
        "distance_error_floor_reason": variable((), reason, "", "why there is no such floor"),
    }


def _distances(
    sums: np.ndarray,
    n_frames: np.ndarray,
    edges: np.ndarray,
    expected: np.ndarray,
    settings: Statistics,
) -> dict[str, xr.Variable]:
    """h(r) of the run and of the reference data over ``separation``, and the error."""
    width = settings.distribution_bin
    reason = "" if len(n_frames) else "no replica has a frame before its end"
    band, error = np.full((3, len(expected)), np.nan), UNKNOWN
    if not reason:
        value, samples = _resampled(sums, n_frames, settings)
        band = np.stack(percentile_band(value, samples, settings.confidence))
        error = error_interval(
            value, samples, expected, width=width, confidence=settings.confidence
        )
    text = "distribution of interatomic distances"
    centres = (edges[1:] + edges[:-1]) / 2
    return {
        "separation": variable("separation", centres, units.LENGTH, "distance of two atoms"),
        **banded("distance_distribution", band, units.PER_LENGTH, text, "separation"),
        "data_distance_distribution": variable(
            "separation", expected, units.PER_LENGTH, f"{text} in the reference data"
        ),
        **banded(
            "distance_error", error, units.ONE, f"integral of the absolute error of the {text}"
        ),
        "distance_error_reason": variable((), reason, "", "why there is no distance error"),
    }


def _spectrum(
    powers: np.ndarray, n_windows: np.ndarray, interval: float, settings: Statistics
) -> dict[str, xr.Variable]:
    """Vibrational density of states over ``wavenumber``."""
    grid = wavenumbers(interval, settings.spectrum_window)
    reason = ""
    if aliased(interval):
        reason = f"frames every {1000 * interval:g} fs do not resolve vibrations: write more often"
    elif not n_windows.any():
        reason = f"no replica has velocities for {settings.spectrum_window:g} ps"
    band = np.full((3, len(grid)), np.nan)
    if not reason:
        value, samples = _resampled(powers, n_windows, settings)
        band = np.stack(
            percentile_band(normalised(value, grid), normalised(samples, grid), settings.confidence)
        )
    text = "vibrational density of states"
    return {
        "wavenumber": variable("wavenumber", grid, units.WAVENUMBER, "wavenumber"),
        **banded("spectrum", band, units.PER_WAVENUMBER, text, "wavenumber"),
        "spectrum_reason": variable((), reason, "", "why there is no spectrum"),
    }


def _resampled(
    sums: np.ndarray, sizes: np.ndarray, settings: Statistics
) -> tuple[np.ndarray, np.ndarray]:
    return resampled_ratio(sums, sizes, n_bootstrap=settings.n_bootstrap, seed=settings.seed)


def _interval(record: xr.Dataset) -> float:
    """Time between frames in ps; the duration where there is but one frame."""
    time = record["time"].to_numpy()
    return float(time[1] if len(time) > 1 else record["duration"]) / units.FS_PER_PS


def _velocities(universe: Universe, n_frames: int) -> np.ndarray:
    """(frame, atom, 3) Å/ps of the first frames; no frame where the file has no velocities."""
    if not universe.trajectory.ts.has_velocities:
        return np.empty((0, len(universe.atoms), 3))
    # MDAnalysis reads every frame into the same array.
    return np.stack([ts.velocities.copy() for ts in universe.trajectory[:n_frames]])
