"""Frames per second of training against SchNetPack's own path (``spktrain``), and where time goes.

One run on one machine, one thread. Times are CPU seconds of this process; ways take turns and the
best of several epochs counts. Both sides train the same network on the same frames with the same
batch size, energies and forces, and an exponential average of the weights.

* ``spktrain`` is what that command runs: Lightning, ``AtomisticTask`` with its metrics, its ASE
  database and ``AtomsLoader`` (in this process: with one thread there is nothing to gain from
  workers), with neighbour lists by matscipy.
* ``eager`` and ``compiled`` are this package, from tensors in memory.
* ``streamed`` is this package from a NetCDF file, a quarter of the frames in memory at a time.

    python benchmarks/training.py --train rmd17_ethanol_train_01.npz
    python benchmarks/training.py --train rmd17_aspirin_train_01.npz --family painn
    python benchmarks/training.py --train rmd17_ethanol_train_01.npz --memory
    python benchmarks/training.py --quick            # frames of GFN2-xTB made on the spot
"""

import argparse
import gc
import logging
import os
import resource
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path

import numpy as np
import torch

from nearsight.config import Sampling, Training, Variant, make_variant
from nearsight.data.exporting import export_frames
from nearsight.data.frames import Frames, write_frames
from nearsight.data.importing import import_frames
from nearsight.data.stored import open_frames
from nearsight.families.registry import build_network
from nearsight.models.batching import Source, to_tensors
from nearsight.models.model import energy_offsets, fit_atom_references
from nearsight.models.streaming import StreamedFrames
from nearsight.train.compiled import CompiledGradients
from nearsight.train.epoch import train_epoch
from nearsight.train.loss import EagerGradients
from nearsight.train.state import new_state

CUTOFF, DEPTH, BATCH = 5.0, 3, 10
AIMS = {"schnet": 2.5, "painn": 1.8}
AIM_COMPILED = 1.4
AIM_OVERHEAD = 0.05
SETTINGS = Training(batch_size=BATCH)


def main() -> None:
    """Print rates and ratios."""
    warnings.filterwarnings("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    torch.set_num_threads(1)
    arguments = parse()
    frames = read(arguments)
    for family in arguments.family:
        if arguments.memory:
            print_memory(frames, family, arguments.features)
        else:
            print_rates(frames, family, arguments)


def read(arguments: argparse.Namespace) -> Frames:
    """Published frames, or a few made on the spot."""
    if arguments.quick:
        from nearsight.data.molecules import build_molecule
        from nearsight.data.sample import sample

        few = Sampling(n_frames=100, n_trajectories=1, stride=2, equilibration=20)
        return sample(build_molecule("ethanol", 0), few, 1)
    frames = import_frames(arguments.train, energy_unit="kcal/mol")
    return frames.select(np.arange(min(arguments.frames, len(frames))))


def print_rates(frames: Frames, family: str, arguments: argparse.Namespace) -> None:
    """Frames per CPU second of every way."""
    variant = variant_of(family, arguments.features)
    print(
        f"\n{family}, {int(frames.n_atoms[0])} atoms, {len(frames)} frames, F = "
        f"{variant.features}, depth {DEPTH}, cutoff {CUTOFF:g} Å, batches of {BATCH}, float32"
    )
    with tempfile.TemporaryDirectory() as folder:
        ways: dict[str, Iterator[float]] = {
            "spktrain": by_spktrain(frames, variant, Path(folder), arguments.turns),
            "eager": by_us(in_memory(frames), variant, EagerGradients),
            "streamed": by_us(from_file(frames, Path(folder)), variant, EagerGradients),
        }
        if not arguments.quick:
            ways["compiled"] = by_us(in_memory(frames), variant, CompiledGradients)
        best = dict.fromkeys(ways, np.inf)
        for _ in range(arguments.turns):
            for name, way in ways.items():
                best[name] = min(best[name], next(way))
    rate = {name: len(frames) / seconds for name, seconds in best.items()}
    for name, value in rate.items():
        print(f"  {name:10s}{value:8.0f} frames per CPU second")
    told(
        "eager / spktrain",
        rate["eager"] / rate["spktrain"],
        AIMS[family],
        quick=arguments.quick,
    )
    told("streamed / eager", rate["streamed"] / rate["eager"])
    if "compiled" in rate:
        told("compiled / eager", rate["compiled"] / rate["eager"], AIM_COMPILED)
    share = overhead(frames, variant)
    met = (
        ""
        if arguments.quick
        else "  (aim below 5 %: " + ("met)" if share < AIM_OVERHEAD else "NOT MET)")
    )
    print(f"  outside forward, backward and optimiser: {share:.1%} of an eager epoch{met}")


def told(text: str, ratio: float, aim: float | None = None, *, quick: bool = False) -> None:
    """A ratio, and whether it is what was aimed at."""
    verdict = (
        "" if aim is None or quick else f"  (aim {aim}: {'met' if ratio >= aim else 'NOT MET'})"
    )
    print(f"  {text}: {ratio:.2f}{verdict}")


def variant_of(family: str, features: int) -> Variant:
    """The network that all ways train."""
    return make_variant(family=family, cutoff=CUTOFF, depth=DEPTH, features=features)


def label_of(frames: Frames) -> np.ndarray:
    """Energies without their atom references."""
    reference = fit_atom_references(frames.atomic_number, frames.n_atoms, frames.energy)
    return frames.energy - energy_offsets(reference, frames.atomic_number, frames.n_atoms)


def in_memory(frames: Frames) -> Source:
    """All frames as tensors."""
    return to_tensors(frames, CUTOFF, label_of(frames))


def from_file(frames: Frames, folder: Path) -> Source:
    """A quarter of the frames at a time."""
    write_frames(frames, folder / "data.nc", title="frames of a benchmark")
    stored = open_frames(folder / "data.nc")
    return StreamedFrames(stored, CUTOFF, label_of(frames), window=len(frames) // 4)


def by_us(source: Source, variant: Variant, kind: Callable[..., object]) -> Iterator[float]:
    """CPU seconds of one epoch after another; the first, which warms up, is not told."""
    state = new_state(build_network(variant), SETTINGS)
    gradients = kind(state.network, variant, SETTINGS, forces=True)
    for seed in range(10**6):
        order = source.shuffled(torch.Generator().manual_seed(seed), BATCH)
        start = time.process_time()
        train_epoch(state, source, SETTINGS, order, gradients)  # type: ignore[arg-type]
        if seed:
            yield time.process_time() - start


def overhead(frames: Frames, variant: Variant) -> float:
    """Share of an epoch that is neither the gradients nor the optimiser: clip, step, average."""
    source, state = in_memory(frames), new_state(build_network(variant), SETTINGS)
    eager = EagerGradients(state.network, variant, SETTINGS, forces=True)
    inside = 0.0

    def timed(call: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object, **options: object) -> object:
            nonlocal inside
            start = time.process_time()
            result = call(*arguments, **options)
            inside += time.process_time() - start
            return result

        return run

    state.optimizer.step = timed(state.optimizer.step)  # type: ignore[method-assign]
    state.average = timed(state.average)  # type: ignore[method-assign]
    clip = torch.nn.utils.clip_grad_norm_
    torch.nn.utils.clip_grad_norm_ = timed(clip)  # type: ignore[assignment]
    shares = []
    for turn in range(4):
        order, inside, start = torch.randperm(len(frames)), 0.0, time.process_time()
        train_epoch(state, source, SETTINGS, order, timed(eager))  # type: ignore[arg-type]
        if turn:
            shares.append(1 - inside / (time.process_time() - start))
    torch.nn.utils.clip_grad_norm_ = clip
    return min(shares)


def by_spktrain(frames: Frames, variant: Variant, folder: Path, turns: int) -> Iterator[float]:
    """CPU seconds of one epoch after another of SchNetPack's own training."""
    import pytorch_lightning as pl
    import schnetpack as spk
    import torchmetrics
    from schnetpack import transform as trn

    export_frames(frames, folder / "data.db")
    data = spk.data.AtomsDataModule(
        str(folder / "data.db"),
        batch_size=BATCH,
        num_train=len(frames) - 2,
        num_val=1,
        num_test=1,
        split_file=str(folder / "split.npz"),
        num_workers=0,
        transforms=[
            trn.RemoveOffsets("energy", remove_mean=True, is_extensive=True),
            trn.MatScipyNeighborList(cutoff=CUTOFF),
            trn.CastTo32(),
        ],
    )
    outputs = [
        spk.task.ModelOutput(
            name=name,
            loss_fn=torch.nn.MSELoss(),
            loss_weight=weight,
            metrics={"mae": torchmetrics.MeanAbsoluteError()},
        )
        for name, weight in (("energy", SETTINGS.energy_weight), ("forces", SETTINGS.force_weight))
    ]
    task = spk.task.AtomisticTask(
        model=build_network(variant),
        outputs=outputs,
        optimizer_cls=torch.optim.AdamW,
        optimizer_args={"lr": SETTINGS.learning_rate},
    )
    seconds: list[float] = []

    class Clock(pl.Callback):
        def on_train_epoch_start(self, *_: object) -> None:
            self.start = time.process_time()

        def on_train_epoch_end(self, *_: object) -> None:
            seconds.append(time.process_time() - self.start)

    trainer = pl.Trainer(
        max_epochs=turns + 1,
        accelerator="cpu",
        callbacks=[Clock(), spk.train.ExponentialMovingAverage(decay=SETTINGS.ema_decay)],
        gradient_clip_val=SETTINGS.gradient_clip,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        limit_val_batches=0,
        default_root_dir=str(folder),
    )
    # SchNetPack leaves a lock in the folder it is called from.
    with chdir(folder):
        trainer.fit(task, datamodule=data)
    # All its epochs in a row: Lightning does not yield between them.
    scale = len(frames) / (len(frames) - 2)
    yield from (scale * value for value in seconds[1:])


def print_memory(frames: Frames, family: str, features: int) -> None:
    """Largest memory of the process after more and more epochs, and of a set read in windows."""
    variant = variant_of(family, features)
    print(f"\n{family}: memory of the process beyond its start, MB")
    base = megabytes()
    way = by_us(in_memory(frames), variant, EagerGradients)
    for epoch in range(1, 21):
        next(way)
        if epoch in (1, 5, 10, 20):
            gc.collect()
            print(f"  after {epoch + 1:3d} epochs {megabytes() - base:8.0f}")
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  largest at any time {largest - base:8.0f}")
    with tempfile.TemporaryDirectory() as folder:
        for copies in (1, 4, 16):
            many = frames.select(np.tile(np.arange(len(frames)), copies))
            write_frames(many, Path(folder) / "data.nc", title="frames of a benchmark")
            stored, label = open_frames(Path(folder) / "data.nc"), label_of(many)
            n_frames = len(many)
            del many
            gc.collect()
            source = StreamedFrames(stored, CUTOFF, label, window=len(frames))
            before, most = megabytes(), 0.0
            for _ in source.load(source.shuffled(torch.Generator(), BATCH), BATCH):
                most = max(most, megabytes() - before)
            print(f"  {n_frames:7d} frames in windows of {len(frames)}: at most {most:6.0f} more")


def megabytes() -> float:
    """Memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def parse() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=Path, help="rMD17 .npz of training frames")
    parser.add_argument("--family", nargs="+", default=["schnet", "painn"])
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--frames", type=int, default=500)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--memory", action="store_true", help="memory instead of time")
    parser.add_argument("--quick", action="store_true", help="100 frames, no compilation, no aims")
    arguments = parser.parse_args()
    if not arguments.quick and arguments.train is None:
        parser.error("--train FILE, or --quick")
    return arguments


if __name__ == "__main__":
    main()
