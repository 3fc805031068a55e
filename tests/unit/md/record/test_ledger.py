"""How ends are noted while a run goes on: the first rule counts, what follows is kept beside it."""

from dataclasses import fields

import numpy as np
import pytest
import torch
from dimers import trimers

from nearsight.md.record.ledger import NEVER, Ledger, new_ledger
from nearsight.md.replicas.running import Running, all_running
from nearsight.md.rules.guards import Ending, EndKind
from nearsight.md.rules.positions import Geometry

MAIN = 1


@pytest.fixture
def batch() -> Running:
    return all_running(trimers(4), 3)


@pytest.fixture
def ledger() -> Ledger:
    return new_ledger(4, 3, 3)


def ending(*kinds: EndKind) -> Ending:
    atoms = [[-1, -1] if kind == EndKind.SURVIVED else [0, 2] for kind in kinds]
    return Ending(torch.tensor([int(kind) for kind in kinds]), torch.tensor(atoms))


def crossed(*rows: list[bool]) -> Geometry:
    n = len(rows)
    bond = torch.tensor([[1, 2]]).expand(n, 2)
    return Geometry(torch.tensor(rows), bond, ending(*[EndKind.SURVIVED] * n))


HELD, NO = EndKind.SURVIVED, False


def test_a_new_ledger_knows_of_no_end(ledger: Ledger) -> None:
    assert (ledger.kind == EndKind.SURVIVED).all()
    for name in ("step", "other_step", "followed_step", "bond_step"):
        assert (getattr(ledger, name) == NEVER).all(), name
    assert np.isnan(ledger.position).all()
    assert np.isnan(ledger.velocity).all()
    assert (ledger.atom == -1).all()


def test_a_bond_beyond_the_main_limit_is_an_end(ledger: Ledger, batch: Running) -> None:
    ledger.bonds(batch, crossed([True, NO, NO], [True, True, NO], [NO] * 3, [NO] * 3), MAIN, 7)
    assert ledger.kind.tolist() == [HELD, EndKind.BOND, HELD, HELD]
    assert ledger.bond_step.tolist() == [
        [7, NEVER, NEVER], [7, 7, NEVER], [NEVER] * 3, [NEVER] * 3,
    ]  # fmt: skip
    assert ledger.step.tolist() == [NEVER, 7, NEVER, NEVER]
    assert ledger.atom[1].tolist() == [1, 2]
    np.testing.assert_array_equal(ledger.position[1], batch.position[1])
    assert (ledger.other_kind == HELD).all()


def test_the_first_end_stays(ledger: Ledger, batch: Running) -> None:
    ledger.bonds(batch, crossed(*[[NO, True, NO]] * 4), MAIN, 3)
    ledger.rules(batch, ending(HELD, EndKind.TOPOLOGY, HELD, HELD), 3)
    ledger.rules(batch, ending(EndKind.ENERGY, HELD, HELD, HELD), 9)
    assert (ledger.kind == EndKind.BOND).all()
    assert (ledger.step == 3).all()
    # What else held is known all the same, for runs under other limits.
    assert ledger.other_kind.tolist() == [EndKind.ENERGY, EndKind.TOPOLOGY, HELD, HELD]
    assert ledger.other_step.tolist() == [9, 3, NEVER, NEVER]


def test_rows_are_replicas_that_still_run(ledger: Ledger, batch: Running) -> None:
    left = batch.keep(torch.tensor([False, True, False, True]))
    ledger.rules(left, ending(HELD, EndKind.ISOLATED), 5)
    assert ledger.kind.tolist() == [HELD, HELD, HELD, EndKind.ISOLATED]
    ledger.leave(left, torch.tensor([True, False]), 5)
    assert ledger.followed_step.tolist() == [NEVER, 5, NEVER, NEVER]


def test_closing_tells_survivors_from_those_cut_off(ledger: Ledger, batch: Running) -> None:
    ledger.rules(batch, ending(EndKind.BOND, HELD, HELD, HELD), 2)
    running = batch.keep(torch.tensor([False, True, True, False]))
    whole, cut = (ledger.closed(running, 10, n_steps) for n_steps in (10, 20))
    assert whole.kind.tolist() == [EndKind.BOND, HELD, HELD, HELD]
    limit = EndKind.COMPUTE_LIMIT
    assert cut.kind.tolist() == [EndKind.BOND, limit, limit, HELD]
    for closed in (whole, cut):
        assert closed.step.tolist() == [2, 10, 10, NEVER]
        assert closed.followed_step.tolist() == [NEVER, 10, 10, NEVER]
        np.testing.assert_array_equal(closed.position[1:3], batch.position[1:3])
        np.testing.assert_array_equal(closed.velocity[1:3], batch.velocity[1:3])
        assert np.isnan(closed.velocity[0]).all()


def test_a_replica_that_is_followed_has_ended(ledger: Ledger, batch: Running) -> None:
    """Beyond the main limit but still integrated: closing does not make a survivor of it."""
    ledger.bonds(batch, crossed([NO, True, NO], [NO] * 3, [NO] * 3, [NO] * 3), MAIN, 4)
    closed = ledger.closed(batch, 10, 10)
    assert closed.kind.tolist() == [EndKind.BOND, HELD, HELD, HELD]
    assert closed.step.tolist() == [4, 10, 10, 10]
    assert closed.followed_step.tolist() == [10] * 4


def test_closing_leaves_the_ledger_of_the_run_alone(ledger: Ledger, batch: Running) -> None:
    before = ledger.copy()
    ledger.closed(batch, 10, 10)
    for field in fields(Ledger):
        np.testing.assert_array_equal(getattr(ledger, field.name), getattr(before, field.name))
    before.kind[0] = EndKind.BOND
    assert ledger.kind[0] == EndKind.SURVIVED
