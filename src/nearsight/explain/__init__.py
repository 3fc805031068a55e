"""GNN-LRP: a network and a geometry become a frozen linear chain; all else is linear algebra."""

from nearsight.explain.atoms import atoms, hops
from nearsight.explain.balance import balance
from nearsight.explain.bodies import bodies
from nearsight.explain.chain import Block, Chain
from nearsight.explain.decay import decay
from nearsight.explain.linearize import linearize
from nearsight.explain.masked import subsets
from nearsight.explain.pairs import pairs
from nearsight.explain.relevance import explain
from nearsight.explain.rules import Epsilon, Gamma, Rule, Zero
from nearsight.explain.sample import estimate, sample
from nearsight.explain.top import top
from nearsight.explain.triples import triples
from nearsight.explain.walks import count_walks, stream, walks

__all__ = [
    "atoms",
    "balance",
    "Block",
    "bodies",
    "Chain",
    "count_walks",
    "decay",
    "Epsilon",
    "estimate",
    "explain",
    "Gamma",
    "hops",
    "linearize",
    "pairs",
    "Rule",
    "sample",
    "stream",
    "subsets",
    "top",
    "triples",
    "walks",
    "Zero",
]
