"""Energies and forces of many copies of one molecule by a compiled program.

:mod:`nearsight.models.potential` is the same without a compiler. The program is one for all
networks of a make-up, all molecules and any number of copies: weights, pairs and the tables from
which filters are read are its arguments (:mod:`nearsight.families.written`).
"""

import copy

import torch

from nearsight.families.centring import centred
from nearsight.families.neighbors import MANY_ATOMS
from nearsight.families.pairlist import NearPairs, all_pairs
from nearsight.families.variant import Variant
from nearsight.models.force_field import Potential
from nearsight.models.form import Form, form_of
from nearsight.programs import Compile, Source

BYTES_AT_ONCE = 2**18
"""Pairs of atoms times bytes of their features in a pass: what comes in between should stay in the
cache, and four times as many took up to twice as long (``benchmarks/README.md``)."""

WORTH_A_LIST = 2000
"""Pairs of all copies from which near ones are listed: to look whether atoms have moved costs 25 µs
a call, and spares a fifth where a third of the pairs is near (``benchmarks/README.md``)."""


def build_compiled(
    network: torch.nn.Module,
    atomic_number: torch.Tensor,
    form: Variant | Form,
    compiled: Compile,
    *,
    dtype: torch.dtype,
    offset: float = 0.0,
) -> Potential | None:
    """A potential on the CPU from a network of energies, which is left as it is.

    Args:
        network: in whatever units it has.
        atomic_number: (atom,) nuclear charges.
        form: what the network is, or its variant.
        compiled: from a source to its program.
        dtype: precision of the network.
        offset: added to the network's output, in eV.

    Returns:
        The potential; None for a network that its family has not written for a compiler, for a
        single atom, and for molecules too large for all pairs.

    Raises:
        NoProgramError: as ``compiled`` raises it.
    """
    form, n_atoms = form_of(form), len(atomic_number)
    if form.family.written is None or not 2 <= n_atoms <= MANY_ATOMS:
        return None
    network = copy.deepcopy(network).to(device="cpu", dtype=dtype).eval().requires_grad_(False)
    written = form.family.written(network)
    if written is None:
        return None
    pairs = all_pairs(n_atoms, dtype=dtype, device="cpu")
    numbers, near = atomic_number.cpu(), NearPairs(written.cutoff, dtype=dtype)
    source = Source(
        name=form.family.name,
        function=written.function,
        makeup=written.key,
        examples=(torch.zeros((2, n_atoms, 3), dtype=dtype), numbers, *pairs, *written.weights),
        varying=written.varying,
    )
    program = compiled(source)
    per_copy = len(pairs.first) * form.values_per_pair * dtype.itemsize
    at_once = max(1, BYTES_AT_ONCE // per_copy)
    to_ev, length = form.unit, form.length

    def potential(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        here = (centred(position) / length).to(device="cpu", dtype=dtype)
        # Which list it is leaves no trace in the numbers.
        listed = near(here) if len(here) * len(pairs.first) >= WORTH_A_LIST else pairs
        rest = (numbers, *listed, *written.weights)
        results = [program(part, *rest) for part in here.split(at_once)]
        energy, force = (torch.cat(parts) for parts in zip(*results, strict=True))
        total = energy.double() * to_ev + offset
        slope = force.double() * (to_ev / length)
        return total.to(position.device), slope.to(position.device)

    return potential
