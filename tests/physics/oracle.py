"""The published algorithm, slow and independent: one masked forward and backward pass per walk.

Gates are detached, so that autograd of the output gives relevance when multiplied by the
embedding; a stop-gradient at every atom but the walk's own, before the first block and after each,
leaves the relevance of one walk alone (Schnake et al. 2022). Nothing of nearsight is used: the
network's weights are read and its forward pass is written out once more, over dense pairs.

A leading axis holds independent copies of the molecule, each with the mask of its own walk.
"""

from itertools import product

import numpy as np
import torch
from ase import Atoms


def walk_relevance(
    network: torch.nn.Module,
    atoms: Atoms,
    walks: np.ndarray,
    *,
    rule: tuple[str, float] = ("zero", 0.0),
    vector: str = "detach",
    batch: int = 1,
) -> np.ndarray:
    """Relevance (n,) of the given walks (n, depth + 1), ``batch`` passes side by side."""
    molecule = _Molecule(network, atoms, rule, vector)
    parts = [molecule.relevance(torch.as_tensor(part)) for part in _split(walks, batch)]
    return torch.cat(parts).numpy()


def all_walks(n_atoms: int, depth: int) -> np.ndarray:
    """Every sequence of depth + 1 atoms, in lexicographic order."""
    return np.array(list(product(range(n_atoms), repeat=depth + 1)))


def _split(walks: np.ndarray, batch: int) -> list[np.ndarray]:
    return [walks[start : start + batch] for start in range(0, len(walks), batch)]


class _Molecule:
    def __init__(
        self, network: torch.nn.Module, atoms: Atoms, rule: tuple[str, float], vector: str
    ) -> None:
        self.network, self.rule, self.vector = network, rule, vector
        self.net = network.representation
        self.head = network.output_modules[0]
        self.position = position = torch.as_tensor(atoms.positions)
        self.numbers = torch.as_tensor(atoms.numbers.astype(np.int64))
        separation = position[None, :] - position[:, None]
        distance = separation.norm(dim=-1)
        n_atoms = len(atoms)
        self.other = ~torch.eye(n_atoms, dtype=torch.bool)
        safe = torch.where(self.other, distance, 1.0)
        self.direction = separation / safe[..., None]
        cutoff = self.net.cutoff_fn(safe) * self.other
        self.basis, self.damping = self.net.radial_basis(safe), cutoff[..., None]

    def relevance(self, walks: np.ndarray) -> torch.Tensor:
        """One backward pass; copies of the molecule do not see each other."""
        weights = [p.requires_grad for p in self.network.parameters()]
        self.network.requires_grad_(False)
        masks = torch.nn.functional.one_hot(walks, len(self.numbers)).to(torch.float64)
        start = self.net.embedding(self.numbers).expand(len(walks), -1, -1).clone()
        start.requires_grad_(True)
        name = type(self.net).__name__.lower()
        last = getattr(self, f"_{name}")(start, masks)
        (gradient,) = torch.autograd.grad(self._readout(last).sum(), start)
        for parameter, flag in zip(self.network.parameters(), weights, strict=True):
            parameter.requires_grad_(flag)
        return (gradient * start.detach()).sum((1, 2))

    def _schnet(self, x: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        x = _only(x, masks[:, 0])
        for t, block in enumerate(self.net.interactions, start=1):
            filters = block.filter_network(self.basis) * self.damping
            message = torch.einsum("ijd,bjd->bid", filters, block.in2f(x))
            hidden = _dense(block.f2out[0], message, self.rule)
            x = _only(x + block.f2out[1](hidden), masks[:, t])
        return x

    def _painn(self, q: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        q = _only(q, masks[:, 0])
        mu = q.new_zeros(*q.shape[:2], 3, q.shape[2])
        filters = self.net.filter_net(self.basis) * self.damping
        n_blocks, n_features = len(self.net.interactions), q.shape[-1]
        for t in range(n_blocks):
            first = 0 if self.net.share_filters else 3 * n_features * t
            part = filters[..., first : first + 3 * n_features]
            q, mu = self._message(self.net.interactions[t], q, mu, part)
            q, mu = self._mixing(self.net.mixing[t], q, mu)
            q, mu = _only(q, masks[:, t + 1]), _only(mu, masks[:, t + 1])
        self.vectors = mu
        return q

    def _message(
        self, block: torch.nn.Module, q: torch.Tensor, mu: torch.Tensor, filters: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        net = block.interatomic_context_net
        x = net[1](_dense(net[0], q, self.rule))
        x_q, x_r, x_mu = x.chunk(3, -1)
        f_q, f_r, f_mu = filters.chunk(3, -1)
        d_q = torch.einsum("ijf,bjf->bif", f_q, x_q)
        d_mu = torch.einsum("ijf,ijc,bjf->bicf", f_r, self.direction, x_r)
        d_mu = d_mu + torch.einsum("ijf,bjf,bjcf->bicf", f_mu, x_mu.detach(), mu)
        mu = mu + d_mu
        return q + d_q, mu.detach() if self.vector == "detach" else mu

    def _mixing(
        self, block: torch.nn.Module, q: torch.Tensor, mu: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        v, w = block.mu_channel_mix(mu).chunk(2, -1)
        norm = (v.square().sum(2) + block.epsilon).sqrt().detach()
        if self.vector == "flow":
            flowing = (v * (v.detach() / norm[:, :, None])).sum(2)
            norm = flowing + (norm - flowing).detach()
        net = block.intraatomic_context_net
        x = net[1](_dense(net[0], torch.cat([q, norm], -1), self.rule))
        d_q, d_mu, d_qmu = x.chunk(3, -1)
        q = q + d_q + d_qmu * (v * w).sum(2).detach()
        return q, mu + d_mu.detach()[:, :, None] * w

    def _readout(self, x: torch.Tensor) -> torch.Tensor:
        if hasattr(self.head, "dipole_key"):
            return self._dipole_magnitude(x)
        *hidden, last = self.head.outnet
        for layer in hidden:
            x = _dense(layer, x, self.rule)
        y = last(x)
        return y.mean((1, 2)) if self.head.aggregation_mode == "avg" else y.sum((1, 2))

    def _dipole_magnitude(self, x: torch.Tensor) -> torch.Tensor:
        """|d| itself: its own gradient is the direction of the dipole."""
        if self.head.use_vector_representation:
            charge, local = self._gated(x, self.vectors)
        else:
            *hidden, last = self.head.outnet
            for layer in hidden:
                x = _dense(layer, x, self.rule)
            charge, local = last(x), 0.0
        if self.head.correct_charges:
            charge = charge - charge.mean(1, keepdim=True)
        return (self.position * charge + local).sum(1).norm(dim=-1)

    def _gated(self, s: torch.Tensor, mu: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        for block in self.head.outnet:
            v, w = (mu @ part.T for part in block.mix_vectors.weight.chunk(2))
            norm = v.norm(dim=2)
            flowing = (v * (v / norm[:, :, None]).detach()).sum(2)
            context = torch.cat([s, flowing + (norm - flowing).detach()], -1)
            hidden = _dense(block.scalar_net[0], context, self.rule)
            last = block.scalar_net[1]
            weights, biases = (
                p.split([block.n_sout, block.n_vout]) for p in (last.weight, last.bias)
            )
            gate = (hidden @ weights[1].T + biases[1]).detach()
            s = self._scalars(block, hidden, weights[0], biases[0])
            mu = gate[:, :, None] * w
        return s, mu[..., 0]

    def _scalars(
        self, block: torch.nn.Module, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor
    ) -> torch.Tensor:
        if not block.sactivation:
            return x @ weight.T + bias
        layer = torch.nn.Linear(*weight.shape[::-1])
        layer.weight.data, layer.bias.data = weight.data, bias.data
        layer.activation = block.sactivation
        return _dense(layer.requires_grad_(False), x, self.rule)


def _only(x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Let gradients pass at one atom alone; the values stay."""
    mask = mask.reshape(*mask.shape, *[1] * (x.ndim - 2))
    return mask * x + (1 - mask) * x.detach()


def _dense(layer: torch.nn.Module, x: torch.Tensor, rule: tuple[str, float]) -> torch.Tensor:
    """A dense layer whose autograd is an LRP rule and whose value is untouched."""
    name, strength = rule
    bias = torch.zeros(len(layer.weight)) if layer.bias is None else layer.bias
    z = x @ layer.weight.T + bias
    y = layer.activation(z)
    if name == "gamma":
        carrier = divisor = _enlarged(layer.weight, bias, x, z, strength)
    else:
        carrier, divisor = z, z + {"zero": 0.0, "epsilon": strength}[name] * z.sign()
    shown = carrier * (y / divisor).detach()
    return shown + (y - shown).detach()


def _enlarged(
    weight: torch.Tensor, bias: torch.Tensor, x: torch.Tensor, z: torch.Tensor, strength: float
) -> torch.Tensor:
    """z of the gamma rule, term by term and output by output.

    Which terms grow is asked of one copy: masks stop gradients and leave the values the same.
    """
    terms, sign = x[0].detach()[..., None, :] * weight, z[0].detach().sign()
    grows = torch.where(terms * sign[..., None] > 0, (1 + strength) * weight, weight)
    enlarged = torch.where(bias * sign > 0, (1 + strength) * bias, bias)
    return torch.einsum("b...i,...oi->b...o", x, grows) + enlarged
