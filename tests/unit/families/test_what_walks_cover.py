"""What GNN-LRP covers of networks of SchNetPack; all else is refused with its name."""

import re
from typing import Any

import pytest
import schnetpack as spk
from torch import nn

from nearsight.errors import UnsupportedModelError
from nearsight.families.registry import every_family
from nearsight.families.schnetpack.support import (
    check_network,
    computes,
    find_head,
    is_dipole,
    require_carriers,
)

ATOMWISE, DIPOLE = spk.atomistic.Atomwise, spk.atomistic.DipoleMoment


def own_forward(kind: type) -> type:
    """A subclass that computes something else."""
    return type("Else", (kind,), {"forward": lambda self, inputs: inputs})


def network(*heads: nn.Module, kind: str = "SchNet", before: nn.Module | None = None) -> Any:
    options = {"lmax": 1} if kind == "SO3net" else {}
    return spk.model.NeuralNetworkPotential(
        getattr(spk.representation, kind)(
            n_atom_basis=4, n_interactions=1, **options,
            radial_basis=spk.nn.GaussianRBF(n_rbf=4, cutoff=3.0),
            cutoff_fn=spk.nn.CosineCutoff(3.0),
        ),
        input_modules=[spk.atomistic.PairwiseDistances(), *([] if before is None else [before])],
        output_modules=list(heads),
    )  # fmt: skip


def refused(words: str) -> Any:
    return pytest.raises(UnsupportedModelError, match=re.escape(words))


# Around the representation.


def test_what_comes_before_it_are_distances_alone() -> None:
    check_network(network(), 1)
    check_network(network(before=spk.atomistic.Strain()), 1)
    short = spk.atomistic.FilterShortRange(2.0)
    with refused("input module FilterShortRange is not covered by GNN-LRP here; it must be Pairw"):
        check_network(network(before=short), 1)
    for kind in (spk.atomistic.PairwiseDistances, spk.atomistic.Strain):
        with refused("input module Else is not covered"):
            check_network(network(before=own_forward(kind)()), 1)


def test_embeddings_of_the_whole_molecule_and_no_blocks_at_all() -> None:
    net = network()
    with refused("a representation without interaction blocks has no walks"):
        check_network(net, 0)
    net.representation.electronic_embeddings.append(nn.Identity())
    with refused("electronic embeddings are not covered: they tie every atom to the whole"):
        check_network(net, 1)


def test_a_class_is_known_by_what_it_computes() -> None:
    same = type("Renamed", (ATOMWISE,), {})
    assert computes(same(4), ATOMWISE)
    assert not computes(own_forward(ATOMWISE)(4), ATOMWISE)
    assert not computes(DIPOLE(4), ATOMWISE)
    assert not computes(None, ATOMWISE)


@pytest.mark.parametrize("kind", ["SchNet", "PaiNN", "SO3net"])
def test_every_network_is_recognised_by_one_family(kind: str) -> None:
    net = network(kind=kind)
    walks = {one.name: one.walks for one in every_family() if one.walks is not None}
    assert [name for name, one in walks.items() if one.recognises(net)] == [kind.lower()]
    net.representation.__class__ = type("Renamed", (type(net.representation),), {})
    assert walks[kind.lower()].recognises(net)
    net.representation.__class__ = own_forward(type(net.representation))
    assert not any(one.recognises(net) for one in walks.values())
    assert not any(one.recognises(nn.Linear(2, 2)) for one in walks.values())


# Heads.


def test_the_head_is_found_among_several() -> None:
    energy, dipole = ATOMWISE(4, output_key="e"), DIPOLE(4, dipole_key="d", predict_magnitude=True)
    net = network(energy, dipole)
    assert find_head(net, "e") is energy
    assert find_head(net, "d") is dipole
    assert (is_dipole(energy), is_dipole(dipole)) == (False, True)
    mean = ATOMWISE(4, output_key="mean", aggregation_mode="avg")
    assert find_head(network(mean), "mean") is mean


@pytest.mark.parametrize(
    ("heads", "words"),
    [
        ([], "output 'e' is given by 0 modules of the network, not by exactly 1; its outputs are"
             " none"),
        ([nn.Identity()], "its outputs are none"),
        ([ATOMWISE(4, output_key="z"), ATOMWISE(4, output_key="a")], "its outputs are a, z"),
        ([ATOMWISE(4, output_key="e")] * 2, "'e' is given by 2 modules"),
        ([ATOMWISE(4, n_out=3, output_key="e")], "n_out = 3 and aggregation_mode = 'sum' is not"),
        ([ATOMWISE(4, output_key="e", aggregation_mode="max")], "the mode one of sum, avg"),
        ([ATOMWISE(4, output_key="t", per_atom_output_key="e")],
         "output 'e' is one value per atom; explain the pooled 't'"),
        ([own_forward(ATOMWISE)(4, output_key="e")],
         "output module Else is not covered by GNN-LRP here; it must be Atomwise or DipoleMoment"),
        ([own_forward(DIPOLE)(4, dipole_key="e", predict_magnitude=True)], "output module Else"),
        ([spk.atomistic.Polarizability(4, polarizability_key="e")], "output module Polarizability"),
        ([DIPOLE(4, dipole_key="e")], "gives a vector: GNN-LRP explains one number, so predict_ma"),
        ([DIPOLE(4, dipole_key="d", charges_key="e", return_charges=True, predict_magnitude=True)],
         "output 'e' is one value per atom; explain the magnitude 'd'"),
    ],
)  # fmt: skip
def test_heads_that_are_refused(heads: list[nn.Module], words: str) -> None:
    with refused(words):
        find_head(network(*heads), "e")


def dipole(*, local: bool) -> nn.Module:
    return DIPOLE(4, predict_magnitude=True, use_vector_representation=local)


def test_local_dipoles_need_vectors_that_carry() -> None:
    with refused("local dipoles are all constant with vector = 'detach': use vector = 'flow'"):
        require_carriers(dipole(local=True), "detach", ("flow",), "PaiNN")
    with refused("a head that reads vectors does not fit SchNet"):
        require_carriers(dipole(local=True), "flow", (), "SchNet")
    require_carriers(dipole(local=True), "flow", ("flow",), "PaiNN")


@pytest.mark.parametrize("head", [dipole(local=False), ATOMWISE(4)], ids=["dipole", "atomwise"])
def test_heads_that_read_no_vectors_fit_everything(head: nn.Module) -> None:
    for vector in ("detach", "flow"):
        for carriers in ((), ("flow",)):
            require_carriers(head, vector, carriers, "any")
