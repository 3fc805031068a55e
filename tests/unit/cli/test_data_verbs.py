"""Data sets by their verbs, in this process: in, looked at, out again, and what is refused."""

import json
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms
from typer.testing import CliRunner, Result

from nearsight.cli import app
from nearsight.data.frames import Frames, read_frames
from nearsight.errors import NearsightError
from nearsight.storage import sha256

N_FRAMES = 30
SPLIT = ("--split", "{block: 2}")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def done(*arguments: object) -> Result:
    result = run(*arguments)
    assert result.exit_code == 0, result.output or repr(result.exception)
    return result


def refused(*arguments: object) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, NearsightError), result.output
    assert "\n" not in str(result.exception)
    return str(result.exception)


def fluoride(stretch: float, keys: str = "") -> str:
    """HF, longer than at rest by some Å, with energy and forces of a spring of 57 eV/Å²."""
    force, energy = 57.0 * stretch, 28.5 * stretch**2 - 100
    head = f"2\nProperties=species:S:1:pos:R:3:forces:R:3 energy={energy!r} {keys}\n"
    return f"{head}F 0 0 0 0 0 {force!r}\nH 0 0 {0.92 + stretch!r} 0 0 {-force!r}\n"


@pytest.fixture
def xyz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    path = Path("my molecules.xyz")
    path.write_text("".join(fluoride(s) for s in (0.04 * rng.standard_normal(N_FRAMES)).tolist()))
    return path


@pytest.fixture
def data(xyz: Path) -> Path:
    said = ("--energy-unit", "eV", "--level-of-theory", "a spring")
    done("data", "import", xyz, *said, *SPLIT, "--out", "data.nc")
    return Path("data.nc")


def test_import_says_what_came_of_it(xyz: Path) -> None:
    told = done("data", "import", xyz, "--energy-unit", "eV", *SPLIT, "--out", "new/data.nc")
    assert told.stdout == f"new/data.nc: {N_FRAMES} frames of HF\n"
    frames = read_frames(Path("new/data.nc"))
    assert frames.attributes["title"] == f"labelled structures imported from {xyz.name}"
    assert sha256(xyz) in frames.attributes["inputs"]
    assert np.unique(frames.subset).tolist() == [0, 1, 2]
    assert frames.attributes["level_of_theory"] == "unknown"


def test_settings_of_an_import_are_recorded(data: Path) -> None:
    attributes = read_frames(data).attributes
    settings = json.loads(attributes["settings"])
    assert settings["energy_unit"] == "eV"
    assert settings["split"]["block"] == 2
    assert attributes["level_of_theory"] == "a spring"
    assert attributes["split"] == "blocks of 2 frames"


@pytest.mark.parametrize(
    ("unit", "factor"), [("eV", 1.0), ("hartree", 27.211386), ("kcal/mol", 0.0433641)]
)
def test_units_are_those_that_are_stated(xyz: Path, unit: str, factor: float) -> None:
    done("data", "import", xyz, "--energy-unit", unit, *SPLIT, "--out", "data.nc")
    frames = read_frames(Path("data.nc"))
    first = ase.io.read(xyz, 0)
    assert frames.energy[0] == pytest.approx(factor * first.get_potential_energy(), rel=1e-6)
    assert frames.forces(0)[0, 2] == pytest.approx(factor * first.get_forces()[0, 2], rel=1e-6)


def test_subsets_of_the_file_are_kept_unless_it_is_split(xyz: Path) -> None:
    names = ["train", "validation", "test"] * 10
    xyz.write_text("".join(fluoride(0.01 * k, f"subset={n}") for k, n in enumerate(names)))
    done("data", "import", xyz, "--energy-unit", "eV", "--out", "a.nc")
    assert read_frames(Path("a.nc")).subset.tolist() == [0, 1, 2] * 10
    done("data", "import", xyz, "--energy-unit", "eV", "--split", "{block: 5}", "--out", "b.nc")
    assert read_frames(Path("b.nc")).subset.tolist() != [0, 1, 2] * 10


def test_a_subset_that_is_empty_is_warned_of(xyz: Path) -> None:
    xyz.write_text("".join(fluoride(0.01 * k, "subset=train") for k in range(5)))
    told = done("data", "import", xyz, "--energy-unit", "eV", "--out", "a.nc")
    assert told.stderr.startswith(
        "warning [empty-subset] subsets validation and test hold 0 frames"
    )
    assert "--split" in told.stderr


def test_test_frames_of_a_file_of_their_own(xyz: Path) -> None:
    Path("test.xyz").write_text("".join(fluoride(0.05 + 0.01 * k) for k in range(7)))
    given = ("--energy-unit", "eV", "--split", "{block: 3, validation: 0.2}")
    done("data", "import", xyz, "--test", "test.xyz", *given, "--out", "a.nc")
    frames = read_frames(Path("a.nc"))
    assert np.bincount(frames.subset).tolist() == [24, 6, 7]
    assert set(json.loads(frames.attributes["inputs"])) == {"file", "test"}
    Path("test.xyz").write_text(fluoride(0.0).replace(" energy=", " dft_energy="))
    message = refused("data", "import", xyz, "--test", "test.xyz", *given, "--out", "b.nc")
    assert "test.xyz: energy is called 'dft_energy', in my molecules.xyz 'energy'" in message
    assert "choose with --energy-key" in message


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--energy-unit", "cubit"), "unknown energy unit 'cubit'; known: eV, meV, kcal/mol"),
        ((), "does not declare its energy unit: state it, e.g. --energy-unit eV"),
        (("--energy-unit", "eV", "--energy-key", "E"), "no --energy-key 'E'; keys found: energy"),
        (("--energy-unit", "eV", "--split", "{block: 30}"), "lower block of --split or use more"),
        (("--energy-unit", "eV", "--split", "{blocks: 3}"), "--split: blocks: unknown key"),
        (("--energy-unit", "eV", "--force-unit", "eV"), "unknown force unit 'eV'"),
        (("--energy-unit", "eV", "--test", "none.xyz"), "none.xyz: no such file"),
    ],
)
def test_what_is_wrong_is_said_in_words_of_the_command_line(
    xyz: Path, arguments: tuple[str, ...], words: str
) -> None:
    before = sorted(Path().iterdir())
    assert words in refused("data", "import", xyz, *arguments, "--out", "data.nc")
    assert sorted(Path().iterdir()) == before


def test_check_describes_and_ends_well(data: Path) -> None:
    told = done("data", "check", data)
    lines = told.stdout.splitlines()
    assert lines[0].startswith(f"frames: {N_FRAMES} (")
    assert "molecules: HF; 2 to 2 atoms" in lines
    assert any(line.startswith("not checked: labels") for line in lines)
    assert lines[-1].endswith("no error")


def test_check_ends_with_the_faults(data: Path) -> None:
    from dataclasses import replace

    from nearsight.data.frames import write_frames

    frames = read_frames(data)
    write_frames(replace(frames, force=-frames.force), Path("bad.nc"), title="of the other sign")
    result = run("data", "check", "bad.nc")
    assert isinstance(result.exception, NearsightError)
    assert "bad.nc: [force-sign] forces push" in str(result.exception)
    assert "frames: " not in result.stdout
    assert "error [force-sign]" in result.stdout


@pytest.mark.parametrize("name", ["back.xyz", "back.extxyz"])
def test_export_and_import_are_each_other_s_inverse(data: Path, name: str) -> None:
    told = done("data", "export", data, "--out", name)
    assert told.stdout == f"{name}: {N_FRAMES} frames, energies in eV, forces in eV/Å\n"
    done("data", "import", name, "--energy-unit", "eV", "--out", "again.nc")
    one, other = read_frames(data), read_frames(Path("again.nc"))
    for field in ("atomic_number", "position", "force", "n_atoms", "energy", "subset", "source"):
        assert np.array_equal(getattr(one, field), getattr(other, field)), field
    assert other.attributes["level_of_theory"] == "a spring"


def test_export_knows_its_endings_before_it_writes(data: Path) -> None:
    message = refused("data", "export", data, "--out", "new/back.csv")
    assert "cannot export '.csv' files; known: .xyz, .extxyz, .db" in message
    assert not Path("new").exists()


def test_alkanes_grow_by_one_carbon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = done("data", "alkanes", "--longest", "2", "--out", "a.xyz")
    assert told.stdout == "a.xyz: 2 alkanes\n"
    found: list[Atoms] = ase.io.read("a.xyz", index=":")
    assert [atoms.get_chemical_formula() for atoms in found] == ["CH4", "C2H6"]
    for atoms in found:
        # C-H of 1.08 to 1.11 Å, C-C of 1.50 to 1.55 Å, and the middle of all at the origin.
        assert np.allclose(atoms.positions.mean(axis=0), 0, atol=1e-6)
        distance = atoms.get_all_distances()
        bonds = distance[(distance > 0) & (distance < 1.6)]
        assert ((bonds > 1.07) & (bonds < 1.12) | (bonds > 1.49) & (bonds < 1.56)).all()


def test_sampling_is_refused_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def never(*_: object) -> Frames:
        pytest.fail("it has begun")

    monkeypatch.setattr("nearsight.data.sample.sample", never)
    few = ("--set", "n_frames=8", "--set", "n_trajectories=2")
    message = refused("data", "make", "water", *few, "--split", "{block: 8}", "--out", "a.nc")
    assert "8 frames in 2 blocks of 8 leave no block for" in message
    assert "[CH3]: CH3 has an odd number of electrons" in refused(
        "data", "make", "[CH3]", "--out", "a.nc"
    )
    assert list(tmp_path.iterdir()) == []
