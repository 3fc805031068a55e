"""From what the user writes (a path, a name, a SMILES) to a checked start geometry."""

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from ase import Atoms
from rdkit import Chem, rdBase
from rdkit.Chem.rdDistGeom import EmbedMolecule
from rdkit.Chem.rdForceFieldHelpers import MMFFHasAllMoleculeParams, MMFFOptimizeMolecule

from nearsight.data.geometry_files import read_geometries
from nearsight.data.named_molecules import KNOWN, plain, smiles_of
from nearsight.errors import CorruptFileError, DataError, MoleculeError
from nearsight.storage import require_file

CLOSEST = 0.3
"""Å: two atoms nearer than this are a fault of the file, no molecule."""

# A relaxed geometry is found within some hundred steps for molecules of this study's size.
_FORCE_FIELD_STEPS = 2000
# RDKit takes seeds as 32-bit integers.
_SEEDS = 2**31 - 1


def build_molecule(text: str, seed: int) -> Atoms:
    """Build a neutral molecule from a path, a name or a SMILES.

    A SMILES is embedded with ETKDG (Riniker and Landrum, J. Chem. Inf. Model. 55, 2562 (2015)) and
    relaxed with MMFF94 where that has parameters.

    Args:
        text: path that ends in ``.xyz``, a name of ``KNOWN``, or a SMILES.
        seed: seed of the embedding; a file needs none.

    Returns:
        Positions in Å; atoms of a SMILES in its order, hydrogens last.

    Raises:
        MissingFileError: a path without a file.
        MoleculeError: not understood, not buildable, charged, or with an odd number of electrons.
    """
    text = text.strip()
    if text.lower().endswith(".xyz"):
        molecule = _read_xyz(Path(text))
    else:
        molecule = _from_smiles(smiles_of(text), text, seed)
    _check(molecule, text)
    return molecule


def _read_xyz(path: Path) -> Atoms:
    require_file(path)
    try:
        found = read_geometries(path, most=1)
    except (CorruptFileError, DataError) as error:
        raise MoleculeError(str(error)) from None
    if not found:
        raise MoleculeError(f"{path}: cannot be read as an xyz file: it is empty")
    return found[0]


def _from_smiles(smiles: str, text: str, seed: int) -> Atoms:
    with _quiet_rdkit():
        parsed = Chem.MolFromSmiles(smiles)
        if parsed is None or parsed.GetNumAtoms() == 0:
            raise MoleculeError(_not_understood(text))
        charge = Chem.GetFormalCharge(parsed)
        if charge:
            raise MoleculeError(
                f"molecule {text!r}: read as SMILES with charge {charge:+d}; "
                "only neutral molecules are sampled"
            )
        molecule = Chem.AddHs(parsed)
        if EmbedMolecule(molecule, randomSeed=seed % _SEEDS) != 0:
            raise MoleculeError(
                f"molecule {text!r}: read as SMILES, but no geometry could be embedded; "
                "give an .xyz file instead"
            )
        if MMFFHasAllMoleculeParams(molecule):
            MMFFOptimizeMolecule(molecule, maxIters=_FORCE_FIELD_STEPS)
    numbers = [atom.GetAtomicNum() for atom in molecule.GetAtoms()]
    return Atoms(numbers, positions=molecule.GetConformer().GetPositions())


@contextmanager
def _quiet_rdkit() -> Iterator[None]:
    # RDKit writes its own complaints to stderr, where the user expects one line of ours.
    block = rdBase.BlockLogs()
    try:
        yield
    finally:
        del block


def _not_understood(text: str) -> str:
    close = difflib.get_close_matches(plain(text), KNOWN, n=3)
    hint = f"close names: {', '.join(close)}" if close else f"names: {', '.join(sorted(KNOWN))}"
    return f"molecule {text!r}: neither a path ending in .xyz, nor a SMILES, nor a name ({hint})"


def _check(molecule: Atoms, text: str) -> None:
    if len(molecule) == 0:
        raise MoleculeError(f"{text}: holds 0 atoms")
    if not np.isfinite(molecule.positions).all():
        atom = int(np.flatnonzero(~np.isfinite(molecule.positions).all(axis=1))[0])
        raise MoleculeError(f"{text}: position of atom {atom} is not finite")
    if (molecule.numbers < 1).any():
        raise MoleculeError(f"{text}: holds an atom of no element")
    distance = molecule.get_all_distances()
    np.fill_diagonal(distance, np.inf)
    if distance.min() < CLOSEST:
        i, j = np.unravel_index(distance.argmin(), distance.shape)
        raise MoleculeError(
            f"{text}: atoms {i} and {j} are {distance.min():.2f} Å apart, closer than {CLOSEST} Å"
        )
    if molecule.numbers.sum() % 2:
        raise MoleculeError(
            f"{text}: {molecule.get_chemical_formula()} has an odd number of electrons; "
            "only closed-shell molecules are sampled"
        )
