"""The reference engine is asked for closed shells alone, by every verb that runs it."""

from pathlib import Path

import pytest
from ase import Atoms

from nearsight.cli.response import reference_curves, respond
from nearsight.config import Dynamics
from nearsight.data.closed_shell import require_closed_shells
from nearsight.data.frames import frames_of_atoms
from nearsight.errors import DataError, MoleculeError
from nearsight.md.simulate import simulate_reference

ACETATE = (
    "C 0 0 0\nC 1.5 0 0\nO 2.1 1.1 0\nO 2.1 -1.1 0\nH -0.4 1 0\nH -0.4 -0.5 0.9\nH -0.4 -0.5 -0.9\n"
)


def test_odd_electrons_are_named() -> None:
    water, radical = Atoms("OH2"), Atoms("OH")
    require_closed_shells([water, water], "a.xyz")
    with pytest.raises(MoleculeError, match=r"a\.xyz: structure 1, HO, has an odd number"):
        require_closed_shells([water, radical], "a.xyz")


@pytest.mark.parametrize("verb", [respond, reference_curves])
def test_an_anion_without_a_stated_charge_is_refused(tmp_path: Path, verb) -> None:  # noqa: ANN001
    path = tmp_path / "acetate.xyz"
    path.write_text(f"7\n\n{ACETATE}")
    with pytest.raises(MoleculeError, match="odd number of electrons"):
        verb(path, tmp_path / "out.nc")
    path.write_text(f"7\ncharge=-1\n{ACETATE}")
    with pytest.raises(DataError, match="charge = -1"):
        verb(path, tmp_path / "out.nc")
    assert not (tmp_path / "out.nc").exists()


def test_dynamics_of_the_engine_is_not_run(tmp_path: Path) -> None:
    radical = Atoms("OH", positions=[[0, 0, 0], [0, 0, 0.97]])
    frames = frames_of_atoms([radical] * 3)
    labelled = frames.__class__(**{**vars(frames), "attributes": {"level_of_theory": "GFN2-xTB"}})
    with pytest.raises(MoleculeError, match="odd number of electrons"):
        simulate_reference(labelled, Dynamics(), tmp_path / "d.nc", inputs={})
