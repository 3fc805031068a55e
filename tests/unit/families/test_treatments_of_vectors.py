"""PaiNN's vectors as constants and as carriers: what each treatment holds fixed, atom by atom."""

from typing import Any

import numpy as np
import pytest
import schnetpack as spk
import torch
from ase import Atoms
from ase.build import molecule
from scipy.spatial.transform import Rotation

from nearsight.explain import Chain, Gamma, Zero, balance, linearize
from nearsight.families.painn.spec import PaiNNVariant
from nearsight.families.painn.vectors import TREATMENTS
from nearsight.families.painn.walks import WALKS
from nearsight.lrp.maps import Pieces
from nearsight.lrp.recording import Recording

FEATURES = 5


def network(**options: Any) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(4)
        made = spk.model.NeuralNetworkPotential(
            spk.representation.PaiNN(
                n_atom_basis=FEATURES, n_interactions=3,
                radial_basis=spk.nn.GaussianRBF(n_rbf=6, cutoff=3.0),
                cutoff_fn=spk.nn.CosineCutoff(3.0), **options,
            ),
            input_modules=[spk.atomistic.PairwiseDistances()],
            output_modules=[spk.atomistic.Atomwise(FEATURES, output_key="energy")],
        )  # fmt: skip
        for name, parameter in made.named_parameters():
            if name.endswith("bias"):
                torch.nn.init.normal_(parameter, std=0.3)
    return made.double()


def bent(name: str = "CH3OH") -> Atoms:
    atoms = molecule(name)
    atoms.positions += np.random.default_rng(2).normal(0, 0.1, atoms.positions.shape)
    return atoms


def both(net: Any, atoms: Atoms, **options: Any) -> tuple[Chain, Chain]:
    detach, flow = (linearize(net, atoms, vector=name, **options) for name in ("detach", "flow"))
    return detach, flow


def states(chain: Chain) -> list[torch.Tensor]:
    """With constants: those of the network."""
    found = [chain.h]
    for block in chain.blocks:
        found.append(block.step(found[-1]) + block.c)
    return found


def test_a_study_offers_the_treatments_that_there_are() -> None:
    assert PaiNNVariant.treatments == WALKS.treatments == tuple(TREATMENTS)
    assert set(WALKS.carriers) < set(TREATMENTS)


@pytest.mark.parametrize("rule", [Zero(), Gamma(0.3)], ids=lambda rule: rule.name)
def test_both_are_the_same_network(rule: Any) -> None:
    detach, flow = both(network(), bent(), rule=rule)
    assert detach.output == flow.output
    assert torch.equal(flow.o[:, :FEATURES], detach.o)
    assert (flow.o[:, FEATURES:] == 0).all()
    for one, other in zip(states(detach), states(flow), strict=True):
        torch.testing.assert_close(one, other[:, :FEATURES], rtol=1e-11, atol=1e-12)
    for chain in (detach, flow):
        assert balance(chain)["conservation_error"].item() < 1e-11


def test_vectors_turn_with_the_molecule_and_scalars_stay() -> None:
    """A frozen block is equivariant: turned states of a turned molecule are the turned states."""
    turn = torch.as_tensor(Rotation.random(rng=1).as_matrix())
    atoms, net = bent(), network()
    turned = atoms.copy()
    turned.positions = atoms.positions @ turn.numpy().T

    def turn_states(state: torch.Tensor) -> torch.Tensor:
        vectors = state[:, FEATURES:].unflatten(1, (3, FEATURES))
        return torch.cat([state[:, :FEATURES], (turn @ vectors).flatten(1)], 1)

    state = torch.as_tensor(np.random.default_rng(0).normal(size=(6, 4 * FEATURES)))
    before, after = (linearize(net, a, vector="flow").blocks for a in (atoms, turned))
    for one, other in zip(before, after, strict=True):
        expected = turn_states(one.step(state))
        torch.testing.assert_close(other.step(turn_states(state)), expected, rtol=1e-9, atol=1e-11)
        torch.testing.assert_close(other.c, turn_states(one.c), rtol=1e-9, atol=1e-11)
        assert float(one.c[:, FEATURES:].abs().max()) > 1e-4


def test_what_one_holds_constant_the_other_reads_off_the_vectors() -> None:
    """|V| = (V / |V|) . V + epsilon / |V|: carried by ``flow``, a constant of ``detach``."""
    net, atoms = network(epsilon=1e-2), bent()
    mixers = [block.mu_channel_mix for block in net.representation.mixing]
    detach, flow = both(net, atoms)
    with Recording(mixers) as seen, torch.no_grad():
        given = spk.interfaces.AtomsConverter(
            spk.transform.ASENeighborList(3.0), dtype=torch.float64
        )(atoms)
        net(given)
    for mixer, one, other in zip(mixers, detach.blocks, flow.blocks, strict=True):
        kept = other.P
        assert isinstance(kept, Pieces)
        read = torch.zeros_like(one.c)
        for axis in range(3):
            piece = kept.table[0, axis + 1]
            assert piece is not None
            read += (piece @ seen.given(mixer)[:, axis, :, None])[..., 0]
        assert one.vector is not None
        assert other.vector is not None
        own = other.vector[:, :FEATURES]
        assert float(read.abs().max()) > 1e-3
        torch.testing.assert_close(read + own, one.vector, rtol=1e-9, atol=1e-11)
        assert (other.vector[:, FEATURES:] == 0).all()


def test_an_atom_alone_has_no_vectors_to_hold() -> None:
    """|V| is then the root of epsilon in both, and nothing arrives."""
    detach, flow = both(network(epsilon=1e-4), Atoms("O"))
    for one, other in zip(detach.blocks, flow.blocks, strict=True):
        assert one.vector is not None
        assert other.vector is not None
        torch.testing.assert_close(one.vector, other.vector[:, :FEATURES])
        assert float(one.vector.abs().max()) > 0
        assert (one.f == 0).all()
        assert (other.f == 0).all()
        torch.testing.assert_close(one.c, other.c[:, :FEATURES])
    assert (states(flow)[-1][:, FEATURES:] == 0).all()


def test_vectors_neither_start_nor_reach_the_readout() -> None:
    """Relevance enters and leaves them on the way."""
    chain = linearize(network(), bent(), vector="flow")
    assert (chain.h[:, FEATURES:] == 0).all()
    moved = chain.states()
    assert all(float(state[:, FEATURES:].abs().max()) > 1e-4 for state in moved[1:])
    back = chain.adjoints()
    assert all(float(v[:, FEATURES:].abs().max()) > 1e-5 for v in back[:-1])
    assert (back[-1][:, FEATURES:] == 0).all()


def test_filters_are_shared_where_the_network_shares_them() -> None:
    for shared in (True, False):
        blocks = linearize(network(shared_filters=shared), bent(), vector="detach").blocks
        assert all(torch.equal(blocks[0].f, block.f) is shared for block in blocks[1:])


def test_filters_of_vectors_are_odd_and_those_of_scalars_even() -> None:
    """What j sends along the direction to i comes back with the other sign; q and mu do not."""
    f = linearize(network(), bent(), vector="flow").blocks[0].f.unflatten(-1, (7, FEATURES))
    torch.testing.assert_close(f[:, :, 0], f[:, :, 0].transpose(0, 1), rtol=1e-12, atol=1e-14)
    along = f[:, :, 1:4]
    torch.testing.assert_close(along, -along.transpose(0, 1), rtol=1e-12, atol=1e-14)
    # The gate is the sender's own, the same along each axis.
    assert torch.equal(f[:, :, 4], f[:, :, 5])
    assert torch.equal(f[:, :, 4], f[:, :, 6])
    assert not torch.allclose(f[:, :, 4], f[:, :, 4].transpose(0, 1))
