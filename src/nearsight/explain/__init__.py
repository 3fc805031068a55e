"""GNN-LRP: a network and a geometry become a frozen linear chain; all else is linear algebra."""

from nearsight.explain.linearize import linearize
from nearsight.explain.relevance import explain
from nearsight.explain.sums.atoms import atoms, hops
from nearsight.explain.sums.balance import balance
from nearsight.explain.sums.bodies import bodies
from nearsight.explain.sums.decay import decay
from nearsight.explain.sums.masked import subsets
from nearsight.explain.sums.near import near_hops, near_pairs
from nearsight.explain.sums.pairs import pairs
from nearsight.explain.sums.triples import triples
from nearsight.explain.walks.enumeration import count_walks, stream, walks
from nearsight.explain.walks.sampling import estimate, sample
from nearsight.explain.walks.strongest import top
from nearsight.lrp.chain import Block, Chain
from nearsight.lrp.rules import Epsilon, Gamma, Rule, Zero

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
    "near_hops",
    "near_pairs",
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
