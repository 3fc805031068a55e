"""Units by all their names: one meaning each, and the factors are those of the definitions."""

import itertools

import pytest
from ase.units import Bohr, Hartree, kcal, kJ, mol

from nearsight.data.formats.unit_names import (
    declared_units,
    energy_unit,
    factors,
    force_unit,
    length_unit,
    same_in_all,
    speaks_of_units,
)
from nearsight.errors import DataError
from nearsight.units import TO_ANGSTROM, TO_EV

SPELLINGS = {
    "eV": ["eV", "ev", "EV", " eV ", "electronvolt", "electron volt"],
    "meV": ["meV"],
    "kcal/mol": ["kcal/mol", "kcal mol-1", "kcal*mol^-1", "kcal/mole", "kcalmol", "kcal per mol"],
    "kJ/mol": ["kJ/mol", "kJ mol-1", "kj/mole", "kJ·mol⁻¹"],
    "hartree": ["hartree", "Hartrees", "Ha", "Eh", "E_h", "a.u.", "AU"],
}
LENGTHS = {
    "angstrom": ["angstrom", "Angstroms", "Å", "Å", "A", "ang", "Angs", "ångström"],
    "bohr": ["bohr", "Bohrs", "a0", "a_0", "a.u."],
    "nm": ["nm", "nanometer", "nanometre"],
}


@pytest.mark.parametrize(("name", "text"), [(n, t) for n, ts in SPELLINGS.items() for t in ts])
def test_spellings_of_energies(name: str, text: str) -> None:
    assert energy_unit(text) == name
    assert name in TO_EV


@pytest.mark.parametrize(("name", "text"), [(n, t) for n, ts in LENGTHS.items() for t in ts])
def test_spellings_of_lengths(name: str, text: str) -> None:
    assert length_unit(text) == name
    assert name in TO_ANGSTROM


def test_every_force_is_an_energy_over_a_length() -> None:
    for energy, length in itertools.product(TO_EV, TO_ANGSTROM):
        for text in (f"{energy}/{length}", f"{energy} per {length}", f"{energy} {length}^-1"):
            assert force_unit(text) == (energy, length), text


@pytest.mark.parametrize("text", ["", " ", "/", "eV/", "/angstrom", "eV/eV", "bohr/hartree", "N"])
def test_what_is_no_force(text: str) -> None:
    assert force_unit(text) is None


@pytest.mark.parametrize("text", ["mEv/atom", "kcal", "mol", "joule", "rydberg", ""])
def test_units_that_are_not_known_are_none_of_them(text: str) -> None:
    assert energy_unit(text) is None


def test_mega_and_milli_are_one_to_files_in_capitals() -> None:
    """Nobody writes energies of molecules in megaelectronvolt."""
    assert energy_unit("MeV") == "meV"


@pytest.mark.parametrize(
    ("stated", "energy", "length", "force"),
    [
        ({"energy_unit": "eV"}, 1.0, 1.0, 1.0),
        ({"energy_unit": "hartree"}, Hartree, 1.0, Hartree),
        ({"energy_unit": "Ha", "length_unit": "bohr"}, Hartree, Bohr, Hartree / Bohr),
        ({"energy_unit": "kcal/mol"}, kcal / mol, 1.0, kcal / mol),
        ({"energy_unit": "kJ/mol", "length_unit": "nm"}, kJ / mol, 10.0, kJ / mol / 10),
        ({"energy_unit": "Eh", "force_unit": "Eh/a0"}, Hartree, 1.0, Hartree / Bohr),
        ({"energy_unit": "eV", "force_unit": "meV/nm"}, 1.0, 1.0, 1e-4),
    ],
)
def test_factors_are_those_of_the_definitions(
    stated: dict[str, str], energy: float, length: float, force: float
) -> None:
    for declared, said in ((stated, {}), ({}, stated), (stated, stated)):
        over, under, factor = factors("a.xyz", declared, said)
        assert TO_EV[over] == pytest.approx(energy, rel=1e-12)
        assert TO_ANGSTROM[under] == pytest.approx(length, rel=1e-12)
        assert factor == pytest.approx(force, rel=1e-12)


def test_forces_follow_energies_and_lengths_wherever_each_is_said() -> None:
    declared, stated = {"length_unit": "bohr"}, {"energy_unit": "hartree"}
    assert factors("a", declared, stated)[2] == pytest.approx(Hartree / Bohr)


def test_one_unit_in_two_spellings_is_no_contradiction() -> None:
    assert factors("a", {"energy_unit": "Ha"}, {"energy_unit": "hartree"})[0] == "hartree"


@pytest.mark.parametrize(
    ("what", "declared", "stated"),
    [("energy", "Ha", "eV"), ("length", "nm", "bohr"), ("force", "Ha/Bohr", "Ha/Ang")],
)
def test_a_contradiction_names_both(what: str, declared: str, stated: str) -> None:
    key = f"{what}_unit"
    sound = {"energy_unit": "Ha"}
    with pytest.raises(DataError) as caught:
        factors("a.xyz", {**sound, key: declared}, {key: stated})
    assert str(caught.value) == (
        f"a.xyz: the file declares its {what} unit as '{declared}', but '{stated}' was stated: "
        "drop the option"
    )


@pytest.mark.parametrize(
    ("what", "known"), [("energy", "eV, meV"), ("length", "angstrom, bohr"), ("force", "hartree/b")]
)
def test_an_unknown_unit_names_those_that_are_known(what: str, known: str) -> None:
    units = {"energy_unit": "eV", f"{what}_unit": "cubit"}
    with pytest.raises(DataError, match=f"a: unknown {what} unit 'cubit'; known: {known}"):
        factors("a", units, {})


def test_no_energy_unit_is_asked_for() -> None:
    with pytest.raises(DataError, match=r"a\.xyz: does not declare its energy unit: state it"):
        factors("a.xyz", {"length_unit": "bohr"}, {"energy_unit": ""})


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("energy_unit", "energy_unit"),
        ("e_unit", "energy_unit"),
        ("Energy-Units", "energy_unit"),
        ("unit_of_energy", "energy_unit"),
        ("dft_total_energy_units", "energy_unit"),
        ("r_unit", "length_unit"),
        ("distance_unit", "length_unit"),
        ("units_positions", "length_unit"),
        ("f_unit", "force_unit"),
        ("energy_gradient_unit", "force_unit"),
        ("units_of_forces", "force_unit"),
    ],
)
def test_keys_say_what_they_speak_of(key: str, kind: str) -> None:
    text = {"energy_unit": "eV", "length_unit": "bohr", "force_unit": "eV/bohr"}[kind]
    assert speaks_of_units(key)
    assert declared_units({key: text}, "a") == {kind: text}


@pytest.mark.parametrize("key", ["unity", "community", "energy", "dipole_unit", "unit_cell", "r"])
def test_other_keys_are_left_alone(key: str) -> None:
    assert not speaks_of_units(key)
    assert declared_units({key: 7}, "a") == {}


@pytest.mark.parametrize(
    ("style", "found"),
    [
        ("metal", {"energy_unit": "eV", "length_unit": "angstrom"}),
        ("real", {"energy_unit": "kcal/mol", "length_unit": "angstrom"}),
        ("Atomic", {"energy_unit": "hartree", "length_unit": "bohr"}),
        ("eV", {"energy_unit": "eV"}),
        ("eV, bohr", {"energy_unit": "eV", "length_unit": "bohr"}),
        ("eV; Å; eV/Å", {"energy_unit": "eV", "length_unit": "Å", "force_unit": "eV/Å"}),
    ],
)
def test_one_key_for_all_units(style: str, found: dict[str, str]) -> None:
    assert declared_units({"units": style}, "a") == found


def test_what_names_no_unit_is_named() -> None:
    with pytest.raises(DataError, match="a: energy_unit = 3 names no unit"):
        declared_units({"energy_unit": 3}, "a")
    with pytest.raises(DataError, match="a: units = 'eV, cubit': 'cubit' is no unit"):
        declared_units({"units": "eV, cubit"}, "a")
    with pytest.raises(DataError, match="a: two units for energy: 'eV' and 'Ha'"):
        declared_units({"energy_unit": "eV", "e_unit": "Ha"}, "a")
    # A bare word in the comment of an xyz file stands as true.
    assert declared_units({"units": True, "energy_unit": True}, "a") == {}


def test_frames_declare_one_unit() -> None:
    ev, ha = {"energy_unit": "eV"}, {"energy_unit": "Ha"}
    assert same_in_all([]) == {}
    assert same_in_all([("a: frame 0", ev), ("a: frame 1", dict(ev))]) == ev
    with pytest.raises(
        DataError, match=r"a: frame 2: declares units .*Ha.*, but .*eV.* at frame 0"
    ):
        same_in_all([("a: frame 0", ev), ("a: frame 1", ev), ("a: frame 2", ha)])
    with pytest.raises(DataError, match=r"a: frame 1: declares units \{\}"):
        same_in_all([("a: frame 0", ev), ("a: frame 1", {})])
