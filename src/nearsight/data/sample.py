"""A data set sampled with the reference engine, the same for any number of processes."""

import json
import logging
import multiprocessing
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import numpy as np
from ase import Atoms
from ase.optimize import BFGS

from nearsight.config import Sampling
from nearsight.data.engine import LEVEL_OF_THEORY, engine_version, reference_calculator
from nearsight.data.frames import Frames
from nearsight.data.trajectory import Trajectory, run_trajectory
from nearsight.errors import ReferenceEngineError
from nearsight.progress import progress_bar

logger = logging.getLogger(__name__)

RELAXED_FORCE = 0.05
"""eV/Å: largest force of the relaxed start geometry."""
RELAXATION_STEPS = 1000

_POLL_SECONDS = 0.5
# The count of stored frames that worker processes share with the parent's progress bar.
_counter: Any = None


def sample(molecule: Atoms, settings: Sampling, workers: int = 1) -> Frames:
    """Relax a molecule and sample it with independent Langevin trajectories.

    The result depends on ``settings`` alone, bit for bit, not on ``workers``.

    Args:
        molecule: start geometry in Å.
        settings: temperature (K), time step (fs), number of frames and trajectories, seed.
        workers: processes that trajectories are spread over.

    Returns:
        Energies in eV and forces in eV/Å; ``source`` is the trajectory; all frames in ``train``.
        Attributes state the level of theory, the temperature set and found, and every failure.

    Raises:
        ReferenceEngineError: the engine fails on the start geometry or too often afterwards.
    """
    start, fmax = relax(molecule, settings.accuracy)
    seeds = np.random.SeedSequence(settings.seed).spawn(settings.n_trajectories)
    n_frames = settings.n_frames // settings.n_trajectories
    jobs = [(start, settings, seed, n_frames) for seed in seeds]
    with progress_bar(total=settings.n_frames, desc="sampling", unit="frame") as bar:
        if workers > 1 and len(jobs) > 1:
            results = _in_processes(jobs, min(workers, len(jobs)), bar)
        else:
            results = [run_trajectory(*job, progress=bar.update) for job in jobs]
    return _to_frames(start, fmax, settings, results)


def relax(molecule: Atoms, accuracy: float) -> tuple[Atoms, float]:
    """Relax with the reference engine (BFGS).

    Returns:
        The relaxed molecule, and its largest force in eV/Å.

    Raises:
        ReferenceEngineError: the engine fails.
    """
    atoms = Atoms(molecule.numbers, positions=molecule.positions)
    atoms.calc = reference_calculator(accuracy=accuracy)
    BFGS(atoms, logfile=None).run(fmax=RELAXED_FORCE, steps=RELAXATION_STEPS)
    fmax = float(np.linalg.norm(atoms.get_forces(), axis=1).max())
    if fmax > RELAXED_FORCE:
        logger.warning("relaxation stopped at %.3f eV/Å after %d steps", fmax, RELAXATION_STEPS)
    atoms.calc = None
    return atoms, fmax


def _share(counter: Any) -> None:
    global _counter
    _counter = counter


def _count_frame() -> None:
    with _counter.get_lock():
        _counter.value += 1


def _run_counted(job: tuple[Atoms, Sampling, np.random.SeedSequence, int]) -> Trajectory:
    return run_trajectory(*job, progress=_count_frame)


def _in_processes(jobs: list[Any], workers: int, bar: Any) -> list[Trajectory]:
    context = multiprocessing.get_context("spawn")
    counter = context.Value("i", 0)
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_share, initargs=(counter,)
    ) as pool:
        futures: list[Future[Trajectory]] = [pool.submit(_run_counted, job) for job in jobs]
        pending: set[Future[Trajectory]] = set(futures)
        while pending:
            done, pending = wait(pending, timeout=_POLL_SECONDS, return_when=FIRST_EXCEPTION)
            bar.update(counter.value - bar.n)
            if any(future.exception() for future in done):
                pool.shutdown(wait=False, cancel_futures=True)
                break
        try:
            return [future.result() for future in futures if not future.cancelled()]
        except BrokenProcessPool:
            raise ReferenceEngineError(
                "a sampling process was killed, probably for lack of memory: use fewer workers"
            ) from None


def _to_frames(start: Atoms, fmax: float, settings: Sampling, results: list[Trajectory]) -> Frames:
    n_frames, n_atoms = settings.n_frames, len(start)
    skipped = [
        {"trajectory": number, "reason": reason}
        for number, result in enumerate(results)
        for reason in result.skipped
    ]
    return Frames(
        atomic_number=np.tile(start.numbers, n_frames),
        position=np.concatenate([np.concatenate(r.position) for r in results]),
        force=np.concatenate([np.concatenate(r.force) for r in results]),
        n_atoms=np.full(n_frames, n_atoms),
        energy=np.concatenate([r.energy for r in results]),
        subset=np.zeros(n_frames, dtype=int),
        source=np.repeat(np.arange(len(results)), [len(r.energy) for r in results]),
        attributes={
            "level_of_theory": LEVEL_OF_THEORY,
            "engine": engine_version(),
            "formula": start.get_chemical_formula(),
            "temperature_K": settings.temperature,
            "sampled_temperature_K": float(np.mean([r.temperature for r in results])),
            "timestep_fs": settings.timestep,
            "stride_steps": settings.stride,
            "relaxed_max_force_eV_per_angstrom": fmax,
            "n_skipped": len(skipped),
            "skipped": json.dumps(skipped),
        },
    )
