"""Molecules as flat arrays, about their own middle: what every family is evaluated on."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nearsight.errors import ConfigError
from nearsight.families.centring import centred, centred_frames
from nearsight.families.graph import Graph, copies, owners
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.registry import FAMILIES, every_family, family

SIZES = st.lists(st.integers(1, 6), min_size=1, max_size=5)


def positions(count: int, seed: int, size: float = 3.0) -> np.ndarray:
    return size * np.random.default_rng(seed).standard_normal((count, 3))


@given(sizes=SIZES)
def test_every_atom_knows_its_molecule(sizes: list[int]) -> None:
    found = owners(torch.tensor(sizes), sum(sizes))
    assert found.tolist() == [k for k, size in enumerate(sizes) for _ in range(size)]


@settings(max_examples=30)
@given(n_atoms=st.integers(1, 6), n_copies=st.integers(1, 4), seed=st.integers(0, 99))
def test_copies_stand_one_after_another(n_atoms: int, n_copies: int, seed: int) -> None:
    number = torch.arange(1, n_atoms + 1)
    place = torch.as_tensor(positions(n_copies * n_atoms, seed)).reshape(n_copies, n_atoms, 3)
    first, second = neighbor_pairs(place, 4.0)
    graph = copies(number, place.reshape(-1, 3), first, second)
    assert len(graph) == n_copies
    assert graph.atomic_number.tolist() == n_copies * number.tolist()
    assert graph.n_atoms.tolist() == n_copies * [n_atoms]
    assert graph.molecule.tolist() == [k for k in range(n_copies) for _ in range(n_atoms)]
    # No pair leads from one copy to another.
    assert torch.equal(graph.molecule[first], graph.molecule[second])


def test_a_vector_leads_from_the_first_atom_to_the_second() -> None:
    place = torch.tensor([[0.0, 0, 0], [1.0, 2, 3], [0.0, 0, -4]])
    graph = copies(torch.tensor([8, 1, 1]), place, torch.tensor([0, 2]), torch.tensor([1, 0]))
    assert graph.vector.tolist() == [[1, 2, 3], [0, 0, 4]]


def test_vectors_are_differentiable() -> None:
    place = torch.tensor([[0.0, 0, 0], [1.0, 2, 2]], requires_grad=True)
    graph = Graph(
        torch.tensor([1, 1]), place, torch.tensor([2]), torch.tensor([0, 0]),
        torch.tensor([0]), torch.tensor([1]),
    )  # fmt: skip
    graph.vector.norm(dim=-1).sum().backward()
    assert place.grad is not None
    assert place.grad[1].tolist() == pytest.approx([1 / 3, 2 / 3, 2 / 3])
    assert place.grad[0].tolist() == pytest.approx([-1 / 3, -2 / 3, -2 / 3])


# About the middle.


@given(sizes=SIZES, seed=st.integers(0, 99))
def test_frames_are_centred_one_by_one(sizes: list[int], seed: int) -> None:
    place = positions(sum(sizes), seed) + 1e4
    found = centred_frames(place, np.array(sizes))
    ends = np.cumsum(sizes)
    for start, end in zip(ends - sizes, ends, strict=True):
        one = found[start:end]
        assert np.abs(one.mean(axis=0)).max() < 1e-8
        np.testing.assert_allclose(one - one[0], place[start:end] - place[start], atol=1e-8)
        whole = centred(torch.as_tensor(place[start:end]))
        np.testing.assert_allclose(one, whole.numpy(), atol=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_middle_is_found_in_double_precision(dtype: type) -> None:
    place = (positions(5, 0) + 1e4).astype(dtype)
    assert centred_frames(place, np.array([2, 3])).dtype == np.float64
    assert centred(torch.as_tensor(place)).dtype == torch.float64


def test_what_is_centred_stays_where_it_is() -> None:
    place = torch.as_tensor(positions(7, 1))
    once = centred(place)
    torch.testing.assert_close(centred(once), once)
    torch.testing.assert_close(centred(place + 100.0), once)


def test_to_derivatives_the_middle_is_a_constant() -> None:
    place = torch.as_tensor(positions(4, 2)).requires_grad_()
    (slope,) = torch.autograd.grad(centred(place)[0, 0], place)
    expected = torch.zeros_like(slope)
    expected[0, 0] = 1.0
    assert torch.equal(slope, expected)


def test_no_frame_and_one_atom() -> None:
    assert centred_frames(np.zeros((0, 3)), np.zeros(0, dtype=int)).shape == (0, 3)
    assert centred_frames(np.full((1, 3), 7.0), np.array([1])).tolist() == [[0, 0, 0]]


# The registry.


def test_families_are_found_by_their_name() -> None:
    assert [found.name for found in every_family()] == list(FAMILIES)
    assert all(family(name) is family(name) for name in FAMILIES)


@pytest.mark.parametrize("name", ["", "nonsense", "SchNet", "schnet "])
def test_a_family_that_there_is_not(name: str) -> None:
    with pytest.raises(ConfigError, match=f"family '{name}': must be one of "):
        family(name)
