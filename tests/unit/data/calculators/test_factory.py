"""ASE calculators named by the user."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms

from nearsight.data.calculators import calculator_from
from nearsight.errors import ConfigError


def test_a_class_of_ase_with_arguments() -> None:
    calculator = calculator_from("ase.calculators.lj:LennardJones", {"sigma": 2.0, "epsilon": 0.5})
    # The minimum lies at sigma × 2^(1/6).
    atoms = Atoms("Ar2", positions=[[0, 0, 0], [2.0 * 2 ** (1 / 6), 0, 0]], calculator=calculator)
    np.testing.assert_allclose(atoms.get_forces(), 0, atol=1e-12)


def test_a_module_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "probe_of_mine.py").write_text(
        "from ase.calculators.emt import EMT\ndef make():\n    return EMT()\n"
    )
    monkeypatch.chdir(tmp_path)
    assert type(calculator_from("probe_of_mine:make")).__name__ == "EMT"


@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [
        ("ase.calculators.lj", {}, "expected package.module:factory"),
        (":LennardJones", {}, "expected package.module:factory"),
        ("no_such_package.of_mine:make", {}, "there is no module 'no_such_package'"),
        ("ase.calculators.lj:Missing", {}, "has no function or class 'Missing'"),
        ("ase.calculators.lj:__doc__", {}, "has no function or class"),
        ("ase.calculators.lj:cutoff_function", {}, "cannot be called with {}"),
        ("builtins:dict", {}, "gave a dict, which is no ASE calculator"),
    ],
)
def test_what_is_wrong_is_said(name: str, arguments: dict[str, float], text: str) -> None:
    with pytest.raises(ConfigError, match=text.replace("{", r"\{").replace("}", r"\}")):
        calculator_from(name, arguments)
