"""What the items of `each` share: afterwards no item imports a library, which all would do."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from waters import waters

from nearsight.cli.each import VERBS
from nearsight.cli.shared import modules_of
from nearsight.data.frames import write_frames

LIBRARIES = {"torch", "schnetpack", "xarray", "pandas", "scipy", "ase", "MDAnalysis", "netCDF4"}
OWN = 0.05
"""Share of the modules of a process that an item may import by itself."""

CODE = """
import json, os, sys
from nearsight.cli import app
from nearsight.cli.shared import import_for

for arguments in json.loads(sys.argv[1]):
    read, write = os.pipe()
    if os.fork() == 0:
        import_for(arguments[0])
        before = set(sys.modules)
        app(["--quiet", *arguments], standalone_mode=False)
        new = [name for name in sys.modules if name not in before]
        os.write(write, json.dumps([len(before), new]).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        print(pipe.read())
    os.wait()
"""


@pytest.mark.parametrize("verb", VERBS)
def test_modules_of_a_verb_are_there(verb: str) -> None:
    for name in modules_of(verb):
        assert find_spec(name) is not None, name


def test_statistics_of_a_run_need_no_network() -> None:
    code = "import sys; from nearsight.cli.shared import import_for; import_for('stability')"
    code += "; print('torch' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False"]


def test_an_item_imports_next_to_nothing(tmp_path: Path) -> None:
    write_frames(waters(12), tmp_path / "data.nc", title="water")
    variant = "{family: schnet, cutoff: 3.0, depth: 1, features: 4, n_train: 4}"
    model = "one/model.safetensors"
    commands = [
        *[["train", "data.nc", "--variant", variant, "--set", "max_epochs=1", "--out", model]],
        *[["explain", model, "data.nc", "--set", "n_structures=1", "--out", "relevance.nc"]],
        ["md", "data.nc", "--model", model, "--set", "duration=0.001", "--set", "replicas=1",
         "--trajectories", "runs", "--out", "dynamics.nc"],
        ["stability", "dynamics.nc", "--trajectories", "runs", "--data", "data.nc",
         "--out", "stability.nc"],
    ]  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-c", CODE, json.dumps(commands)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    said = [json.loads(line) for line in run.stdout.splitlines() if line.strip()]
    assert len(said) == len(commands), run.stderr
    for (verb, *_), (shared, own) in zip(commands, said, strict=True):
        assert len(own) < OWN * shared, (verb, own)
        whole = {name for name in own if name.count(".") == 0}
        assert not whole & LIBRARIES, verb
