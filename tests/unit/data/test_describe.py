from dataclasses import replace

import numpy as np

from nearsight.data.describe import composition_ids, formulas, summary
from nearsight.data.frames import Frames


def _molecules(numbers: list[list[int]]) -> Frames:
    n_atoms = np.array([len(z) for z in numbers])
    return Frames(
        atomic_number=np.concatenate(numbers),
        position=np.ones((n_atoms.sum(), 3)),
        force=np.ones((n_atoms.sum(), 3)),
        n_atoms=n_atoms,
        energy=-10.0 * n_atoms,
        subset=np.zeros(len(numbers), dtype=int),
        source=np.zeros(len(numbers), dtype=int),
    )


def test_composition_does_not_depend_on_the_order_of_atoms() -> None:
    ids = composition_ids(_molecules([[8, 1, 1], [1, 8, 1], [8, 1], [1, 1, 6]]))
    assert ids[0] == ids[1]
    assert len(set(ids.tolist())) == 3


def test_formulas_of_many_molecules_are_cut_short() -> None:
    assert formulas(_molecules([[8, 1, 1], [6, 1, 1, 1, 1], [1, 8, 1]])) == "CH4, H2O"
    many = _molecules([[6] * n for n in range(1, 9)])
    assert formulas(many) == "C, C2, C3, C4, C5 and 3 more"


def test_summary_has_units_and_the_leak(ethanol: Frames) -> None:
    text = "\n".join(summary(ethanol))
    assert "C2H6O; 9 to 9 atoms" in text
    assert "GFN2-xTB" in text
    assert f"split_leak: {ethanol.attributes['split_leak']}" in text
    largest = np.linalg.norm(ethanol.force, axis=1).max()
    assert f"largest {largest:.2f} eV/Å" in text
    assert "unknown" in "\n".join(summary(replace(ethanol, attributes={})))
