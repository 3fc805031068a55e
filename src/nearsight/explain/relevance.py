"""Relevance of many structures in one labelled data set."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

import ase
import numpy as np
import torch
import xarray as xr

from nearsight import units
from nearsight.config import Explain
from nearsight.errors import DataError, NearsightError
from nearsight.explain.file.range_tables import range_coordinates, range_edges
from nearsight.explain.file.structure_tables import join_tables, structure_tables
from nearsight.explain.linearize import check_structure, linearize
from nearsight.explain.sums.pairs import pairs
from nearsight.explain.sums.tally import tally
from nearsight.explain.variables import body_order, chain_attributes, variable
from nearsight.interruption import Interrupted, watched
from nearsight.lrp.chain import Chain
from nearsight.lrp.rules import Epsilon, Gamma, Rule, Zero
from nearsight.progress import progress_bar


class Finished(Protocol):
    """Where results of structures are kept: :mod:`nearsight.explain.file.finished_structures`."""

    def read(self, index: int) -> xr.Dataset | None:
        """The result of a structure, ``None`` where there is none."""

    def write(self, index: int, result: xr.Dataset) -> None:
        """Keep the result of a structure."""


@dataclass(frozen=True)
class Target:
    """What is explained, beside the network itself.

    Attributes:
        output: key of the output.
        unit: unit of the output.
        length: the network's unit of length in Å.
        dtype: precision of the chain, ``float64`` or ``float32``.
        device: where it is computed.
    """

    output: str = "energy"
    unit: str = units.ENERGY
    length: float = 1.0
    dtype: str = "float64"
    device: str | torch.device = "cpu"


ENERGY = Target()


def explain(
    network: torch.nn.Module,
    structures: Sequence[ase.Atoms],
    settings: Explain,
    *,
    target: Target = ENERGY,
    offsets: Sequence[float] | None = None,
    finished: Finished | None = None,
) -> xr.Dataset:
    """Explain a network at several geometries.

    Args:
        network: of a family that has walks, see :func:`nearsight.explain.linearize`.
        structures: molecules of any sizes, in Å.
        settings: rule, treatment of vectors, how walks are summed up.
        target: output to explain and its unit, energy in eV by default.
        offsets: per structure, what is added to the network's output (mean, atom references);
            reported, no part of the relevance.
        finished: results of structures explained before, which are not explained again; new
            ones are added.

    Returns:
        Tables in the unit of the output and Å. Per ``pair`` of atoms: exclusive two-body
        ``relevance``, its ``absolute`` sum (NaN where walks were not enumerated),
        ``relevance_contains`` (inclusive; NaN of structures above 500 atoms), ``relevance_ends``,
        ``distance``. Per ``site``: one-body relevance, and that of all walks that start or end at
        the atom. Per ``structure``: output, walks, constants, conservation error, sums by body
        order with the ``method`` that found them, their standard errors and the estimated cost of
        each method, sums by body order and ``range`` and by ``reach``. The conservation error is
        rounding; more than that is a fault of nearsight, and it is stored so that it can be
        checked.

    Raises:
        DataError: no structure, or one that is not fit; with its number.
        UnsupportedModelError, ModelError: see :func:`nearsight.explain.linearize`.
        Interrupted: SIGTERM came; ``finished`` holds the structures so far.
    """
    if len(structures) == 0:
        raise DataError("0 structures to explain: at least 1 is needed")
    for index, structure in enumerate(structures):
        # All of them first: a fault in the last is not to be found after hours.
        with _numbered(index):
            check_structure(structure)
    edges = range_edges(structures, settings.range_bin)
    with watched() as asked_to_end:
        parts = []
        for index, structure in enumerate(
            progress_bar(structures, desc="explain", unit="structure")
        ):
            part = finished.read(index) if finished else None
            if part is None:
                with _numbered(index):
                    part = _explain_structure(network, structure, settings, target, edges, index)
                if finished:
                    finished.write(index, part)
            parts.append(part)
            if finished and asked_to_end() and len(parts) < len(structures):
                raise Interrupted(
                    f"relevance goes on after structure {len(parts)} of {len(structures)} when "
                    "started again"
                )
    result = join_tables(parts)
    if offsets is not None:
        text = "added to the output by mean and atom references, no part of the relevance"
        result["offset"] = variable(("structure",), list(offsets), target.unit, text)
    return result


def rule_of(settings: Explain) -> Rule:
    """The LRP rule that is set."""
    rules: dict[str, Callable[[], Rule]] = {
        "zero": Zero,
        "gamma": lambda: Gamma(settings.gamma),
        "epsilon": lambda: Epsilon(settings.epsilon),
    }
    return rules[settings.rule]()


def chain_of(
    network: torch.nn.Module, structure: ase.Atoms, settings: Explain, target: Target
) -> Chain:
    """The chain of a network at a structure; lengths of both in Å.

    Args:
        network: of a family that has walks.
        structure: in Å, whatever the network's unit of length.
        settings: rule and treatment of vectors.
        target: output to explain, precision and device.

    Raises:
        UnsupportedModelError, ModelError, DataError: see :func:`nearsight.explain.linearize`.
    """
    scaled = structure.copy()
    scaled.positions /= target.length
    chain = linearize(
        network,
        scaled,
        output=target.output,
        rule=rule_of(settings),
        vector=settings.vector,
        dtype=target.dtype,
        device=target.device,
    )
    return replace(
        chain, position=chain.position * target.length, cutoff=chain.cutoff * target.length
    )


@contextmanager
def _numbered(index: int) -> Iterator[None]:
    try:
        yield
    except NearsightError as error:
        raise type(error)(f"structure {index}: {error}") from error


def _explain_structure(
    network: torch.nn.Module,
    structure: ase.Atoms,
    settings: Explain,
    target: Target,
    edges: np.ndarray,
    index: int,
) -> xr.Dataset:
    chain = chain_of(network, structure, settings, target)
    exact = pairs(chain, "exact")["relevance"].to_numpy()
    sums = tally(
        chain,
        settings.budget,
        edges=edges,
        exact=exact,
        method=settings.method,
        n_samples=settings.n_samples,
        seed=settings.seed,
    )
    return xr.Dataset(
        structure_tables(chain, exact, sums, index=index, unit=target.unit),
        coords={"n_atoms": body_order(chain.depth), **range_coordinates(edges)},
        attrs={
            **chain_attributes(chain),
            "budget": settings.budget,
            "n_samples": settings.n_samples,
            "seed": settings.seed,
            "status": "ok",
            "reason": "",
        },
    )
