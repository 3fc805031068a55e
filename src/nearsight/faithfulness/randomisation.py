"""Networks with random weights: what an explanation shows of them, no training has put there.

Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018.
"""

from collections.abc import Iterator

import numpy as np
import torch

from nearsight.config import Variant
from nearsight.families.registry import build_network
from nearsight.limits import LARGEST_SEED


def random_networks(variant: Variant, n_networks: int, seed: int) -> Iterator[torch.nn.Module]:
    """Untrained networks of the same make, all weights and embeddings drawn anew.

    Args:
        variant: what they are; its own seed, from which training began, is never drawn.
        n_networks: how many.
        seed: of the draw of seeds.
    """
    drawn = np.random.default_rng(seed).permutation(np.arange(1, n_networks + 2))
    others = [int(k) * (LARGEST_SEED // (n_networks + 2)) for k in drawn]
    for other in [k for k in others if k != variant.seed][:n_networks]:
        yield build_network(variant.model_copy(update={"seed": other}))
