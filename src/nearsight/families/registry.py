"""All families by their code: one line each. It is loaded when a family is asked for."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module

import torch

from nearsight.errors import ConfigError
from nearsight.families.family import Family
from nearsight.families.variant import Variant

FAMILIES: dict[str, str] = {
    "schnet": "nearsight.families.schnet.family",
    "painn": "nearsight.families.painn.family",
    "so3net": "nearsight.families.so3net.family",
}
"""Modules that hold a ``FAMILY``, by its name."""


@cache
def family(name: str) -> Family:
    """A family by its name.

    Raises:
        ConfigError: there is none of this name.
    """
    if name not in FAMILIES:
        raise ConfigError(f"family {name!r}: must be one of {', '.join(FAMILIES)}")
    found: Family = import_module(FAMILIES[name]).FAMILY
    return found


def family_of(variant: Variant) -> Family:
    """The family of a variant."""
    return family(variant.family)


def recognised(network: torch.nn.Module) -> Family | None:
    """The family whose representation a network has, whoever trained it.

    Returns:
        None for a network of no family that has walks.
    """
    found = (one for one in every_family() if one.walks and one.walks.recognises(network))
    return next(found, None)


def build_network(variant: Variant) -> torch.nn.Module:
    """The network of a variant, weights drawn from its seed."""
    return family_of(variant).build(variant)


def every_family() -> Iterator[Family]:
    """All of them, in the order of the registry."""
    return map(family, FAMILIES)
