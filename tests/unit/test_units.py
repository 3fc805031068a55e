"""Factors against the constants they stand for (CODATA 2018 / 2014, as ASE has them)."""

import math

import pytest

from nearsight import units


@pytest.mark.parametrize(
    ("unit", "in_ev"),
    [
        ("eV", 1.0),
        ("meV", 1e-3),
        ("kcal/mol", 0.0433641),
        ("kJ/mol", 0.01036427),
        ("hartree", 27.211386),
    ],
)
def test_energy_units(unit: str, in_ev: float) -> None:
    assert math.isclose(units.TO_EV[unit], in_ev, rel_tol=1e-6)


@pytest.mark.parametrize(("unit", "in_angstrom"), [("angstrom", 1), ("bohr", 0.529177), ("nm", 10)])
def test_length_units(unit: str, in_angstrom: float) -> None:
    assert math.isclose(units.TO_ANGSTROM[unit], in_angstrom, rel_tol=1e-6)


def test_units_of_the_configuration_can_all_be_converted() -> None:
    from typing import get_args

    from nearsight.config.datasets import EnergyUnit, LengthUnit

    assert set(get_args(EnergyUnit)) == set(units.TO_EV)
    assert set(get_args(LengthUnit)) == set(units.TO_ANGSTROM)


def test_acceleration_from_si() -> None:
    """1 (eV/Å)/u = 1.602e-19 J / 1e-10 m / 1.6605e-27 kg, in Å/fs²."""
    in_si = 1.602176634e-19 / 1e-10 / 1.66053907e-27
    assert math.isclose(units.ACCELERATION, in_si * 1e10 * 1e-30, rel_tol=1e-6)


def test_boltzmann_constant() -> None:
    assert math.isclose(units.BOLTZMANN, 8.617333262e-5, rel_tol=1e-6)


def test_period_of_a_hydrogen_molecule() -> None:
    """k = 35.9 eV/Å², reduced mass 0.504 u: the harmonic wavenumber is near 4400 per cm."""
    omega = math.sqrt(35.9 / 0.504 * units.ACCELERATION)  # rad/fs
    wavenumber = omega / (2 * math.pi) * 1e15 / 2.99792458e10
    assert 4380 < wavenumber < 4420


def test_units_of_one_quantity_agree_with_each_other() -> None:
    """The thermochemical calorie is 4.184 J; 1 hartree is 627.5095 kcal/mol and 2 Rydberg."""
    assert math.isclose(units.TO_EV["kcal/mol"] / units.TO_EV["kJ/mol"], 4.184, rel_tol=1e-12)
    assert math.isclose(units.TO_EV["hartree"] / units.TO_EV["kcal/mol"], 627.5095, rel_tol=1e-6)
    assert math.isclose(units.TO_EV["eV"] / units.TO_EV["meV"], units.MEV_PER_EV, rel_tol=1e-15)
    # e²/(4 pi eps0) = 14.39964 eV Å: a hartree is that over a bohr.
    coulomb = units.TO_EV["hartree"] * units.TO_ANGSTROM["bohr"]
    assert math.isclose(coulomb, 14.39964, rel_tol=1e-5)


def test_a_picosecond_of_a_wavenumber() -> None:
    """Light of one oscillation in a picosecond has 33.3564 per cm: 1 / c."""
    assert math.isclose(units.WAVENUMBER_PER_THZ, 1e12 / 2.99792458e10, rel_tol=1e-9)


def test_time_of_ase() -> None:
    """ASE counts time in Å sqrt(u/eV) = 10.18 fs, so a force moves a mass alike in both."""
    assert math.isclose(1 / units.ASE_TIME_PER_FS, 10.1805, rel_tol=1e-4)
    assert math.isclose(units.ACCELERATION, units.ASE_TIME_PER_FS**2, rel_tol=1e-12)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("eV", 1.0),
        ("ev", 1.0),
        ("Ha", 27.211386),
        ("Hartree", 27.211386),
        ("kcal/mol", 0.0433641),
        ("KCAL/MOL", 0.0433641),
        ("kcal mol-1", 0.0433641),
        ("meV", 1e-3),
        ("MeV", None),
        ("debye", None),
    ],
)
def test_units_of_energy_by_the_names_that_others_give_them(name: str, value: float | None):
    found = units.in_ev(name)
    assert found == (value if value is None else pytest.approx(value, rel=1e-6))
