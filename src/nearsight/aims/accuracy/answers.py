"""The questions of a study of accuracy, answered from its table."""

from collections.abc import Sequence

from nearsight.aims.answering import Answers, Said, Shown, Tables
from nearsight.aims.saying import extremes, known, label, number, plural, soundness


def ask(tables: Tables) -> Sequence[Said]:
    """Accuracy, what it cost, and how it stands beside published errors."""
    table = tables["accuracy"]
    return [soundness(table), _errors(tables), _published(tables)]


def _errors(tables: Tables) -> Said:
    table = tables["accuracy"]
    return Said(
        "How accurate are the models, and what did training cost?",
        f"The mean absolute error of force components on test frames goes "
        f"{extremes(table, 'force_mae', 'meV/Å')}, that of energies "
        f"{extremes(table, 'energy_mae', 'meV')}. Training took "
        f"{extremes(table, 'training_seconds', 's')}.",
        ("accuracy",),
    )


def _published(tables: Tables) -> Said:
    asked = "Are they as accurate as published?"
    rows = known(known(tables["accuracy"], "published_force_mae"), "force_mae")
    if not rows.sizes["model"]:
        words = "No published error is known for these data sets and families."
        return Said(asked, words, (), "not_applicable")
    ratio = (rows["force_mae"] / rows["published_force_mae"]).to_numpy()
    best = rows.isel(model=int(ratio.argmin()))
    level = int((ratio <= 1).sum())
    return Said(
        asked,
        f"{level} of {plural(len(ratio), 'model')} reach the published force error. Closest is "
        f"{label(best)} with {number(float(best['force_mae']), 'meV/Å')} against "
        f"{number(float(best['published_force_mae']), 'meV/Å')}. Published networks differ in size "
        "and training; config/published_errors.tsv says where each error is from.",
        (),
        "pass" if level == len(ratio) else "warn",
    )


COLUMNS = (
    Shown("dataset", "Data set"),
    Shown("family", "Family"),
    Shown("cutoff", "Cutoff", "Å"),
    Shown("depth", "Depth", words="how many times messages are passed"),
    Shown("features", "Features"),
    Shown("n_train", "Training frames"),
    Shown("seed", "Seed"),
    Shown("status", "Status"),
    Shown("force_mae", "Force MAE", "meV/Å", "mean absolute error of components"),
    Shown("published_force_mae", "Published", "meV/Å"),
    Shown("energy_mae", "Energy MAE", "meV"),
    Shown("epochs", "Epochs"),
    Shown("training_seconds", "Training", "s"),
)

ANSWERS = Answers(ask, COLUMNS)
