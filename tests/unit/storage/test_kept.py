"""What a long run keeps is removed file by file; what a user has put there stays."""

from dataclasses import replace
from pathlib import Path

import pytest

from nearsight.storage import finished_of, is_kept, partial_of, remove_kept
from nearsight.storage.owner import this_process
from nearsight.storage.temporary import NOTE, make_temporary

RUN = "0123456789abcdef"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = partial_of(tmp_path / "d.nc")
    for name in (f"{RUN}/main/000000.safetensors", f"{RUN}/000001.nc", f"{RUN[::-1]}/000000.nc"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("kept")
    return folder


def test_names(tmp_path: Path) -> None:
    out = tmp_path / "d.nc"
    assert [partial_of(out).name, finished_of(out).name] == [".d.nc.partial", ".d.nc.finished"]
    assert is_kept(partial_of(out))
    assert is_kept(finished_of(out))
    assert not any(map(is_kept, (out, tmp_path, Path("d.nc.partial"), Path(".partial"), Path())))


def test_all_of_it_goes(home: Path, tmp_path: Path) -> None:
    (home / RUN / "000000.json").write_text("kept")
    half = make_temporary(home / RUN / "main" / "000001.safetensors")
    (half / NOTE).write_text(replace(this_process(), host="node7").to_text())
    remove_kept(home)
    assert list(tmp_path.iterdir()) == []
    remove_kept(home)


@pytest.mark.parametrize("name", ["notes.txt", f"{RUN}/notes.txt", "000000.nc", "mine/000000.nc"])
def test_what_a_user_has_put_there_stays(name: str, home: Path) -> None:
    (home / name).parent.mkdir(exist_ok=True)
    (home / name).write_text("mine")
    remove_kept(home)
    assert [path.read_text() for path in home.rglob("*") if path.is_file()] == ["mine"]


def test_link_is_not_followed(home: Path, tmp_path: Path) -> None:
    finished_of(tmp_path / "d.nc").symlink_to(home)
    remove_kept(finished_of(tmp_path / "d.nc"))
    assert len([path for path in home.rglob("*") if path.is_file()]) == 3
