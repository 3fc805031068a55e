"""The results of the smallest study there can be: one network of water, every stage by its verb."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner
from waters import waters

from nearsight.cli import app
from nearsight.data.frames import SUBSETS, write_frames

VARIANT = {"family": "schnet", "cutoff": 3.0, "depth": 1, "features": 4, "n_train": 4}
STUDY: dict[str, Any] = {
    "name": "small",
    "datasets": {"water": {"source": "import", "file": "water.xyz", "energy_unit": "eV"}},
    "variants": {name: [value] for name, value in VARIANT.items()},
    "training": {"max_epochs": 1, "batch_size": 4},
    "explain": {"n_structures": 1},
    "respond": {"n_structures": 1},
    "faithfulness": {
        "n_structures": 1, "n_randomisations": 1, "n_random": 1, "gammas": [], "n_fractions": 2,
    },
    "dynamics": {
        "replicas": 2, "duration": 0.01, "write_interval": 2, "halved_replicas": 1,
    },
    "statistics": {"n_bootstrap": 100, "n_permutations": 100},
}  # fmt: skip
HOME = Path("water") / "schnet~rc3.0~T1~F4~n4~s0"


def run(*arguments: object) -> None:
    """Carry out a verb in this process; whatever it raises comes out, a wrong usage too."""
    ended = CliRunner().invoke(app, ["--quiet", *map(str, arguments)])
    if isinstance(ended.exception, SystemExit) or ended.exception is None:
        assert ended.exit_code == 0, ended.output
    else:
        raise ended.exception


def settings_of(section: str) -> tuple[str, str]:
    return "--settings", json.dumps(STUDY[section])


def make_results(folder: Path) -> None:
    """Make them in the folder, which is the working folder."""
    (folder / "study.json").write_text(json.dumps(STUDY))
    write_frames(waters(4 * len(SUBSETS)), folder / "water" / "data.nc", title="water")
    model, data = HOME / "model.safetensors", "water/data.nc"
    run("train", data, "--variant", json.dumps(VARIANT), "--out", model, *settings_of("training"))
    run("explain", model, data, "--out", HOME / "relevance.nc", *settings_of("explain"))
    respond = ("respond", data, "--model", model, "--out", HOME / "response.nc")
    run(*respond, *settings_of("respond"))
    check_relevance()
    run("md", data, "--model", model, "--out", HOME / "dynamics.nc", *settings_of("dynamics"))
    summarise()
    run("export", model, "--out", "elsewhere")
    join()


def check_relevance() -> None:
    files = ("--relevance", HOME / "relevance.nc", "--response", HOME / "response.nc")
    given = ("faithfulness", HOME / "model.safetensors", "water/data.nc", *files)
    run(*given, "--out", HOME / "faithfulness.nc", *settings_of("faithfulness"))


def summarise() -> None:
    run("stability", HOME / "dynamics.nc", "--out", HOME / "stability.nc",
        *settings_of("statistics"))  # fmt: skip


def join() -> None:
    run("collect", "study.json", "--out", "tables/table.nc")
