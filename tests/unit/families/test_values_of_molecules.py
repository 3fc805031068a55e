"""One value of each molecule: batches of any sizes, every kind of head, and derivatives."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import schnetpack as spk
import torch
from ase import Atoms
from ase.build import molecule
from torch import nn

from nearsight.families.graph import Graph, copies, owners
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.painn.states import painn_states
from nearsight.families.schnet.states import schnet_states
from nearsight.families.schnetpack.inputs import inputs_of
from nearsight.families.schnetpack.values import fast, only_head, values
from nearsight.families.so3net.states import so3net_states

CUTOFF, FEATURES = 3.0, 6
ATOMWISE, DIPOLE = spk.atomistic.Atomwise, spk.atomistic.DipoleMoment
KINDS = {
    "SchNet": schnet_states,
    "PaiNN": painn_states,
    "SO3net": so3net_states,
}
HEADS: dict[str, Callable[[], list[nn.Module]]] = {
    "sum": lambda: [ATOMWISE(FEATURES, output_key="y")],
    "average": lambda: [ATOMWISE(FEATURES, output_key="y", aggregation_mode="avg")],
    "dipole": lambda: [DIPOLE(FEATURES, dipole_key="y", predict_magnitude=True)],
    "charged": lambda: [
        DIPOLE(FEATURES, dipole_key="y", predict_magnitude=True, correct_charges=False)
    ],
    "two that add up": lambda: [
        ATOMWISE(FEATURES, output_key="a"),
        ATOMWISE(FEATURES, output_key="b", aggregation_mode="avg"),
        spk.atomistic.Aggregation(["a", "b"], output_key="y"),
    ],
}


def network(kind: str, heads: Callable[[], list[nn.Module]]) -> Any:
    """Random weights and biases, the same at every call."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        options = {"lmax": 1} if kind == "SO3net" else {}
        made = spk.model.NeuralNetworkPotential(
            getattr(spk.representation, kind)(
                n_atom_basis=FEATURES, n_interactions=2, **options,
                radial_basis=spk.nn.GaussianRBF(n_rbf=6, cutoff=CUTOFF),
                cutoff_fn=spk.nn.CosineCutoff(CUTOFF),
            ),
            input_modules=[spk.atomistic.PairwiseDistances()],
            output_modules=heads(),
        )  # fmt: skip
        for parameter in made.parameters():
            if parameter.ndim == 1:
                nn.init.normal_(parameter, std=0.3)
    return made.double().eval()


def graph(*several: Atoms) -> Graph:
    """Molecules of different sizes, one after another."""
    sizes = torch.tensor([len(atoms) for atoms in several])
    starts = sizes.cumsum(0) - sizes
    position = [torch.as_tensor(atoms.positions) for atoms in several]
    pairs = [neighbor_pairs(place[None], CUTOFF) for place in position]
    ends = [torch.cat([p[k] + s for p, s in zip(pairs, starts, strict=True)]) for k in (0, 1)]
    numbers = torch.as_tensor(np.concatenate([atoms.numbers for atoms in several]))
    total = len(numbers)
    return Graph(numbers, torch.cat(position), sizes, owners(sizes, total), *ends)


@pytest.fixture(scope="module")
def several() -> list[Atoms]:
    """Of one atom, of two that see nobody, and of more."""
    made = [Atoms("O"), Atoms("CH", [[0, 0, 0], [0, 0, 9.0]]), molecule("H2O"), molecule("CH3OH")]
    noise = np.random.default_rng(0)
    for atoms in made:
        atoms.positions += noise.normal(0, 0.1, atoms.positions.shape)
    return made


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_is_what_schnetpack_gives_one_by_one(
    kind: str, head: str, several: list[Atoms]
) -> None:
    net = network(kind, HEADS[head])
    found = values(KINDS[kind], net, graph(*several)).detach()
    assert found.shape == (4,)
    for atoms, value in zip(several, found, strict=True):
        own = net(inputs_of(graph(atoms)))["y"].detach().reshape(())
        torch.testing.assert_close(value, own, rtol=1e-11, atol=1e-12)
    backwards = values(KINDS[kind], net, graph(*several[::-1])).detach()
    torch.testing.assert_close(backwards, found.flip(0), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("head", HEADS)
def test_unknown_states_are_left_to_schnetpack(head: str, several: list[Atoms]) -> None:
    net = network("PaiNN", HEADS[head])
    ours = values(painn_states, net, graph(*several))
    theirs = values(lambda net, *, trained: None, net, graph(*several))
    torch.testing.assert_close(ours, theirs, rtol=1e-11, atol=1e-12)


def test_an_average_is_a_sum_by_the_number_of_atoms(several: list[Atoms]) -> None:
    total, mean = (
        values(schnet_states, network("SchNet", HEADS[head]), graph(*several))
        for head in ("sum", "average")
    )
    torch.testing.assert_close(mean * torch.tensor([1, 2, 3, 6]), total)


@pytest.mark.parametrize("head", ["sum", "dipole"])
@pytest.mark.parametrize("kind", KINDS)
def test_second_derivatives_are_those_of_schnetpack(kind: str, head: str) -> None:
    net = network(kind, HEADS[head])
    water = graph(molecule("H2O"))
    start = water.position + 0.05 * torch.arange(9.0).reshape(3, 3).sin()

    def curvature(of: Callable[[Graph], torch.Tensor]) -> torch.Tensor:
        def value(position: torch.Tensor) -> torch.Tensor:
            moved = Graph(**{**vars(water), "position": position})
            return of(moved).sum()

        return torch.autograd.functional.hessian(value, start).reshape(9, 9)

    found = curvature(lambda g: values(KINDS[kind], net, g))
    theirs = curvature(lambda g: net(inputs_of(g))["y"])
    torch.testing.assert_close(found, theirs, rtol=1e-9, atol=1e-10)
    torch.testing.assert_close(found, found.T)
    assert float(found.abs().max()) > 1e-3


def test_an_atom_alone_is_its_embedding_wherever_it_is() -> None:
    for kind, states in KINDS.items():
        net = network(kind, HEADS["sum"])
        here, there = graph(Atoms("N")), graph(Atoms("N", [[1.0, -7.0, 300.0]]))
        assert torch.equal(values(states, net, here), values(states, net, there))
        assert values(states, net, graph(Atoms("O"))) != values(states, net, here)


# Dipoles.


def test_charges_of_an_atom_alone_are_taken_away() -> None:
    net = network("PaiNN", HEADS["dipole"])
    assert values(painn_states, net, graph(Atoms("O", [[3.0, 4, 0]]))).item() == 0.0


def test_a_charged_molecules_dipole_grows_with_its_distance() -> None:
    net = network("PaiNN", HEADS["charged"])
    water = molecule("H2O")
    far = water.copy()
    far.positions += [0, 0, 1e6]
    charge = network("PaiNN", HEADS["sum"])
    charge.output_modules[0].outnet = net.output_modules[0].outnet
    total = values(painn_states, charge, graph(water)).item()
    assert abs(total) > 0.1
    found = values(painn_states, net, graph(far)).item()
    assert found == pytest.approx(1e6 * abs(total), rel=1e-5)
    kept = network("PaiNN", HEADS["dipole"])
    here, there = (values(painn_states, kept, graph(atoms)).item() for atoms in (water, far))
    assert there == pytest.approx(here, rel=1e-6)


# Which way is taken.

ODD: dict[str, list[nn.Module]] = {
    "none": [],
    "forces alone": [spk.atomistic.Forces()],
    "two": HEADS["sum"]() + HEADS["average"](),
    "two values": [ATOMWISE(FEATURES, n_out=2, output_key="y")],
    "largest atom": [ATOMWISE(FEATURES, aggregation_mode="max", output_key="y")],
    "a vector": [DIPOLE(FEATURES)],
    "local dipoles": [DIPOLE(FEATURES, predict_magnitude=True, use_vector_representation=True)],
    "another": [spk.atomistic.Polarizability(FEATURES)],
    "a class of its own": [type("Own", (ATOMWISE,), {})(FEATURES, output_key="y")],
}


@pytest.mark.parametrize("name", ODD)
def test_heads_that_are_left_to_schnetpack(name: str) -> None:
    net = network("PaiNN", HEADS["sum"])
    assert only_head(net) is net.output_modules[0]
    net.output_modules = nn.ModuleList(ODD[name])
    assert only_head(net) is None
    assert fast(painn_states, net) is None


def test_forces_are_no_second_head_and_strain_is_another_network() -> None:
    net = network("SchNet", lambda: [*HEADS["dipole"](), spk.atomistic.Forces()])
    assert only_head(net) is net.output_modules[0]
    net.input_modules.insert(0, spk.atomistic.Strain())
    assert only_head(net) is None


@pytest.mark.parametrize("head", ["average", "dipole", "charged"])
def test_there_is_no_fast_way_but_of_sums(head: str) -> None:
    assert fast(painn_states, network("PaiNN", HEADS[head])) is None
    assert fast(so3net_states, network("SO3net", HEADS["sum"])) is None


@pytest.mark.parametrize("kind", ["SchNet", "PaiNN"])
def test_the_fast_way_is_the_same_for_copies(kind: str) -> None:
    net, methanol = network(kind, HEADS["sum"]), molecule("CH3OH")
    noise = np.random.default_rng(1).normal(0, 0.1, (3, 6, 3))
    place = torch.as_tensor(methanol.positions + noise).requires_grad_()
    pairs = neighbor_pairs(place, CUTOFF)
    several = copies(torch.as_tensor(methanol.numbers), place.reshape(-1, 3), *pairs)
    quick = fast(KINDS[kind], net)
    assert quick is not None
    one, other = quick(several), values(KINDS[kind], net, several)
    torch.testing.assert_close(one, other, rtol=1e-11, atol=1e-12)
    slopes = [torch.autograd.grad(x.sum(), place)[0] for x in (one, other)]
    torch.testing.assert_close(*slopes, rtol=1e-10, atol=1e-11)
