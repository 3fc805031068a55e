"""What goes into a bundle and comes out of it: links, odd names, files that change meanwhile."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from nearsight.bundle import pack, unpack, verify_bundle
from nearsight.bundle.contents import contents
from nearsight.bundle.manifest import MANIFEST
from nearsight.bundle.unpack import notes_of
from nearsight.errors import CorruptFileError, DataError, MissingFileError


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "my study"
    (folder / "water" / "a b").mkdir(parents=True)
    (folder / "study.json").write_text("{}")
    (folder / "water" / "a b" / "é.nc").write_bytes(b"content")
    return folder


def files(folder: Path) -> dict[str, bytes]:
    found = (p for p in folder.rglob("*") if p.is_file() and p.name != MANIFEST)
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}


def test_there_and_back(study: Path, tmp_path: Path) -> None:
    pack(study, tmp_path / "b.tar")
    home = unpack(tmp_path / "b.tar", tmp_path / "home")
    assert home.name == "my study"
    assert files(home) == files(study)
    pack(home, tmp_path / "again.tar")
    assert files(unpack(tmp_path / "again.tar", tmp_path / "third")) == files(study)


def test_what_links_lead_to_is_packed_as_if_it_lay_there(study: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x").write_bytes(b"far")
    (study / "folder").symlink_to(tmp_path / "elsewhere")
    (study / "file").symlink_to(tmp_path / "elsewhere" / "x")
    (study / "twin").hardlink_to(study / "study.json")
    pack(study, tmp_path / "b.tar")
    with tarfile.open(tmp_path / "b.tar") as archive:
        assert all(member.isreg() for member in archive)
    found = files(unpack(tmp_path / "b.tar", tmp_path / "home"))
    assert (found["folder/x"], found["file"], found["twin"]) == (b"far", b"far", b"{}")


def test_what_cannot_be_packed_is_named_and_noted(study: Path, tmp_path: Path) -> None:
    (study / "gone").symlink_to("nowhere")
    (study / "water" / "loop").symlink_to(study)
    os.mkfifo(study / "pipe")
    said: list[str] = []
    pack(study, tmp_path / "b.tar", notes=["stale: x"], say=said.append)
    assert [line.split(" (")[0] for line in said] == [
        "left out: gone: a link that leads nowhere",
        "left out: pipe: neither a file nor a folder",
        "left out: water/loop: a link to a folder that it lies in",
    ]
    assert notes_of(tmp_path / "b.tar") == ["stale: x", *said]


def test_hidden_and_unfinished_files_stay_behind(study: Path) -> None:
    for name in (".lock", "water/.x.partial", "water/checkpoint.safetensors", MANIFEST):
        (study / name).touch()
    (study / "water" / MANIFEST).touch()
    (study / "water" / "trajectories").mkdir()
    (study / "water" / "trajectories" / "r.nc").touch()
    expected = ["study.json", f"water/{MANIFEST}", "water/a b/é.nc"]
    assert contents(study, trajectories=False).files == sorted(expected)
    every = contents(study, trajectories=True).files
    assert every == sorted([*expected, "water/trajectories/r.nc"])


def test_only_what_is_asked_for(study: Path, tmp_path: Path) -> None:
    assert pack(study, tmp_path / "b.tar", only={"study.json", "none"}) == (1, 2)
    assert list(files(unpack(tmp_path / "b.tar", tmp_path / "home"))) == ["study.json"]


@pytest.mark.parametrize("name", [".hidden", "back\\slash", "trailing "])
def test_a_folder_of_a_name_that_cannot_be_unpacked(study: Path, tmp_path: Path, name: str) -> None:
    odd = study.rename(tmp_path / name)
    with pytest.raises(DataError, match=r"the folder's name .*: rename it"):
        pack(odd, tmp_path / "b.tar")
    assert not (tmp_path / "b.tar").exists()


@pytest.mark.parametrize("name", ["two\nlines", "tail ", "x\\y"])
def test_a_file_of_a_name_that_cannot_be_listed(study: Path, tmp_path: Path, name: str) -> None:
    (study / name).touch()
    with pytest.raises(DataError, match=r"the name .*: rename the file") as caught:
        pack(study, tmp_path / "b.tar")
    assert "\n" not in str(caught.value)


def test_names_that_differ_in_case_alone(study: Path, tmp_path: Path) -> None:
    (study / "A.nc").touch()
    (study / "a.nc").touch()
    with pytest.raises(DataError, match=r"'A\.nc' and 'a\.nc' are the same file on some machines"):
        pack(study, tmp_path / "b.tar")


def test_a_file_that_shrinks_while_it_is_packed(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tarfile.TarFile.addfile

    def shrinking(self: tarfile.TarFile, member: tarfile.TarInfo, file: object = None) -> None:
        if member.name.endswith("é.nc"):
            (study / "water" / "a b" / "é.nc").write_bytes(b"")
        real(self, member, file)  # type: ignore[arg-type]

    monkeypatch.setattr(tarfile.TarFile, "addfile", shrinking)
    with pytest.raises(DataError, match=r"é\.nc: has changed while it was packed: pack again"):
        pack(study, tmp_path / "b.tar")
    assert not (tmp_path / "b.tar").exists()


def test_cut_at_every_block(study: Path, tmp_path: Path) -> None:
    pack(study, tmp_path / "b.tar")
    whole = (tmp_path / "b.tar").read_bytes()
    end = len(whole.rstrip(b"\0"))
    for length in range(0, end, 256):
        (tmp_path / "cut.tar").write_bytes(whole[:length])
        with pytest.raises(CorruptFileError, match=r"cut\.tar"):
            unpack(tmp_path / "cut.tar", tmp_path / "home")
        assert not (tmp_path / "home" / "my study").exists()


def test_a_list_that_is_none_or_is_missing(tmp_path: Path) -> None:
    for text, words in ((None, f"no {MANIFEST} in it"), ("hello", "line 1 is no checksum")):
        with tarfile.open(tmp_path / "b.tar", "w") as archive:
            for name, content in (("s/study.json", b"{}"), (f"s/{MANIFEST}", text)):
                if content is None:
                    continue
                data = content if isinstance(content, bytes) else content.encode()
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        with pytest.raises(CorruptFileError, match=words):
            verify_bundle(tmp_path / "b.tar")


def test_many_faults_are_told_by_the_first_five(study: Path, tmp_path: Path) -> None:
    for number in range(8):
        (study / f"f{number}").write_bytes(b"content %d" % number)
    pack(study, tmp_path / "b.tar")
    damaged = (tmp_path / "b.tar").read_bytes().replace(b"content ", b"Content ")
    (tmp_path / "b.tar").write_bytes(damaged)
    with pytest.raises(CorruptFileError) as caught:
        unpack(tmp_path / "b.tar", tmp_path / "home")
    assert "f0 has changed; f1 has changed" in str(caught.value)
    assert "f4 has changed and 3 more; nothing is unpacked" in str(caught.value)
    assert not (tmp_path / "home").exists()


def test_a_bundle_that_is_not_there(tmp_path: Path) -> None:
    for read in (verify_bundle, notes_of):
        with pytest.raises(MissingFileError, match=r"none\.tar"):
            read(tmp_path / "none.tar")
