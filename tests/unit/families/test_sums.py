"""Sums over neighbours against plain loops, their hand-written gradients against differences."""

import pytest
import torch

from nearsight.families.schnetpack.sums import Links, scalar_sum, twice_vector_sum, vector_sum

FIRST, SECOND = torch.tensor([0, 0, 1, 2]), torch.tensor([1, 3, 2, 3])
N_ATOMS, FEATURES = 5, 3


def drawn(*shape: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_()


@pytest.fixture
def inputs() -> dict[str, torch.Tensor]:
    return {
        "weight": drawn(4, FEATURES, seed=0),
        "x": drawn(N_ATOMS, FEATURES, seed=1),
        "direction": drawn(3, 2, 4, 1, seed=2),
        "carry": drawn(4, FEATURES, seed=3),
        "u": drawn(3, N_ATOMS, FEATURES, seed=4),
    }


def test_scalar_sum_is_that_of_a_loop(inputs: dict[str, torch.Tensor]) -> None:
    weight, x = inputs["weight"], inputs["x"]
    expected = torch.zeros_like(x)
    for p, (i, j) in enumerate(zip(FIRST, SECOND, strict=True)):
        expected[i] += weight[p] * x[j]
        expected[j] += weight[p] * x[i]
    torch.testing.assert_close(scalar_sum(weight, x, Links(FIRST, SECOND)), expected)


def test_vector_sum_is_that_of_a_loop(inputs: dict[str, torch.Tensor]) -> None:
    weight, x, direction, carry, u = inputs.values()
    expected = torch.zeros_like(u)
    for p, pair in enumerate(zip(FIRST, SECOND, strict=True)):
        for way, (i, j) in enumerate([pair, pair[::-1]]):
            expected[:, i] += weight[p] * x[j] * direction[:, way, p] + carry[p] * u[:, j]
    torch.testing.assert_close(vector_sum(**inputs, links=Links(FIRST, SECOND)), expected)
    plain = vector_sum(**(inputs | {"u": None}), links=Links(FIRST, SECOND))
    zero = vector_sum(**(inputs | {"u": torch.zeros_like(u)}), links=Links(FIRST, SECOND))
    torch.testing.assert_close(plain, zero)


@pytest.mark.parametrize("with_u", [True, False])
def test_gradient_of_the_vector_sum(inputs: dict[str, torch.Tensor], with_u: bool) -> None:
    weight, x, direction, carry, u = inputs.values()
    links = Links(FIRST, SECOND)

    def function(*values: torch.Tensor) -> torch.Tensor:
        return vector_sum(*values[:4], values[4] if with_u else None, links)

    assert torch.autograd.gradcheck(function, (weight, x, direction, carry, u))


def test_a_second_derivative_is_refused(inputs: dict[str, torch.Tensor]) -> None:
    y = vector_sum(**inputs, links=Links(FIRST, SECOND))
    (slope,) = torch.autograd.grad(y.square().sum(), inputs["x"], create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()


@pytest.mark.parametrize("with_u", [True, False])
def test_twice_differentiable_sum_is_the_same(
    inputs: dict[str, torch.Tensor], with_u: bool
) -> None:
    given = inputs if with_u else inputs | {"u": None}
    links = Links(FIRST, SECOND)
    torch.testing.assert_close(
        twice_vector_sum(**given, links=links), vector_sum(**given, links=links)
    )

    def total(*tensors: torch.Tensor) -> torch.Tensor:
        *rest, u = (*tensors, None) if not with_u else tensors
        return twice_vector_sum(*rest, u, links).square()

    tensors = [value for value in given.values() if value is not None]
    assert torch.autograd.gradgradcheck(total, tensors)
