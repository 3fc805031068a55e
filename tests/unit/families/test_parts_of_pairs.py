"""Pairs part by part, and filters read from a table."""

import pytest
import torch

from nearsight.families.listed import parts_of
from nearsight.families.neighbors import pairs_by_distances
from nearsight.families.schnetpack.reading import places_of, rows_of
from nearsight.families.schnetpack.tables import filter_table

CUTOFF = 3.0


def some_pairs() -> tuple[torch.Tensor, torch.Tensor]:
    source = torch.Generator().manual_seed(0)
    return pairs_by_distances(6 * torch.rand(2, 20, 3, generator=source).double(), CUTOFF)


@pytest.mark.parametrize("size", [1, 2, 7, 10**6])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_is_added_does_not_depend_on_the_parts(size: int, dtype: torch.dtype) -> None:
    first, second = some_pairs()
    assert len(first) > 30
    source = torch.Generator().manual_seed(1)
    to_first, to_second = torch.randn(2, len(first), 4, generator=source, dtype=dtype)
    total = torch.zeros(40, 4, dtype=dtype)
    spans = []
    for part in parts_of(first, second, size):
        part.add(total, to_first[part.span], to_second[part.span])
        spans += range(*part.span.indices(len(first)))
        assert torch.equal(part.owners.unique(), part.owners)
    assert spans == list(range(len(first)))
    expected = torch.zeros(40, 4, dtype=torch.float64)
    for k, (i, j) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        expected[i] += to_first[k]
        expected[j] += to_second[k]
    torch.testing.assert_close(total.double(), expected, rtol=0, atol=1e-5)


def test_no_pair_makes_no_part() -> None:
    none = torch.empty(0, dtype=torch.int64)
    assert list(parts_of(none, none, 8)) == []


def waves(distance: torch.Tensor) -> torch.Tensor:
    """Three filters that end at the cutoff."""
    damping = (1 - (distance / CUTOFF) ** 2) ** 3
    return torch.stack([torch.sin((k + 1) * distance) * damping for k in range(3)], 1)


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-6), (torch.float64, 1e-12)])
def test_a_table_is_read_as_what_it_stands_for(dtype: torch.dtype, bound: float) -> None:
    table = filter_table(waves, CUTOFF, dtype)
    assert table is not None
    distance = torch.linspace(0.1, CUTOFF * (1 - 1e-6), 500, dtype=torch.float64)
    exact = distance.requires_grad_()
    value = waves(exact)
    slope = torch.stack(
        [torch.autograd.grad(v.sum(), exact, retain_graph=True)[0] for v in value.T], 1
    )
    places = places_of(distance.detach().to(dtype), CUTOFF, table.shape)
    torch.testing.assert_close(
        places.values(rows_of(table)).double(), value.detach(), rtol=0, atol=bound
    )
    torch.testing.assert_close(
        places.slopes(rows_of(table)).double(), slope, rtol=0, atol=10 * bound
    )


def test_a_slope_is_that_of_the_value_that_is_read() -> None:
    """Energies are conserved to rounding whatever the error of the table."""
    table = filter_table(waves, CUTOFF, torch.float32)
    assert table is not None
    rows = rows_of(table.double())
    here, step = torch.linspace(0.05, 2.9, 400, dtype=torch.float64), 1e-6
    ends = [places_of(here + sign * step, CUTOFF, table.shape).values(rows) for sign in (1, -1)]
    slope = places_of(here, CUTOFF, table.shape).slopes(rows)
    torch.testing.assert_close((ends[0] - ends[1]) / (2 * step), slope, rtol=0, atol=1e-8)


def test_distances_outside_of_the_table_and_those_that_are_none() -> None:
    table = filter_table(waves, CUTOFF, torch.float64)
    assert table is not None
    odd = torch.tensor([torch.nan, 0.0, CUTOFF, CUTOFF * (1 + 1e-7)], dtype=torch.float64)
    places = places_of(odd, CUTOFF, table.shape)
    assert places.row.min() >= 0
    assert places.row.max() < table.shape[0] * table.shape[1]
    found = places.values(rows_of(table))
    assert found[0].isnan().all()
    torch.testing.assert_close(found[1:], torch.zeros(3, 3).double(), rtol=0, atol=1e-6)
