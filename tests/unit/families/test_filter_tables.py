"""Filters read from a table: how exact, and how smooth."""

import math
from collections.abc import Callable

import pytest
import schnetpack as spk
import torch

from nearsight.families.schnetpack import tables
from nearsight.families.schnetpack.pieces import read_table
from nearsight.families.schnetpack.tables import (
    BOUNDS,
    CONTINUOUS,
    START,
    filter_table,
    filter_tables,
    table_error,
)

CUTOFF = 4.0
F64 = torch.float64
Function = Callable[[torch.Tensor], torch.Tensor]


def filters(basis: str = "GaussianRBF", cutoff: str = "CosineCutoff") -> Function:
    """A random filter network of SchNetPack's parts, (pair, 5)."""
    functions = getattr(spk.nn, basis)(n_rbf=16, cutoff=CUTOFF).double()
    damping = getattr(spk.nn, cutoff)(CUTOFF).double()
    generator = torch.Generator().manual_seed(2)
    weight = 0.3 * torch.randn(16, 5, generator=generator, dtype=F64)

    def of_distance(distance: torch.Tensor) -> torch.Tensor:
        return torch.tanh(functions(distance) @ weight) * damping(distance)[:, None]

    return of_distance


def read(table: torch.Tensor, distance: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Values and slopes, (distance, channel)."""
    cutoff = torch.tensor(CUTOFF, dtype=table.dtype)
    value, slope = read_table(table, cutoff, distance[None].to(table.dtype))
    return value[0], slope[0]


def made(function: Function, dtype: torch.dtype = F64) -> torch.Tensor:
    table = filter_table(function, CUTOFF, dtype)
    assert table is not None
    return table


@pytest.mark.parametrize("cutoff", ["CosineCutoff", "MollifierCutoff"])
@pytest.mark.parametrize("basis", ["GaussianRBF", "GaussianRBFCentered", "BesselRBF"])
@pytest.mark.parametrize(("dtype", "within"), [(torch.float32, 2e-6), (F64, 5e-12)])
def test_values_and_slopes(basis: str, cutoff: str, dtype: torch.dtype, within: float) -> None:
    function = filters(basis, cutoff)
    generator = torch.Generator().manual_seed(3)
    distance = 0.3 + (CUTOFF - 0.3) * torch.rand(400, generator=generator, dtype=F64)
    # The nearest that a table in this precision can be asked for.
    distance = distance.to(dtype).double().requires_grad_()
    exact = function(distance)
    values = exact.detach()
    value, slope = read(made(function, dtype), distance.detach())
    assert float((value - values).abs().max() / values.abs().max()) < within
    slopes = torch.stack(
        [torch.autograd.grad(c.sum(), distance, retain_graph=True)[0] for c in exact.unbind(1)], 1
    )
    # A slope in single precision has the noise of the distance's last digit.
    assert float((slope - slopes).abs().max() / slopes.abs().max()) < 3 * within


def test_the_error_is_measured_and_stated() -> None:
    function = filters()
    for dtype, bound in BOUNDS.items():
        exact = tables._tabulated(function, CUTOFF, len(made(function, dtype)), CONTINUOUS[dtype])
        assert table_error(exact, function, CUTOFF) <= bound


@pytest.mark.parametrize("derivatives", [1, 2, 3])
def test_the_error_falls_with_a_power_of_a_cell(derivatives: int) -> None:
    function = filters()
    wide, narrow = (
        table_error(tables._tabulated(function, CUTOFF, n, derivatives), function, CUTOFF)
        for n in (64, 128)
    )
    assert math.log2(wide / narrow) == pytest.approx(2 * derivatives + 1, abs=0.5)


@pytest.mark.parametrize("derivatives", [2, 4])
def test_value_and_derivatives_are_continuous(derivatives: int) -> None:
    """Where two cells meet, also of a table so coarse that it is not exact."""
    table = tables._tabulated(filters(), CUTOFF, 16, derivatives)
    assert table.shape == (16, 2 * derivatives + 2, 5)
    for order in range(derivatives + 1):
        factors = torch.tensor([math.perm(power, order) for power in range(table.shape[1])])
        ends = (table * factors[:, None]).sum(1)
        torch.testing.assert_close(
            ends[:-1], table[1:, order] * math.factorial(order), rtol=1e-9, atol=1e-10
        )
    assert min(CONTINUOUS.values()) >= 2


def test_slopes_are_those_of_the_values_that_are_read() -> None:
    """The table's own, also where it is coarse: what is conserved is the energy that is read."""
    table = tables._tabulated(filters(), CUTOFF, 16, 2)
    distance = torch.linspace(0.2, CUTOFF - 0.01, 97, dtype=F64)
    plus, minus = read(table, distance + 1e-6)[0], read(table, distance - 1e-6)[0]
    torch.testing.assert_close(
        read(table, distance)[1], (plus - minus) / 2e-6, rtol=1e-7, atol=1e-7
    )


def test_zero_from_the_cutoff_on() -> None:
    table = made(filters())
    for part in read(table, torch.tensor([CUTOFF, CUTOFF + 1, 100.0, math.inf], dtype=F64)):
        assert not part.any()
    almost = read(table, torch.tensor([CUTOFF * (1 - 1e-9)], dtype=F64))[0]
    assert 0 < float(almost.abs().max()) < 1e-15


def test_nearer_than_the_first_cell() -> None:
    """The first polynomial is continued: bases divide by the distance."""
    function = filters()
    distance = torch.tensor([0.0, 0.3, 0.9], dtype=F64) * START * CUTOFF
    torch.testing.assert_close(
        read(made(function), distance)[0], function(distance), rtol=1e-6, atol=1e-9
    )


def test_no_distance_no_filter() -> None:
    value, slope = read(made(filters()), torch.tensor([torch.nan, 1.0], dtype=F64))
    assert value[0].isnan().all()
    assert slope[0].isnan().all()
    assert value[1].isfinite().all()


def test_filters_that_no_table_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST", 256)
    smooth = filters()

    def wild(distance: torch.Tensor) -> torch.Tensor:
        return torch.sin(5000 * distance)[:, None] * smooth(distance)

    assert filter_table(wild, CUTOFF, F64) is None


def test_tables_are_small() -> None:
    """In single precision a table of a block stays within a cache."""
    assert len(made(filters(), torch.float32)) <= 512


def test_blocks_follow_each_other_and_the_hardest_sets_the_cells() -> None:
    """Each is as exact as if it stood alone, however small its filters are."""
    smooth, hard = filters(), filters("BesselRBF")
    table = filter_tables([lambda r: 1e-4 * hard(r), smooth], CUTOFF, F64)
    assert table is not None
    assert table.shape == (len(made(hard)), 10, 10)
    assert len(made(smooth)) < len(table)
    assert table_error(table[:, :, :5], lambda r: 1e-4 * hard(r), CUTOFF) <= BOUNDS[F64]
