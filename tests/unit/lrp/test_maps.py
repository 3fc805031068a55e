"""Maps made of pieces do what the same matrices with all their zeros do."""

import pytest
import torch

from nearsight.lrp.maps import (
    FEW,
    Maps,
    Pieces,
    apply,
    at_atom,
    by_group,
    is_shared,
    leads,
    per_atom,
    vanishes,
)

N, F = 3, 2


def random(*shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


@pytest.fixture
def pieces() -> Pieces:
    twice = random(N, F, F)
    table = {(0, 0): random(N, F, F) + 1, (0, 1): twice, (2, 1): twice, (1, 0): None}
    return Pieces(3, 2, F, N, table)


def dense(maps: Maps, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """What a map does to unit vectors."""
    return maps @ torch.eye(maps.shape[2], dtype=dtype).expand(maps.shape[0], -1, -1)


def written_out(pieces: Pieces) -> torch.Tensor:
    matrices = torch.zeros(pieces.n_atoms, pieces.rows, F, pieces.columns, F, dtype=torch.float64)
    for (row, column), piece in pieces.table.items():
        matrices[:, row, :, column] = torch.eye(F) if piece is None else piece
    return matrices.reshape(pieces.shape)


def test_dense_has_every_entry(pieces: Pieces):
    torch.testing.assert_close(dense(pieces), written_out(pieces), rtol=0, atol=0)
    torch.testing.assert_close(dense(pieces.mT), written_out(pieces).mT, rtol=0, atol=0)


@pytest.mark.parametrize("batch", [(), (4,), (2, 5)])
def test_every_atom_has_its_own_matrix(pieces: Pieces, batch: tuple[int, ...]):
    state = random(*batch, N, 2 * F)
    expected = torch.einsum("nab,...nb->...na", written_out(pieces), state)
    for maps in (pieces, dense(pieces)):
        torch.testing.assert_close(per_atom(maps, state), expected)


@pytest.mark.parametrize("batch", [1, FEW, FEW + 1])
def test_few_and_many_states_take_the_same_product(pieces: Pieces, batch: int):
    states = random(N, 2 * F, batch)
    for maps in (pieces, dense(pieces), dense(pieces).mT.contiguous().mT):
        torch.testing.assert_close(apply(maps, states), written_out(pieces) @ states)


def test_a_piece_is_applied_once_to_what_it_meets_in_a_row(monkeypatch: pytest.MonkeyPatch):
    """One in two columns of a row, and the same in two rows: two products, not four."""
    both = random(N, F, F)
    table = {(0, 0): both, (0, 1): both, (1, 2): both, (2, 2): both, (3, 3): None}
    wide, applied = Pieces(4, 4, F, N, table), []
    expected = written_out(wide) @ (states := random(N, 4 * F, 2))

    def counted(maps: Maps, given: torch.Tensor) -> torch.Tensor:
        applied.append(given)
        return maps @ given

    monkeypatch.setattr("nearsight.lrp.maps.apply", counted)
    torch.testing.assert_close(wide @ states, expected)
    assert len(applied) == 2


def test_first_columns_are_known_by_their_place(pieces: Pieces):
    more = Pieces(3, 3, F, N, {**pieces.table, (1, 2): random(N, F, F)})
    assert leads(pieces, more)
    assert leads(pieces.mT.mT, more)
    assert not leads(more, pieces)
    equal = {key: None if x is None else x.clone() for key, x in pieces.table.items()}
    assert not leads(Pieces(3, 2, F, N, equal), more)
    matrix = random(N, 4, 4)
    assert leads(matrix, matrix)
    assert leads(matrix.mT, matrix.mT)
    assert not leads(matrix, matrix.mT)
    assert not leads(None, matrix)
    assert not leads(matrix, more)


def test_one_matrix_for_all():
    shared = random(4, 5).expand(N, -1, -1)
    assert is_shared(shared)
    assert not is_shared(shared.contiguous())
    state = random(2, N, 5)
    torch.testing.assert_close(per_atom(shared, state), per_atom(shared.contiguous(), state))


@pytest.mark.parametrize("counts", [[1, 0, 5], [2, 2, 2], [3, 1, 2], [0, 0, 0]])
@pytest.mark.parametrize("kind", ["pieces", "dense", "shared"])
def test_vectors_by_atom(pieces: Pieces, kind: str, counts: list[int]):
    maps = {"pieces": pieces, "dense": dense(pieces), "shared": dense(pieces)[:1].expand(N, -1, -1)}
    vectors = random(sum(counts), 2 * F)
    matrices = dense(maps[kind])
    atoms = torch.arange(N).repeat_interleave(torch.tensor(counts))
    expected = (matrices[atoms] @ vectors[..., None])[..., 0]
    torch.testing.assert_close(by_group(maps[kind], vectors, counts), expected)
    torch.testing.assert_close(at_atom(maps[kind], 2, vectors), vectors @ matrices[2].T)


def test_some_atoms_and_another_precision(pieces: Pieces):
    some = pieces[1:].to(dtype=torch.float32)
    assert some.shape == (2, 3 * F, 2 * F)
    expected = written_out(pieces)[1:].float()
    torch.testing.assert_close(dense(some, torch.float32), expected, rtol=0, atol=0)


def test_vanishing_matrices_are_known(pieces: Pieces):
    quiet = {key: x for key, x in pieces.table.items() if x is not None}
    for piece in quiet.values():
        piece[1] = 0
    maps = Pieces(3, 2, F, N, quiet)
    assert vanishes(maps).tolist() == [False, True, False]
    assert vanishes(dense(maps)).tolist() == [False, True, False]
    # The identity is not nothing.
    assert vanishes(pieces).tolist() == [False, False, False]
