"""A study with tables, figures and trajectories, as small as its files can be."""

import json
from pathlib import Path

import numpy as np
import xarray as xr
from PIL import Image
from study_folder import study_of, write_study
from typer.testing import CliRunner

from nearsight.aims.stability.spec import STABILITY
from nearsight.cli import app
from nearsight.collect.csv import write_csv
from nearsight.config import Study
from nearsight.lineage.products import files_of
from nearsight.md.record.identity import ATTRIBUTE, trajectory_hashes
from nearsight.storage import read_dataset, write_dataset

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>'


def write_whole_study(folder: Path) -> Study:
    """Everything that the workflow makes, in the order of its stages."""
    study = study_of()
    write_study(folder, study)
    for file in files_of(study):
        if file.product.is_folder:
            _write_trajectories(folder, file.path)
    _write_study_again(folder, study)
    out = folder / "tables" / "decay_vs_stability.nc"
    run = CliRunner().invoke(app, ["collect", str(folder / "study.json"), "--out", str(out)])
    assert run.exit_code == 0, run.output
    _write_association(folder, study)
    for name, source in STABILITY.figures.items():
        _write_figure(folder, name, source)
    for name in (
        "logs/train/x.log",
        "benchmarks/x.tsv",
        "report.html",
        "page.html",
        "so_far/curves.nc",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("of the workflow")
    return study


def _write_trajectories(folder: Path, path: str) -> None:
    home = folder / path
    home.mkdir()
    for name in ("topology.pdb", "replica_000.nc"):
        (home / name).write_text(f"{path} {name}")
    record = home.parent / home.name.replace("trajectories", "dynamics.nc")
    content = read_dataset(record)
    content.attrs[ATTRIBUTE] = json.dumps(trajectory_hashes(home))
    content.to_netcdf(record)


def _write_study_again(folder: Path, study: Study) -> None:
    """What was made from the records of dynamics, which name their trajectories now."""
    from study_folder import write_file

    for file in files_of(study):
        if file.product.stage in ("stability", "reference_stability", "failures"):
            write_file(folder, study, file)


def _write_association(folder: Path, study: Study) -> None:
    tables = folder / "tables"
    attributes = {"units": "1", "long_name": "x"}
    content = xr.Dataset({"x": ("row", np.arange(3.0), attributes)})
    inputs = {
        "study": folder / "study.json",
        "curves": tables / "curves.nc",
        "table": tables / "decay_vs_stability.nc",
    }
    for name in ("association", "question", "hazards", "sensitivity"):
        write_dataset(
            content, tables / f"{name}.nc", title=name, inputs=inputs, settings=study.model_dump()
        )
        write_csv(content, tables / f"{name}.csv")


def _write_figure(folder: Path, name: str, source: str) -> None:
    home = folder / "figures"
    home.mkdir(exist_ok=True)
    drawn = {"y": ("x", np.ones(2), {"units": "1", "long_name": "what is drawn"})}
    write_dataset(
        xr.Dataset(drawn, attrs={"alt_text": f"About {name}."}), home / f"{name}.nc", title=name,
        inputs={STABILITY.table(source).role: folder / STABILITY.table(source).place},
    )  # fmt: skip
    (home / f"{name}.txt").write_text(f"About {name}.\n")
    (home / f"{name}.svg").write_text(DRAWING)
    Image.new("RGB", (4, 4)).save(home / f"{name}.png")
