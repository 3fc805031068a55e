"""Results taken home by their verbs: what is damaged is said, and packed only when asked to."""

import shutil
import sys
import tarfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

sys.path.insert(0, str(Path(__file__).parents[1] / "lineage"))
from study_folder import PAINN, SCHNET, study_of, write_study

from nearsight.cli import app
from nearsight.errors import NearsightError


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def done(*arguments: object) -> Result:
    result = run(*arguments)
    assert result.exit_code == 0, result.output or repr(result.exception)
    return result


def refused(*arguments: object) -> Result:
    result = run(*arguments)
    assert isinstance(result.exception, NearsightError), result.output
    assert "\n" not in str(result.exception)
    return result


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "mine"
    write_study(folder, study_of())
    return folder


@pytest.fixture
def results(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Results of a study, whole but for its tables, in the working folder."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(original, "results/mine")
    return Path("results/mine")


@pytest.fixture
def bundle(results: Path) -> Path:
    done("bundle", results, "--as-is", "--out", "mine.tar")
    return Path("mine.tar")


def test_what_is_missing_keeps_results_from_being_packed(results: Path) -> None:
    result = refused("bundle", results, "--out", "mine.tar")
    message = str(result.exception)
    assert "missing; nothing is packed" in message
    assert "--as-is" in message
    assert "missing" in result.stderr
    assert not Path("mine.tar").exists()


def test_packed_all_the_same_it_says_so_for_ever(results: Path) -> None:
    told = done("bundle", results, "--as-is", "--out", "mine.tar")
    count = int(told.stdout.split(": ")[1].split(" files")[0])
    assert count == sum(1 for p in results.rglob("*") if p.is_file())
    verified = done("verify", "mine.tar").stdout.splitlines()
    assert verified[0] == f"mine.tar: {count} files, all as packed"
    assert any("when it was packed: " in line and "missing" in line for line in verified[1:])
    unpacked = done("unbundle", "mine.tar", "--into", "home")
    assert unpacked.stdout == "home/mine: unpacked and verified\n"
    assert "when it was packed" in unpacked.stderr


def test_a_flipped_bit_is_told_by_both(bundle: Path) -> None:
    with tarfile.open(bundle) as archive:
        name = f"mine/{SCHNET}/model.safetensors"
        offset = archive.getmember(name).offset_data
    content = bytearray(bundle.read_bytes())
    content[offset + 9] ^= 4
    bundle.write_bytes(content)
    result = refused("verify", bundle)
    assert f"{SCHNET}/model.safetensors has changed" in result.stdout
    assert "files are not as packed" in str(result.exception)
    assert "nothing is unpacked" in str(refused("unbundle", bundle, "--into", "home").exception)
    assert not Path("home/mine").exists()


def test_a_folder_that_was_unpacked_is_held_against_its_list(bundle: Path) -> None:
    done("unbundle", bundle, "--into", "home")
    before = run("verify", "home/mine")
    assert "as packed" in before.output or "missing" in before.output
    (Path("home/mine") / PAINN / "card.json").write_text("{}")
    result = refused("verify", "home/mine")
    assert f"{PAINN}/card.json has changed" in result.stdout
    assert "are not as packed" in str(result.exception)


def test_a_study_that_is_gone_cannot_be_looked_at(bundle: Path) -> None:
    done("unbundle", bundle, "--into", "home")
    Path("home/mine/study.json").unlink()
    assert "study.json is gone" in str(refused("verify", "home/mine").exception)


def test_nothing_is_unpacked_over_what_is_there(bundle: Path) -> None:
    message = str(refused("unbundle", bundle, "--into", "results").exception)
    assert "results/mine: is there already: move it away or choose another --into" in message


def test_what_networks_share_goes_alone(results: Path) -> None:
    done("bundle", results, "--shared", "--as-is", "--out", "shared.tar")
    with tarfile.open("shared.tar") as archive:
        names = [member.name for member in archive]
    assert "mine/ethanol/data.nc" in names
    assert not any("~" in name for name in names)
    assert "mine/study.json" not in names


def test_what_is_stale_is_named_with_the_way_out(results: Path) -> None:
    shutil.copy(results / SCHNET / "model.safetensors", results / PAINN / "model.safetensors")
    result = refused("verify", results)
    assert PAINN in result.stdout
    assert "of " in str(result.exception)
    assert "files" in str(result.exception)


@pytest.mark.parametrize("verb", ["verify", "unbundle"])
def test_what_is_no_bundle_is_named(results: Path, verb: str) -> None:
    Path("text.tar").write_text("hello" * 200)
    assert "text.tar" in str(refused(verb, "text.tar").exception)
    assert "none.tar: no such file" in str(refused(verb, "none.tar").exception)


def test_a_folder_that_is_no_study_is_named(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    result = refused("bundle", tmp_path / "other", "--out", tmp_path / "x.tar")
    assert "study.json" in str(result.exception)


def test_merging_a_study_into_itself_adds_nothing(results: Path) -> None:
    shutil.copytree(results, "more/mine")
    told = done("merge", "more/mine", "--into", results)
    assert told.stdout.startswith(
        f"{results}: 0 networks put there, 2 were there already, 2 in its"
    )
    assert f"snakemake --cores 1 --configfile {results}/study.json" in told.stdout


def test_merging_a_part_brings_the_rest(results: Path) -> None:
    shutil.copytree(results, "more/mine")
    shutil.rmtree(results / PAINN)
    told = done("merge", "more/mine", "--into", results)
    assert "1 networks put there, 1 were there already, 2 in its study" in told.stdout
    assert (results / PAINN / "model.safetensors").is_file()
