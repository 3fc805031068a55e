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
