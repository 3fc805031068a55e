"""Which engine stands beside data, and what files that it makes say of it."""

import json
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule

from nearsight.config import Yardstick
from nearsight.data.calculators import calculator_from, evaluate, forces_of
from nearsight.data.engine import label
from nearsight.data.yardstick import NoYardstickError, find_reference
from nearsight.errors import ConfigError, NearsightError, ReferenceEngineError

WATER = molecule("H2O")


def test_the_engine_of_the_labels() -> None:
    reference = find_reference(Yardstick(), "GFN2-xTB", "data.nc")
    assert reference.attributes == {
        "yardstick": "same", "level_of_theory": "GFN2-xTB", "data_level_of_theory": "GFN2-xTB",
    }  # fmt: skip
    expected = label(WATER)
    for processes in (1, 2):
        source = reference.open(0.1, processes)
        answers = source.ask(WATER.numbers, WATER.positions[None])
        assert answers.energy[0] == expected[0]
        np.testing.assert_array_equal(answers.force[0], expected[1])
        source.close()


def test_other_labels_have_none_and_are_told_what_to_do() -> None:
    with pytest.raises(NoYardstickError, match=r"data\.nc: .* PBE0: give --yardstick gfn2") as none:
        find_reference(Yardstick(), "PBE0", "data.nc")
    assert isinstance(none.value, NearsightError)
    assert none.value.attributes["level_of_theory"] == ""
    assert none.value.attributes["data_level_of_theory"] == "PBE0"
    with pytest.raises(NoYardstickError, match="or data that say what labelled them"):
        find_reference(Yardstick(), "unknown", "data.nc")


def test_gfn2_beside_other_labels() -> None:
    reference = find_reference(Yardstick(engine="gfn2"), "PBE0", "data.nc")
    assert (reference.level_of_theory, reference.attributes["data_level_of_theory"]) == (
        "GFN2-xTB", "PBE0",
    )  # fmt: skip


def test_structures_without_labels_get_the_engine_that_is_here() -> None:
    reference = find_reference(Yardstick(), None, "molecules.xyz")
    assert (reference.level_of_theory, reference.attributes["data_level_of_theory"]) == (
        "GFN2-xTB", "",
    )  # fmt: skip


def test_a_calculator_is_known_by_its_arguments_too() -> None:
    lj = {"engine": "ase.calculators.lj:LennardJones", "arguments": {"sigma": 2.0}}
    reference = find_reference(Yardstick(**lj), "PBE0", "data.nc")
    assert reference.level_of_theory == lj["engine"]
    assert json.loads(reference.attributes["yardstick"].partition(" ")[2]) == lj["arguments"]
    assert reference.name != find_reference(Yardstick(engine=lj["engine"]), "PBE0", "x").name
    atoms = Atoms("Ar2", positions=[[0, 0, 0], [2.0 * 2 ** (1 / 6), 0, 0]])
    # The minimum lies at sigma × 2^(1/6).
    found = reference.open(0.1, 1).ask(atoms.numbers, atoms.positions[None])
    np.testing.assert_allclose(found.force, 0, atol=1e-12)
    said = Yardstick(**lj, level_of_theory="PBE0")
    assert find_reference(said, "PBE0", "data.nc").level_of_theory == "PBE0"


def test_nothing_is_imported_before_it_is_needed() -> None:
    absent = find_reference(Yardstick(engine="no_such:make"), "PBE0", "data.nc")
    with pytest.raises(ConfigError, match="there is no module 'no_such'"):
        absent.open(0.1, 1)


BROKEN = """
from ase.calculators.calculator import Calculator, all_changes

class Broken(Calculator):
    implemented_properties = ["energy", "forces"]
    def __init__(self, fault): self.fault = fault; super().__init__()
    def calculate(self, atoms=None, properties=(), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        if self.fault == "raises": raise KeyError("no\\nbasis")
        self.results = {"energy": 0.0, "forces": [0.0]}

def fails(): raise FileNotFoundError("no parameters")
"""


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "broken_probe.py").write_text(BROKEN)
    (tmp_path / "broken_import_probe.py").write_text("1 / 0\n")
    monkeypatch.chdir(tmp_path)
    return "broken_probe"


def test_whatever_a_calculator_does_ends_in_one_line(broken: str) -> None:
    with pytest.raises(ReferenceEngineError, match="failed on H2O: KeyError") as raised:
        forces_of(WATER, calculator_from(f"{broken}:Broken", {"fault": "raises"}))
    assert "\n" not in str(raised.value)
    with pytest.raises(ReferenceEngineError, match=r"shape \(1,\) for 3 atoms"):
        evaluate(WATER, calculator_from(f"{broken}:Broken", {"fault": "shape"}))
    with pytest.raises(ConfigError, match="it failed: FileNotFoundError: no parameters"):
        calculator_from(f"{broken}:fails")
    with pytest.raises(ConfigError, match="importing broken_import_probe failed: ZeroDivision"):
        calculator_from("broken_import_probe:make")
