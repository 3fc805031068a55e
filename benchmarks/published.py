"""The published algorithm as a benchmark: one masked forward and backward pass per walk.

Written on SchNetPack's own modules over the edges inside the cutoff, as cheap as it can be: PaiNN's
vectors are detached and computed without a graph, weights take no gradients, and the gamma rule
takes matrix products, not terms. Gates are detached, so that autograd of the output, multiplied by
the embedding, is relevance; at each step the gradient passes at the walk's own atom alone
(Schnake et al., IEEE TPAMI 44, 7581 (2022)). Copies of the molecule may share one pass.
"""

import copy

import ase
import torch

from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.schnetpack.inputs import both_ways


class MaskedPasses:
    """Relevance of single walks of one molecule, by autograd.

    Attributes:
        n_atoms: number of atoms N.
        neighbors: (N to, N from) whether two different atoms are inside the cutoff.
    """

    def __init__(
        self, network: torch.nn.Module, structure: ase.Atoms, dtype: torch.dtype, gamma: float
    ) -> None:
        network = copy.deepcopy(network).to(dtype).requires_grad_(False)
        self._net, self._head = network.representation, network.output_modules[0]
        self._numbers = torch.as_tensor(structure.numbers, dtype=torch.int64)
        position = torch.as_tensor(structure.positions).to(dtype)
        self._i, self._j = both_ways(*neighbor_pairs(position[None], float(self._net.cutoff)))
        self._distance = (position[self._j] - position[self._i]).norm(dim=-1)
        self._vector = position[self._j] - position[self._i]
        self._gamma = gamma
        self.n_atoms = len(structure)
        self.neighbors = torch.zeros(self.n_atoms, self.n_atoms, dtype=torch.bool)
        self.neighbors[self._i, self._j] = True

    def __call__(self, walks: torch.Tensor) -> torch.Tensor:
        """Relevance (n,) of walks (n, depth + 1): one forward and one backward pass for all n."""
        n_copies = len(walks)
        shift = torch.arange(n_copies) * self.n_atoms
        i, j = ((shift[:, None] + index).reshape(-1) for index in (self._i, self._j))
        masks = torch.nn.functional.one_hot(walks, self.n_atoms).bool()
        masks = masks.permute(1, 0, 2).reshape(walks.shape[1], -1, 1)
        start = self._net.embedding(self._numbers).repeat(n_copies, 1).requires_grad_()
        distance = self._distance.repeat(n_copies)
        if type(self._net).__name__ == "SchNet":
            last = self._schnet(start, i, j, distance, masks)
        else:
            direction = (self._vector / self._distance[:, None]).repeat(n_copies, 1)
            last = self._painn(start, i, j, distance, direction, masks)
        (gradient,) = torch.autograd.grad(self._readout(last), start)
        return (gradient * start.detach()).reshape(n_copies, -1).sum(1)

    def _schnet(
        self,
        x: torch.Tensor,
        i: torch.Tensor,
        j: torch.Tensor,
        distance: torch.Tensor,
        masks: torch.Tensor,
    ) -> torch.Tensor:
        basis = self._net.radial_basis(distance)
        damping = self._net.cutoff_fn(distance)[:, None]
        x = _only(x, masks[0])
        for block, mask in zip(self._net.interactions, masks[1:], strict=True):
            sent = block.in2f(x)[j] * (block.filter_network(basis) * damping)
            gathered = torch.zeros_like(x).index_add(0, i, sent)
            x = _only(x + block.f2out[1](self._gated(block.f2out[0], gathered)), mask)
        return x

    def _painn(
        self,
        q: torch.Tensor,
        i: torch.Tensor,
        j: torch.Tensor,
        distance: torch.Tensor,
        direction: torch.Tensor,
        masks: torch.Tensor,
    ) -> torch.Tensor:
        net = self._net
        filters = net.filter_net(net.radial_basis(distance)) * net.cutoff_fn(distance)[:, None]
        parts = [filters] * len(net.interactions) if net.share_filters else None
        parts = parts or list(filters.chunk(len(net.interactions), -1))
        q, mu = _only(q, masks[0]), q.new_zeros(len(q), 3, q.shape[1])
        steps = zip(net.interactions, net.mixing, parts, masks[1:], strict=True)
        for message, mixing, part, mask in steps:
            context = message.interatomic_context_net
            x = context[1](self._gated(context[0], q))[j] * part
            d_q, d_radial, d_carry = x.chunk(3, -1)
            with torch.no_grad():
                d_mu = d_radial[:, None] * direction[..., None] + d_carry[:, None] * mu[j]
                mu = mu.index_add(0, i, d_mu)
            q, mu = self._mix(mixing, q.index_add(0, i, d_q), mu)
            q = _only(q, mask)
        return q

    def _readout(self, x: torch.Tensor) -> torch.Tensor:
        *hidden, last = self._head.outnet
        for layer in hidden:
            x = self._gated(layer, x)
        return last(x).sum()

    def _mix(
        self, mixing: torch.nn.Module, q: torch.Tensor, mu: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.no_grad():
            v, w = mixing.mu_channel_mix(mu).chunk(2, -1)
            norm = (v.square().sum(1) + mixing.epsilon).sqrt()
            product = (v * w).sum(1)
        net = mixing.intraatomic_context_net
        hidden = self._gated(net[0], torch.cat([q, norm], -1))
        d_q, d_mu, d_product = net[1](hidden).chunk(3, -1)
        return q + d_q + d_product * product, mu + d_mu.detach()[:, None] * w

    def _gated(self, layer: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
        """A dense layer with its activation, whose gradient is that of the gamma rule."""
        z = torch.nn.functional.linear(x, layer.weight, layer.bias)
        carrier = z + self._gamma * self._agreeing(layer, x, z.detach() > 0)
        return carrier * (layer.activation(z) / carrier).detach()

    def _agreeing(
        self, layer: torch.nn.Module, x: torch.Tensor, positive: torch.Tensor
    ) -> torch.Tensor:
        """Sum of the terms of W x + b that have the sign of the whole."""
        linear = torch.nn.functional.linear
        plus, minus = layer.weight.clamp(min=0), layer.weight.clamp(max=0)
        up, down = x.clamp(min=0), x.clamp(max=0)
        raising = linear(up, plus, layer.bias.clamp(min=0)) + linear(down, minus)
        lowering = linear(up, minus, layer.bias.clamp(max=0)) + linear(down, plus)
        return torch.where(positive, raising, lowering)


def _only(x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Let gradients pass where the mask says; the values stay."""
    return torch.where(mask, x, x.detach())
