"""A copy of the package with one more aim: one folder, and one line each in two lists."""

import shutil
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]

SPEC = '''
"""The aim epochs, as it declares itself."""

from nearsight.aims.declaration import AimSpec, Planned, Table
from nearsight.section import Section, setting


class Epochs(Section):
    """What is asked of trainings."""

    most: int = setting(10, unit="1", description="Epochs.", stages=("collect",), ge=1, le=99)


def check(study: Planned) -> None:
    """Refuse more than one data set."""
    if len(study.datasets) > 1:
        raise ValueError("aim epochs counts on one data set alone")


EPOCHS = AimSpec(
    name="epochs",
    text="how long training took",
    of_variants=("card.json",),
    tables=(Table("epochs", "epochs"), Table("longest", "the longest training", "")),
    figures={"bars": "epochs"},
    settings=Epochs,
    check=check,
)
'''

CODE = '''
"""The aim epochs in code."""

import numpy as np
import xarray as xr

from nearsight.aims.epochs import spec
from nearsight.aims.interface import Aim
from nearsight.collect.results import Results
from nearsight.labels import variable
from nearsight.train.card import read_card


def collect(study, folder):
    results, rows = Results(study, folder), []
    for dataset, variant in study.cases():
        home = f"{dataset}/{variant.id}"
        card = results.path(home, "card.json")
        status, reason = results.standing(home, [])
        rows.append((np.nan if card is None else read_card(card).epochs, status, reason))
    epochs, status, reason = zip(*rows)
    table = xr.Dataset({"epochs": variable("network", list(epochs), "1", "epochs of training")})
    table["status"] = variable("network", list(status), "", "how it ended")
    table["reason"] = variable("network", list(reason), "", "why")
    longest = xr.Dataset({"longest": variable((), max(epochs), "1", "most epochs")})
    return {"epochs": table, "longest": longest}


def figures():
    from matplotlib.figure import Figure

    from nearsight.figures import FigureSpec

    def draw(data):
        figure = Figure()
        figure.subplots().bar(np.arange(data.sizes["network"]), data["epochs"])
        return figure

    def describe(data):
        return f"Epochs up to {float(data['epochs'].max()):g} of {data.sizes['network']}."

    return [FigureSpec("bars", "epochs", "Epochs", lambda table: table, draw, describe)]


EPOCHS = Aim(spec.EPOCHS, collect, figures)
'''


def with_another_aim(folder: Path) -> Path:
    """A checkout in a folder whose package has the aim ``epochs`` too; where its package lies."""
    for name in ("src", "workflow", "config", "envs"):
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignored)
    shutil.copy(REPOSITORY / "Snakefile", folder)
    aims = folder / "src" / "nearsight" / "aims"
    (aims / "epochs").mkdir()
    (aims / "epochs" / "__init__.py").write_text('"""How long training took."""\n')
    (aims / "epochs" / "spec.py").write_text(SPEC.lstrip())
    (aims / "epochs" / "aim.py").write_text(CODE.lstrip())
    for file, where in (("specs.py", "spec"), ("registry.py", "aim")):
        text = (aims / file).read_text()
        listed = "(STABILITY, PROPERTIES, ACCURACY)"
        assert listed in text
        text = text.replace(listed, "(STABILITY, PROPERTIES, ACCURACY, EPOCHS)")
        first = "from nearsight.aims.accuracy"
        line = f"from nearsight.aims.epochs.{where} import EPOCHS"
        (aims / file).write_text(text.replace(first, f"{line}\n{first}", 1))
    return folder / "src"
