"""What a merge is made of: times, the hidden folder, networks that are whole, and their places."""

import os
import shutil
from pathlib import Path

import pytest
from parts import contents, part_of, write_part

from nearsight.bundle import pack
from nearsight.config import Study, validate
from nearsight.errors import CorruptFileError, DataError, OutputInUseError, StaleFileError
from nearsight.families.specs import FAMILIES
from nearsight.merging.blocks import blocks_of
from nearsight.merging.busy import require_idle
from nearsight.merging.networks import networks_of, shared_files, whole_networks
from nearsight.merging.placing import is_there, place_network, place_shared
from nearsight.merging.staging import NAME, called, staged
from nearsight.merging.times import Times

STUDY = part_of(seed=[0, 1])
HOMES = list(networks_of(STUDY))
SECOND = 10**9


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_part(tmp_path_factory.mktemp("original") / "mine", STUDY)


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """Results of two networks, as they came."""
    shutil.copytree(original, tmp_path / "results" / "mine")
    return tmp_path / "results" / "mine"


# Networks.


def test_networks_have_the_files_of_their_folder(folder: Path) -> None:
    networks = networks_of(STUDY)
    assert [n.home for n in networks.values()] == HOMES
    every = [file.path for n in networks.values() for file in n.files]
    assert len(every) == len(set(every))
    assert not {file.path for file in shared_files(STUDY)} & set(every)
    for home, network in networks.items():
        assert network.paths(folder)
        assert all(path.startswith(f"{home}/") for path in network.paths(folder))
    (folder / HOMES[0] / "card.json").unlink()
    assert f"{HOMES[0]}/card.json" not in networks[HOMES[0]].paths(folder)


def test_whole_networks_are_told_from_those_that_were_begun(folder: Path) -> None:
    def whole() -> tuple[list[str], list[str]]:
        found, lines = whole_networks(STUDY, folder, Path("more.tar"), {"trajectories"})
        return [network.home for network in found], lines

    assert whole() == (HOMES, [])
    (folder / HOMES[1] / "stability.nc").unlink()
    assert whole() == (
        HOMES[:1],
        [f"{HOMES[1]} is not done in more.tar: no {HOMES[1]}/stability.nc; left out"],
    )
    shutil.rmtree(folder / HOMES[1])
    # One that was never begun is none to speak of.
    assert whole() == (HOMES[:1], [])


def test_a_network_that_is_damaged_or_stale_stops_it(folder: Path) -> None:
    def refused(kind: type[Exception]) -> str:
        with pytest.raises(kind) as caught:
            whole_networks(STUDY, folder, Path("more.tar"), ())
        return str(caught.value)

    path = folder / HOMES[0] / "model.safetensors"
    good = path.read_bytes()
    path.write_bytes(good[:-5] if len(good) > 5 else b"")
    message = refused(CorruptFileError)
    assert "more.tar" in message
    assert str(folder) not in message
    assert "nothing is merged; run nearsight verify where it was made" in message
    shutil.copy(folder / HOMES[1] / "model.safetensors", path)
    assert HOMES[0] in refused(StaleFileError)


# The hidden folder.


@pytest.mark.parametrize("packed", [True, False])
def test_what_comes_is_looked_at_in_a_folder_of_our_own(
    folder: Path, tmp_path: Path, packed: bool
) -> None:
    into = tmp_path / "into"
    into.mkdir()
    source = folder
    if packed:
        source = tmp_path / "b.tar"
        pack(folder, source)
    with staged(source, into) as found:
        assert found.is_relative_to(into)
        assert found.relative_to(into).parts[0].startswith(f".{NAME}.")
        names = contents(found)
        names.pop("SHA256SUMS")
        assert names == contents(folder)
        assert not list(found.parents[1].glob("*.tar"))
    assert list(into.iterdir()) == []


def test_nothing_is_left_of_it_when_something_is_wrong(folder: Path, tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    (tmp_path / "text.tar").write_text("hello")
    with pytest.raises(CorruptFileError, match=r"text\.tar"), staged(tmp_path / "text.tar", into):
        pytest.fail("it was opened")
    with pytest.raises(ZeroDivisionError), staged(folder, into):
        raise ZeroDivisionError
    assert list(into.iterdir()) == []


def test_errors_speak_of_what_the_user_named() -> None:
    with pytest.raises(DataError) as caught, called(Path("/x/.merge.1/study/mine"), Path("b.tar")):
        raise DataError("/x/.merge.1/study/mine/ethanol/data.nc: holds 0 frames")
    assert str(caught.value) == "b.tar/ethanol/data.nc: holds 0 frames"


# Places.


def test_a_network_is_there_to_the_last_byte_or_not_at_all(folder: Path, tmp_path: Path) -> None:
    network, into = networks_of(STUDY)[HOMES[0]], tmp_path / "into"
    into.mkdir()

    def there() -> bool:
        return is_there(network, folder, into, Path("b.tar"))

    assert not there()
    (into / HOMES[0]).mkdir(parents=True)
    assert not there()
    shutil.copytree(folder / HOMES[0], into / HOMES[0], dirs_exist_ok=True)
    assert there()
    (into / HOMES[0] / "mine.txt").touch()
    assert there()
    card = into / HOMES[0] / "card.json"
    card.write_text(card.read_text() + " ")
    with pytest.raises(DataError, match=r"card\.json: is another file than that of b\.tar"):
        there()
    card.unlink()
    with pytest.raises(DataError, match=r"has no card\.json, which b\.tar has of this network"):
        there()


def test_only_its_own_files_are_put_in_place(folder: Path, tmp_path: Path) -> None:
    network, into = networks_of(STUDY)[HOMES[0]], tmp_path / "into"
    into.mkdir()
    expected = {p: (folder / p).read_bytes() for p in network.paths(folder)}
    (folder / HOMES[0] / "stranger.sh").write_text("rm")
    (folder / HOMES[0] / "deep").mkdir()
    (folder / HOMES[0] / "deep" / "er").touch()
    place_network(network, folder, into)
    assert contents(into) == expected
    shared = next(f for f in shared_files(STUDY) if f.path.endswith("data.nc"))
    place_shared(shared, folder, into)
    assert shared.path in contents(into)


# Times.


def test_no_file_is_older_than_what_it_was_made_from(folder: Path, tmp_path: Path) -> None:
    """Whatever the clocks of the other place said."""
    networks = networks_of(STUDY)
    for number, path in enumerate(p for p in folder.rglob("*") if p.is_file()):
        os.utime(path, ns=((1000 - 7 * number % 50) * SECOND,) * 2)
    times = Times(STUDY, tmp_path / "empty")
    times.set(shared_files(STUDY), folder)
    for network in networks.values():
        times.set(network.files, folder)
        for file in network.files:
            path = folder / file.path
            if path.is_file():
                made_from = [folder / place for place in file.inputs.values()]
                own = path.stat().st_mtime_ns
                same = [p for p in made_from if p.is_file() and p.is_relative_to(path.parent)]
                assert all(own >= p.stat().st_mtime_ns for p in same), file.path


def test_a_network_counts_as_old_as_its_oldest_sibling(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    for path in folder.rglob("*"):
        os.utime(path, ns=(500 * SECOND, 500 * SECOND))
    times = Times(STUDY, folder)
    network = networks_of(STUDY)[HOMES[0]]
    times.set(network.files, other)
    stamps = {(other / path).stat().st_mtime_ns for path in network.paths(other)}
    assert stamps == {500 * SECOND}


# Locks of Snakemake, and studies that widen.


def test_locks_of_other_folders_are_in_nobody_s_way(folder: Path) -> None:
    locks = folder.parents[1] / ".snakemake" / "locks"
    locks.mkdir(parents=True)
    require_idle(folder)
    (locks / "0.input.lock").write_text("results/mine2/x\nresults/min\nmine/x\n")
    require_idle(folder)
    (locks / "1.input.lock").write_bytes(b"\xff\xfe\nresults/mine/x.nc\n")
    with pytest.raises(OutputInUseError, match=r"1\.input\.lock\): merge when it has ended"):
        require_idle(folder)


@pytest.mark.parametrize("family", list(FAMILIES))
def test_a_family_that_is_not_there_gets_a_block_of_its_own(family: str) -> None:
    other = part_of(family=[family], seed=[3])
    ours = part_of(family=[name for name in FAMILIES if name != family][:1], seed=[0])
    widened = blocks_of(ours, other.members)
    assert [block["family"] for block in widened["variants"]] == [
        *(block.family for block in ours.variants), family,
    ]  # fmt: skip
    assert widened["every_variant"]["seed"] == [0, 3]
    made = validate(Study, ours.model_dump(mode="json") | widened, "x")
    assert {v.id for v in (*ours.members, *other.members)} <= {v.id for v in made.members}
