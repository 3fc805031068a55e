"""Net force and torque of forces that have a potential, and of forces that have none."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from solvable import frames_of, spring_chain

from nearsight.data.checks.conservation import MISPLACED_SHARE, check_conservation, net_shares
from nearsight.data.checks.problems import Problem
from nearsight.data.frames import Frames


@pytest.fixture(scope="module")
def chain() -> Frames:
    return spring_chain(6, 20, np.random.default_rng(0), 0.1)


def test_springs_neither_push_nor_turn(chain: Frames) -> None:
    force, torque = net_shares(chain)
    assert max(force.max(), torque.max()) < 1e-13
    assert check_conservation(chain) == []


def test_shares_know_no_place_direction_or_unit(chain: Frames) -> None:
    rng = np.random.default_rng(1)
    wrong = replace(chain, force=chain.force + rng.standard_normal(chain.force.shape))
    turn = Rotation.random(rng=rng).as_matrix()
    for moved in (
        replace(wrong, position=wrong.position + np.array([100.0, -3, 7])),
        replace(wrong, position=wrong.position @ turn, force=wrong.force @ turn),
        replace(wrong, force=27.2 * wrong.force),
        replace(wrong, position=3.0 * wrong.position),
    ):
        np.testing.assert_allclose(net_shares(moved), net_shares(wrong), rtol=1e-9)


def test_shares_lie_between_zero_and_one(chain: Frames) -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        shares = net_shares(replace(chain, force=rng.standard_normal(chain.force.shape)))
        assert (np.array(shares) >= 0).all()
        assert (np.array(shares) <= 1).all()


def test_the_mean_of_a_uniform_push_is_found_exactly() -> None:
    two = frames_of(
        [spring_chain(2, 1, np.random.default_rng(0), 0.0).atoms(0)],
        force=[[3.0, 0, 0], [-1.0, 0, 0]],
    )
    assert net_shares(two)[0].tolist() == [0.5]


def test_forces_of_nothing_are_no_fault(chain: Frames) -> None:
    shares = net_shares(replace(chain, force=np.full_like(chain.force, 1e-8)))
    assert np.array_equal(shares, np.zeros((2, 20)))


def test_the_first_frame_is_named_and_the_rest_counted(chain: Frames) -> None:
    force = chain.force.reshape(20, 6, 3).copy()
    force[[4, 11]] += [1.0, 0.0, 0.0]
    found = {f.problem: f for f in check_conservation(replace(chain, force=force.reshape(-1, 3)))}
    assert found[Problem.NET_FORCE].message == (
        "net force above 1% of the forces in 2 of 20 frames, the first is frame 4"
    )
    assert not found[Problem.NET_FORCE].error


def test_torque_is_an_error_once_half_of_the_frames_have_it(chain: Frames) -> None:
    turned = chain.force @ Rotation.from_euler("x", 90, degrees=True).as_matrix()
    for count in (0, 4, 12, 20):
        force = chain.force.copy()
        force[: 6 * count] = turned[: 6 * count]
        wrong = replace(chain, force=force)
        found = [f for f in check_conservation(wrong) if f.problem is Problem.NET_TORQUE]
        share = float(np.median(net_shares(wrong)[1]))
        assert [f.error for f in found] == ([] if count == 0 else [share > MISPLACED_SHARE])
        assert (share > MISPLACED_SHARE) is (count > 10)
        assert all(("belong to these positions" in f.message) is f.error for f in found)
