"""Physics whose decay is known: dispersion, point charges, bond orders of pairs of atoms.

D3(BJ): Grimme, Ehrlich, Goerigk, J. Comput. Chem. 32, 1456 (2011). D4: Caldeweyher et al., J. Chem.
Phys. 150, 154122 (2019). Charges and Wiberg bond orders are GFN2-xTB's.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from ase import Atoms
from ase import units as ase_units
from dftd3 import interface as dftd3
from dftd4 import interface as dftd4

from nearsight import units
from nearsight.data.engine import reference_calculator
from nearsight.data.pair_columns import columns_of
from nearsight.labels import variable
from nearsight.progress import progress_bar

FUNCTIONAL = "pbe0"
"""Density functional whose damping D3 and D4 take; damping does not touch the tail."""

COULOMB = float(ase_units.Hartree * ase_units.Bohr)
"""eV Å per squared elementary charge."""
_C6 = float(ase_units.Hartree * ase_units.Bohr**6)

_VARIABLES = {
    "dispersion_d3": (units.ENERGY, "magnitude of the pairwise D3(BJ) dispersion energy"),
    "dispersion_d4": (units.ENERGY, "magnitude of the pairwise D4 dispersion energy"),
    "charge_energy": (units.ENERGY, "magnitude of the Coulomb energy of GFN2-xTB charges"),
    "bond_order": (units.ONE, "Wiberg bond order of GFN2-xTB"),
    "c6": ("eV angstrom6", "dispersion coefficient of the pair in D4"),
    "charge_product": ("e2", "magnitude of the product of the two charges"),
}


def reference_curves(structures: Sequence[Atoms]) -> xr.Dataset:
    """Pairwise energies and bond orders of molecules.

    Args:
        structures: neutral molecules without periodic boundaries.

    Returns:
        Table over ``pair`` with the columns of a response and ``dispersion_d3``,
        ``dispersion_d4``, ``charge_energy`` (eV), ``bond_order`` (1), and what takes the elements
        out of them: ``c6`` (eV Å⁶) and ``charge_product`` (e²).

    Raises:
        ReferenceEngineError: the reference engine does not converge.
    """
    progress = progress_bar(structures, desc="reference curves", unit="structure")
    parts = [_of_structure(atoms) for atoms in progress]
    columns = {
        name: variable("pair", np.concatenate([part[name] for part in parts]), unit, text)
        for name, (unit, text) in _VARIABLES.items()
    }
    attrs = {"status": "ok", "reason": "", "functional": FUNCTIONAL, "charges": "GFN2-xTB"}
    return xr.Dataset({**columns_of(structures), **columns}, attrs=attrs)


def _of_structure(atoms: Atoms) -> dict[str, np.ndarray]:
    pair = np.triu_indices(len(atoms), k=1)
    bohr = atoms.positions / ase_units.Bohr
    d3, d4 = (engine.DispersionModel(atoms.numbers, bohr) for engine in (dftd3, dftd4))
    damping_d3 = dftd3.RationalDampingParam(method=FUNCTIONAL)
    damping_d4 = dftd4.DampingParam(method=FUNCTIONAL)
    bare = Atoms(atoms.numbers, positions=atoms.positions)
    bare.calc = reference_calculator()
    charges = np.asarray(bare.get_charges())
    product = np.abs(np.outer(charges, charges))[pair]
    # One layer per spin channel; closed shells have one.
    orders = np.asarray(bare.calc.results["bond-orders"]).sum(axis=-1)
    return {
        "dispersion_d3": _energies(d3.get_pairwise_dispersion(damping_d3))[pair],
        "dispersion_d4": _energies(d4.get_pairwise_dispersion(damping_d4))[pair],
        "charge_energy": COULOMB * product / atoms.get_all_distances()[pair],
        "bond_order": orders[pair],
        "c6": _C6 * d4.get_properties()["c6 coefficients"][pair],
        "charge_product": product,
    }


def _energies(result: dict[str, np.ndarray]) -> np.ndarray:
    """(atom, atom) magnitudes in eV; half of a pair's energy stands in ij, half in ji."""
    halves = result["additive pairwise energy"]
    return np.abs(halves + halves.T) * float(ase_units.Hartree)
