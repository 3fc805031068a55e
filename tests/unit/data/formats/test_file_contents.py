"""Frames read one by one become one set, or say which of them does not fit."""

import logging
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nearsight.data.formats.read_structures import LARGEST, Labelled, ReadStructures, join
from nearsight.errors import CorruptFileError, DataError, NearsightError


def row(n_atoms: int = 2, number: int = 0, **changed: Any) -> Labelled:
    made = Labelled(
        origin=f"a.xyz: frame {number}",
        atomic_number=np.arange(1, n_atoms + 1),
        position=np.arange(3.0 * n_atoms).reshape(n_atoms, 3) + number,
        energy=-1.0 - number,
        force=np.full((n_atoms, 3), float(number)),
        info={},
    )
    return replace(made, **changed)


def joined(rows: list[Labelled]) -> ReadStructures:
    return join(rows, "a.xyz")


def fault(rows: list[Labelled], kind: type[NearsightError] = DataError) -> str:
    with pytest.raises(kind) as caught:
        joined(rows)
    return str(caught.value)


def test_frames_stand_one_after_another() -> None:
    rows = [row(2, 0), row(1, 1), row(4, 2)]
    found = joined(rows)
    assert found.n_atoms.tolist() == [2, 1, 4]
    assert found.energy.tolist() == [-1, -2, -3]
    assert found.atomic_number.tolist() == [1, 2, 1, 1, 2, 3, 4]
    assert found.position[2].tolist() == rows[1].position[0].tolist()
    assert found.force is not None
    assert found.force[3:].tolist() == [[2.0] * 3] * 4
    assert (found.subset, found.source, found.attributes) == (None, None, {})


def test_none_is_refused() -> None:
    assert fault([]) == "a.xyz: holds 0 frames"


@pytest.mark.parametrize("what", ["position", "force"])
@pytest.mark.parametrize("shape", [(1, 3), (3, 3), (2, 2), (6,)])
def test_shapes_are_those_of_the_atoms(what: str, shape: tuple[int, ...]) -> None:
    wrong = row(2, 1, **{what: np.zeros(shape)})
    message = fault([row(), wrong], CorruptFileError)
    assert message == f"a.xyz: frame 1: has 2 atoms, but {what}s of shape {shape}"


def test_forces_are_there_in_all_frames_or_in_none() -> None:
    bare = row(2, 1, force=None)
    assert joined([bare, bare]).force is None
    assert fault([row(), bare]) == "a.xyz: frame 1: has no forces, other frames have some"
    assert fault([bare, row()]).startswith("a.xyz: frame 1: has no forces")


def test_subsets_are_ours_or_nobody_s() -> None:
    def named(*names: Any) -> list[Labelled]:
        return [row(2, k, info={"subset": name}) for k, name in enumerate(names)]

    assert joined(named("train", "test", "validation")).subset == ["train", "test", "validation"]
    assert joined(named("bulk", "slab", 3)).subset is None
    message = fault(named("train", "bulk"))
    assert message.startswith("a.xyz: frame 1: subset = 'bulk', other frames have one of train, ")
    assert message.endswith("give it to every frame or to none")
    assert "frame 1: subset = None" in fault([*named("train"), row(2, 1)])


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([0, 1, 1], [0, 1, 1]),
        ([np.int64(3), 4, 5], [3, 4, 5]),
        ([-LARGEST, 0, LARGEST], [-LARGEST, 0, LARGEST]),
        ([0, 1, LARGEST + 1], None),
        ([0, 1.0, 2], None),
        ([True, False, True], None),
        (["a", "b", "c"], None),
        ([0, None, 1], None),
    ],
)
def test_sources_are_whole_numbers_of_all_frames(values: list[Any], found: Any) -> None:
    rows = [row(2, k, info={"source": value}) for k, value in enumerate(values)]
    assert joined(rows).source == found


def test_one_level_of_theory_is_that_of_the_file() -> None:
    def with_theory(*names: Any) -> list[Labelled]:
        return [row(2, k, info={"level_of_theory": name}) for k, name in enumerate(names)]

    assert joined(with_theory("PBE", "PBE")).attributes == {"level_of_theory": "PBE"}
    assert joined(with_theory("PBE", "MP2")).attributes == {}
    assert joined(with_theory("PBE", 3)).attributes == {}
    declared = join(with_theory("PBE", "PBE"), "a", attributes={"level_of_theory": "of the file"})
    assert declared.attributes == {"level_of_theory": "of the file"}


def test_a_property_of_some_frames_is_left_out_with_a_word(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rows = [
        row(2, 0, properties={"homo": -7.0, "gap": 9.0}),
        row(2, 1, properties={"homo": -8.0}),
    ]
    with caplog.at_level(logging.WARNING):
        found = joined(rows).properties
    assert {name: values.tolist() for name, values in found.items()} == {"homo": [-7.0, -8.0]}
    assert caplog.messages == ["a.xyz: frame 1: has no gap: it is left out of the set"]
