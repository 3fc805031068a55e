"""Networks of the same make with weights that no training has seen."""

from collections.abc import Iterator
from itertools import combinations

import pytest
import torch

from nearsight.config import Variant, make_variant
from nearsight.faithfulness.randomisation import random_networks as drawn_networks
from nearsight.families.registry import build_network
from nearsight.limits import LARGEST_SEED
from nearsight.models.model import Model
from nearsight.models.trained_model import TrainedModel

SMALL = {"cutoff": 2.5, "depth": 2, "features": 8}


def random_networks(variant: Variant, n_networks: int, seed: int) -> Iterator[torch.nn.Module]:
    """Of the make of a variant, as a trained model of it has them drawn."""
    shown = TrainedModel(Model(build_network(variant), variant, {1: 0.0})).explicable
    assert shown is not None
    return drawn_networks(shown.redrawn, n_networks, seed, own_seed=variant.seed)


def weights(network: torch.nn.Module) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in network.parameters()])


@pytest.mark.parametrize("family", ["schnet", "painn"])
def test_all_differ_from_each_other_and_from_the_trained_one(family: str) -> None:
    variant = make_variant(family=family, **SMALL)
    own = build_network(variant)
    found = [own, *random_networks(variant, 3, seed=0)]
    assert len(found) == 4
    for one, other in combinations(found, 2):
        for (name, a), (same, b) in zip(
            one.named_parameters(), other.named_parameters(), strict=True
        ):
            assert (name, a.shape) == (same, b.shape)
            if a.numel() > 1 and a.detach().std() > 0:
                assert not torch.equal(a, b), name


def test_the_same_seed_draws_the_same_networks() -> None:
    variant = make_variant(family="schnet", **SMALL)
    one, again, other = (
        [weights(network) for network in random_networks(variant, 3, seed)] for seed in (1, 1, 2)
    )
    for a, b in zip(one, again, strict=True):
        assert torch.equal(a, b)
    assert not all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("n_networks", [1, 4])
def test_the_seed_of_the_training_is_never_drawn(n_networks: int) -> None:
    """Whichever it is: also one of those that would have been drawn."""
    step = LARGEST_SEED // (n_networks + 2)
    for own in range(1, n_networks + 2):
        variant = make_variant(family="schnet", **SMALL, seed=own * step)
        trained = weights(build_network(variant))
        found = list(random_networks(variant, n_networks, seed=3))
        assert len(found) == n_networks
        assert not any(torch.equal(weights(network), trained) for network in found)


def test_none_are_asked_for() -> None:
    assert list(random_networks(make_variant(family="schnet", **SMALL), 0, seed=0)) == []
