"""Every quantity in single precision, and with all tensors made on the chain's own device."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import xarray as xr
from chains import MakeChain

from nearsight.explain import (
    Chain,
    atoms,
    balance,
    bodies,
    decay,
    hops,
    pairs,
    sample,
    subsets,
    top,
    triples,
    walks,
)

EDGES = np.array([0.0, 1.0, 2.0, 3.0])
QUANTITIES: dict[str, Callable[[Chain], xr.Dataset]] = {
    "balance": balance,
    "atoms": atoms,
    "hops": hops,
    "exact": pairs,
    "contains": lambda chain: pairs(chain, "contains"),
    "ends": lambda chain: pairs(chain, "ends"),
    "triples": triples,
    "bodies": bodies,
    "patterns": lambda chain: bodies(chain, method="patterns"),
    "subsets": lambda chain: subsets(chain, np.eye(5) + np.eye(5, k=1)),
    "diameter": lambda chain: decay(chain, EDGES),
    "start": lambda chain: decay(chain, EDGES, by="start", method="propagation"),
    "hop": lambda chain: decay(chain, EDGES, by="hop", method="propagation"),
    "walks": walks,
    "top": lambda chain: top(chain, 10),
    "sample": lambda chain: sample(chain, 100),
}


@pytest.mark.parametrize("name", QUANTITIES)
@pytest.mark.parametrize("depth", [3, 4])
def test_single_precision_agrees_to_its_rounding(make_chain: MakeChain, name: str, depth: int):
    chain = make_chain(depth=depth, spread=1.2)
    double = QUANTITIES[name](chain)
    single = QUANTITIES[name](chain.to(dtype=torch.float32))
    scale = np.abs(walks(chain)["relevance"]).sum().item()
    for variable in double.data_vars:
        if double[variable].attrs["units"] == "eV":
            error = np.abs(single[variable] - double[variable]).max().item()
            assert not error > 1e-5 * scale, variable


@pytest.mark.parametrize("name", QUANTITIES)
@pytest.mark.parametrize("depth", [1, 3, 4])
def test_no_tensor_is_made_on_another_device(make_chain: MakeChain, name: str, depth: int):
    """With the default device set to one without data, a stray tensor could not be used."""
    chain = make_chain(depth=depth, spread=1.2)
    expected = QUANTITIES[name](chain)
    with torch.device("meta"):
        found = QUANTITIES[name](chain)
    xr.testing.assert_identical(found, expected)


@pytest.mark.parametrize("name", QUANTITIES)
def test_every_variable_has_a_unit_and_a_name(make_chain: MakeChain, name: str):
    table = QUANTITIES[name](make_chain(spread=1.2))
    for variable in table.variables.values():
        assert {"units", "long_name"} <= set(variable.attrs)
