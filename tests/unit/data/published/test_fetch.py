"""Downloads from a real server: checks, going on, what is left when something is wrong."""

import hashlib
import io
import lzma
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fetch_server import Served, serving

from nearsight.cli import app
from nearsight.data.archives import unpack
from nearsight.data.frames import read_frames
from nearsight.data.published.download import check, download, locate
from nearsight.data.published.fetch import fetch
from nearsight.data.published.table import Published, find, read_table
from nearsight.errors import ConfigError, CorruptFileError, DataError, MissingFileError

WATER = np.array([[0.0, 0.0, 0.12], [0.0, 0.76, -0.48], [0.0, -0.76, -0.48]])


def npz_of_water(n_frames: int = 30) -> bytes:
    rng = np.random.default_rng(0)
    position = WATER + rng.normal(0, 0.05, (n_frames, 3, 3))
    force = rng.normal(0, 20, (n_frames, 3, 3))
    force -= force.mean(axis=1, keepdims=True)
    file = io.BytesIO()
    np.savez(
        file, R=position, E=rng.normal(-1760, 5, (n_frames, 1)), F=force, z=np.array([8, 1, 1])
    )
    return file.getvalue()


@pytest.fixture(scope="module")
def content() -> bytes:
    return npz_of_water()


@pytest.fixture
def server(content: bytes) -> Iterator[Served]:
    with serving(content) as served:
        yield served


@pytest.fixture
def entry(server: Served, content: bytes) -> Published:
    return Published(
        name="water",
        file="water.npz",
        version="1",
        url=f"{server.address}/files/17",
        bytes=len(content),
        checksum=f"sha256:{hashlib.sha256(content).hexdigest()}",
        member="",
        energy_unit="kcal/mol",
        length_unit="angstrom",
        temperature=500.0,
        level_of_theory="made for a test",
        licence="CC0-1.0",
        reference="none",
    )


def test_whole_file_comes_and_is_not_asked_for_again(
    entry: Published, server: Served, content: bytes, tmp_path: Path
) -> None:
    path = download(entry, tmp_path / "new")
    assert path.read_bytes() == content
    assert [p.name for p in path.parent.iterdir()] == ["water.npz"]
    download(entry, tmp_path / "new")
    assert server.asked == [None]


def test_cut_off_download_goes_on(
    entry: Published, server: Served, content: bytes, tmp_path: Path
) -> None:
    server.cut_after = 1000
    with pytest.raises((CorruptFileError, DataError), match="run the command again to go on"):
        download(entry, tmp_path)
    assert not (tmp_path / "water.npz").exists()
    have = (tmp_path / "water.npz.part").stat().st_size
    assert 0 < have <= 1000
    server.cut_after = None
    assert download(entry, tmp_path).read_bytes() == content
    assert server.asked[-1] == f"bytes={have}-"
    assert not (tmp_path / "water.npz.part").exists()


def test_server_that_knows_no_parts_sends_all_again(
    entry: Published, server: Served, content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "water.npz.part").write_bytes(content[:500])
    server.knows_parts = False
    assert download(entry, tmp_path).read_bytes() == content


def test_part_longer_than_the_file_is_thrown_away(
    entry: Published, content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "water.npz.part").write_bytes(content + b"more")
    with pytest.raises(DataError, match="416"):
        download(entry, tmp_path)
    assert download(entry, tmp_path).read_bytes() == content


def test_wrong_checksum_leaves_the_good_file(
    entry: Published, server: Served, content: bytes, tmp_path: Path
) -> None:
    good = download(entry, tmp_path)
    other = bytes(reversed(content))
    server.content = other
    changed = replace(entry, checksum=f"sha256:{'0' * 64}")
    with pytest.raises(CorruptFileError, match=r"sha256 is [0-9a-f]{64}, but water has 0000"):
        download(changed, tmp_path)
    assert good.read_bytes() == content
    assert not (tmp_path / "water.npz.part").exists()


def test_md5_of_archives_that_publish_nothing_else(
    entry: Published, content: bytes, tmp_path: Path
) -> None:
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    download(replace(entry, checksum=f"md5:{digest}"), tmp_path)
    with pytest.raises(CorruptFileError, match="md5 is"):
        download(replace(entry, checksum=f"md5:{'f' * 32}"), tmp_path / "other")


def test_web_page_instead_of_a_file(
    entry: Published, server: Served, content: bytes, tmp_path: Path
) -> None:
    good = download(entry, tmp_path)
    server.content = b"\n<!DOCTYPE html><html><body>Please log in</body></html>"
    with pytest.raises(DataError, match=r"a web page instead of water\.npz.*--from"):
        download(replace(entry, bytes=None, checksum="md5:" + "0" * 32), tmp_path)
    assert good.read_bytes() == content
    assert not (tmp_path / "water.npz.part").exists()


def test_another_size_is_named(entry: Published, tmp_path: Path) -> None:
    with pytest.raises(CorruptFileError, match=r"bytes, but water has 12"):
        download(replace(entry, bytes=12), tmp_path)


def test_server_that_says_no(entry: Published, server: Served, tmp_path: Path) -> None:
    server.status = 404
    with pytest.raises(DataError, match=r"answers 404 .*--from"):
        download(entry, tmp_path)


def test_no_server_at_all(entry: Published, tmp_path: Path) -> None:
    nowhere = replace(entry, url="http://127.0.0.1:9/water.npz")
    with pytest.raises(DataError, match=r"cannot be reached .*--from"):
        download(nowhere, tmp_path)


def test_other_addresses_are_refused(entry: Published, tmp_path: Path) -> None:
    (tmp_path / "secret.npz").write_bytes(b"secret")
    with pytest.raises(DataError, match="http, https or pypi"):
        download(replace(entry, url=f"file://{tmp_path}/secret.npz"), tmp_path / "out")


def test_from_a_folder_and_from_a_file(entry: Published, content: bytes, tmp_path: Path) -> None:
    (tmp_path / "water.npz").write_bytes(content)
    (tmp_path / "renamed.npz").write_bytes(content)
    assert locate(entry, tmp_path) == tmp_path / "water.npz"
    assert locate(entry, tmp_path / "renamed.npz") == tmp_path / "renamed.npz"
    (tmp_path / "renamed.npz").write_bytes(content[:-1])
    with pytest.raises(CorruptFileError, match="bytes, but water has"):
        locate(entry, tmp_path / "renamed.npz")
    with pytest.raises(MissingFileError, match=r"nowhere"):
        locate(entry, tmp_path / "nowhere")
    (tmp_path / "water.npz").unlink()
    with pytest.raises(MissingFileError, match=r"water\.npz"):
        locate(entry, tmp_path)


def test_frames_in_our_units(entry: Published, content: bytes, tmp_path: Path) -> None:
    frames, file = fetch(entry, tmp_path)
    archive = np.load(io.BytesIO(content))
    kcal = 0.0433641153
    np.testing.assert_allclose(frames.energy, kcal * archive["E"][:, 0], rtol=1e-6)
    np.testing.assert_allclose(frames.force, kcal * archive["F"].reshape(-1, 3), rtol=1e-6)
    assert frames.attributes["licence"] == "CC0-1.0"
    assert file == tmp_path / "water.npz"
    some, _ = fetch(entry, tmp_path, n_frames=7, seed=3)
    assert len(some) == 7
    assert set(some.energy) <= set(frames.energy)
    with pytest.raises(DataError, match="water has 30 frames"):
        fetch(entry, tmp_path, n_frames=31)


def test_unknown_checksum_is_told(entry: Published, content: bytes, tmp_path: Path) -> None:
    said: list[str] = []
    fetch(replace(entry, checksum=""), tmp_path, say=said.append)
    assert hashlib.sha256(content).hexdigest() in said[0]
    assert "no checksum is known" in said[0]


def packed(kind: str, name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
    elif kind == "xz":
        file.write(lzma.compress(content))
    else:
        with tarfile.open(fileobj=file, mode=f"w:{kind}") as tar:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


ENDINGS = {"zip": ".zip", "xz": ".xz", "gz": ".tar.gz", "bz2": ".tar.bz2"}


@pytest.mark.parametrize("kind", ENDINGS)
def test_archives(kind: str, content: bytes, tmp_path: Path) -> None:
    archive = tmp_path / f"data{ENDINGS[kind]}"
    archive.write_bytes(packed(kind, "inner/water.npz", content))
    out = unpack(archive, "inner/water.npz", tmp_path / "water.npz")
    assert out.read_bytes() == content


@pytest.mark.parametrize("kind", ENDINGS)
def test_truncated_archive_leaves_the_good_file(kind: str, content: bytes, tmp_path: Path) -> None:
    archive = tmp_path / f"data{ENDINGS[kind]}"
    whole = packed(kind, "water.npz", content)
    archive.write_bytes(whole[: int(0.6 * len(whole))])
    good = tmp_path / "water.npz"
    good.write_bytes(b"good")
    with pytest.raises(CorruptFileError, match="truncated or damaged archive"):
        unpack(archive, "water.npz", good)
    assert good.read_bytes() == b"good"
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([archive.name, "water.npz"])


@pytest.mark.parametrize("kind", ["zip", "gz"])
@pytest.mark.parametrize("name", ["../water.npz", "/tmp/water.npz", "a/../../water.npz"])  # noqa: S108
def test_path_that_leads_out_of_an_archive(kind: str, name: str, tmp_path: Path) -> None:
    archive = tmp_path / f"data{ENDINGS[kind]}"
    archive.write_bytes(packed(kind, name, b"bad"))
    with pytest.raises(DataError, match="leads out of the archive"):
        unpack(archive, name, tmp_path / "water.npz")
    assert [p.name for p in tmp_path.iterdir()] == [archive.name]


def test_archive_without_the_file(content: bytes, tmp_path: Path) -> None:
    archive = tmp_path / "data.zip"
    archive.write_bytes(packed("zip", "other.npz", content))
    with pytest.raises(CorruptFileError, match=r"holds no water\.npz; it holds other\.npz"):
        unpack(archive, "water.npz", tmp_path / "water.npz")


def test_table_of_the_checkout() -> None:
    table = read_table()
    assert {"rmd17_aspirin", "md17_ethanol", "md22_stachyose", "qm7x_1000", "qm9"} <= table.keys()
    assert {"qm9pack", "3bpa_train_300k"} <= table.keys()
    assert all(row.licence and row.reference and row.level_of_theory for row in table.values())
    with pytest.raises(DataError, match=r"'rmd17_ethanl'; there are rmd17_aspirin, .* and"):
        find("rmd17_ethanl", table)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("checksum", "version"), "lacks the columns checksum"),
        (("sha256:", "sha1:"), "expected sha256"),
        (("673791", "many"), "rmd17_ethanol_test_01: invalid literal"),
    ],
)
def test_faults_of_a_table(change: tuple[str, str], expected: str, tmp_path: Path) -> None:
    from nearsight.data.published.table import TABLE

    path = tmp_path / "table.tsv"
    path.write_text(TABLE.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(ConfigError, match=expected):
        read_table(path)


def test_real_files_are_those_of_the_table(shared_data: Path) -> None:
    folder = shared_data / "rmd17"
    if not folder.is_dir():
        pytest.skip("rMD17 is not beside this checkout")
    table = read_table()
    for path in folder.glob("*.npz"):
        check(table[path.stem], path)


def write_table(entry: Published, path: Path) -> Path:
    values = {**vars(entry), "temperature_K": entry.temperature}
    del values["temperature"]
    rows = ["\t".join(values), "\t".join("" if v is None else str(v) for v in values.values())]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_command(entry: Published, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    table = write_table(entry, tmp_path / "table.tsv")
    out = tmp_path / "water.nc"
    command = ["data", "fetch", "water", "--table", str(table), "--out", str(out)]
    command += ["--downloads", str(tmp_path / "downloads"), "--split", "{block: 2}"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "30 frames of H2O; CC0-1.0" in result.output
    frames = read_frames(out)
    assert len(frames.of_subset("test")) == 6
    assert frames.attributes["published_name"] == "water"
    one_file = [*command, "--test", "water", "--from", str(tmp_path / "downloads" / "water.npz")]
    refused = CliRunner().invoke(app, one_file)
    assert isinstance(refused.exception, ConfigError)
    assert "name the folder that holds both" in str(refused.exception)


def test_qm7x_layout(shared_data: Path, tmp_path: Path) -> None:
    """Real QM7-X values in the layout of its own HDF5 files, compressed as they are published."""
    path = shared_data / "qm7x" / "qm7x_226.npz"
    if not path.is_file():
        pytest.skip("QM7-X is not beside this checkout")
    values = np.load(path, allow_pickle=False)
    with h5py.File(tmp_path / "one.hdf5", "w") as file:
        for k in range(12):
            group = file.create_group(f"{k % 3}/Geom-m{k % 3}-i1-c1-d{k}")
            for key in ("atNUM", "atXYZ", "totFOR", "ePBE0+MBD", "vDIP"):
                group[key] = values[key][k]
            # The file of the test set holds the vector alone.
            group["DIP"] = np.linalg.norm(values["vDIP"][k], keepdims=True)
    compressed = tmp_path / "1000.xz"
    compressed.write_bytes(lzma.compress((tmp_path / "one.hdf5").read_bytes()))
    row = replace(read_table()["qm7x_1000"], checksum="")
    frames, _ = fetch(row, tmp_path / "downloads", place=compressed)
    assert len(frames) == 12
    assert np.unique(frames.source, return_counts=True)[1].tolist() == [4, 4, 4]
    order = sorted(range(12), key=lambda k: (str(k % 3), f"Geom-m{k % 3}-i1-c1-d{k}"))
    np.testing.assert_allclose(frames.energy, values["ePBE0+MBD"][order, 0])
    np.testing.assert_allclose(frames.force, values["totFOR"][order].reshape(-1, 3))
    # 1 e Å is 4.803 debye.
    dipole = 4.80320 * np.linalg.norm(values["vDIP"][order], axis=1)
    np.testing.assert_allclose(frames.properties["dipole"], dipole, rtol=1e-5)
    assert set(frames.properties) == {"dipole"}


def test_qm7x_that_is_none(tmp_path: Path) -> None:
    from nearsight.data.importing import import_frames

    path = tmp_path / "other.hdf5"
    path.write_bytes(b"no HDF5")
    with pytest.raises(CorruptFileError, match="cannot be read as QM7-X"):
        import_frames(path)
    with h5py.File(path, "w") as file:
        file["1/Geom/atXYZ"] = np.zeros((3, 3))
    with pytest.raises(CorruptFileError, match=r"1/Geom: lacks atNUM, ePBE0\+MBD, totFOR"):
        import_frames(path)


METHANE = "\n".join(
    [
        "5",
        "gdb 1\t157.7118\t157.70997\t157.70699\t0.\t13.21\t-0.3877\t0.1171\t0.5048\t35.3641\t"
        "0.044749\t-40.47893\t-40.476062\t-40.475117\t-40.498597\t6.469",
        "C\t-0.0126981359\t 1.0858041578\t 0.0080009958\t-0.535689",
        "H\t 0.002150416\t-0.0060313176\t 0.0019761204\t 0.133921",
        "H\t 1.0117308433\t 1.4637511618\t 2.765748*^-4\t 0.133922",
        "H\t-0.540815069\t 1.4475266138\t-0.8766437152\t 0.133923",
        "H\t-0.5238136345\t 1.4379326443\t 0.9063972942\t 0.133923",
        "1341.307\t1341.3284\t1341.365\t1562.6731\t1562.7453\t3038.3205\t3151.6034",
        "C\tC",
        "InChI=1S/CH4/h1H4\tInChI=1S/CH4/h1H4\n",
    ]
)
"""The first molecule of QM9 (CC0), as its archive holds it."""

CSV = (
    "XYZ_file,Elements,XYZ_Ang,Dipole_debye,Polarizability_bohr3,HOMO_au,LUMO_au,"
    "HOMO_LUMO_gap_au,InternalEnergy_0K_au\n"
    "\"dsgdb9nsd_000001.xyz\",\"['C','H','H','H','H']\",\"[[-0.0126981359,1.0858041578,0.008"
    "0009958],[0.002150416,-0.0060313176,0.0019761204],[1.0117308433,1.4637511618,0.0002765748],"
    '[-0.540815069,1.4475266138,-0.8766437152],[-0.5238136345,1.4379326443,0.9063972942]]",'
    "0.,13.21,-0.3877,0.1171,0.5048,-40.47893\n"
)


def test_qm9_from_its_archive_and_from_the_package(tmp_path: Path) -> None:
    (tmp_path / "dsgdb9nsd.xyz.tar.bz2").write_bytes(
        packed("bz2", "dsgdb9nsd_000001.xyz", METHANE.encode())
    )
    with zipfile.ZipFile(tmp_path / "qm9pack-1.0.3-py3-none-any.whl", "w") as wheel:
        for k in (1, 2, 3):
            wheel.writestr(f"qm9pack/data/qm9_part{k}.csv", CSV)
    table = read_table()
    found = []
    for name in ("qm9", "qm9pack"):
        row = replace(table[name], bytes=None, checksum="")
        found.append(fetch(row, tmp_path, place=tmp_path)[0])
    archive, package = found
    assert (len(archive), len(package)) == (1, 3)
    np.testing.assert_allclose(package.position[:5], archive.position, atol=1e-9)
    hartree = 27.211386
    for frames in found:
        assert frames.atomic_number[:5].tolist() == [6, 1, 1, 1, 1]
        assert not frames.has_forces
        np.testing.assert_allclose(frames.energy[0], -40.47893 * hartree, rtol=1e-7)
        for name, value in {"homo": -0.3877, "lumo": 0.1171, "gap": 0.5048}.items():
            np.testing.assert_allclose(frames.properties[name][0], value * hartree, rtol=1e-6)
        assert frames.properties["polarizability"][0] == 13.21
        assert frames.properties["dipole"][0] == 0.0


def test_qm9_with_a_broken_molecule(tmp_path: Path) -> None:
    path = tmp_path / "dsgdb9nsd.xyz.tar.bz2"
    path.write_bytes(packed("bz2", "dsgdb9nsd_000001.xyz", METHANE[:150].encode()))
    row = replace(read_table()["qm9"], bytes=None, checksum="")
    with pytest.raises(CorruptFileError, match=r"dsgdb9nsd_000001\.xyz: not laid out like QM9"):
        fetch(row, tmp_path, place=path)


def test_md22_file(shared_data: Path) -> None:
    from nearsight.data.importing import import_frames

    path = shared_data / "md22_ac_ala3_nhme" / "md22_Ac-Ala3-NHMe_5frames.xyz"
    if not path.is_file():
        pytest.skip("MD22 is not beside this checkout")
    frames = import_frames(path, energy_unit="kcal/mol")
    assert len(frames) == 5
    assert (frames.n_atoms == 42).all()
    assert frames.has_forces
