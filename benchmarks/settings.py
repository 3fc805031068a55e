"""What each setting of training changes: one is varied at a time, all else stays.

Trains on published frames (rMD17, 950 for training, 50 for validation) for a number of epochs and
measures the errors on frames of the published test split. Every run is a row of a CSV file that
is appended to, so that a stopped comparison goes on. Runs may be spread over processes by name.

    python benchmarks/settings.py --train train_01.npz --test test_01.npz \
        --molecule ethanol --family schnet --epochs 40 --out settings.csv
    python benchmarks/settings.py ... --only schedule=cosine "schedule=cosine learning_rate=2e-3"
    python benchmarks/settings.py --show settings.csv
"""

import argparse
import csv
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from nearsight.config import Training, make_variant, validate
from nearsight.data.frames import Frames
from nearsight.data.importing import import_frames
from nearsight.train.evaluate import evaluate
from nearsight.train.fit import fit

# All of it is named: the defaults of the package are those that this comparison has changed.
BASE = {
    "learning_rate": 1e-3,
    "schedule": "plateau",
    "lr_factor": 0.5,
    "lr_patience": 15,
    "min_learning_rate": 1e-6,
    "batch_size": 10,
    "energy_weight": 0.05,
    "force_weight": 0.95,
    "ema_decay": 0.99,
    "gradient_clip": 10.0,
    "compile": True,
}
CHANGES = (
    "",
    "learning_rate=5e-4",
    "learning_rate=2e-3",
    "learning_rate=5e-3",
    "schedule=cosine",
    "schedule=cosine learning_rate=2e-3",
    "schedule=cosine learning_rate=5e-3",
    "batch_size=5",
    "batch_size=20",
    "ema_decay=0.0",
    "ema_decay=0.999",
    "energy_weight=0.01 force_weight=0.99",
    "energy_weight=0.3 force_weight=0.7",
)
COLUMNS = (
    "family", "molecule", "change", "epochs", "seed", "force_mae", "energy_mae",
    "cpu_seconds", "frames_per_cpu_second",
)  # fmt: skip


def main() -> None:
    """Run what is asked for and not yet in the file, or show the file."""
    arguments = parse()
    if arguments.show:
        show(arguments.show)
        return
    torch.set_num_threads(1)
    frames, test = data(arguments)
    for change in arguments.only or CHANGES:
        for seed in arguments.seeds:
            key = (arguments.family, arguments.molecule, change, arguments.epochs, seed)
            if tuple(map(str, key)) not in done(arguments.out):
                keep(arguments.out, [*key, *run(frames, test, change, arguments, seed)])


def data(arguments: argparse.Namespace) -> tuple[Frames, Frames]:
    """Training and validation frames in published order, and test frames."""
    frames = import_frames(arguments.train, energy_unit="kcal/mol")
    subset = np.repeat([0, 1], [950, len(frames) - 950])
    test = import_frames(arguments.test, energy_unit="kcal/mol").select(np.arange(arguments.n_test))
    return replace(frames, subset=subset), test


def run(
    frames: Frames, test: Frames, change: str, arguments: argparse.Namespace, seed: int
) -> list[str]:
    """Errors (meV/Å, meV), CPU seconds and frames per CPU second of one run."""
    values = dict(pair.split("=") for pair in change.split())
    settings = validate(
        Training,
        {**BASE, "max_epochs": arguments.epochs, "early_stopping": 10**6, **plain(values)},
        change,
    )
    variant = make_variant(
        family=arguments.family,
        cutoff=5.0,
        depth=3,
        features=64,
        n_train=950,
        seed=seed,
    )
    start = time.process_time()
    parts = frames.of_subset("train"), frames.of_subset("validation")
    model, state = fit(*parts, variant, settings, run_hash="")
    spent = time.process_time() - start
    errors = evaluate(model, test)
    # The first epoch holds the compilation.
    seconds = sum(row["seconds"] for row in state.history[1:])
    rate = 950 * (state.epoch - 1) / seconds
    found = float(errors["force_mae"]), float(errors["energy_mae"])
    return [f"{found[0]:.2f}", f"{found[1]:.2f}", f"{spent:.0f}", f"{rate:.0f}"]


def plain(values: dict[str, str]) -> dict[str, float | int | str | bool]:
    """Text of the command line as numbers where it is one."""
    found: dict[str, float | int | str | bool] = {}
    for key, text in values.items():
        try:
            found[key] = int(text) if text.isdigit() else float(text)
        except ValueError:
            found[key] = text
    return found


def done(path: Path) -> set[tuple[str, ...]]:
    """Runs that are in the file."""
    if not path.is_file():
        return set()
    with path.open(newline="") as file:
        return {tuple(row[name] for name in COLUMNS[:5]) for row in csv.DictReader(file)}


def keep(path: Path, row: list[object]) -> None:
    """Append a run."""
    new = not path.is_file()
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(COLUMNS)
        writer.writerow(row)
    print(*row, flush=True)


def show(path: Path) -> None:
    """A table of the file, best forces first; ratios to the run without a change."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for kind in sorted({(r["family"], r["molecule"], r["epochs"]) for r in rows}):
        print(f"\n{kind[0]}, {kind[1]}, {kind[2]} epochs")
        print(f"{'change':44s}{'forces meV/Å':>14s}{'ratio':>7s}{'energy meV':>12s}{'CPU s':>8s}")
        found: dict[str, list[tuple[float, ...]]] = {}
        for row in rows:
            if (row["family"], row["molecule"], row["epochs"]) == kind:
                values = tuple(float(row[n]) for n in ("force_mae", "energy_mae", "cpu_seconds"))
                found.setdefault(row["change"], []).append(values)
        means = {change: np.mean(values, axis=0) for change, values in found.items()}
        base = means.get("", [np.nan])[0]
        for change, (force, energy, spent) in sorted(means.items(), key=lambda kv: kv[1][0]):
            name = change or "(base)"
            print(f"{name:44s}{force:14.1f}{force / base:7.2f}{energy:12.1f}{spent:8.0f}")


def parse() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=Path, help="rMD17 .npz of training frames")
    parser.add_argument("--test", type=Path, help="rMD17 .npz of test frames")
    parser.add_argument("--molecule", default="ethanol", help="name in the table")
    parser.add_argument("--family", choices=("schnet", "painn"), default="schnet")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--n-test", type=int, default=500)
    parser.add_argument("--only", nargs="+", help="these changes, e.g. batch_size=5")
    parser.add_argument("--out", type=Path, default=Path("settings.csv"))
    parser.add_argument("--show", type=Path, help="show a file of results and end")
    return parser.parse_args()


if __name__ == "__main__":
    main()
