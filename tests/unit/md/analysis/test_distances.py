import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from MDAnalysis.analysis.rdf import InterRDF
from MDAnalysis.lib.distances import self_distance_array

from nearsight.md.analysis.distances import (
    distance_edges,
    distribution_error,
    error_interval,
    summed_distribution,
)
from nearsight.md.record.reopened import universe_of

WIDTH = 0.1


def line(*places: float) -> np.ndarray:
    """(frame, atom, 3): atoms on a line, the same in one frame."""
    return np.array([[[x, 0.0, 0.0] for x in places]])


def test_known_histogram():
    # Distances 1.02, 2.57 and 3.59 Å.
    universe = universe_of(line(0, 1.02, 3.59))
    edges = distance_edges(universe, WIDTH)
    assert edges[-1] == pytest.approx(3.6)
    values = summed_distribution(universe, 1, edges)
    assert np.flatnonzero(values).tolist() == [10, 25, 35]
    np.testing.assert_allclose(values[values > 0], 1 / 3 / WIDTH)


def test_first_frames_are_summed_and_each_has_integral_one():
    rng = np.random.default_rng(0)
    position = rng.normal(scale=2, size=(7, 5, 3))
    universe = universe_of(position)
    edges = distance_edges(universe, WIDTH)
    values = summed_distribution(universe, 4, edges)
    assert values.sum() * WIDTH == pytest.approx(4)
    distances = np.concatenate([self_distance_array(p.astype("f4")) for p in position[:4]])
    expected = np.histogram(distances, edges)[0] / 10 / WIDTH
    np.testing.assert_allclose(values, expected)


def test_reference_against_itself_has_no_error():
    universe = universe_of(np.random.default_rng(1).normal(size=(5, 6, 3)))
    edges = distance_edges(universe, WIDTH)
    h = summed_distribution(universe, 5, edges) / 5
    assert distribution_error(h, h, WIDTH) == pytest.approx(0, abs=1e-12)


def test_nothing_in_common_is_two():
    reference = np.array([5.0, 5.0, 0.0])
    assert distribution_error(np.array([0.0, 0.0, 10.0]), reference, WIDTH) == pytest.approx(2)
    # All distances lie beyond the bins.
    assert distribution_error(np.zeros(3), reference, WIDTH) == pytest.approx(2)


def test_half_of_the_pairs_moved():
    reference, moved = np.array([10.0, 0.0]), np.array([5.0, 5.0])
    assert distribution_error(moved, reference, WIDTH) == pytest.approx(1)


weights = st.lists(st.floats(0, 1), min_size=6, max_size=6).filter(lambda w: sum(w) > 0.1)


@given(a=weights, b=weights, c=weights)
@settings(deadline=None, max_examples=50)
def test_error_is_a_metric(a: list[float], b: list[float], c: list[float]):
    p, q, r = (np.array(w) / sum(w) / WIDTH for w in (a, b, c))
    error = {(x, y): distribution_error(u, v, WIDTH) for x, u in enumerate((p, q, r))
             for y, v in enumerate((p, q, r))}  # fmt: skip
    assert 0 <= error[0, 1] <= 2 + 1e-9
    assert error[0, 1] == pytest.approx(error[1, 0])
    assert error[0, 2] <= error[0, 1] + error[1, 2] + 1e-9


def test_interval_has_the_value_inside():
    """Resampled errors are larger than the error: their percentiles would not hold it."""
    rng = np.random.default_rng(3)
    reference = np.full(20, 0.5)
    value = reference + rng.normal(scale=0.02, size=20)
    samples = value + rng.normal(scale=0.05, size=(300, 20))
    error, low, high = error_interval(value, samples, reference, width=WIDTH, confidence=0.95)
    assert 0 <= low <= error <= high <= 2
    assert distribution_error(samples, reference, WIDTH).min() > error


@pytest.mark.parametrize(("n_atoms", "n_frames"), [(2, 3), (9, 40), (60, 120)])
def test_counts_are_those_of_mdanalysis(n_atoms: int, n_frames: int) -> None:
    """Also of so many distances that they are binned in several turns, and beyond the edges."""
    position = np.random.default_rng(n_atoms).normal(scale=2, size=(n_frames, n_atoms, 3))
    universe = universe_of(position)
    edges = distance_edges(universe, WIDTH)[: 20 if n_atoms > 9 else None]
    analysis = InterRDF(
        universe.atoms, universe.atoms, nbins=len(edges) - 1, range=(0.0, float(edges[-1])),
        norm="none", exclusion_block=(1, 1),
    )  # fmt: skip
    counts = analysis.run(start=1, stop=n_frames - 1).results.count
    found = summed_distribution(universe, n_frames - 2, edges, first=1)
    np.testing.assert_array_equal(found, counts / (n_atoms * (n_atoms - 1)) / (edges[1] - edges[0]))


def test_no_frame_has_no_distances() -> None:
    edges = np.arange(5) * WIDTH
    assert not summed_distribution(universe_of(line(0, 1.0)), 0, edges).any()
