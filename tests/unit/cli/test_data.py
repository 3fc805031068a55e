"""The data verbs through the real command line."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest

from nearsight.data.frames import read_frames, write_frames

Command = Callable[..., CompletedProcess[str]]
SMALL = ("--set", "n_frames=40", "--set", "stride=4", "--set", "equilibration=100")


def _one_line_error(run: CompletedProcess[str], *words: str) -> None:
    assert run.returncode == 1, run.stdout + run.stderr
    lines = run.stderr.strip().splitlines()
    assert len(lines) == 1, run.stderr
    assert lines[0].startswith("nearsight: error: ")
    for word in words:
        assert word in lines[0]


@pytest.mark.slow
def test_make_check_export_import(nearsight: Command, in_process: Command, tmp_path: Path) -> None:
    made = nearsight("data", "make", "methanol", *SMALL, "--split", "{block: 4}", "--out", "m.nc")
    assert made.returncode == 0, made.stderr
    assert "40 frames of CH4O" in made.stdout
    frames = read_frames(tmp_path / "m.nc")
    assert set(frames.subset) == {0, 1, 2}
    assert frames.attributes["title"] == "GFN2-xTB sampling of methanol at 500 K"
    assert frames.attributes["molecule"] == "methanol"
    assert '"block": 4' in frames.attributes["settings"]

    checked = in_process("data", "check", "m.nc")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "frames: 40 (" in checked.stdout
    assert "eV/Å" in checked.stdout
    assert "no error" in checked.stdout

    assert in_process("data", "export", "m.nc", "--out", "m.xyz").returncode == 0
    back = in_process("data", "import", "m.xyz", "--energy-unit", "eV", "--out", "again.nc")
    assert back.returncode == 0, back.stderr
    again = read_frames(tmp_path / "again.nc")
    assert np.array_equal(again.subset, frames.subset)
    assert np.array_equal(again.force, frames.force)
    split = ("--split", "{block: 2, seed: 9}")
    other = in_process("data", "import", "m.xyz", "--energy-unit", "eV", *split, "--out", "s.nc")
    assert other.returncode == 0, other.stderr
    assert not np.array_equal(read_frames(tmp_path / "s.nc").subset, frames.subset)

    energy = frames.energy.copy()
    energy[7] = np.nan
    object.__setattr__(frames, "energy", energy)
    write_frames(frames, tmp_path / "bad.nc", title="broken on purpose")
    bad = in_process("data", "check", "bad.nc")
    _one_line_error(bad, "bad.nc", "not-finite", "frame 7")


def test_make_from_a_file_records_its_checksum(
    in_process: Command, tmp_path: Path, shared_data: Path
) -> None:
    file = shared_data / "geometries" / "ethanol.xyz"
    few = ("--set", "n_frames=8", "--set", "stride=1", "--set", "equilibration=0")
    run = in_process("data", "make", file, *few, "--split", "{block: 1}", "--out", "e.nc")
    assert run.returncode == 0, run.stderr
    assert '"molecule": "' in read_frames(tmp_path / "e.nc").attributes["inputs"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("make", "ethanoll"), ("'ethanoll'", "close names: ethanol")),
        (("make", "no.xyz"), ("no.xyz", "no such file")),
        (("make", "water", "--set", "n_frames=10"), ("n_frames", "multiple of")),
        (("make", "water", "--set", "n_frame=8"), ("n_frame", "unknown key")),
        (("make", "water", "--split", "{test: 2.0}"), ("test = 2.0",)),
        (("make", "water", "--set", "n_frames=8"), ("lower block of --split",)),
        (("import", "no.npz"), ("no.npz", "no such file")),
        (("import", "text.npz", "--energy-unit", "eV"), ("text.npz", "cannot be read as .npz")),
        (("import", "text.xyz", "--energy-unit", "eV"), ("text.xyz",)),
        (("import", "text.csv", "--energy-unit", "eV"), ("'.csv'", "known: .xyz")),
        (("export", "text.nc"), ("text.nc", "cannot be read as NetCDF")),
    ],
)
def test_mistakes_end_in_one_line_and_leave_nothing(
    in_process: Command, tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    for suffix in ("npz", "xyz", "csv", "nc"):
        (tmp_path / f"text.{suffix}").write_text("hello\n", encoding="utf-8")
    before = sorted(path.name for path in tmp_path.iterdir())
    _one_line_error(in_process("data", *arguments, "--out", "out.nc"), *words)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("verb", ["make", "import", "check", "export"])
def test_help_shows_an_example(in_process: Command, verb: str) -> None:
    run = in_process("data", verb, "--help")
    assert run.returncode == 0
    assert f"Example: nearsight data {verb} " in " ".join(run.stdout.split())
