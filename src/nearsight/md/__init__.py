"""NVE molecular dynamics of many replicas, the rules that end them, and their stability.

Knows nothing of networks but in :mod:`nearsight.md.simulate`. Nothing is imported here, since
statistics of runs are done in jobs that need no PyTorch.
"""
