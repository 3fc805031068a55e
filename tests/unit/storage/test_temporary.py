"""What a killed process has left is swept or put back; nothing else is touched."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from nearsight.storage import atomic_path, locked, sweep, sweep_inside
from nearsight.storage.owner import Owner, this_process
from nearsight.storage.temporary import NOTE, OLD, make_temporary


def killed() -> Owner:
    return replace(this_process(), started="1")


def left(out: Path, owner: Owner | None = None) -> Path:
    folder = make_temporary(out)
    (folder / out.name).write_text("half")
    (folder / NOTE).write_text((owner or killed()).to_text())
    return folder


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    folder = left(tmp_path / "a.nc")
    sweep(tmp_path / "a.nc")
    assert not folder.exists()


def test_what_another_process_is_writing_is_not(tmp_path: Path) -> None:
    folder = left(tmp_path / "a.nc", this_process())
    with locked(tmp_path / "a.nc"):
        sweep(tmp_path / "a.nc")
    assert folder.is_dir()


def test_owner_elsewhere_is_asked_by_the_lock_alone(tmp_path: Path) -> None:
    folder = left(tmp_path / "a.nc", replace(this_process(), host="node7"))
    sweep(tmp_path / "a.nc")
    assert folder.is_dir()
    with locked(tmp_path / "a.nc"):
        sweep(tmp_path / "a.nc")
    assert not folder.exists()


def test_folder_without_a_note_is_swept_if_it_is_private_and_holds_the_output_alone(
    tmp_path: Path,
) -> None:
    """As versions that left no note made them."""
    out = tmp_path / "a.nc"
    old = tmp_path / ".a.nc.k3_x9abc"
    old.mkdir(mode=0o700)
    (old / "a.nc").write_text("half")
    with locked(out):
        sweep(out)
    assert not old.exists()


@pytest.mark.parametrize(
    ("name", "mode", "content"),
    [
        (".a.nc.mybackup", 0o755, "a.nc"),
        (".a.nc.mybackup", 0o700, "notes.txt"),
        (".a.nc.backup", 0o700, "a.nc"),
        (".b.nc.mybackup", 0o700, "b.nc"),
        (".a.nc.partial", 0o700, "a.nc"),
        (".a.nc.finished", 0o700, "a.nc"),
        ("a.nc.mybackup", 0o700, "a.nc"),
    ],
)
def test_folders_of_users_stay(name: str, mode: int, content: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir(mode=mode)
    (folder / content).write_text("mine")
    with locked(tmp_path / "a.nc"):
        sweep(tmp_path / "a.nc")
    assert (folder / content).read_text() == "mine"


def test_link_to_a_folder_of_a_user_stays(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "a.nc").write_text("mine")
    (tmp_path / ".a.nc.k3_x9abc").symlink_to(home)
    with locked(tmp_path / "a.nc"):
        sweep(tmp_path / "a.nc")
    assert (home / "a.nc").read_text() == "mine"


def test_sweeping_within_a_folder_of_one_run(tmp_path: Path) -> None:
    inside = tmp_path / ".d.nc.partial" / "0123456789abcdef" / "main"
    inside.mkdir(parents=True)
    (inside / "000000.safetensors").write_text("whole")
    folder = left(inside / "000001.safetensors")
    sweep_inside(tmp_path / ".d.nc.partial")
    assert not folder.exists()
    assert (inside / "000000.safetensors").read_text() == "whole"


def folder_of(path: Path, text: str) -> None:
    path.mkdir()
    (path / "f").write_text(text)


@pytest.mark.parametrize("moment", ["before", "between", "after", "cleared"])
def test_killed_while_replacing_a_folder_the_old_or_the_new_one_stands(
    moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended at each of its steps by what no code can catch."""
    target = tmp_path / "frames"
    folder_of(target, "old")
    renamed = 0
    rename, rmdir = Path.rename, Path.rmdir
    stops = {"before": 0, "between": 1, "after": 2}

    def counted(self: Path, to: Path) -> Path:
        nonlocal renamed
        if stops.get(moment) == renamed:
            os._exit(9)
        renamed += 1
        done = rename(self, to)
        if stops.get(moment) == renamed:
            os._exit(9)
        return done

    def ended(self: Path) -> None:
        if moment == "cleared":
            os._exit(9)
        rmdir(self)

    pid = os.fork()
    if pid == 0:
        monkeypatch.setattr(Path, "rename", counted)
        monkeypatch.setattr(Path, "rmdir", ended)
        with atomic_path(target, ours="f".__eq__) as temporary:
            folder_of(temporary, "new")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    with locked(target):
        sweep(target)
    expected = "old" if moment in ("before", "between") else "new"
    assert (target / "f").read_text() == expected
    assert [path.name for path in tmp_path.iterdir()] == ["frames"]


def test_fault_while_replacing_a_folder_brings_the_old_one_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "frames"
    folder_of(target, "old")
    rename = Path.rename

    def failing(self: Path, to: Path) -> Path:
        if self.name == "frames" and to == target and self.parent != tmp_path:
            raise OSError(5, "Input/output error", str(to))
        return rename(self, to)

    def replace_it() -> None:
        with atomic_path(target, ours="f".__eq__) as temporary:
            folder_of(temporary, "new")

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="Input/output"):
        replace_it()
    assert (target / "f").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["frames"]
    assert OLD not in {path.name for path in tmp_path.rglob("*")}
