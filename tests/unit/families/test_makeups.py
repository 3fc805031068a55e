"""The make-up of a network: what is left out, what is read off, and what is not covered."""

from typing import Any

import pytest
import schnetpack as spk
import torch
from pydantic import ValidationError

from nearsight.config import make_variant
from nearsight.errors import UnsupportedModelError
from nearsight.families.registry import every_family, family
from nearsight.families.schnetpack.makeup import Hyperparameters, kind_of, kinds
from nearsight.families.schnetpack.network import (
    ACTIVATIONS,
    Makeup,
    build_empty,
    hydra_config,
    makeup_of,
    read_makeup,
)

WITH_MAKEUP = [one.name for one in every_family() if one.makeup is not None]
PARTS: dict[str, dict[str, Any]] = {
    "radial basis": {"radial_basis": "GaussianRBFCentered"},
    "trained basis": {"trainable_basis": True},
    "cutoff function": {"cutoff_function": "MollifierCutoff"},
    "one block": {"shared_interactions": True},
    "small embedding": {"n_embedding": 20},
}


@pytest.fixture(params=WITH_MAKEUP)
def makeup(request: pytest.FixtureRequest) -> Makeup:
    variant = make_variant(family=request.param, cutoff=3.0, depth=2, features=8)
    return makeup_of(family(request.param).makeup, variant)


def read(network: Any) -> Makeup:
    return read_makeup(network.representation, network.output_modules[0])


def changed(makeup: Makeup, **values: Any) -> Makeup:
    section = makeup.representation
    return Makeup(type(section).model_validate({**section.model_dump(), **values}), makeup.head)


def test_every_kind_is_a_class_of_schnetpack() -> None:
    assert {kind_of(family(name).makeup) for name in WITH_MAKEUP} == set(kinds())
    assert all(hasattr(spk.representation, kind) for kind in kinds())


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_built_and_read_off_again(makeup: Makeup, part: str) -> None:
    wanted = changed(makeup, **PARTS[part])
    network = build_empty(wanted)
    assert read(network) == wanted
    assert wanted != changed(makeup)
    assert all(p.dtype == torch.float64 for p in network.parameters() if p.is_floating_point())
    assert not any(p.requires_grad for p in network.parameters())


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_every_activation_is_read_off_again(makeup: Makeup, name: str) -> None:
    assert read(build_empty(changed(makeup, activation=name))).representation.activation == name


def test_an_activation_that_is_none_of_them_is_named(makeup: Makeup) -> None:
    network = build_empty(makeup)
    head = network.output_modules[0]
    head.outnet[0].activation = torch.nn.functional.hardswish
    with pytest.raises(UnsupportedModelError, match="activation hardswish is not covered"):
        read(network)


@pytest.mark.parametrize(("layers", "widths"), [(1, []), (2, [4]), (3, [4, 2]), (4, [7, 5, 3])])
def test_heads_of_any_depth(makeup: Makeup, layers: int, widths: list[int]) -> None:
    head = spk.atomistic.Atomwise(n_in=8, n_layers=layers, n_hidden=widths, output_key="energy")
    found = read_makeup(build_empty(makeup).representation, head).head
    assert found.n_hidden == widths
    assert found.aggregation == "sum"


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (spk.atomistic.Atomwise(8, n_out=2, output_key="e"), "one value, pooled by sum or avg"),
        (spk.atomistic.Atomwise(8, output_key="e", aggregation_mode="max"), "pooled by sum or avg"),
        (spk.atomistic.DipoleMoment(8), "must predict the magnitude"),
        (torch.nn.Linear(8, 1), "must predict the magnitude"),
    ],
)
def test_heads_that_no_makeup_describes(makeup: Makeup, head: Any, message: str) -> None:
    with pytest.raises(UnsupportedModelError, match=message):
        read_makeup(build_empty(makeup).representation, head)


def test_representations_that_no_makeup_describes(makeup: Makeup) -> None:
    network = build_empty(makeup)
    other = type("FieldNet", (torch.nn.Module,), {})()
    with pytest.raises(UnsupportedModelError, match="FieldNet is not covered: it must be Sch"):
        read_makeup(other, network.output_modules[0])
    network.representation.electronic_embeddings.append(torch.nn.Identity())
    with pytest.raises(UnsupportedModelError, match="electronic embeddings"):
        read(network)


def test_hydra_is_told_only_what_is_not_usual(makeup: Makeup) -> None:
    told = hydra_config(makeup)["representation"]
    assert not {"activation", "n_filters", "epsilon", "shared_filters"} & told.keys()
    assert told["_target_"] == f"schnetpack.representation.{makeup.representation.kind}"
    other = changed(makeup, n_filters=5, epsilon=1e-3, shared_filters=True)
    more = set(hydra_config(other)["representation"]) - told.keys()
    assert more == other.representation.own().keys() - {"lmax"}


def test_forces_are_told_of_energies_alone() -> None:
    for target, pooling, count in (("energy", "sum", 2), ("gap", "average", 1)):
        variant = make_variant(family="schnet", cutoff=3.0, target=target, pooling=pooling)
        config = hydra_config(makeup_of(family("schnet").makeup, variant))
        assert len(config["output_modules"]) == count
        assert config["output_modules"][0]["output_key"] == target


def document(makeup: Makeup, **representation: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "representation": {**makeup.representation.model_dump(), **representation},
        "head": makeup.head.model_dump(),
        "property_unit": "eV",
    }


def test_a_document_is_read_by_the_section_of_its_kind(makeup: Makeup) -> None:
    found = Hyperparameters.model_validate(document(makeup))
    assert type(found.representation) is type(makeup.representation)
    # What a kind adds is written too.
    again = Hyperparameters.model_validate_json(found.model_dump_json())
    assert again == found


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"kind": "FieldSchNet"}, "must be one of SchNet, PaiNN"),
        ({"kind": 3}, "string"),
        ({"n_layers": 3}, "Extra inputs"),
        ({"cutoff": 0.0}, "greater than 0"),
        ({"activation": "mish"}, "Input should be"),
    ],
)
def test_documents_that_are_wrong(makeup: Makeup, values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Hyperparameters.model_validate(document(makeup, **values))
