"""Which replicas failed, and which pair of atoms is to blame for each."""

import numpy as np
import pytest
from ended_records import NUMBERS, ended_of, record_of

from nearsight.failures.ended import NONE, blamed_pairs, element_pair, ended
from nearsight.md.rules.guards import EndKind

LINE = np.array([[0.0, 0, 0], [1.0, 0, 0], [2.5, 0, 0]])


def test_only_events_are_failures_in_the_order_of_replicas() -> None:
    record = record_of(
        [
            (EndKind.SURVIVED, False, 1000.0, (-1, -1)),
            (EndKind.BOND, True, 500.0, (2, 0)),
            (EndKind.COMPUTE_LIMIT, False, 750.0, (-1, -1)),
            (EndKind.NOT_FINITE, True, 250.0, (1, -1)),
        ]
    )
    found = ended(record)
    assert len(found) == 2
    assert found.replica.tolist() == [1, 3]
    assert found.cause.tolist() == ["bond", "not_finite"]
    # fs in the record, ps here.
    assert found.time.tolist() == [0.5, 0.25]
    assert found.atom.tolist() == [[2, 0], [1, -1]]
    np.testing.assert_array_equal(found.position, record["end_position"].to_numpy()[[1, 3]])


def test_dimensions_may_stand_in_any_order() -> None:
    record = record_of([(EndKind.BOND, True, 500.0, (0, 1)), (EndKind.BOND, True, 5.0, (1, 2))])
    turned = record.transpose("xyz", "two", "atom", "time", "replica")
    np.testing.assert_array_equal(ended(turned).position, ended(record).position)
    np.testing.assert_array_equal(ended(turned).atom, ended(record).atom)


def test_a_run_without_failures_is_an_empty_list_of_them() -> None:
    found = ended(record_of([(EndKind.SURVIVED, False, 1000.0, (-1, -1))]))
    assert len(found) == 0
    assert found.position.shape == (0, 3, 3)
    assert blamed_pairs(found, found.position).shape == (0, 2)


def test_a_pair_is_named_from_the_lower_atom() -> None:
    found = blamed_pairs(
        ended_of(["bond", "close_contact"], [(2, 0), (1, 2)]), np.stack([LINE] * 2)
    )
    assert found.tolist() == [[0, 2], [1, 2]]


@pytest.mark.parametrize(("left", "neighbour"), [(0, 1), (1, 0), (2, 1)])
def test_an_atom_that_left_is_paired_with_the_nearest_of_the_last_good_frame(
    left: int, neighbour: int
) -> None:
    found = blamed_pairs(ended_of(["isolated"], [(left, -1)]), LINE[None])
    assert found.tolist() == [sorted((left, neighbour))]


@pytest.mark.parametrize("atom", [(-1, -1), (1, -1)])
def test_rules_on_energies_and_lost_values_blame_no_pair(atom: tuple[int, int]) -> None:
    """One atom alone is no pair, unless it is one that has left the others."""
    found = blamed_pairs(ended_of(["not_finite"], [atom]), LINE[None])
    assert found.tolist() == [[NONE, NONE]]


def test_the_rule_that_named_the_atoms_is_left_as_it_was() -> None:
    ends = ended_of(["isolated"], [(2, -1)])
    blamed_pairs(ends, LINE[None])
    assert ends.atom.tolist() == [[2, -1]]


@pytest.mark.parametrize(
    ("pair", "name"), [((0, 1), "H-O"), ((1, 2), "H-H"), ((-1, -1), ""), ((0, -1), "")]
)
def test_elements_of_a_pair(pair: tuple[int, int], name: str) -> None:
    assert element_pair(np.array(pair), NUMBERS) == name
