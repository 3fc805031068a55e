"""What a program's name follows from: everything that its code does, and nothing else."""

from pathlib import Path

import pytest
import torch
from compiled_pieces import Scaled, arguments, source, unequal

from nearsight.programs import Source, key, machine
from nearsight.programs.key import code_of, key_of


def scaled(factor: float) -> Source:
    function = Scaled(factor)
    return Source(
        name="scaled",
        function=function,
        examples=(torch.zeros(4),),
        varying=({0: "value"},),
        makeup=repr(function),
    )


def test_the_key_is_the_same_again() -> None:
    assert key_of(source()) == key_of(source())
    assert len(key_of(source())) == 32


def test_values_and_varying_sizes_do_not_matter() -> None:
    assert key_of(source(examples=arguments(9, 20, 40))) == key_of(source())


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "others"},
        {"function": unequal},
        {"makeup": "another"},
        {"options": {"realize_opcount_threshold": 8}},
        {"examples": tuple(t.double() if t.is_floating_point() else t for t in arguments(2))},
        {"examples": tuple(t[..., :2] if t.ndim == 3 else t for t in arguments(2))},
        {"varying": ({0: "replica", 1: "pair"}, {1: "atom"}, {0: "pair"}, {0: "pair"})},
    ],
    ids=["name", "function", "makeup", "options", "precision", "features", "fixed"],
)
def test_what_changes_the_program_changes_the_key(changed: dict[str, object]) -> None:
    assert key_of(source(**changed)) != key_of(source())


@pytest.mark.parametrize("fact", ["compiler", "processor"])
def test_the_machine_changes_the_key(monkeypatch: pytest.MonkeyPatch, fact: str) -> None:
    before = key_of(source())
    monkeypatch.setattr(machine, fact, lambda: "another")
    assert key_of(source()) != before


def test_threads_and_versions_change_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_of(source())
    monkeypatch.setattr(torch, "get_num_threads", lambda: 77)
    threads = key_of(source())
    monkeypatch.setattr(torch, "__version__", "0.0")
    assert len({before, threads, key_of(source())}) == 3


def test_an_object_is_told_by_its_makeup() -> None:
    assert key_of(scaled(2.0)) == key_of(scaled(2.0))
    assert key_of(scaled(2.0)) != key_of(scaled(3.0))


def test_code_of_nearsight_is_the_code_of_its_room(tmp_path: Path) -> None:
    families = code_of(key.key_of)
    assert families == code_of(machine.compiler)
    assert families != code_of(source)
    (tmp_path / "a.py").write_text("one")
    one = key._hash_of_files(tmp_path)
    key._hash_of_files.cache_clear()
    (tmp_path / "a.py").write_text("two")
    assert key._hash_of_files(tmp_path) != one


def test_the_processor_is_told_without_what_changes() -> None:
    told = machine.processor()
    assert told
    assert "MHz" not in told
    assert machine.processor() == told


def test_what_cannot_be_found_again_is_no_source() -> None:
    with pytest.raises(ValueError, match="no function of a module"):
        source(function=lambda *_: ())
    with pytest.raises(ValueError, match="4 examples, sizes of 3"):
        source(varying=({}, {}, {}))
