"""Networks of two places in one folder: all of them, nothing else, and nothing lost."""

import json
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xarray as xr
from parts import contents, part_of, write_part
from study_folder import write_file
from typer.testing import CliRunner

from nearsight.bundle import (
    MANIFEST,
    TRAJECTORIES,
    left_behind,
    pack,
    unpack,
    verify_folder,
)
from nearsight.cli import app
from nearsight.config import Study, load_study
from nearsight.errors import (
    ConfigError,
    CorruptFileError,
    DataError,
    MissingFileError,
    NearsightError,
    OutputInUseError,
    StaleFileError,
)
from nearsight.lineage.products import files_of
from nearsight.md.record.identity import ATTRIBUTE, trajectory_hashes
from nearsight.merging import merge, placing
from nearsight.storage import read_dataset, write_dataset
from nearsight.storage.temporary import make_temporary
from nearsight.verification import survey

OURS, THEIRS = part_of(seed=[0, 1]), part_of(seed=[2, 3])
HOME = "ethanol/schnet~rc4.0~T1~F8~n50~s{}"
NEW = [HOME.format(2), HOME.format(3)]


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    write_part(folder / "ours" / "mine", OURS)
    write_part(folder / "theirs" / "mine", THEIRS, folder / "ours" / "mine")
    return folder


@pytest.fixture
def ours(originals: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(originals / "ours" / "mine", tmp_path / "results" / "mine"))


@pytest.fixture
def theirs(originals: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(originals / "theirs" / "mine", tmp_path / "there" / "mine"))


def bundle_of(folder: Path, **options: bool) -> Path:
    out = folder.parent / "more.tar"
    pack(folder, out, **options)
    return out


def networks(folder: Path) -> set[str]:
    """Files of networks, by path."""
    return {path for path in contents(folder) if "~" in path}


def refused(ours: Path, theirs: Path, kind: type[NearsightError], match: str) -> None:
    """One line that names the file, and nothing has changed."""
    before = contents(ours)
    with pytest.raises(kind, match=match) as found:
        merge(theirs, ours)
    assert ".merge." not in str(found.value)
    assert contents(ours) == before
    assert [path.name for path in ours.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("packed", [True, False])
def test_networks_of_both_places(ours: Path, theirs: Path, packed: bool) -> None:
    before = contents(ours)
    source = bundle_of(theirs) if packed else theirs
    found = merge(source, ours)
    assert (found.added, found.known) == (NEW, [])
    assert found.changes == ["seed: [0, 1, 2, 3]"]
    assert load_study(ours / "study.json") == part_of(seed=[0, 1, 2, 3])
    after = contents(ours)
    assert {path: after[path] for path in before if path != "study.json"} == {
        path: content for path, content in before.items() if path != "study.json"
    }
    came = {path: content for path, content in contents(theirs).items() if path in networks(theirs)}
    assert {path: after[path] for path in came} == came
    assert after.keys() == before.keys() | came.keys() | {MANIFEST}
    # Everything is whole and fits together; what a bundle leaves behind may be missing.
    behind = left_behind(ours, TRAJECTORIES)
    mine = {HOME.format(seed) + "/trajectories" for seed in (0, 1)}
    assert behind.isdisjoint(mine)
    faults = survey(ours, left_out=behind | mine).faults
    joined = ("tables/", "figures/")
    assert {fault.path for fault in faults if not fault.path.startswith(joined)} == {
        "ethanol/reference_trajectories"
    }
    assert verify_folder(ours) == (len(came), [])


def test_a_second_time_changes_nothing(ours: Path, theirs: Path) -> None:
    merge(theirs, ours)
    before = contents(ours)
    found = merge(bundle_of(theirs), ours)
    assert (found.added, found.known, found.changes) == ([], NEW, [])
    assert contents(ours) == before


def test_parts_that_overlap(ours: Path, theirs: Path, originals: Path) -> None:
    """A network that came from here goes back unchanged."""
    shutil.copytree(ours / HOME.format(1), theirs / HOME.format(1))
    (theirs / "study.json").write_text(part_of(seed=[1, 2, 3]).model_dump_json())
    found = merge(theirs, ours)
    assert (found.added, found.known) == (NEW, [HOME.format(1)])


def test_a_network_in_both_places_that_differs(ours: Path, theirs: Path) -> None:
    other = part_of(seed=[1, 2, 3])
    write_part(theirs, other, ours)
    for file in files_of(other):  # made at another time
        if file.variant.endswith("s1") and file.path.endswith("model.safetensors"):
            write_file(theirs, other, file, settings={"made": "there"})
    write_part_after(theirs, other, "s1")
    refused(ours, theirs, DataError, r"s1/model\.safetensors: is another file than that of .*there")


def write_part_after(folder: Path, study: Study, seed: str) -> None:
    """What is made from a network that was written anew."""
    for file in files_of(study):
        made = file.variant.endswith(seed) and not file.product.is_folder
        if made and not file.path.endswith("model.safetensors"):
            write_file(folder, study, file)


def test_a_network_that_is_not_done_here(ours: Path, theirs: Path) -> None:
    home = ours / NEW[0]
    home.mkdir()
    (home / "checkpoint.safetensors").write_text("half")
    refused(ours, theirs, DataError, r"s2: has no model\.safetensors, which .* finish it, or move")


def test_an_empty_folder_is_in_nobodys_way(ours: Path, theirs: Path) -> None:
    (ours / NEW[0]).mkdir()
    assert merge(theirs, ours).added == NEW


def test_a_network_that_is_not_done_there(ours: Path, theirs: Path) -> None:
    said: list[str] = []
    (theirs / NEW[0] / "stability.nc").unlink()
    found = merge(theirs, ours, say=said.append)
    assert found.added == NEW[1:]
    assert said == [f"{NEW[0]} is not done in {theirs}: no {NEW[0]}/stability.nc; left out"]
    assert load_study(ours / "study.json") == part_of(seed=[0, 1, 3])
    for path in theirs.glob("*/*~*/*.nc"):
        path.unlink()
    refused(ours, theirs, DataError, "no network of its study is done")


@pytest.mark.parametrize(
    ("sections", "match"),
    [
        ({"dynamics": {"duration": 2.5}}, r"study\.json: dynamics\.duration is 2\.5, not"),
        ({"statistics": {"bin_width": 0.4}}, r"statistics\.bin_width is 0\.4, not"),
        (
            {"datasets": {"ethanol": {"source": "generate", "molecule": "CCO"}}},
            r"datasets\.ethanol\.molecule is 'CCO', not 'ethanol'",
        ),
    ],
)
def test_other_settings(ours: Path, theirs: Path, sections: dict[str, object], match: str) -> None:
    other = part_of(seed=[2, 3], sections=sections)
    (theirs / "study.json").write_text(other.model_dump_json())
    refused(ours, theirs, ConfigError, match)


def test_settings_that_say_only_how_the_work_is_done(ours: Path, theirs: Path) -> None:
    other = part_of(seed=[2, 3], sections={"training": {"checkpoint_every": 99}})
    document = other.model_dump(mode="json") | {"name": "another_name"}
    (theirs / "study.json").write_text(json.dumps(document))
    merge(theirs, ours)
    assert load_study(ours / "study.json").training == OURS.training
    assert load_study(ours / "study.json").name == "mine"


def test_spacing_of_radial_functions_is_no_axis(ours: Path, theirs: Path) -> None:
    other = part_of(seed=[2, 3], radial_spacing=0.5)
    (theirs / "study.json").write_text(other.model_dump_json())
    refused(ours, theirs, ConfigError, r"variants\.schnet\.radial_spacing is 0\.5, not 0\.25")


def test_other_data(ours: Path, tmp_path: Path) -> None:
    """Sampled a second time: the same settings, and not the same frames or not the same file."""
    theirs = write_part(tmp_path / "there" / "mine", THEIRS)
    data = theirs / "ethanol" / "data.nc"
    for file in files_of(THEIRS):
        if file.path == "ethanol/data.nc":
            write_file(theirs, THEIRS, file, settings={"made": "there"})
    assert data.read_bytes() != (ours / "ethanol" / "data.nc").read_bytes()
    write_all_but_data(theirs)
    refused(ours, theirs, StaleFileError, r"ethanol/data\.nc: is another file than .*--shared")


def write_all_but_data(folder: Path) -> None:
    for file in files_of(THEIRS):
        if not file.product.is_folder and file.path != "ethanol/data.nc":
            write_file(folder, THEIRS, file)


def test_data_that_are_gone(ours: Path, theirs: Path) -> None:
    (theirs / "ethanol" / "data.nc").unlink()
    refused(ours, theirs, StaleFileError, r"mine: has no ethanol/data\.nc")


def test_our_data_that_are_gone(ours: Path, theirs: Path) -> None:
    (ours / "ethanol" / "data.nc").unlink()
    refused(ours, theirs, MissingFileError, r"ethanol/data\.nc: no such file, though networks")


def again(folder: Path, name: str, attrs: dict[str, str] | None = None) -> None:
    """A result of the reference made anew, with other values if attributes are given."""
    path = folder / "ethanol" / name
    content = read_dataset(path)
    settings = json.loads(content.attrs["settings"])
    content = xr.Dataset(attrs={**content.attrs, "made": "again", **(attrs or {})})
    write_dataset(
        content, path, title="test", settings=settings, inputs={"data": path.parent / "data.nc"}
    )


def test_a_reference_of_the_same_results(ours: Path, theirs: Path) -> None:
    """Only the date differs, say: ours stays."""
    again(theirs, "reference_response.nc")
    before = (ours / "ethanol" / "reference_response.nc").read_bytes()
    assert (theirs / "ethanol" / "reference_response.nc").read_bytes() != before
    assert merge(theirs, ours).added == NEW
    assert (ours / "ethanol" / "reference_response.nc").read_bytes() == before


def test_a_reference_of_other_results(ours: Path, theirs: Path) -> None:
    again(theirs, "reference_response.nc", {"reason": "none"})
    match = r"ethanol/reference_response\.nc: holds other results .*--keep-reference"
    refused(ours, theirs, StaleFileError, match)
    before = (ours / "ethanol" / "reference_response.nc").read_bytes()
    said: list[str] = []
    assert merge(theirs, ours, keep_reference=True, say=said.append).added == NEW
    assert (ours / "ethanol" / "reference_response.nc").read_bytes() == before
    assert len(said) == 1
    assert "reference_response.nc: is kept" in said[0]


def test_a_reference_that_is_not_here_yet(ours: Path, theirs: Path) -> None:
    """Comes along, but for what was made from another run of the reference than ours."""
    for name in ("response", "stability"):
        (ours / "ethanol" / f"reference_{name}.nc").unlink()
    again(theirs, "reference_dynamics.nc")
    for file in files_of(THEIRS):
        if file.path.endswith("reference_stability.nc"):
            write_file(theirs, THEIRS, file)
    merge(theirs, ours)
    assert (ours / "ethanol" / "reference_response.nc").is_file()
    assert not (ours / "ethanol" / "reference_stability.nc").exists()


@pytest.mark.parametrize("name", ["stability.nc", "model.safetensors", "card.json"])
def test_damage(ours: Path, theirs: Path, name: str) -> None:
    path = theirs / NEW[1] / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    refused(ours, bundle_of(theirs), CorruptFileError, rf"s3/{name}: .*nothing is merged")


def test_a_file_of_another_network(ours: Path, theirs: Path) -> None:
    shutil.copy(theirs / NEW[0] / "relevance.nc", theirs / NEW[1] / "relevance.nc")
    refused(ours, theirs, StaleFileError, r"s3/relevance\.nc: made from another network than")


def test_a_bundle_that_changed_on_its_way(ours: Path, theirs: Path) -> None:
    bundle = bundle_of(theirs)
    raw = bytearray(bundle.read_bytes())
    raw[raw.index(b'"name": "mine"') + 9] ^= 1
    bundle.write_bytes(raw)
    refused(ours, bundle, CorruptFileError, r"study\.json has changed; nothing is unpacked")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_members_that_are_no_files(ours: Path, theirs: Path, kind: bytes) -> None:
    bundle = bundle_of(theirs)
    with tarfile.open(bundle, "a") as archive:
        member = tarfile.TarInfo(f"mine/{NEW[0]}/extra.nc")
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member)
    refused(ours, bundle, CorruptFileError, "no file within a study's folder")


def test_what_else_lies_beside_a_network_stays_behind(ours: Path, theirs: Path) -> None:
    """Nothing of a stranger's bundle but what stages make."""
    for name in ("notes.txt", "trajectories.sh", "sub/x.nc", ".dynamics.nc.finished/x.nc"):
        path = theirs / NEW[0] / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    (theirs / "ethanol" / "stranger.nc").write_text("x")
    before = set(contents(ours))
    merge(theirs, ours)
    known = {file.path for file in files_of(THEIRS) if file.variant}
    assert set(contents(ours)) - before <= known | {MANIFEST}


def write_trajectories(folder: Path, home: str) -> None:
    """Of a network that is there already; what follows from its record is made anew."""
    trajectories = folder / home / "trajectories"
    trajectories.mkdir()
    for name in ("topology.pdb", "replica_000.nc"):
        (trajectories / name).write_text(name)
    record = folder / home / "dynamics.nc"
    content = read_dataset(record)
    content.attrs[ATTRIBUTE] = json.dumps(trajectory_hashes(trajectories))
    content.to_netcdf(record)
    for file in files_of(THEIRS):
        if file.path in (f"{home}/stability.nc", f"{home}/failures.nc"):
            write_file(folder, THEIRS, file)


def test_trajectories_come_along_and_later(ours: Path, theirs: Path) -> None:
    write_trajectories(theirs, NEW[0])
    merge(bundle_of(theirs), ours)
    assert f"{NEW[0]}/trajectories" in left_behind(ours, TRAJECTORIES)
    found = merge(bundle_of(theirs, trajectories=True), ours)
    assert found.known == NEW
    home = ours / NEW[0]
    assert contents(home / "trajectories") == contents(theirs / NEW[0] / "trajectories")
    assert f"{NEW[0]}/trajectories" not in left_behind(ours, TRAJECTORIES)
    # Younger ones would have the statistics made anew.
    times = [(home / name).stat().st_mtime_ns for name in ("trajectories", "stability.nc")]
    assert times[0] <= times[1]
    (theirs / NEW[0] / "trajectories" / "replica_000.nc").write_text("another run")
    refused(ours, theirs, StaleFileError, r"s2/trajectories")


def test_times_put_no_file_before_what_it_was_made_from(ours: Path, theirs: Path) -> None:
    """Wherever the clocks of the two places stood; also beside the other networks of a job."""
    for folder, start in ((ours, 2_000_000), (theirs, 1_000_000)):
        for k, file in enumerate(files_of(load_study(folder / "study.json"))):
            if (folder / file.path).is_file():
                os.utime(folder / file.path, (start + k, start + k))
    merge(theirs, ours)
    study = load_study(ours / "study.json")
    times = {file.path: (ours / file.path).stat().st_mtime for file in files_of(study)
             if (ours / file.path).exists()}  # fmt: skip
    by_product: dict[str, list[float]] = {}
    for file in files_of(study):
        if file.path in times:
            by_product.setdefault(file.product.place, []).append(times[file.path])
            assert all(times[other] <= times[file.path] for other in file.inputs.values())
    for file in files_of(study):
        for place in file.product.inputs.values():
            assert max(by_product[place]) <= min(by_product[file.product.place])
    assert times["ethanol/data.check.txt"] <= min(
        by_product["{dataset}/{variant}/model.safetensors"]
    )
    assert (ours / "study.json").stat().st_mtime > max(times.values())


class Killed(BaseException):
    """What no handler of errors catches."""


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_merge_that_is_killed_goes_on(
    ours: Path, theirs: Path, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, left = contents(ours), [after]
    real: Callable[..., None] = placing.place_network

    def place(*arguments: object) -> None:
        if not left[0]:
            raise Killed
        left[0] -= 1
        real(*arguments)

    monkeypatch.setattr("nearsight.merging.joining.place_network", place)
    if after == 2:
        monkeypatch.setattr("nearsight.merging.joining.extend_manifest", _killed)
    with pytest.raises(Killed):
        merge(theirs, ours)
    now = contents(ours)
    assert {path: now[path] for path in before} == before
    # Each network is there as a whole, or not at all.
    came = now.keys() - before.keys()
    assert came == {path for home in NEW[:after] for path in networks(theirs) if home in path}
    monkeypatch.undo()
    found = merge(theirs, ours)
    assert (found.added, found.known) == (NEW[after:], NEW[:after])
    assert verify_folder(ours) == (len(networks(theirs)), [])


def _killed(*_: object, **__: object) -> None:
    raise Killed


def test_into_a_folder_that_came_out_of_a_bundle(ours: Path, theirs: Path, tmp_path: Path) -> None:
    """Its checksums hold on, but for what is made anew from all networks."""
    (ours / "tables").mkdir()
    (ours / "tables" / "curves.nc").write_text("old")
    home = unpack(bundle_of(ours), tmp_path / "home")
    merge(theirs, home)
    (home / "tables" / "curves.nc").write_text("new")
    n_files, wrong = verify_folder(home)
    assert (n_files, wrong) == (len(networks(ours)) + len(networks(theirs)) + 6, [])


def test_command(ours: Path, theirs: Path) -> None:
    bundle = bundle_of(theirs)
    run = CliRunner().invoke(app, ["merge", str(bundle), "--into", str(ours)])
    assert run.exit_code == 0, run.output
    assert "now seed: [0, 1, 2, 3]" in run.stderr
    assert run.stdout == (
        f"{ours}: 2 networks put there, 4 in its study; next: snakemake --cores 1 --configfile "
        f"{ours / 'study.json'}\n"
    )
    run = CliRunner().invoke(app, ["merge", str(ours), "--into", str(ours)])
    assert isinstance(run.exception, ConfigError)
    assert "is an input of this command" in str(run.exception)
    run = CliRunner().invoke(app, ["merge", str(bundle), "--into", str(ours.parent)])
    assert isinstance(run.exception, MissingFileError)


def test_while_snakemake_is_at_work(ours: Path, theirs: Path) -> None:
    locks = ours.parents[1] / ".snakemake" / "locks"
    locks.mkdir(parents=True)
    (locks / "0.output.lock").write_text("results/minerals/study.json\nresults/other/x.nc\n")
    assert merge(theirs, ours).added == NEW
    (locks / "1.output.lock").write_text(f"results/x/y.nc\nresults/mine/{NEW[0]}/card.json\n")
    refused(ours, theirs, OutputInUseError, r"at work on it .*1\.output\.lock.*--unlock first")


def test_what_a_killed_merge_has_left_is_swept(ours: Path, theirs: Path) -> None:
    pid = os.fork()
    if pid == 0:
        make_temporary(ours / "merge")
        os._exit(0)
    os.waitpid(pid, 0)
    assert len(list(ours.glob(".merge.*"))) == 1
    merge(theirs, ours)
    assert not list(ours.glob(".merge.*"))


def test_others_start_from_what_networks_share(ours: Path, tmp_path: Path) -> None:
    """From the same data, and with no study file: Snakemake writes that of the other seeds."""
    bundle = tmp_path / "data.tar"
    command = ["bundle", str(ours), "--shared", "--out", str(bundle)]
    (ours / HOME.format(0) / "card.json").write_text("being written")
    run = CliRunner().invoke(app, command)
    assert run.exit_code == 0, run.output
    home = unpack(bundle, tmp_path / "there")
    shared = {file.path for file in files_of(OURS) if not (file.variant or file.product.is_folder)}
    assert set(contents(home)) == shared | {MANIFEST}
    for path in shared:
        assert int((home / path).stat().st_mtime) == int((ours / path).stat().st_mtime)
    write_part(home, THEIRS, ours)
    assert merge(home, ours).added == NEW
    (ours / "ethanol" / "reference_curves.nc").unlink()
    run = CliRunner().invoke(app, command)
    assert isinstance(run.exception, CorruptFileError)
    assert "of 6 files 1 missing; nothing is packed" in str(run.exception)
