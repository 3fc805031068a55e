"""CHGNet, a force field of crystals: refused politely, with the reason."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

pytestmark = pytest.mark.models

Command = Callable[..., CompletedProcess[str]]

ARGUMENTS = "{use_device: cpu}"


@pytest.mark.parametrize(
    "verb",
    [
        ("respond", "{structures}", "--model", "{model}", "--out", "{out}.nc"),
        ("predict", "{model}", "{structures}", "--out", "{out}.xyz"),
        ("md", "{structures}", "--model", "{model}", "--out", "{out}.nc"),
        ("diagnose", "{model}", "{structures}", "--quick", "--out", "{out}"),
    ],
    ids=lambda verb: verb[0],
)
def test_a_molecule_is_refused_in_one_line(
    in_process: Command, verb: tuple[str, ...], chgnet: str, structures: Path, tmp_path: Path
) -> None:
    out = tmp_path / "result"
    words = [word.format(structures=structures, model=chgnet, out=out) for word in verb]
    run = in_process(*words, "--calculator-arguments", ARGUMENTS, "--processes", 1)
    assert run.returncode == 1
    error = [line for line in run.stderr.splitlines() if "error:" in line]
    assert len(error) == 1
    assert "LinAlgError" in error[0]
    assert "it needs a cell and periodic boundaries (in a periodic box it works)" in error[0]
    assert "Traceback" not in run.stderr
    assert not list(tmp_path.glob("result*"))
