import subprocess
import sys

import numpy as np
import pytest
import schnetpack as spk
import torch
from ase import Atoms
from chains import MakeNetwork

from nearsight.errors import ConfigError, DataError, ModelError, UnsupportedModelError
from nearsight.explain import Zero, balance, linearize
from nearsight.explain.activations import Activation


@pytest.mark.parametrize(
    ("kind", "vector", "state", "message"),
    [("schnet", "detach", 8, 8), ("painn", "detach", 8, 8), ("painn", "flow", 32, 56)],
)
def test_shapes(
    make_network: MakeNetwork, ethanol: Atoms, kind: str, vector: str, state: int, message: int
):
    chain = linearize(make_network(kind), ethanol, vector=vector)
    assert chain.h.shape == chain.o.shape == (9, state)
    assert chain.depth == 2
    for block in chain.blocks:
        assert block.P is None or block.P.shape == (9, state, state)
        assert block.M.shape == (9, state, message)
        assert block.K.shape == (9, message, state)
        assert block.f.shape == (9, 9, message)
        assert block.c.shape == (9, state)


@pytest.mark.parametrize("kind", ["schnet", "painn"])
def test_filters_are_zero_on_the_diagonal_and_beyond_the_cutoff(
    make_network: MakeNetwork, ethanol: Atoms, kind: str
):
    chain = linearize(make_network(kind, cutoff=2.0), ethanol, vector="flow")
    far = (chain.distance >= 2.0) | torch.eye(9, dtype=torch.bool)
    for block in chain.blocks:
        assert (block.f[far] == 0).all()
        assert (block.f[~far] != 0).any(-1).all()


def test_number_of_filters_may_differ_from_number_of_features(
    make_network: MakeNetwork, ethanol: Atoms
):
    chain = linearize(make_network(n_filters=5), ethanol)
    assert chain.blocks[0].f.shape[-1] == 5
    assert balance(chain)["conservation_error"].item() < 1e-12


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_readouts_of_any_depth(make_network: MakeNetwork, ethanol: Atoms, layers: int):
    head = spk.atomistic.Atomwise(n_in=8, n_layers=layers, output_key="energy")
    assert balance(linearize(make_network(head=head), ethanol))["conservation_error"] < 1e-12


@pytest.mark.parametrize("activation", [torch.tanh, torch.nn.SiLU(), torch.nn.GELU()])
@pytest.mark.parametrize("kind", ["schnet", "painn"])
def test_other_activations(
    make_network: MakeNetwork, ethanol: Atoms, kind: str, activation: Activation
):
    chain = linearize(make_network(kind, activation=activation), ethanol)
    assert balance(chain)["conservation_error"].item() < 1e-10


def test_another_output_key(make_network: MakeNetwork, ethanol: Atoms):
    head = spk.atomistic.Atomwise(n_in=8, output_key="gap", aggregation_mode="avg")
    chain = linearize(make_network(head=head), ethanol, output="gap", rule=Zero())
    assert balance(chain)["conservation_error"].item() < 1e-12
    with pytest.raises(UnsupportedModelError, match="'energy' is given by 0 modules"):
        linearize(make_network(head=head), ethanol)


def heads():
    atomwise, dipole = spk.atomistic.Atomwise, spk.atomistic.DipoleMoment
    return {
        "n_out = 2": atomwise(n_in=8, n_out=2, output_key="energy"),
        "None": atomwise(
            n_in=8, output_key="energy", per_atom_output_key="e", aggregation_mode=None
        ),
        "DipoleMoment": dipole(n_in=8, dipole_key="energy"),
    }


@pytest.mark.parametrize("fault", heads())
def test_unsupported_heads(make_network: MakeNetwork, ethanol: Atoms, fault: str):
    with pytest.raises(UnsupportedModelError, match=fault):
        linearize(make_network(head=heads()[fault]), ethanol)


def test_electronic_embeddings_are_refused(make_network: MakeNetwork, ethanol: Atoms):
    embedding = spk.nn.embedding.ElectronicEmbedding("total_charge", 8, 1)
    network = make_network(electronic_embeddings=[embedding])
    with pytest.raises(UnsupportedModelError, match="electronic embeddings"):
        linearize(network, ethanol)


def test_another_forward_pass_is_another_architecture(make_network: MakeNetwork, ethanol: Atoms):
    class Doubled(spk.representation.SchNet):
        def forward(self, inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
            return super().forward(inputs)

    network = make_network()
    network.representation.__class__ = Doubled
    with pytest.raises(UnsupportedModelError, match="representation Doubled"):
        linearize(network, ethanol)


def test_other_input_modules_are_refused(make_network: MakeNetwork, ethanol: Atoms):
    network = make_network()
    network.input_modules.append(spk.atomistic.FilterShortRange(2.0))
    with pytest.raises(UnsupportedModelError, match="input module FilterShortRange"):
        linearize(network, ethanol)


def test_a_module_that_is_no_potential_is_refused(ethanol: Atoms):
    with pytest.raises(UnsupportedModelError, match="Linear"):
        linearize(torch.nn.Linear(1, 1), ethanol)


def test_unfit_structures(make_network: MakeNetwork, ethanol: Atoms):
    network = make_network()
    periodic = ethanol.copy()
    periodic.set_cell([9, 9, 9])
    periodic.pbc = True
    with pytest.raises(UnsupportedModelError, match="C2H6O is periodic"):
        linearize(network, periodic)
    with pytest.raises(DataError, match="0 atoms"):
        linearize(network, Atoms())
    with pytest.raises(DataError, match="atoms 0 and 1 are at one place"):
        linearize(network, Atoms("HH", positions=np.zeros((2, 3))))
    with pytest.raises(DataError, match="not finite"):
        linearize(network, Atoms("H", positions=[[0, 0, np.nan]]))
    with pytest.raises(ModelError, match="nuclear charge 101"):
        linearize(network, Atoms([101]))


def test_a_network_that_diverged_is_not_explained(make_network: MakeNetwork, ethanol: Atoms):
    network = make_network()
    network.output_modules[0].outnet[0].weight.data[:] = torch.inf
    with pytest.raises(ModelError, match="nothing to explain"):
        linearize(network, ethanol)


def test_unknown_treatment_of_vectors(make_network: MakeNetwork, ethanol: Atoms):
    with pytest.raises(ConfigError, match=r"'freeze'.*detach, flow"):
        linearize(make_network(), ethanol, vector="freeze")


def test_importing_the_room_does_not_import_schnetpack():
    code = "import sys, nearsight.explain; sys.exit('schnetpack' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
