"""Random chains, which no family made."""

from chain_fixtures import chain, every_walk, make_chain

__all__ = ["chain", "every_walk", "make_chain"]
