"""From a spec to a module and to a file and back, bit by bit."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from small_models import TARGETS, small

from nearsight.errors import ConfigError, CorruptFileError, ModelError
from nearsight.families import registry, specs
from nearsight.families.registry import build_network, family_of
from nearsight.models.files import load_model, save_model
from nearsight.models.model import Model
from nearsight.models.tensors import read_tensors, write_tensors


def weights(name: str, **options: object) -> dict[str, torch.Tensor]:
    return build_network(small(name, **options)).state_dict()


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def test_registry_and_specs_name_the_same_families() -> None:
    assert list(registry.FAMILIES) == list(specs.FAMILIES)
    for name in registry.FAMILIES:
        assert registry.family(name).name == name


def test_a_family_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match="family 'mace': must be one of"):
        registry.family("mace")


def test_the_seed_alone_decides_on_the_weights(name: str) -> None:
    torch.manual_seed(1)
    np.random.seed(1)
    first = weights(name)
    after = torch.rand(1), np.random.random()
    torch.manual_seed(1)
    np.random.seed(1)
    # Its draws are its own: the global state moves on as if nothing had been built.
    assert torch.equal(after[0], torch.rand(1))
    assert after[1] == np.random.random()
    assert equal(first, weights(name))
    assert not equal(first, weights(name, seed=4))


@pytest.mark.parametrize(("target", "pooling"), TARGETS)
def test_saved_and_loaded_bit_by_bit(name: str, target: str, pooling: str, tmp_path: Path) -> None:
    variant = small(name, target=target, pooling=pooling)
    model = Model(build_network(variant), variant, {1: -1.5, 8: 0.25}, mean=0.125)
    save_model(model, tmp_path / "model.safetensors")
    found = load_model(tmp_path / "model.safetensors")
    assert found.variant == variant
    assert type(found.variant) is type(variant)
    assert (found.atom_reference, found.mean) == (model.atom_reference, model.mean)
    assert equal(found.network.state_dict(), model.network.state_dict())
    assert not found.network.training


def test_weights_of_another_spec_are_refused(name: str, tmp_path: Path) -> None:
    """A header that was changed by hand, with a checksum that fits."""
    variant, path = small(name), tmp_path / "model.safetensors"
    save_model(Model(build_network(variant), variant, {1: 0.0}), path)
    tensors, text = read_tensors(path)
    header = json.loads(text["nearsight"])
    axis = next(a for a in specs.own_axes(type(variant)) if isinstance(header["variant"][a], int))
    header["variant"][axis] += 1
    write_tensors(tensors, path, {"nearsight": json.dumps(header)})
    with pytest.raises(CorruptFileError, match=f"{path}: weights do not fit {name}~"):
        load_model(path)


def test_a_network_of_another_cutoff_is_refused(name: str) -> None:
    variant = small(name)
    if variant.cutoff is None:
        pytest.skip(f"{name} has no cutoff")
    other = variant.model_copy(update={"cutoff": 3.5})
    with pytest.raises(ModelError, match=r"cutoff is 3\.0 Å but its variant .* says 3\.5 Å"):
        Model(build_network(variant), other, {1: 0.0})


def test_its_cutoff_and_its_last_element_are_read_off_the_module(name: str) -> None:
    variant = small(name)
    network = build_network(variant)
    assert family_of(variant).cutoff(network) == pytest.approx(variant.pair_cutoff)
    last = family_of(variant).last_element(network)
    assert last is None or last >= 8
