"""GNN-LRP: a network and a geometry become a frozen linear chain; all else is linear algebra."""

from nearsight.explain.balance import balance
from nearsight.explain.bodies import bodies, decay
from nearsight.explain.chain import Block, Chain
from nearsight.explain.linearize import linearize
from nearsight.explain.pairs import pairs
from nearsight.explain.relevance import explain
from nearsight.explain.rules import Epsilon, Gamma, Rule, Zero
from nearsight.explain.walks import count_walks, stream, walks

__all__ = [
    "balance",
    "Block",
    "bodies",
    "Chain",
    "count_walks",
    "decay",
    "Epsilon",
    "explain",
    "Gamma",
    "linearize",
    "pairs",
    "Rule",
    "stream",
    "walks",
    "Zero",
]
