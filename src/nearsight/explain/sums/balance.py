"""Where the output comes from: all walks together, the constants, and what is left unexplained."""

import torch
import xarray as xr

from nearsight import units
from nearsight.explain.variables import chain_attributes, energy, variable
from nearsight.lrp.chain import Block, Chain


def balance(chain: Chain) -> xr.Dataset:
    """Share the output among walks and constants, from one propagation each way.

    Walks + sum of ``bias`` + sum of ``vector`` + ``readout_bias`` + ``leak`` = ``output``; how far
    this fails is stored as ``conservation_error``.

    Returns:
        In eV: ``walks`` (all walks together), ``bias(block)`` (biases of each block),
        ``vector(block)`` (detached vectors, or the norm's epsilon), ``readout_bias``, ``leak``
        (absorbed by an epsilon rule, read-out included), ``output`` (of the network itself,
        before offsets) and ``conservation_error``.
    """
    adjoints = chain.adjoints()
    walks = (adjoints[0] * chain.h).sum().item()
    parts = [_constants(block, v) for block, v in zip(chain.blocks, adjoints[1:], strict=True)]
    bias, vector, leaks = (list(column) for column in zip(*parts, strict=True))
    leak = sum(leaks) + chain.readout_leak
    total = walks + sum(bias) + sum(vector) + chain.readout_bias + leak
    return xr.Dataset(
        {
            "walks": energy((), walks, "relevance of all walks"),
            "bias": energy(("block",), bias, "relevance of the biases of a block"),
            "vector": energy(("block",), vector, "relevance of vectors held constant in a block"),
            "readout_bias": energy((), chain.readout_bias, "relevance of the read-out's biases"),
            "leak": energy((), leak, "relevance absorbed by the epsilon rule"),
            "output": energy((), chain.output, "output of the network before offsets"),
            "conservation_error": energy(
                (), abs(total - chain.output), "absolute difference of relevances and output"
            ),
        },
        coords={
            "block": variable(("block",), range(1, chain.depth + 1), units.ONE, "interaction block")
        },
        attrs=chain_attributes(chain),
    )


def _constants(block: Block, adjoint: torch.Tensor) -> tuple[float, float, float]:
    """Relevance of a block's biases, vector part and leak, given v_t after the block."""
    zero = torch.zeros_like(block.c)
    vector = zero if block.vector is None else block.vector
    leak = zero if block.leak is None else block.leak
    bias = block.c - vector - leak
    return tuple((adjoint * part).sum().item() for part in (bias, vector, leak))  # type: ignore[return-value]
