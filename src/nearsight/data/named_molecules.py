"""Molecules that have a name here, and how many atoms one has, without building it."""

import re
from pathlib import Path

from nearsight.data.formats.foreign_parsers import one_line
from nearsight.data.formats.xyz_blocks import atom_count
from nearsight.errors import MoleculeError
from nearsight.storage import require_file

KNOWN = {
    "water": "O",
    "ammonia": "N",
    "methane": "C",
    "ethane": "CC",
    "methanol": "CO",
    "ethanol": "CCO",
    "acetic_acid": "CC(=O)O",
    "malonaldehyde": "O=CCC=O",
    "benzene": "c1ccccc1",
    "toluene": "Cc1ccccc1",
    "naphthalene": "c1ccc2ccccc2c1",
    "azobenzene": "c1ccccc1/N=N/c1ccccc1",
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "paracetamol": "CC(=O)Nc1ccc(O)cc1",
    "salicylic_acid": "OC(=O)c1ccccc1O",
    "uracil": "O=c1cc[nH]c(=O)[nH]1",
    "n_methylacetamide": "CC(=O)NC",
    "alanine_dipeptide": "CC(=O)N[C@@H](C)C(=O)NC",
    "ac_ala3_nhme": "CC(=O)N[C@@H](C)C(=O)N[C@@H](C)C(=O)N[C@@H](C)C(=O)NC",
    "butane": "CCCC",
    "octane": "CCCCCCCC",
    "dodecane": "CCCCCCCCCCCC",
}
"""SMILES of the molecules that have a name here; capitals, spaces and hyphens do not matter."""


def plain(name: str) -> str:
    """A name as it stands in :data:`KNOWN`."""
    return re.sub(r"[\s_-]+", "_", name.strip().lower())


def smiles_of(text: str) -> str:
    """SMILES of a name; any other text as it is."""
    return KNOWN.get(plain(text), text)


def count_atoms(text: str) -> int:
    """Number of atoms of a molecule given as a path that ends in ``.xyz``, a name or a SMILES.

    Raises:
        MissingFileError: a path without a file.
        MoleculeError: not understood.
    """
    text = text.strip()
    if text.lower().endswith(".xyz"):
        with require_file(Path(text)).open(encoding="utf-8", errors="replace") as lines:
            first = lines.readline(100)
        count = atom_count(first)
        if count is None:
            raise MoleculeError(
                f"{text}: line 1: begins with {one_line(first, 40)!r}, not with a number of atoms"
            )
        return count

    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        parsed = Chem.MolFromSmiles(smiles_of(text))
        if parsed is None:
            raise MoleculeError(
                f"molecule {text!r}: neither a path ending in .xyz, nor a SMILES, nor a known name"
            )
        return int(Chem.AddHs(parsed).GetNumAtoms())
