"""A network's make-up read off it and built again: the same names of weights, the same values."""

from typing import Any

import pytest
import schnetpack as spk
import torch
from ase.build import molecule
from pydantic import ValidationError

from nearsight.config import make_variant
from nearsight.families.graph import Graph
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.registry import build_network, every_family, family
from nearsight.families.schnetpack import network as networks
from nearsight.families.schnetpack.makeup import AtomwiseHead, DipoleHead, Offsets

NAMES = [one.name for one in every_family() if one.makeup is not None]
TARGETS = [("energy", "sum"), ("gap", "average"), ("dipole", "dipole")]


def variant(name: str, **values: Any) -> Any:
    return make_variant(**{"family": name, "cutoff": 3.0, "depth": 2, "features": 6, **values})


def water() -> Graph:
    atoms = molecule("H2O")
    place = torch.as_tensor(atoms.positions) + 0.1 * torch.arange(9.0).reshape(3, 3).cos()
    own = torch.zeros(3, dtype=torch.long)
    numbers = torch.as_tensor(atoms.numbers)
    return Graph(numbers, place, torch.tensor([3]), own, *neighbor_pairs(place[None], 3.0))


@pytest.mark.parametrize(("target", "pooling"), TARGETS)
@pytest.mark.parametrize("basis", ["gaussian", "bessel"])
@pytest.mark.parametrize("name", NAMES)
def test_a_twin_takes_the_weights_and_gives_the_same(
    name: str, basis: str, target: str, pooling: str
) -> None:
    chosen = variant(name, radial_basis=basis, target=target, pooling=pooling, seed=3)
    net: Any = build_network(chosen).double()
    twin: Any = networks.build_empty(
        networks.read_makeup(net.representation, net.output_modules[0])
    )
    assert list(twin.state_dict()) == list(net.state_dict())
    value = family(name).values
    assert value(twin, water()) != value(net, water())
    twin.load_state_dict(net.state_dict())
    assert torch.equal(value(twin, water()), value(net, water()))


@pytest.mark.parametrize("name", NAMES)
def test_weights_are_drawn_from_the_seed_and_nothing_else(name: str) -> None:
    torch.manual_seed(8)
    before = torch.random.get_rng_state()
    first = build_network(variant(name, seed=1)).state_dict()
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(9)
    again, other = (build_network(variant(name, seed=s)).state_dict() for s in (1, 2))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert any(not torch.equal(first[key], other[key]) for key in first)


@pytest.mark.parametrize("name", NAMES)
def test_weights_of_another_variant_do_not_fit(name: str) -> None:
    weights = build_network(variant(name)).state_dict()
    restored = family(name).restore(variant(name, seed=5), weights)
    assert all(torch.equal(weights[key], x) for key, x in restored.state_dict().items())
    for change, words in (({"features": 7}, "size mismatch"), ({"depth": 3}, "size|Missing key")):
        with pytest.raises(RuntimeError, match=words):
            family(name).restore(variant(name, **change), weights)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_module_says_of_itself(name: str) -> None:
    net: Any = build_network(variant(name, cutoff=4.5))
    assert family(name).cutoff(net) == 4.5
    assert family(name).last_element(net) == len(net.representation.embedding.weight) - 1
    own = net.representation.embedding = spk.nn.NuclearEmbedding(max_z=101, num_features=6)
    net.eval()
    last = family(name).last_element(net)
    assert last is not None
    assert own(torch.tensor([last])).shape == (1, 6)
    with pytest.raises(IndexError):
        own(torch.tensor([last + 1]))


@pytest.mark.parametrize(("features", "width"), [(2, 1), (3, 1), (9, 4), (64, 32)])
def test_a_heads_hidden_layer_is_half_as_wide_as_schnetpack_has_it(
    features: int, width: int
) -> None:
    made = networks.makeup_of(family("schnet").makeup, variant("schnet", features=features))
    assert made.head.n_hidden == [width]
    if features > 3:
        usual = spk.atomistic.Atomwise(features)
        assert usual.outnet[0].out_features == width


def test_hydra_is_told_that_a_dipole_is_a_magnitude() -> None:
    chosen = variant("painn", target="dipole", pooling="dipole")
    made = networks.makeup_of(family("painn").makeup, chosen)
    assert isinstance(made.head, DipoleHead)
    assert networks.hydra_config(made)["output_modules"] == [
        {
            "_target_": "schnetpack.atomistic.DipoleMoment",
            "n_in": 6,
            "dipole_key": "dipole",
            "predict_magnitude": True,
        }
    ]


@pytest.mark.parametrize("charge", ["0", "-1", "H", "1000", ""])
def test_references_stand_by_nuclear_charge(charge: str) -> None:
    assert Offsets(atom_reference={"118": -1.0}).atom_reference == {"118": -1.0}
    with pytest.raises(ValidationError, match="atom_reference"):
        Offsets(atom_reference={charge: -1.0})


@pytest.mark.parametrize("widths", [[0], [16_385], [4] * 21])
def test_layers_that_no_network_has(widths: list[int]) -> None:
    with pytest.raises(ValidationError, match="n_hidden"):
        AtomwiseHead(kind="Atomwise", output="energy", n_hidden=widths)
