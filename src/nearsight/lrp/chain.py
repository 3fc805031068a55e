"""A network and a geometry as a frozen linear chain, without any knowledge of the family.

With activations replaced by their quotients a(z)/z and with filters and gates held fixed, each
interaction block is affine in the states of the atoms:

    h^t_i = P_i h^{t-1}_i + M_i sum_j f_ij * (K_j h^{t-1}_j) + c_i

The relevance of the walk W = (i0, ..., iT) is the product of the steps along it, between the
embedding h^0 of i0 and the read-out's frozen gradient o at iT (Schnake et al., Higher-Order
Explanations of Graph Neural Networks via Relevant Walks, IEEE TPAMI 44, 7581 (2022)).

| symbol | attribute | shape |
|---|---|---|
| h^0, o | ``Chain.h``, ``Chain.o`` | (N, S) |
| P, M, K | ``Block.P``, ``Block.M``, ``Block.K`` | (N, S, S), (N, S, D), (N, D, S) |
| f_ij | ``Block.f[i, j]``, or listed | (N to, N from, D) |
| c | ``Block.c`` | (N, S) |

S is the dimension of an atom's state, D that of a message.
"""

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch

from nearsight.lrp.filters import Filters, Listed, as_array, gather, hops, turned
from nearsight.lrp.maps import Maps, Pieces, apply, leads, per_atom, vanishes
from nearsight.lrp.memory import require

if TYPE_CHECKING:
    from nearsight.lrp.rules import Rule

EVERY = slice(None)


@dataclass(frozen=True)
class Block:
    """One frozen interaction block.

    Attributes:
        P: (N, S, S) what an atom keeps of its own state; ``None`` stands for the identity.
        M: (N, S, D) from the gathered messages to the receiver's state.
        K: (N, D, S) from the sender's state to its message.
        f: (N to, N from, D) filters, exactly zero on the diagonal and beyond the cutoff, or a list.
        c: (N, S) everything that does not depend on the incoming states.
        vector: (N, S) the part of ``c`` that comes from a detached vector channel or the
            norm's epsilon; ``None`` for none.
        leak: (N, S) the part of ``c`` that an epsilon rule absorbs; ``None`` for none.
    """

    P: Maps | None
    M: Maps
    K: Maps
    f: Filters
    c: torch.Tensor
    vector: torch.Tensor | None = None
    leak: torch.Tensor | None = None

    def step(self, state: torch.Tensor) -> torch.Tensor:
        """Apply the linear part of the block to states (..., N, S) of all atoms."""
        if state.ndim == 2:
            sent = per_atom(self.K, state)
            gathered = gather(self.f, sent)
            state, gathered, sent = (x[..., None] for x in (state, gathered, sent))
            return self.update(state, gathered, sent=sent)[..., 0]
        # Copies go last, so that all products run on strided views without copying.
        batch = state.reshape(-1, *state.shape[-2:]).permute(1, 2, 0)
        return self.advance(batch).permute(2, 0, 1).reshape(state.shape)

    def advance(self, states: torch.Tensor) -> torch.Tensor:
        """The same for states (N, S, batch)."""
        sent = apply(self.K, states)
        return self.update(states, self.gather(sent), sent=sent)

    def gather(self, messages: torch.Tensor) -> torch.Tensor:
        """(N, D, batch) filtered messages that arrive, from those sent (N, D, batch)."""
        if isinstance(self.f, Listed):
            return self.f.gather_many(messages)
        return (self.filters @ messages.transpose(0, 1)).transpose(0, 1)

    def update(
        self,
        states: torch.Tensor,
        gathered: torch.Tensor,
        atoms: slice = EVERY,
        sent: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The states of some atoms after what is gathered there has arrived.

        Args:
            states: (n, S, batch) before.
            gathered: (n, D, batch) filtered messages, see :meth:`gather`; they may be changed.
            atoms: which n atoms these are; all by default.
            sent: (n, D, batch) messages of these states, where they are at hand.

        Returns:
            (n, S, batch).
        """
        to = self.M if atoms == EVERY else self.M[atoms]
        if self.keeps_as_arrived:
            gathered[:, : states.shape[1]] += states
            return apply(to, gathered)
        moved = apply(to, gathered)
        if sent is not None and self._keeps_as_sent:
            return moved.add_(sent[:, : states.shape[1]])
        if self.P is None:
            return moved.add_(states)
        return moved.add_(apply(self.P if atoms == EVERY else self.P[atoms], states))

    @cached_property
    def keeps_as_arrived(self) -> bool:
        """P is the beginning of M: what is kept can be added to what arrives."""
        return leads(self.P, self.M)

    @cached_property
    def _keeps_as_sent(self) -> bool:
        """P is the beginning of K: what is kept is the first of what is sent."""
        return self.P is not None and leads(self.P.mT, self.K.mT)

    def keep(self, state: torch.Tensor) -> torch.Tensor:
        """What stays at each atom of states (..., N, S): P applied."""
        return state if self.P is None else per_atom(self.P, state)

    @cached_property
    def filters(self) -> torch.Tensor:
        """Filters as one matrix per entry of the message, (D, N, N) with the receiver first."""
        return self.array.permute(2, 0, 1).contiguous()

    @cached_property
    def array(self) -> torch.Tensor:
        """(N, N, D) filters as an array, whatever they are; receivers first.

        Raises:
            MemoryLimitError: they are listed, and the array does not fit.
        """
        return as_array(self.f)

    @cached_property
    def adjoint(self) -> "Block":
        """The block read from the read-out's end: its step is the transpose of this one's."""
        return Block(
            P=None if self.P is None else self.P.mT,
            M=self.K.mT,
            K=self.M.mT,
            f=turned(self.f),
            c=torch.zeros_like(self.c),
        )

    def to(
        self, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
    ) -> "Block":
        """The same block in another precision or on another device."""
        return replace(self, **_moved(self, dtype, device))

    @cached_property
    def hops(self) -> Listed:
        """The filters that are not zero: where a walk can go."""
        return hops(self.f)

    @cached_property
    def stays(self) -> torch.Tensor:
        """(N,) whether a walk can stay at an atom: where P is not zero."""
        return self.c.new_ones(len(self.c)).bool() if self.P is None else ~vanishes(self.P)

    @cached_property
    def adjacency(self) -> torch.Tensor:
        """(N, N), receiver first: whether a walk can take this step."""
        near = torch.diag(self.stays)
        near[self.hops.links.i, self.hops.links.j] = True
        return near


@dataclass(frozen=True)
class Chain:
    """A network linearised at one geometry.

    Attributes:
        h: (N, S) embeddings.
        o: (N, S) frozen gradient of the read-out, pooling included.
        blocks: interaction blocks in order.
        readout_bias: relevance of the read-out's biases.
        atomic_number: (N,) nuclear charges.
        position: (N, 3) Å.
        rule: LRP rule of the dense layers with an activation.
        vector: treatment of vector features, ``detach`` or ``flow``.
        cutoff: Å.
        output: what the network itself gives for this geometry, before any offset.
        readout_leak: what an epsilon rule absorbs in the read-out.
    """

    h: torch.Tensor
    o: torch.Tensor
    blocks: tuple[Block, ...]
    readout_bias: float
    atomic_number: torch.Tensor
    position: torch.Tensor
    rule: "Rule"
    vector: str
    cutoff: float
    output: float
    readout_leak: float = 0.0

    @property
    def n_atoms(self) -> int:
        """Number of atoms N."""
        return len(self.h)

    @property
    def depth(self) -> int:
        """Number of blocks T."""
        return len(self.blocks)

    @property
    def listed(self) -> bool:
        """Whether filters are listed, as those of large molecules are."""
        return all(isinstance(block.f, Listed) for block in self.blocks)

    def to(
        self, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
    ) -> "Chain":
        """The same chain in another precision or on another device; itself if nothing changes."""
        same = dtype in (None, self.h.dtype) and device in (None, self.h.device)
        if same:
            return self
        blocks = tuple(block.to(dtype=dtype, device=device) for block in self.blocks)
        return replace(self, blocks=blocks, **_moved(self, dtype, device))

    @cached_property
    def n_walks(self) -> int:
        """Exact number of walks along edges, by powers of the adjacency in integers of any size."""
        counts = [1] * self.n_atoms
        for block in self.blocks:
            after = [n if stay else 0 for n, stay in zip(counts, block.stays.tolist(), strict=True)]
            links = block.hops.links
            for i, j in zip(links.i.tolist(), links.j.tolist(), strict=True):
                after[i] += counts[j]
            counts = after
        return sum(counts)

    @cached_property
    def distance(self) -> torch.Tensor:
        """(N, N) distances in Å, from differences: no cancellation between near atoms.

        Raises:
            MemoryLimitError: they do not fit.
        """
        require(
            7 * self.n_atoms**2 * self.position.element_size(),
            f"distances of all pairs of {self.n_atoms} atoms",
            instead="take near_pairs, near_hops, or sums by hop, which need neighbours alone",
            device=self.position.device,
        )
        return (self.position[:, None] - self.position[None]).norm(dim=-1)

    def states(self, start: torch.Tensor | None = None) -> list[torch.Tensor]:
        """States u_0, ..., u_T without constants.

        Args:
            start: (..., N, S) to begin with; the embeddings by default.
        """
        return list(self._forward) if start is None else self._propagate(start)

    def adjoints(self) -> list[torch.Tensor]:
        """Adjoints v_0, ..., v_T, each (N, S): the frozen gradient of the output after block t."""
        return list(self._backward)

    def _propagate(self, start: torch.Tensor) -> list[torch.Tensor]:
        found = [start]
        for block in self.blocks:
            found.append(block.step(found[-1]))
        return found

    @cached_property
    def _forward(self) -> list[torch.Tensor]:
        return self._propagate(self.h)

    @cached_property
    def _backward(self) -> list[torch.Tensor]:
        found = [self.o]
        for block in reversed(self.blocks):
            found.append(block.adjoint.step(found[-1]))
        return found[::-1]


def _moved(
    part: Block | Chain, dtype: torch.dtype | None, device: torch.device | str | None
) -> dict[str, Any]:
    """Tensors of a block or chain elsewhere; integers keep their type."""
    held = {field.name: getattr(part, field.name) for field in fields(part)}
    tensors = {name: x for name, x in held.items() if isinstance(x, torch.Tensor | Pieces | Listed)}
    where: dict[int, Any] = {}
    for value in tensors.values():
        # Once for one object: a map may stand in two places.
        if id(value) not in where:
            floating = not isinstance(value, torch.Tensor) or value.is_floating_point()
            where[id(value)] = value.to(device=device, dtype=dtype if floating else None)
    return {name: where[id(value)] for name, value in tensors.items()}
