"""Random chains, and small random networks."""

import numpy as np
import pytest
import torch
from ase import Atoms
from chains import EveryWalk, MakeChain, MakeNetwork, brute_force, listed, random_chain

from nearsight.explain import Chain


@pytest.fixture
def make_chain() -> MakeChain:
    return random_chain


@pytest.fixture
def every_walk() -> EveryWalk:
    return brute_force


@pytest.fixture(
    scope="session",
    params=[
        (1, "matrix", False),
        (2, "matrix", False),
        (3, "matrix", False),
        (4, "identity", False),
        (3, "nothing", False),
        (3, "identity", True),
    ],
)
def chain(request: pytest.FixtureRequest) -> Chain:
    depth, stays, as_list = request.param
    made = random_chain(depth=depth, stays=stays, seed=depth)
    return listed(made) if as_list else made


@pytest.fixture
def make_network() -> MakeNetwork:
    """SchNetPack networks with random biases; imported late because that costs seconds."""
    import schnetpack as spk

    def build(
        kind: str = "schnet",
        *,
        depth: int = 2,
        features: int = 8,
        cutoff: float = 3.0,
        head: torch.nn.Module | None = None,
        **options: object,
    ) -> torch.nn.Module:
        torch.manual_seed(0)
        family = {"schnet": spk.representation.SchNet, "painn": spk.representation.PaiNN}[kind]
        head = head or spk.atomistic.Atomwise(n_in=features, output_key="energy")
        network = spk.model.NeuralNetworkPotential(
            representation=family(
                n_atom_basis=features,
                n_interactions=depth,
                radial_basis=spk.nn.GaussianRBF(n_rbf=8, cutoff=cutoff),
                cutoff_fn=spk.nn.CosineCutoff(cutoff),
                **options,
            ),
            input_modules=[spk.atomistic.PairwiseDistances()],
            output_modules=[head],
        )
        for name, parameter in network.named_parameters():
            if name.endswith("bias"):
                torch.nn.init.normal_(parameter, std=0.3)
        return network

    return build


@pytest.fixture
def ethanol() -> Atoms:
    from ase.build import molecule

    atoms = molecule("CH3CH2OH")
    atoms.positions += np.random.default_rng(0).normal(0, 0.05, atoms.positions.shape)
    return atoms
