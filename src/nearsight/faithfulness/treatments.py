"""The choices behind an explanation: rule of dense layers, treatment of vectors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ase
import numpy as np
import torch

from nearsight.explain import Chain, Epsilon, Gamma, Rule, Zero, linearize, pairs
from nearsight.explain.sums.tally import tally


@dataclass(frozen=True)
class Choice:
    """One way to explain a network.

    Attributes:
        rule: of dense layers with an activation.
        vector: treatment of vectors; ``none`` for a network without them.
    """

    rule: Rule
    vector: str

    @property
    def label(self) -> str:
        """For example ``gamma 0.1, flow``."""
        name = "zero" if isinstance(self.rule, Zero) else f"{self.rule.name} {self.rule.strength:g}"
        return name if self.vector == "none" else f"{name}, {self.vector}"

    def chain(
        self, network: torch.nn.Module, structure: ase.Atoms, output: str = "energy"
    ) -> Chain:
        """The network at a structure in its own unit of length, so explained.

        Args:
            network: that is explained.
            structure: molecule.
            output: key of the output.
        """
        vector = "detach" if self.vector == "none" else self.vector
        return linearize(network, structure, output=output, rule=self.rule, vector=vector)


def choices(treatments: Sequence[str], gammas: Sequence[float]) -> list[Choice]:
    """The zero rule and the gamma rule at every strength, under every treatment of vectors.

    Args:
        treatments: of the family; none where it has no vectors.
        gammas: strengths of the gamma rule.
    """
    vectors = treatments or ("none",)
    rules: list[Rule] = [Zero(), *(Gamma(strength) for strength in gammas)]
    return [Choice(rule, vector) for vector in vectors for rule in rules]


def made_by(name: str, strength: float, vector: str) -> Choice:
    """The choice that a relevance file was made by, from its attributes.

    Args:
        name: of the rule: ``zero``, ``gamma`` or ``epsilon``.
        strength: of the rule; without meaning for ``zero``.
        vector: treatment of vectors.
    """
    # Built when asked for: no strength fits all of them.
    rules: dict[str, Callable[[], Rule]] = {
        "zero": Zero,
        "gamma": lambda: Gamma(strength),
        "epsilon": lambda: Epsilon(strength),
    }
    return Choice(rules[name](), vector)


def pair_relevance(chain: Chain) -> np.ndarray:
    """(pair,) exclusive two-body relevance of the pairs i < j, as in a relevance file."""
    return _exact(chain)[np.triu_indices(chain.n_atoms, 1)]


def pairs_and_orders(chain: Chain, budget: float) -> tuple[np.ndarray, np.ndarray]:
    """Exclusive two-body relevance, and sums of |relevance| by body order.

    Args:
        chain: a network at a structure.
        budget: floating-point operations up to which walks are enumerated. Beyond it the sums are
            NaN where signed ones alone can be had, else estimated from walks drawn.

    Returns:
        (pair,) of the pairs i < j, and (depth + 1,).
    """
    exact = _exact(chain)
    absolute = tally(chain, budget, exact=exact).absolute
    return exact[np.triu_indices(chain.n_atoms, 1)], absolute


def _exact(chain: Chain) -> np.ndarray:
    return pairs(chain, "exact")["relevance"].to_numpy()
