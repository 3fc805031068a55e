"""Reference curves: by hand where that can be done, and against the engines' own totals."""

import numpy as np
import pytest
import xarray as xr
from ase import Atoms
from ase import units as ase_units
from ase.build import molecule
from dftd4.interface import DampingParam, DispersionModel

from nearsight.data.engine import reference_calculator
from nearsight.respond import reference_curves
from nearsight.storage import check_described

STRUCTURES = [molecule("CH3CH2OH"), molecule("H2O")]


@pytest.fixture(scope="module")
def curves() -> xr.Dataset:
    return reference_curves(STRUCTURES)


def test_a_row_per_pair(curves: xr.Dataset) -> None:
    assert np.bincount(curves["structure"]).tolist() == [36, 3]
    check_described(curves)


def test_dispersion_sums_to_the_total(curves: xr.Dataset) -> None:
    """Additive and non-additive parts make the whole energy of D4."""
    atoms = STRUCTURES[0]
    model = DispersionModel(atoms.numbers, atoms.positions / ase_units.Bohr)
    damping = DampingParam(method="pbe0")
    total = model.get_dispersion(damping, grad=False)["energy"]
    three_body = model.get_pairwise_dispersion(damping)["non-additive pairwise energy"].sum()
    pairs = curves["dispersion_d4"].where(curves["structure"] == 0, drop=True).sum()
    assert float(pairs) == pytest.approx(
        -(total - three_body) * float(ase_units.Hartree), rel=1e-10
    )


def test_charges_by_hand(curves: xr.Dataset) -> None:
    """Water: the energy of the two O-H pairs and of the H-H pair, from the engine's charges."""
    water = Atoms(STRUCTURES[1].numbers, positions=STRUCTURES[1].positions)
    water.calc = reference_calculator()
    charge = water.get_charges()
    expected = [
        14.399645 * abs(charge[i] * charge[j]) / water.get_distance(i, j)
        for i, j in ((0, 1), (0, 2), (1, 2))
    ]
    found = curves["charge_energy"].where(curves["structure"] == 1, drop=True)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_bond_orders_are_bonds(curves: xr.Dataset) -> None:
    water = curves.where(curves["structure"] == 1, drop=True)
    oh, oh_other, hh = water["bond_order"].to_numpy()
    assert 0.8 < oh < 1.0
    assert oh == pytest.approx(oh_other, abs=1e-6)
    assert hh < 0.01
