"""The networks and molecules of the benchmarks of relevance."""

import dataclasses
import functools
from collections.abc import Callable

import ase
import torch

import nearsight.explain as lrp
from nearsight.config import make_variant
from nearsight.data.molecules import build_molecule
from nearsight.explain import Chain
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.registry import build_network
from nearsight.families.schnetpack.inputs import assemble, both_ways

MOLECULES = {9: "ethanol", 21: "aspirin", 42: "ac_ala3_nhme"}
CUTOFF = 5.0
GAMMA = 0.1


@dataclasses.dataclass(frozen=True)
class Case:
    """One network and one molecule."""

    n_atoms: int
    depth: int
    features: int
    family: str
    vector: str = "detach"
    dtype: torch.dtype = torch.float64

    @property
    def structure(self) -> ase.Atoms:
        """A relaxed geometry."""
        return relaxed(self.n_atoms)

    def network(self) -> torch.nn.Module:
        """Random weights and biases, the same for the same case."""
        variant = make_variant(
            family=self.family,
            cutoff=CUTOFF,
            depth=self.depth,
            features=self.features,
        )
        network = build_network(variant).to(self.dtype).eval()
        generator = torch.Generator().manual_seed(0)
        for name, parameter in network.named_parameters():
            if name.endswith("bias"):
                torch.nn.init.normal_(parameter, std=0.1, generator=generator)
        return network

    def chain(self, network: torch.nn.Module) -> Chain:
        """Linearise under the rule of the published callers."""
        return lrp.linearize(
            network,
            self.structure,
            rule=lrp.Gamma(GAMMA),
            vector=self.vector,
            dtype=self.dtype,
        )

    def __str__(self) -> str:
        kind = self.family
        kind += f" ({self.vector})" if kind == "painn" else ""
        precision = str(self.dtype).removeprefix("torch.")
        return f"{kind}, {self.n_atoms} atoms, depth {self.depth}, F = {self.features}, {precision}"


@functools.cache
def relaxed(n_atoms: int) -> ase.Atoms:
    """The molecule of this size, built once."""
    return build_molecule(MOLECULES[n_atoms], seed=0)


def evaluation(case: Case, network: torch.nn.Module) -> Callable[[object], object]:
    """Energy and forces by SchNetPack, the neighbour list at hand."""
    position = torch.as_tensor(case.structure.positions).to(case.dtype)
    numbers = torch.as_tensor(case.structure.numbers, dtype=torch.int64)
    i, j = both_ways(*neighbor_pairs(position[None], CUTOFF))
    inputs = assemble(numbers, position, torch.tensor([len(numbers)]), i, j)
    return lambda _: network({**inputs})
