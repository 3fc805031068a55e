from pathlib import Path

import numpy as np
import pytest

from nearsight.data.molecules import KNOWN, build_molecule
from nearsight.errors import MissingFileError, MoleculeError


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("water", "H2O"),
        ("aspirin", "C9H8O4"),
        ("Alanine Dipeptide", "C6H12N2O2"),
        ("alanine-dipeptide", "C6H12N2O2"),
        ("Ac-Ala3-NHMe", "C12H22N4O4"),
        ("salicylic acid", "C7H6O3"),
        ("CCO", "C2H6O"),
        ("c1ccsc1", "C4H4S"),
    ],
)
def test_names_and_smiles_give_the_molecule(name: str, formula: str) -> None:
    molecule = build_molecule(name, seed=0)
    assert molecule.get_chemical_formula() == formula
    distance = molecule.get_all_distances()[np.triu_indices(len(molecule), k=1)]
    assert 0.9 < distance.min() < 1.2


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_every_known_name_can_be_built(name: str) -> None:
    assert len(build_molecule(name, seed=0)) >= 3


def test_geometry_depends_on_the_seed_alone() -> None:
    first = build_molecule("octane", seed=1).positions
    assert np.array_equal(first, build_molecule("octane", seed=1).positions)
    assert not np.allclose(first, build_molecule("octane", seed=2).positions)
    assert len(build_molecule("water", seed=2**40)) == 3


def test_file_is_read_as_it_is(shared_data: Path) -> None:
    molecule = build_molecule(str(shared_data / "geometries" / "ethanol.xyz"), seed=0)
    assert molecule.get_chemical_formula() == "C2H6O"
    assert molecule.positions[0] == pytest.approx([-0.97149928, 0.30205503, 0.12384797])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("paracetamoll", "close names: paracetamol"),
        ("C1CC", "neither"),
        ("", "neither"),
        ("[NH4+]", "charge +1"),
        ("[CH3]", "odd number of electrons"),
    ],
)
def test_what_is_no_molecule_is_refused_in_one_line(
    text: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(MoleculeError) as caught:
        build_molecule(text, seed=0)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("2\n\nH 0 0 nan\nH 0 0 1\n", "atom 0 is not finite"),
        ("2\n\nH 0 0 0\nH 0 0 0.2\n", "0.20 Å apart"),
        ("3\n\nH 0 0 0\nH 0 0 0.8\n", "cannot be read"),
        ("0\n\n", "0 atoms"),
        ("hello\n", "cannot be read"),
        ("", "cannot be read"),
        ("2\n\nQq 0 0 0\nH 0 0 1\n", "cannot be read"),
        ("2\n\nX 0 0 0\nH 0 0 1\n", "no element"),
        ('1\nLattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3\nHe 0 0 0\n', "periodic"),
    ],
)
def test_bad_xyz_is_refused(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "bad.xyz"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(MoleculeError) as caught:
        build_molecule(str(path), seed=0)
    assert words in str(caught.value)
    assert "bad.xyz" in str(caught.value)


def test_missing_file_is_named() -> None:
    with pytest.raises(MissingFileError, match=r"nowhere\.xyz"):
        build_molecule("nowhere.xyz", seed=0)
