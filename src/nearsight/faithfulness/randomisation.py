"""Networks with random weights: what an explanation shows of them, no training has put there.

Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018.
"""

from collections.abc import Callable, Iterator

import numpy as np
import torch

from nearsight.limits import LARGEST_SEED


def random_networks(
    redrawn: Callable[[int], torch.nn.Module], n_networks: int, seed: int, *, own_seed: int = -1
) -> Iterator[torch.nn.Module]:
    """Untrained networks of the same make, all weights and embeddings drawn anew.

    Args:
        redrawn: from a seed to one of them.
        n_networks: how many.
        seed: of the draw of seeds.
        own_seed: from which training began, where that is known: it is never drawn.
    """
    drawn = np.random.default_rng(seed).permutation(np.arange(1, n_networks + 2))
    others = [int(k) * (LARGEST_SEED // (n_networks + 2)) for k in drawn]
    for other in [k for k in others if k != own_seed][:n_networks]:
        yield redrawn(other)
