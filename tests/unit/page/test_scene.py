"""Scenes: what fits together, and which walks are kept."""

from dataclasses import replace

import numpy as np
import pytest
from page_examples import ethanol, layer, response, scene
from scipy.spatial.transform import Rotation

from nearsight.errors import DataError
from nearsight.page import PairLayer, Scene, Walks


def test_the_body_order_counts_distinct_atoms() -> None:
    atoms = np.array([[0, 0, 0, 0], [0, 1, 0, 1], [0, 1, 2, 0], [3, 2, 1, 0]])
    assert Walks("eV", atoms, np.ones(4)).body_order.tolist() == [1, 2, 3, 4]


def test_the_strongest_walks_of_each_body_order_are_kept() -> None:
    rng = np.random.default_rng(0)
    walks = Walks("eV", rng.integers(0, 4, (200, 3)), rng.normal(size=200), "words")
    kept = walks.strongest(5)
    assert (kept.unit, kept.words) == ("eV", "words")
    assert (np.diff(np.abs(kept.relevance)) <= 0).all()
    for n in np.unique(walks.body_order):
        all_of_n = np.sort(np.abs(walks.relevance[walks.body_order == n]))[::-1]
        mine = np.abs(kept.relevance[kept.body_order == n])
        assert mine.tolist() == all_of_n[:5].tolist()


def test_no_walks_stay_no_walks() -> None:
    none = Walks("eV", np.zeros((0, 3), int), np.zeros(0))
    assert len(none.strongest().relevance) == 0


def test_what_does_not_fit_is_refused() -> None:
    good = scene()
    with pytest.raises(DataError, match="first: 9 atoms with positions"):
        replace(good, position=good.position[:4])
    with pytest.raises(DataError, match="or NaN"):
        replace(good, position=np.full_like(good.position, np.nan))
    outside = PairLayer("eV", np.array([0]), np.array([9]), np.array([1.0]))
    with pytest.raises(DataError, match="first, relevance: an atom is not one of the 9"):
        replace(good, layers={"relevance": outside})
    with pytest.raises(DataError, match="first, walks: an atom"):
        replace(good, walks=Walks("eV", np.array([[0, -1]]), np.ones(1)))
    other = replace(good.replicas[0], position=good.replicas[0].position[:, :5])
    with pytest.raises(DataError, match="first, replica 0: not 9 atoms"):
        replace(good, replicas=[other])


def test_layers_and_walks_of_unequal_length_are_refused() -> None:
    with pytest.raises(DataError, match="2, 2 atoms and 3 values"):
        PairLayer("eV", np.arange(2), np.arange(2), np.ones(3))
    with pytest.raises(DataError, match=r"walks \(2, 3\) with 1 relevances"):
        Walks("eV", np.zeros((2, 3), int), np.ones(1))
    with pytest.raises(DataError, match=r"walks \(3,\)"):
        Walks("eV", np.zeros(3, int), np.ones(3))


def test_a_molecule_alone_is_a_scene() -> None:
    atoms = ethanol()
    alone = Scene("alone", atoms.numbers, atoms.positions)
    assert not alone.layers
    assert alone.walks is None


def turned(position: np.ndarray) -> np.ndarray:
    scene = Scene("x", np.ones(len(position), int), position)
    return np.asarray(Rotation.from_quat(scene.turn).apply(position))


def test_a_molecule_is_seen_broadside() -> None:
    """The spread is largest along x and smallest along the line of sight, however it lay."""
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(12, 3)) * [0.3, 4.0, 1.5]
    seen = [turned(Rotation.random(random_state=k).apply(flat) + 7) for k in range(5)]
    for position in seen:
        x, y, z = position.std(axis=0)
        assert x > y > z
        # Whole: distances are as before.
        assert np.ptp(np.linalg.norm(position - position.mean(0), axis=1)) == pytest.approx(
            np.ptp(np.linalg.norm(flat - flat.mean(0), axis=1))
        )


@pytest.mark.parametrize("axis", range(3))
def test_two_atoms_lie_side_by_side(axis: int) -> None:
    along = np.zeros((2, 3))
    along[1, axis] = 3.8
    assert np.abs(turned(along)[1, 0] - turned(along)[0, 0]) == pytest.approx(3.8)
    assert np.isfinite(turned(np.zeros((1, 3)))).all()


def test_the_example_has_a_response_that_is_symmetric() -> None:
    blocks = response(ethanol())
    assert np.abs(blocks - blocks.T).max() < 1e-6 * np.abs(blocks).max()
    assert len(layer(blocks).value) == 36
