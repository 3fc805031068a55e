"""The checks, one file or folder each; :mod:`nearsight.diagnose.registry` names them."""
