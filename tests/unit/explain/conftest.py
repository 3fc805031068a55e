"""Random chains, and small random networks."""

from chain_fixtures import chain, ethanol, every_walk, make_chain, make_network

__all__ = ["chain", "ethanol", "every_walk", "make_chain", "make_network"]
