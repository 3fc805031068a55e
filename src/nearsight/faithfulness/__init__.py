"""Faithfulness: does relevance tell the truth about the network that it explains?"""

from nearsight.faithfulness.probe import probe

__all__ = ["probe"]
