"""From a function to a graph whose varying sizes are symbols."""

import pytest
import torch
from compiled_pieces import Scaled, arguments, messages, source, unequal

from nearsight.programs import Source
from nearsight.programs.tracing import _sizes, traced


def test_the_graph_is_the_function_at_other_sizes() -> None:
    graph, given = traced(source())
    assert len(given) == 4
    for replicas, atoms, pairs in ((4, 9, 36), (2, 3, 3)):
        other = arguments(replicas, atoms, pairs)
        for value, expected in zip(graph(*other), messages(*other), strict=True):
            torch.testing.assert_close(value, expected)


def test_sizes_that_are_equal_by_chance_are_not_taken_for_one() -> None:
    """Four atoms, four replicas and four pairs: sums over one are not sums over the other."""
    graph, _ = traced(source(examples=arguments(4, 4, 4)))
    other = arguments(2, 5, 7)
    assert torch.equal(graph(*other)[0], messages(*other)[0])


def test_an_object_of_a_class_can_be_traced() -> None:
    function = Scaled(3.0)
    whole = Source(name="s", function=function, examples=(torch.ones(4),), varying=({0: "n"},))
    graph, _ = traced(whole)
    assert torch.equal(graph(torch.ones(9))[0], torch.full((9,), 3.0))


def test_sizes_that_have_to_agree_must_have_one_name() -> None:
    pair = (torch.ones(4), torch.ones(4))
    with pytest.raises(Exception, match=r"(?i)size|shape|dim"):
        traced(Source(name="u", function=unequal, examples=pair, varying=({0: "a"}, {0: "b"})))
    graph, _ = traced(
        Source(name="u", function=unequal, examples=pair, varying=({0: "a"}, {0: "a"}))
    )
    assert torch.equal(graph(torch.ones(3), torch.ones(3))[0], torch.full((3,), 2.0))


def test_no_name_has_the_size_of_another_or_a_fixed_one() -> None:
    fixed = Source(
        name="f",
        function=messages,
        examples=(torch.zeros(5, 7, 2), torch.zeros(9, 11)),
        varying=({2: "a"}, {0: "b", 1: "c"}),
    )
    sizes = _sizes(fixed)
    assert set(sizes) == {"a", "b", "c"}
    assert len({*sizes.values(), 5, 7}) == 5
    assert all(size > 2 for size in sizes.values())
