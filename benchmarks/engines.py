"""Engines of molecular dynamics behind one face: the same network, start, time step and steps.

Each takes a :class:`Task` and gives a function that runs it from the start and returns the last
positions (Å) and total energies (eV; ours the last that it keeps, after a multiple of 8 steps).
What is made before that function is called is not timed.
"""

import copy
import dataclasses
from collections.abc import Callable
from typing import Any

import ase
import numpy as np
import torch
from ase import units
from ase.md.verlet import VelocityVerlet
from schnetpack.interfaces import SpkCalculator
from schnetpack.md import Simulator, System
from schnetpack.md.calculators import SchNetPackCalculator
from schnetpack.md.integrators import VelocityVerlet as SpkVelocityVerlet
from schnetpack.md.neighborlist_md import NeighborListMD
from schnetpack.transform import MatScipyNeighborList
from schnetpack.units import convert_units
from schnetpack.units import length as spk_length
from schnetpack.units import time as spk_time

from nearsight.config import Dynamics
from nearsight.data.frames import Frames
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.schnetpack.inputs import assemble, both_ways
from nearsight.families.schnetpack.network import ENERGY_KEY, FORCE_KEY
from nearsight.md.replicas.starts import Starts, draw_starts
from nearsight.md.rules.guards import Guards
from nearsight.md.rules.reference_guards import reference_guards
from nearsight.md.run.nve import run
from nearsight.models.model import Model

try:
    import torch_sim
    from torch_sim.models.interface import ModelInterface
except ModuleNotFoundError:
    torch_sim, ModelInterface = None, torch.nn.Module

END = tuple[np.ndarray, np.ndarray]
Engine = Callable[["Task"], Callable[[], END]]


@dataclasses.dataclass(frozen=True)
class Task:
    """What every engine is to do."""

    model: Model
    atoms: ase.Atoms
    replicas: int
    steps: int
    dtype: torch.dtype
    timestep: float = 0.5
    temperature: float = 300.0

    @property
    def settings(self) -> Dynamics:
        """Limits so wide that no replica ends: an untrained network pushes atoms about."""
        return Dynamics(
            temperature=self.temperature,
            timestep=self.timestep,
            duration=self.steps * self.timestep / 1000,
            replicas=self.replicas,
            bond_deviation=10.0,
            bond_limits=[10.0],
            bond_forms=0.01,
            bond_breaks=10.0,
            close_contact=0.01,
            isolation=1e3,
            energy_deviation=1e6,
            temperature_factor=1e6,
        )

    @property
    def frames(self) -> Frames:
        """The geometry as a data set of one frame."""
        return Frames(
            atomic_number=self.atoms.numbers,
            position=self.atoms.positions,
            force=np.zeros((len(self.atoms), 3)),
            n_atoms=np.array([len(self.atoms)]),
            energy=np.zeros(1),
            subset=np.zeros(1, dtype=int),
            source=np.zeros(1, dtype=int),
        )

    @property
    def starts(self) -> Starts:
        """The same for every engine."""
        return draw_starts(self.frames, self.settings)

    @property
    def guards(self) -> Guards:
        """Rules of our own engine."""
        return reference_guards(self.frames, self.settings)

    @property
    def network(self) -> torch.nn.Module:
        """A copy that an engine may do with as it likes."""
        return copy.deepcopy(self.model.network).to(self.dtype).eval()


def nearsight(task: Task) -> Callable[[], END]:
    """Our batched dynamics, guards and recording included."""
    potential = task.model.potential(task.atoms.numbers, dtype=task.dtype)
    starts, guards, settings = task.starts, task.guards, task.settings

    def go() -> END:
        record = run(potential, starts, guards, settings)
        return record.ends.position, record.total_energy[:, -1]

    return go


def bare(task: Task) -> Callable[[], END]:
    """Nothing but our energies and forces at the start, as often as dynamics needs them."""
    potential = task.model.potential(task.atoms.numbers, dtype=task.dtype)
    position = task.starts.position
    return lambda: _repeat(task, lambda: potential(position))


def idle(task: Task) -> Callable[[], END]:
    """Our dynamics on forces that cost nothing: what a step spends beside them."""
    starts, guards, settings = task.starts, task.guards, task.settings
    energy, force = torch.zeros(task.replicas).double(), torch.zeros_like(starts.position)

    def go() -> END:
        record = run(lambda _: (energy, force), starts, guards, settings)
        return record.ends.position, record.total_energy[:, -1]

    return go


def bare_schnetpack(task: Task) -> Callable[[], END]:
    """The same by SchNetPack's own forward pass, with our batched neighbour list."""
    evaluate, position = schnetpack_evaluation(task), task.starts.position.reshape(-1, 3)
    return lambda: _repeat(task, lambda: evaluate(position))


def _repeat(task: Task, evaluate: Callable[[], Any]) -> END:
    for _ in range(task.steps + 1):
        evaluate()
    return task.starts.position.numpy(), np.zeros(task.replicas)


def by_ase(task: Task) -> Callable[[], END]:
    """ASE's velocity Verlet with SchNetPack's calculator, one replica after another."""
    starts = task.starts
    calculator = SpkCalculator(
        task.network,
        neighbor_list=MatScipyNeighborList(cutoff=task.model.variant.cutoff),
        energy_unit="eV",
        position_unit="Ang",
        dtype=task.dtype,
    )

    def go() -> END:
        ends, energies = [], []
        for position, velocity in zip(
            starts.position.numpy(), starts.velocity.numpy(), strict=True
        ):
            atoms = task.atoms.copy()
            atoms.positions = position
            atoms.set_velocities(velocity / units.fs)
            atoms.calc = calculator
            VelocityVerlet(atoms, timestep=task.timestep * units.fs).run(task.steps)
            ends.append(atoms.positions)
            energies.append(atoms.get_total_energy())
        return np.stack(ends), np.array(energies)

    return go


class _Calculator(SchNetPackCalculator):
    """Takes a network where SchNetPack takes a pickled file, and leaves its precision alone."""

    def _load_model(self, model_file: torch.nn.Module) -> torch.nn.Module:
        return model_file


def by_schnetpack(task: Task) -> Callable[[], END]:
    """SchNetPack's own simulator, with its neighbour list and a buffer of 2 Å."""
    starts = task.starts
    to_length, to_time = convert_units("Ang", spk_length), units.fs / spk_time
    calculator = _Calculator(
        task.network,
        FORCE_KEY,
        "eV",
        "Ang",
        NeighborListMD(task.model.variant.cutoff, 2.0, MatScipyNeighborList),
        energy_key=ENERGY_KEY,
    )
    system = System()
    system.load_molecules(task.atoms, n_replicas=task.replicas)
    simulator = Simulator(system, SpkVelocityVerlet(task.timestep), calculator, progress=False)
    simulator = simulator.to(task.dtype)
    mass = system.masses.double()
    position = starts.position * to_length
    momentum = mass * starts.velocity * (to_length / to_time)

    def go() -> END:
        system.positions, system.momenta = position.to(task.dtype), momentum.to(task.dtype)
        simulator.simulate(task.steps)
        kinetic = 0.5 * (system.momenta**2 / system.masses).sum((1, 2))
        energy = kinetic + system.energy.view(-1)
        return (system.positions / to_length).numpy(), (
            energy / calculator.energy_conversion
        ).numpy()

    return go


class _Wrapped(ModelInterface):
    """SchNetPack's network as a model of torch-sim, with our batched neighbour list."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self._device, self._dtype = torch.device("cpu"), task.dtype
        self._compute_stress, self._compute_forces = False, True
        self._evaluate = schnetpack_evaluation(task)

    def forward(self, state: Any, **_: Any) -> dict[str, torch.Tensor]:
        result = self._evaluate(state.positions)
        return {"energy": result[ENERGY_KEY].detach(), "forces": result[FORCE_KEY].detach()}


def by_torch_sim(task: Task) -> Callable[[], END]:
    """torch-sim's NVE integrator on SchNetPack's network."""
    starts, model = task.starts, _Wrapped(task)
    dt = torch.tensor(task.timestep * units.fs, dtype=task.dtype)
    kt = torch.tensor(task.temperature * units.kB, dtype=task.dtype)
    first, step = torch_sim.integrators.nve(model, dt=dt, kT=kt, seed=0)
    flat = starts.position.to(task.dtype).reshape(-1, 3)
    mass = starts.mass.repeat(task.replicas)
    momentum = mass[:, None] * starts.velocity.reshape(-1, 3) / units.fs
    at_start = {
        "masses": mass.to(task.dtype),
        "cell": torch.zeros(task.replicas, 3, 3, dtype=task.dtype),
        "pbc": False,
        "atomic_numbers": starts.atomic_number.repeat(task.replicas),
        "system_idx": torch.arange(task.replicas).repeat_interleave(len(task.atoms)),
    }

    def go() -> END:
        state = first({"positions": flat.clone(), **at_start})
        state.momenta = momentum.to(task.dtype)
        for _ in range(task.steps):
            state = step(state)
        kinetic = 0.5 * (state.momenta**2 / state.masses[:, None]).view(task.replicas, -1).sum(1)
        position = state.positions.view(task.replicas, -1, 3)
        return position.numpy(), (kinetic + state.energy).numpy()

    return go


def schnetpack_evaluation(task: Task) -> Callable[[torch.Tensor], dict[str, torch.Tensor]]:
    """Energies and forces of all replicas at positions (replica × atom, 3) by SchNetPack."""
    network, cutoff = task.network, task.model.variant.cutoff
    numbers = torch.as_tensor(task.atoms.numbers, dtype=torch.long).repeat(task.replicas)
    counts = torch.full((task.replicas,), len(task.atoms))

    def evaluate(position: torch.Tensor) -> dict[str, torch.Tensor]:
        i, j = both_ways(*neighbor_pairs(position.view(task.replicas, -1, 3), cutoff))
        flat = position.detach().to(task.dtype)
        result: dict[str, torch.Tensor] = network(assemble(numbers, flat, counts, i, j))
        return result

    return evaluate
