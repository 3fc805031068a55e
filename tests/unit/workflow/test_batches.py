"""Which variants one job handles: all of them once, in their order, and no more than asked for."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearsight.workflow.batches import ALONE, batches

NAMES = st.lists(st.text("abc", min_size=1, max_size=4), unique=True, max_size=9).map(tuple)


@given(st.dictionaries(st.sampled_from(["one", "other", "third"]), NAMES), st.integers(2, 5))
def test_every_variant_is_in_one_batch_of_its_data_set(
    variants: dict[str, tuple[str, ...]], size: int
) -> None:
    made = list(batches("mine", variants, size))
    for dataset, own in variants.items():
        parts = [batch.variants for batch in made if batch.dataset == dataset]
        assert sum(parts, ()) == own
        assert len(parts) == ceil(len(own) / size)
        assert all(len(part) <= size for part in parts)
    names = [(batch.dataset, batch.name) for batch in made]
    assert len(set(names)) == len(names)


def test_one_at_a_time_is_one_rule_with_wildcards() -> None:
    """However many there are: so it plans fastest."""
    assert list(batches("mine", {"a": [f"v{k}" for k in range(1000)]}, 1)) == [ALONE]
    assert ALONE.is_wildcard
    assert ALONE.files("a.nc", "b.nc") == [
        "results/{study}/{dataset}/{variant}/a.nc", "results/{study}/{dataset}/{variant}/b.nc",
    ]  # fmt: skip
    assert ALONE.label == "{dataset}/{variant}"


def test_paths_of_a_batch_hold_no_wildcard() -> None:
    """Snakemake then finds the rule of a file by its name, instead of trying all."""
    first, second = batches("mine", {"ethanol": ["v0", "v1", "v2"]}, 2)
    assert (first.name, second.name) == ("batch_0000", "batch_0001")
    assert not first.is_wildcard
    assert first.home == "results/mine/ethanol"
    assert first.files("a.nc") == [f"results/mine/ethanol/v{k}/a.nc" for k in (0, 1)]
    assert second.files("a.nc") == ["results/mine/ethanol/v2/a.nc"]
    assert second.label == "ethanol/batch_0001"
    with pytest.raises(AttributeError):
        second.name = "another"  # type: ignore[misc]


WEIGHTS = st.dictionaries(st.text("abc", min_size=1, max_size=4), st.integers(1, 99), max_size=9)


@given(WEIGHTS, st.integers(2, 5))
def test_batches_that_wait_for_each_other_are_about_equally_heavy(
    weights: dict[str, int], size: int
) -> None:
    made = list(batches("mine", {"a": list(weights)}, size, lambda _, name: weights[name]))
    assert sorted(sum((batch.variants for batch in made), ())) == sorted(weights)
    assert len(made) == ceil(len(weights) / size)
    for batch in made:
        assert len(batch.variants) <= size
        carried = [weights[name] for name in batch.variants]
        assert carried == sorted(carried, reverse=True)
    loads = [sum(weights[name] for name in batch.variants) for batch in made]
    if loads:
        assert max(loads) - min(loads) <= max(weights.values())


def test_the_heaviest_are_dealt_there_and_back() -> None:
    weights = {"a": 6.0, "b": 5.0, "c": 4.0, "d": 3.0, "e": 2.0, "f": 1.0}
    made = batches("mine", {"x": list(weights)}, 3, lambda _, name: weights[name])
    assert [batch.variants for batch in made] == [("a", "d", "e"), ("b", "c", "f")]
