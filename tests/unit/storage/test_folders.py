"""A folder that was named is not ours: it is replaced only if it holds nothing but the output."""

from pathlib import Path

import pytest

from nearsight.errors import DataError
from nearsight.storage import atomic_path, require_replaceable

OURS = {"topology.pdb", "replica_000.nc"}.__contains__


def write(folder: Path) -> None:
    with atomic_path(folder, ours=OURS) as temporary:
        temporary.mkdir()
        (temporary / "replica_000.nc").write_text("new")


@pytest.mark.parametrize(
    "stranger", ["notes.txt", ".hidden", "model.safetensors", "replica_000.nc.bak"]
)
def test_folder_with_a_file_of_a_user_is_left_as_it_is(stranger: str, tmp_path: Path) -> None:
    folder = tmp_path / "net"
    folder.mkdir()
    (folder / "replica_000.nc").write_text("old")
    (folder / stranger).write_text("mine")
    with pytest.raises(DataError, match=f"net: holds what is no part of this output .*{stranger}"):
        write(folder)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "replica_000.nc": "old",
        stranger: "mine",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["net"]


def test_folder_in_it_or_a_link_of_a_name_of_ours_is_no_part_of_it(tmp_path: Path) -> None:
    folder, kept = tmp_path / "net", tmp_path / "kept.nc"
    kept.write_text("mine")
    folder.mkdir()
    (folder / "replica_000.nc").symlink_to(kept)
    with pytest.raises(DataError, match="no part"):
        write(folder)
    (folder / "replica_000.nc").unlink()
    (folder / "topology.pdb").mkdir()
    with pytest.raises(DataError, match="no part"):
        write(folder)
    assert kept.read_text() == "mine"


def test_many_strangers_are_named_in_short(tmp_path: Path) -> None:
    for number in range(7):
        (tmp_path / f"mine{number}").touch()
    with pytest.raises(DataError, match=r"\(mine0, mine1, mine2 and 4 more\)"):
        require_replaceable(tmp_path, OURS)


def test_own_folder_is_replaced_and_what_workflows_leave_is_no_stranger(tmp_path: Path) -> None:
    folder = tmp_path / "net"
    folder.mkdir()
    for name in ("topology.pdb", "replica_000.nc", ".snakemake_timestamp"):
        (folder / name).write_text("old")
    write(folder)
    assert [path.name for path in folder.iterdir()] == ["replica_000.nc"]
    assert [path.name for path in tmp_path.iterdir()] == ["net"]


def test_link_to_a_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "net").symlink_to("elsewhere")
    for _ in range(2):
        write(tmp_path / "net")
    assert (tmp_path / "net").is_symlink()
    assert (tmp_path / "elsewhere" / "replica_000.nc").read_text() == "new"


def test_link_to_a_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    with atomic_path(tmp_path / "link.txt") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


@pytest.mark.parametrize("name", [".", "..", "sub/.."])
def test_working_folder_is_never_replaced(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "a"
    (home / "sub").mkdir(parents=True)
    monkeypatch.chdir(home)
    with pytest.raises(DataError, match="working folder"):
        require_replaceable(Path(name), lambda _: True)


def test_file_where_a_folder_is_meant(tmp_path: Path) -> None:
    (tmp_path / "net").write_text("mine")
    with pytest.raises(DataError, match="is a file"):
        require_replaceable(tmp_path / "net", OURS)


def test_without_a_word_on_what_is_ours_no_folder_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "net"
    folder.mkdir()
    (folder / "mine").touch()

    def write_any() -> None:
        with atomic_path(folder) as temporary:
            temporary.mkdir()

    with pytest.raises(DataError, match="no part"):
        write_any()
    (folder / "mine").unlink()
    write_any()


def test_file_that_comes_while_the_output_is_made_is_not_lost(tmp_path: Path) -> None:
    folder = tmp_path / "net"
    write(folder)

    def write_late() -> None:
        with atomic_path(folder, ours=OURS) as temporary:
            temporary.mkdir()
            (folder / "notes.txt").write_text("mine")

    with pytest.raises(DataError, match=r"notes\.txt"):
        write_late()
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / "replica_000.nc").read_text() == "new"
