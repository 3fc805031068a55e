"""A page, a table and a layout as small as can be; ``docs`` is where the scripts stand."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "docs"))

TABLE = """\
# table: decay and stability, demo
# commit: 0123456
# key: family/cutoff/seed
family,cutoff (angstrom),seed,force_mae (meV angstrom-1),response_deviation_signed,survival
schnet,3.0,0,140.4,-1.128,0.8125
schnet,3.0,1,139.2,-1.09,0.75
schnet,5.0,0,127.0,-0.0312,
painn,5.0,0,71.6,0.204,1.0
"""
LAYOUTS = """\
taken:
  study: [force_mae, survival, response_deviation_signed]
  association: [rho, verdict]
  question: [rho]
  hazards: []
titles: {schnet: SchNet, painn: PaiNN}
tables:
  errors:
    from: demo
    over: [family, cutoff]
    columns:
      " ": "{family}"
      "cutoff (Å)": "{cutoff}"
      "force MAE (meV/Å)": "{force_mae:.0f} [{force_mae_min:.0f}, {force_mae_max:.0f}]"
      "deviation (decades)": "{response_deviation_signed:.2f}"
      "survival": "{survival:.2f}"
"""
PAGE = """\
# A study

Of 4 networks the SchNet with 5 Å has 127 meV/Å and −0.03 decades; with 3 Å
it is 139 to 140 meV/Å. <!--n demo | schnet/5 force_mae=127 response_deviation_signed=-0.03
| schnet/3 force_mae.min=139 force_mae.max=140 -->

- All replicas of PaiNN hold: survival 1.00. <!--n demo | painn survival=1.00 -->

<!--table errors-->
<!--/table-->

```
pip install 127 meV/Å
```
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one page of a study, a README without numbers, and fresh tables."""
    from quoting.check import write
    from quoting.layouts import Layouts

    numbers = tmp_path / "docs" / "numbers"
    numbers.mkdir(parents=True)
    (numbers / "demo.csv").write_text(TABLE, encoding="utf-8")
    (numbers / "layouts.yaml").write_text(LAYOUTS, encoding="utf-8")
    (tmp_path / "README.md").write_text("# nearsight\n", encoding="utf-8")
    page = tmp_path / "docs" / "demo.md"
    page.write_text(PAGE, encoding="utf-8")
    write(page, Layouts.read(numbers / "layouts.yaml"), numbers)
    return tmp_path
