"""The study without arrays stands with the tests of lineage."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "lineage"))
