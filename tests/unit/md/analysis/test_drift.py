import numpy as np

from nearsight.md.analysis.bootstrap import bootstrap
from nearsight.md.analysis.drift import energy_lines


def test_known_slope_and_fluctuation_are_recovered():
    time = np.linspace(0, 10, 501)
    rng = np.random.default_rng(0)
    slope = np.array([0.0, -0.08, 2.5])
    noise = rng.normal(size=(3, 501))
    # eV of 9 atoms from meV/atom, on a large offset as real total energies have.
    energy = -4211.0 + 9e-3 * (slope[:, None] * time + 0.3 * noise)
    drift, fluctuation = energy_lines(time, energy, 9)
    np.testing.assert_allclose(drift, slope, atol=0.02)
    np.testing.assert_allclose(fluctuation, 0.3, rtol=0.1)
    # Against numpy's own fit.
    expected = [np.polyfit(time, (row + 4211) / 9e-3, 1)[0] for row in energy]
    np.testing.assert_allclose(drift, expected, atol=1e-8)


def test_exact_line_leaves_no_fluctuation():
    time = np.arange(8.0)
    drift, fluctuation = energy_lines(time, 1.0 + 0.02 * time[None], 4)
    np.testing.assert_allclose(drift, 5.0)
    np.testing.assert_allclose(fluctuation, 0, atol=1e-10)


def test_only_frames_before_the_end_count():
    time = np.arange(10.0)
    energy = np.stack([3 + 0.01 * time, 5 - 0.03 * time, np.full(10, 1.0)])
    energy[1, 6:] = np.nan
    energy[2, 2:] = np.nan
    drift, fluctuation = energy_lines(time, energy, 10)
    np.testing.assert_allclose(drift, [1.0, -3.0, np.nan])
    np.testing.assert_allclose(fluctuation, [0, 0, np.nan], atol=1e-10)


def test_start_that_broke_at_once_has_no_line():
    drift, _ = energy_lines(np.arange(5.0), np.full((1, 5), np.nan), 3)
    assert np.isnan(drift).all()


def test_bootstrap_interval_of_a_mean_has_the_known_width():
    values = np.random.default_rng(1).normal(3.0, 2.0, size=400)
    value, low, high = bootstrap(values, np.mean, confidence=0.95, n_bootstrap=2000, seed=0)
    assert value == values.mean()
    np.testing.assert_allclose(high - low, 2 * 1.96 * 2.0 / np.sqrt(400), rtol=0.15)
    assert low < value < high


def test_bootstrap_leaves_out_what_is_not_known():
    values = np.array([1.0, np.nan, 3.0, np.nan])
    value, low, high = bootstrap(values, np.median, confidence=0.9, n_bootstrap=200, seed=0)
    assert (value, low, high) == (2.0, 1.0, 3.0)
    one = bootstrap(values[:2], np.median, confidence=0.9, n_bootstrap=200, seed=0)
    assert one[0] == 1.0
    assert np.isnan(one[1:]).all()
    assert np.isnan(bootstrap(values[1:2], np.median, confidence=0.9, n_bootstrap=9, seed=0)).all()


def test_bootstrap_is_repeatable_by_seed():
    values = np.random.default_rng(1).normal(size=20)
    one, same, other = (
        bootstrap(values, np.median, confidence=0.9, n_bootstrap=100, seed=s) for s in (0, 0, 1)
    )
    assert one == same
    assert one != other
