"""Every verb says success and progress in the same way, and as loudly as it was asked to."""

import io
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import nearsight.cli
from nearsight import __version__
from nearsight.cli import app
from nearsight.cli.telling import as_asked, choose_loudness
from nearsight.cli.verbs import STAGES
from nearsight.data.exporting import export_frames
from nearsight.data.frames import frames_of_atoms
from nearsight.data.molecules import build_molecule
from nearsight.progress import progress_bar

SOURCE = Path(nearsight.cli.__file__).parent


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)), env={"COLUMNS": "200"})


@pytest.fixture
def structures(tmp_path: Path) -> Path:
    path = tmp_path / "water.xyz"
    export_frames(frames_of_atoms([build_molecule("water", 0)]), path)
    return path


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    level = logging.getLogger().level
    yield
    choose_loudness(verbose=False, quiet=False)
    logging.getLogger().setLevel(level)


def test_success_is_one_line_with_the_file(structures: Path, tmp_path: Path) -> None:
    out = tmp_path / "curves.nc"
    ended = run("reference-curves", structures, "--out", out)
    assert ended.exit_code == 0, ended.output
    assert ended.stdout == f"{out}: dispersion, charges and bond orders of 1 structures\n"


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("option", ["--quiet", "-q"])
def test_quiet_before_and_after_the_verb(
    option: str, before: bool, structures: Path, tmp_path: Path
) -> None:
    verb = ["reference-curves", structures, "--out", tmp_path / "curves.nc"]
    ended = run(option, *verb) if before else run(*verb, option)
    assert ended.exit_code == 0, ended.output
    assert ended.output == ""
    assert (tmp_path / "curves.nc").is_file()
    assert progress_bar(range(3)).disable


@pytest.mark.parametrize("arguments", [("-v", "config", "schema"), ("config", "schema", "-v")])
def test_verbose_before_and_after_the_verb(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 0
    assert logging.getLogger().level == logging.INFO


def test_quiet_holds_for_one_command_only() -> None:
    assert run("config", "schema", "--quiet").exit_code == 0
    assert as_asked() == ["--quiet"]
    assert run("config", "schema").exit_code == 0
    assert as_asked() == []
    assert logging.getLogger().level == logging.WARNING


def test_bars_are_for_terminals_and_those_who_want_them() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert not progress_bar(range(3), file=Terminal()).disable
    assert progress_bar(range(3), file=io.StringIO()).disable
    choose_loudness(verbose=False, quiet=True)
    assert progress_bar(range(3), file=Terminal()).disable


def test_quiet_and_verbose_exclude_each_other() -> None:
    ended = run("config", "schema", "--quiet", "--verbose")
    assert "--verbose and --quiet: give one of them" in str(ended.exception)


def test_what_was_asked_for_on_the_screen_is_shown_all_the_same() -> None:
    assert run("config", "schema", "--quiet").stdout == run("config", "schema").stdout != ""


def test_every_verb_has_the_options_and_a_stage() -> None:
    text = run("--help").output
    panels = re.findall(r"─ ([^─]+) ─", text)
    assert panels == ["Options", *STAGES]
    assert text.index(" train ") < text.index(" explain ") < text.index(" md ")
    for verb in ("md", "data import", "collect", "each", "config check"):
        shown = run(*verb.split(), "--help").output
        assert {"--quiet", "--verbose"} <= set(re.findall(r"--\w+", shown)), verb


def test_version_by_both_ways() -> None:
    assert run("--version").output == f"nearsight {__version__}\n"
    by_module = [sys.executable, "-m", "nearsight", "--version"]
    assert subprocess.check_output(by_module, text=True) == f"nearsight {__version__}\n"


def test_completion_is_offered() -> None:
    assert "--install-completion" in run("--help").output


@pytest.mark.parametrize(
    "path", sorted(SOURCE.glob("*.py")), ids=lambda path: path.name.removesuffix(".py")
)
def test_a_verb_that_writes_tells(path: Path) -> None:
    """A function that takes --out and is a verb has told of it by its end."""
    for body in path.read_text(encoding="utf-8").split("\n@")[1:]:
        function = re.split(r"\n(?=def |class |[A-Z_a-z]+ = )", body)
        if "command(" in function[0] and re.search(r"\n    out: ", body):
            assert re.search(r"\btell\(|_write\(|_collect_other\(", body), body.splitlines()[:2]


def test_no_bar_but_ours() -> None:
    """A bar made elsewhere would be shown to somebody who asked for quiet."""
    source = SOURCE.parent
    others = [p for p in source.rglob("*.py") if "tqdm" in p.read_text(encoding="utf-8")]
    assert others == [source / "progress.py"]
