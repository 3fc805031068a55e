"""What a family of models has to say: how it is built, evaluated, restored, fitted and explained.

All else (training, prediction, dynamics, response, relevance, export) is the same for every family
and asks here alone. A family is a folder with a :class:`Family` and a line in the registry;
``tests/families`` is the battery that each of them passes.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import ase
import torch

from nearsight.families.graph import Graph, LabelledGraph
from nearsight.families.listed import Listed
from nearsight.families.schnetpack.makeup import Representation
from nearsight.families.variant import Variant
from nearsight.families.written import Written
from nearsight.lrp.chain import Chain
from nearsight.lrp.rules import Rule

Weights = Mapping[str, torch.Tensor]
"""Tensors of a model by name, as its file holds them."""

Evaluation = Callable[[Graph], torch.Tensor]
"""From molecules to one value of each, (molecule,), without offsets."""


class Walks(Protocol):
    """How a network of a family becomes a chain of GNN-LRP."""

    def recognises(self, network: torch.nn.Module) -> bool:
        """Whether a network, trained here or elsewhere, is of this family."""

    def linearize(
        self,
        network: torch.nn.Module,
        structure: ase.Atoms,
        *,
        output: str,
        rule: Rule,
        vector: str,
        dtype: torch.dtype,
        device: str | torch.device,
    ) -> Chain:
        """The chain of a network at a geometry, for which general checks have been made.

        Args:
            network: one that the family recognises; it is left as it is.
            structure: molecule without periodic boundaries, in the network's unit of length.
            output: key of the output to explain.
            rule: LRP rule of dense layers with an activation.
            vector: treatment of features that are vectors.
            dtype: precision of the chain.
            device: where the chain lives and is computed.
        """


@dataclass(frozen=True, kw_only=True)
class Family:
    """Models of one kind.

    Attributes:
        name: as study files and ids have it.
        build: from a variant to a module whose weights are drawn from the variant's seed.
        values: of a module and molecules, one value of each (molecule,) in the target's unit,
            without offsets, differentiable as often as one likes. It is the one evaluation behind
            training, prediction, dynamics, Hessian blocks and ablation: what several heads or
            terms add up to, it adds up.
        cutoff: of a module, in Å, as its tensors have it; infinite where every pair is seen.
        last_element: the largest nuclear charge that a module can be given; None for any.
        fast: from a module of fixed weights to an evaluation of copies of one molecule that equals
            ``values`` and is differentiable once; None where there is none, or none for the module.
        written: from a module of fixed weights to energies and forces of copies of one molecule as
            a function for a compiler, in the module's precision; None where there is none.
        listed: from a module of fixed weights to energies and forces of molecules of many atoms, in
            memory and time that grow with their number; None where there is none, or none for the
            module, which ``fast`` or ``values`` then serves on the same pairs.
        load: from a variant and weights to a module, where building it and loading the weights is
            not enough: shapes of a kernel come from its file.
        fit: a closed form in place of gradient descent, from a variant and batches of labelled
            molecules; None for gradient descent.
        walks: None where there is no chain; explain then writes a file that says so.
        makeup: what SchNetPack has to know to build the same network; None where it cannot.
        additive: whether what is far from each other adds up.
        smooth: how many derivatives stay continuous where a pair leaves the cutoff.
        exact: whether symmetries hold to the rounding of double precision; False where a family
            has tables in single precision.
        compiles: whether a step of training can be traced and compiled.
    """

    name: str
    build: Callable[[Variant], torch.nn.Module]
    values: Callable[[torch.nn.Module, Graph], torch.Tensor]
    cutoff: Callable[[torch.nn.Module], float]
    last_element: Callable[[torch.nn.Module], int | None]
    fast: Callable[[torch.nn.Module], Evaluation | None] | None = None
    written: Callable[[torch.nn.Module], Written | None] | None = None
    listed: Callable[[torch.nn.Module], Listed | None] | None = None
    load: Callable[[Variant, Weights], torch.nn.Module] | None = None
    fit: Callable[[Variant, Iterable[LabelledGraph]], torch.nn.Module] | None = None
    walks: Walks | None = None
    makeup: type[Representation] | None = None
    additive: bool = True
    smooth: int = 1
    exact: bool = True
    compiles: bool = True

    def restore(self, variant: Variant, weights: Weights) -> torch.nn.Module:
        """The module that was saved.

        Raises:
            RuntimeError: the weights are those of another variant.
        """
        if self.load is not None:
            return self.load(variant, weights)
        module = self.build(variant)
        module.load_state_dict(weights)
        return module

    def evaluation(self, module: torch.nn.Module) -> Evaluation:
        """``values`` of one module; changes of its weights are followed."""
        return lambda graph: self.values(module, graph)
