"""Halves of walks that meet: every walk once, and its relevance as one dot product."""

from collections import Counter

import pytest
import torch
from chains import EveryWalk, MakeChain

from nearsight.explain import Chain, count_walks
from nearsight.explain.walks.meeting import Meeting, meetings


def walks_of(meeting: Meeting) -> list[tuple[int, ...]]:
    """All walks, second halves in rows and first halves in columns as ``relevance`` has them."""
    n, m = len(meeting.head), len(meeting.tail)
    first, second = torch.arange(n).repeat(m), torch.arange(m).repeat_interleave(n)
    return [tuple(walk) for walk in meeting.walks(first, second).tolist()]


def test_every_walk_is_met_once_with_its_relevance(chain: Chain, every_walk: EveryWalk) -> None:
    found: dict[tuple[int, ...], float] = {}
    seen: Counter[tuple[int, ...]] = Counter()
    for meeting in meetings(chain):
        walks = walks_of(meeting)
        relevance = meeting.relevance(slice(0, len(meeting.head))).flatten().tolist()
        seen.update(walks)
        found.update(zip(walks, relevance, strict=True))
    expected = every_walk(chain)
    assert set(seen) == set(expected)
    assert set(seen.values()) == {1}
    scale = max(map(abs, expected.values()))
    for walk, value in expected.items():
        assert found[walk] == pytest.approx(value, rel=1e-10, abs=1e-13 * scale)


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_halves_have_half_of_the_steps_and_meet_at_one_atom(
    make_chain: MakeChain, depth: int
) -> None:
    chain = make_chain(depth=depth, spread=1.0)
    places = []
    for meeting in meetings(chain):
        assert (meeting.tail[:, -1] == meeting.atom).all()
        assert meeting.head.shape[1] == (depth + 1) // 2
        assert meeting.tail.shape[1] == depth // 2 + 1
        places.append(meeting.atom)
    assert places == sorted(set(places))


@pytest.mark.parametrize("depth", [3, 4])
def test_first_halves_of_each_kind_lie_one_after_another(make_chain: MakeChain, depth: int) -> None:
    for meeting in meetings(make_chain(depth=depth, spread=1.0)):
        begin = 0
        for start, first, second in meeting.products():
            assert start == begin
            assert len(second) == len(meeting.tail)
            assert first.shape[1] == second.shape[1]
            begin += len(first)
        assert begin == len(meeting.head)
        assert len(meeting.parts) == (2 if depth % 2 else 1)


@pytest.mark.parametrize("size", [1, 7, 10**9])
def test_rows_are_split_without_gap_or_overlap(make_chain: MakeChain, size: int) -> None:
    for meeting in meetings(make_chain(spread=1.0)):
        rows = list(meeting.split(size))
        assert [k for some in rows for k in range(some.start, some.stop)] == list(
            range(len(meeting.head))
        )
        whole = meeting.relevance(slice(0, len(meeting.head)))
        torch.testing.assert_close(torch.cat([meeting.relevance(x) for x in rows], dim=1), whole)
        if len(rows) > 1:
            assert (rows[0].stop - rows[0].start) * len(meeting.tail) <= max(
                size, len(meeting.tail)
            )


def test_rows_across_both_kinds_of_first_halves(make_chain: MakeChain) -> None:
    """A piece may hold the last of those that came and the first of those that stayed."""
    crossing = 0
    for meeting in meetings(make_chain(depth=3, spread=0.8)):
        (came, _), (stayed, _) = meeting.parts
        if not (len(came) and len(stayed)):
            continue
        rows = slice(len(came) - 1, len(came) + 1)
        whole = meeting.relevance(slice(0, len(meeting.head)))
        torch.testing.assert_close(meeting.relevance(rows), whole[:, rows])
        crossing += 1
    assert crossing


@pytest.mark.parametrize("depth", [2, 3, 6])
def test_there_are_fewer_halves_than_walks(make_chain: MakeChain, depth: int) -> None:
    """N k^(T/2) halves of either kind make N k^T walks."""
    chain = make_chain(depth=depth, n_atoms=6, spread=0.1)
    halves = sum(len(m.head) + len(m.tail) for m in meetings(chain))
    n_walks = sum(len(m.head) * len(m.tail) for m in meetings(chain))
    assert n_walks == count_walks(chain) == 6 ** (depth + 1)
    assert halves == 6 ** ((depth + 1) // 2 + 1) + 6 ** (depth // 2 + 1)


def test_nothing_meets_where_no_walk_can_be(make_chain: MakeChain) -> None:
    assert not list(meetings(make_chain(spread=500.0, stays="nothing")))
    alone = list(meetings(make_chain(spread=500.0)))
    assert [(len(m.head), len(m.tail)) for m in alone] == [(1, 1)] * 5
