"""Programs on disk: the function itself, made once, whole or not at all, never in anybody's way."""

import errno
import os
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from compiled_pieces import ATOMS, FEATURES, PAIRS, arguments, messages, source

from nearsight.programs import NoProgramError, Store, machine, store
from nearsight.programs.store import UNUSED_DAYS, VARIABLE, usual_folder


def test_two_processes_at_once_compile_once(placed: Any) -> None:
    assert [run.returncode for run in placed.runs] == [0, 0], placed.runs
    assert sum("wrapper.cpp" in call for call in placed.calls) == 1
    # The one that waited has loaded a program without importing a compiler.
    said = sorted(run.stdout.strip() for run in placed.runs)
    assert said == ["compiler imported: False", "compiler imported: True"]


def test_nothing_but_the_program_is_left(placed: Any) -> None:
    (only,) = placed.folder.iterdir()
    assert only == Store(placed.folder).path_of(source())
    assert only.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("replicas", "atoms", "pairs"), [(2, ATOMS, PAIRS), (7, 9, 36), (1, 3, 2)])
def test_a_program_is_its_function_at_any_size(
    placed: Any, replicas: int, atoms: int, pairs: int
) -> None:
    given = arguments(replicas, atoms, pairs)
    found = Store(placed.folder)(source())(*given)
    for value, expected in zip(found, messages(*given), strict=True):
        torch.testing.assert_close(value, expected, rtol=1e-6, atol=1e-6)


def test_a_program_gives_the_same_bits_again_in_another_store(placed: Any) -> None:
    given = arguments(5)
    first, second = (Store(placed.folder)(source())(*given) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_strides_do_not_matter(placed: Any) -> None:
    weight, x, *pairs = arguments(3)
    turned = x.transpose(0, 1).contiguous().transpose(0, 1)
    program = Store(placed.folder)(source())
    assert not turned.is_contiguous()
    for a, b in zip(program(weight, turned, *pairs), program(weight, x, *pairs), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize(
    "change",
    [
        lambda weight, x, first, second: (weight, x[:1], first, second),
        lambda weight, x, first, second: (weight, x, first[:-1], second),
        lambda weight, x, first, second: (weight[..., :-1], x[..., :-1], first, second),
        lambda weight, x, first, second: (weight, x[0], first, second),
        lambda weight, x, first, second: (weight, x, first),
        lambda weight, x, first, second: (weight[:0], x[:0], first, second),
    ],
    ids=["replicas", "pairs", "features", "dimensions", "arguments", "nothing"],
)
def test_what_does_not_fit_is_refused_before_it_is_read(placed: Any, change: Any) -> None:
    with pytest.raises(ValueError, match="messages: takes tensors of sizes"):
        Store(placed.folder)(source())(*change(*arguments(3)))


def test_another_precision_is_refused(placed: Any) -> None:
    weight, x, *pairs = arguments(3)
    with pytest.raises(TypeError, match="messages"):
        Store(placed.folder)(source())(weight.double(), x.double(), *pairs)


def test_a_program_is_loaded_without_a_folder_that_can_be_written(
    placed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As from a file system that is mounted for reading."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "utime", refuse)
    monkeypatch.setattr(store, "atomic_path", refuse)
    monkeypatch.setattr(store, "claimed", refuse)
    assert len(Store(placed.folder)(source())(*arguments(2))) == 2


@pytest.mark.parametrize("damage", [lambda b: b[:-100], lambda b: b[:5000] + b"x" + b[5001:]])
def test_a_damaged_program_is_not_loaded(
    placed: Any, tmp_path: Path, compiler_is: Any, damage: Any
) -> None:
    here = Store(tmp_path)
    whole = Store(placed.folder).path_of(source()).read_bytes()
    here.path_of(source()).write_bytes(damage(whole))
    here.path_of(source()).chmod(0o600)
    compiler_is("exit 1")
    # It would be made again, which fails here.
    with pytest.raises(NoProgramError, match="messages"):
        here(source())


def test_a_killed_compiler_is_told_in_one_line_and_leaves_nothing(
    tmp_path: Path, compiler_is: Any
) -> None:
    compiler_is("kill -9 $$")
    before = dict(os.environ)
    with pytest.raises(NoProgramError, match=r"messages: .*rror") as caught:
        Store(tmp_path / "store")(source())
    assert len(str(caught.value).splitlines()) == 1
    assert list((tmp_path / "store").iterdir()) == []
    assert dict(os.environ) == before


def test_without_a_compiler_nothing_is_made(
    tmp_path: Path, compiler_is: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(NoProgramError, match="no C\\+\\+ compiler no-such-compiler: install one"):
        Store(tmp_path / "store")(source())
    assert not (tmp_path / "store").exists()


def test_a_full_disk_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object, library: Path, __: Path) -> None:
        library.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(library))

    monkeypatch.setattr(store, "build", full)
    with pytest.raises(NoProgramError, match="No space left"):
        Store(tmp_path)(source())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(NoProgramError, match=r"messages: .*Error"):
        Store(tmp_path / "file" / "store")(source())


def test_a_folder_of_others_is_not_used(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(NoProgramError, match=f"others can write there.*{VARIABLE}"):
        Store(tmp_path)(source())


def test_what_nobody_has_loaded_for_long_goes_when_another_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, young, other = (tmp_path / name for name in ("old.so", "young.so", "notes.txt"))
    for path in (old, young, other):
        path.write_text("")
    long_ago = time.time() - (UNUSED_DAYS + 1) * 86400
    for path in (old, other):
        os.utime(path, (long_ago, long_ago))
    monkeypatch.setattr(store, "build", lambda _, library, __: library.write_bytes(b"program"))
    with pytest.raises(NoProgramError):
        Store(tmp_path)(source())  # placed, and no library
    assert not old.exists()
    assert young.exists()
    assert other.exists()


def test_where_programs_lie(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert usual_folder() == tmp_path / ".cache" / "nearsight" / "programs"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert usual_folder() == tmp_path / "cache" / "nearsight" / "programs"
    monkeypatch.setenv(VARIABLE, str(tmp_path / "own"))
    assert Store().folder == tmp_path / "own"


def test_the_compiler_is_the_one_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, compiler_is: Any
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert machine.compiler() is None
    assert machine.compiler_name() == "no-such-compiler"


def test_sizes_of_the_pieces_differ() -> None:
    """Or a program that mixes two of them up could pass."""
    assert len({ATOMS, PAIRS, FEATURES}) == 3
