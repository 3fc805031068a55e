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
from nearsight.lrp.activations import Activation


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


def test_another_forward_pass_is_another_family(make_network: MakeNetwork, ethanol: Atoms):
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


@pytest.mark.parametrize("dtype", ["float32", torch.float32])
def test_precision_by_name_or_type(
    make_network: MakeNetwork, ethanol: Atoms, dtype: str | torch.dtype
):
    chain = linearize(make_network(), ethanol, dtype=dtype)
    assert {chain.h.dtype, chain.o.dtype, chain.blocks[0].M.dtype} == {torch.float32}
    assert linearize(make_network(), ethanol).h.dtype == torch.float64


@pytest.mark.parametrize("dtype", ["float16", "double", torch.bfloat16])
def test_other_precisions_are_refused(
    make_network: MakeNetwork, ethanol: Atoms, dtype: str | torch.dtype
):
    with pytest.raises(ConfigError, match=r"dtype = .*float64, float32"):
        linearize(make_network(), ethanol, dtype=dtype)


def test_the_chain_lives_on_the_device_asked_for(make_network: MakeNetwork, ethanol: Atoms):
    # No kernels run on the meta device, so the first value that is read ends it.
    network = make_network()
    with pytest.raises((NotImplementedError, RuntimeError), match="meta"):
        linearize(network, ethanol, device="meta")
    assert linearize(network, ethanol, device="cpu").h.device == torch.device("cpu")


def test_values_per_atom_are_refused(make_network: MakeNetwork, ethanol: Atoms):
    head = spk.atomistic.Atomwise(n_in=8, output_key="energy", per_atom_output_key="share")
    network = make_network(head=head)
    with pytest.raises(UnsupportedModelError, match="explain the pooled 'energy'"):
        linearize(network, ethanol, output="share")
    assert balance(linearize(network, ethanol))["conservation_error"] < 1e-12


def test_strain_is_an_input_module_without_effect(make_network: MakeNetwork, ethanol: Atoms):
    network = make_network()
    plain = linearize(network, ethanol).output
    network.input_modules.insert(0, spk.atomistic.Strain())
    assert linearize(network, ethanol).output == plain


def test_an_activation_with_a_value_at_zero_is_refused(make_network: MakeNetwork, ethanol: Atoms):
    for activation in (torch.sigmoid, torch.nn.functional.softplus):
        with pytest.raises(UnsupportedModelError, match=f"{activation.__name__} is not 0 at 0"):
            linearize(make_network(activation=activation), ethanol)


def test_a_network_in_the_middle_of_training(make_network: MakeNetwork, ethanol: Atoms):
    embedding = spk.nn.NuclearEmbedding(101, 8, zero_init=False)
    network = make_network(nuclear_embedding=embedding).train()
    # The table now carries a gradient history, which copy.deepcopy refuses.
    network.representation.embedding(torch.tensor([1, 6])).sum().backward()
    gradient = embedding.element_embedding.grad.clone()
    assert balance(linearize(network, ethanol))["conservation_error"].item() < 1e-12
    assert torch.equal(embedding.element_embedding.grad, gradient)
    assert embedding.embedding.requires_grad
    assert network.training


def test_a_network_in_training_is_explained_as_it_predicts(
    make_network: MakeNetwork, ethanol: Atoms
):
    activation = torch.nn.Sequential(torch.nn.SiLU(), torch.nn.Dropout(0.5))
    network = make_network(activation=activation).train()
    training = balance(linearize(network, ethanol))
    predicting = balance(linearize(network.eval(), ethanol))
    assert training["walks"].item() == predicting["walks"].item()
    assert training["conservation_error"].item() < 1e-12


def test_hooks_and_flags_of_the_network_stay(make_network: MakeNetwork, ethanol: Atoms):
    network = make_network("painn").train()
    network.representation.embedding.weight.requires_grad_(False)
    flags = [p.requires_grad for p in network.parameters()]
    linearize(network, ethanol, vector="flow", dtype="float32")
    assert [p.requires_grad for p in network.parameters()] == flags
    assert all(p.grad is None and p.dtype == torch.float32 for p in network.parameters())
    for module in network.modules():
        assert module.training
        assert not module._forward_hooks
        assert not module._backward_hooks


def test_importing_the_room_does_not_import_schnetpack():
    code = "import sys, nearsight.explain; sys.exit('schnetpack' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
