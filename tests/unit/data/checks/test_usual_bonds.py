"""Forces along bonds: exact for molecules that are nothing but a usual bond."""

from dataclasses import replace

import numpy as np
import pytest
from ase.build import molecule
from ase.data import atomic_masses
from solvable import frames_of, hydride, spring_chain

from nearsight.data.checks.each_frame import check_each_frame, frame_ratios
from nearsight.data.checks.problems import Problem
from nearsight.data.checks.same_atoms import groups
from nearsight.data.checks.stiffness import Stiffness, check_stiffness, stiffness
from nearsight.data.checks.stretches import FAR, USUAL, WIDTH, of_heavy_atoms, of_hydrogen, usual
from nearsight.data.checks.unit_mistakes import FORCE_UNITS, IMPORTED
from nearsight.data.frames import Frames, join_frames
from nearsight.units import ACCELERATION


def fluorides(n_frames: int = 60, seed: int = 0, size: float = 0.05) -> Frames:
    rng = np.random.default_rng(seed)
    return hydride(9, np.clip(size * rng.standard_normal(n_frames), -0.15, 0.15), rng)


def times(frames: Frames, factor: float) -> Frames:
    return replace(frames, force=factor * frames.force)


def test_the_usual_force_is_the_slope_of_its_energy() -> None:
    stretch, step, k = np.linspace(-0.2, 0.3, 11), 1e-6, 40.0

    def energy(s: np.ndarray) -> np.ndarray:
        return k / (2 * WIDTH**2) * (1 - np.exp(-WIDTH * s)) ** 2

    slope = (energy(stretch + step) - energy(stretch - step)) / (2 * step)
    np.testing.assert_allclose(usual(stretch, k), -slope, atol=1e-7)
    assert usual(np.zeros(1), k)[0] == 0
    np.testing.assert_allclose(usual(np.array([1e-7]), k) / 1e-7, -k, rtol=1e-5)


def test_bonds_resist_squeezing_more_than_stretching() -> None:
    s = np.linspace(0.01, 0.2, 9)
    assert (np.abs(usual(-s, 40.0)) > np.abs(usual(s, 40.0))).all()
    assert (usual(s, 40.0) < 0).all()
    assert (usual(-s, 40.0) > 0).all()


@pytest.mark.parametrize("element", sorted(USUAL))
def test_a_molecule_that_is_a_usual_bond_fits_exactly(element: int) -> None:
    rng = np.random.default_rng(element)
    frames = hydride(element, rng.uniform(-0.15, 0.15, 40), rng)
    found = of_hydrogen(frames)
    if element == 1:
        # Both atoms are hydrogen: the bond is seen from either end.
        assert len(found.force) == 80
    np.testing.assert_allclose(found.force, found.usual, atol=1e-9)
    fit = stiffness(found)
    assert fit is not None
    assert fit.ratio == pytest.approx(1.0)
    assert fit.correlation == pytest.approx(1.0)
    assert fit.error < 1e-6


@pytest.mark.parametrize("factor", [0.1, 1.0, 2.0, -1.0, -27.2])
def test_the_ratio_is_the_factor_of_the_forces(factor: float) -> None:
    fit = stiffness(of_hydrogen(times(fluorides(), factor)))
    assert fit is not None
    assert fit.ratio == pytest.approx(factor)
    assert fit.correlation == pytest.approx(np.sign(factor))
    assert fit.n_bonds == 60


def test_the_error_of_the_slope_is_that_of_a_regression() -> None:
    rng = np.random.default_rng(3)
    frames = fluorides(200)
    noisy = replace(frames, force=frames.force + 0.3 * rng.standard_normal(frames.force.shape))
    found = of_hydrogen(noisy)
    fit = stiffness(found)
    assert isinstance(fit, Stiffness)
    x, y = (values - values.mean() for values in (found.usual, found.force))
    slope = (x @ y) / (x @ x)
    left = ((y - slope * x) ** 2).sum() / (len(x) - 2)
    assert fit.ratio == pytest.approx(slope)
    assert fit.error == pytest.approx(np.sqrt(left / (x @ x)))
    assert abs(fit.ratio - 1) < 4 * fit.error


def test_bonds_far_from_rest_are_left_out() -> None:
    rng = np.random.default_rng(0)
    frames = hydride(9, np.array([0.0, FAR - 0.01, FAR + 0.01, 0.5, -0.1]), rng)
    assert sorted(of_hydrogen(frames).frame.astype(int)) == [0, 1, 4]


def test_few_bonds_say_nothing() -> None:
    assert stiffness(of_hydrogen(fluorides(17))) is None
    assert stiffness(of_hydrogen(fluorides(18))) is not None
    (found,) = check_stiffness(fluorides(5))
    assert found.problem is Problem.NOT_CHECKED
    assert "too few bonds of elements that are known" in found.message


def test_bonds_that_hardly_move_say_nothing() -> None:
    (found,) = check_stiffness(fluorides(size=0.001))
    assert found.problem is Problem.NOT_CHECKED
    assert "bonds hardly move: relaxed structures" in found.message


def test_sound_bonds_are_no_finding_and_signs_are() -> None:
    assert check_stiffness(fluorides()) == []
    (found,) = check_stiffness(times(fluorides(), -1.0))
    assert (found.problem, found.error) == (Problem.FORCE_SIGN, True)
    assert found.message == (
        "forces push the atoms of stretched bonds apart (F-H): they are the gradient of the "
        "energy, its negative is the force; change their sign"
    )


@pytest.mark.parametrize("written", ["hartree/bohr", "kcal/mol/angstrom", "meV/angstrom"])
@pytest.mark.parametrize("sign", [1, -1])
def test_units_are_named_with_the_option(written: str, sign: int) -> None:
    (found,) = check_stiffness(times(fluorides(), sign / FORCE_UNITS[written]))
    assert found.error
    assert f"written in {written}" in found.message
    assert f"read as eV/angstrom? Import with --force-unit {written}" in found.message
    assert ("times too large" in found.message) is (sign < 0)


def test_a_factor_of_no_unit_is_said_to_be_none() -> None:
    (found,) = check_stiffness(times(fluorides(), 3.7))
    assert "no unit known here, read as eV/angstrom, explains it" in found.message
    imported = replace(times(fluorides(), 3.7), attributes={IMPORTED: FORCE_UNITS["kJ/mol/nm"]})
    assert "read as kJ/mol/nm" in check_stiffness(imported)[0].message


def test_forces_of_nothing_follow_no_bond() -> None:
    (found,) = check_stiffness(times(fluorides(), 0.0))
    # Nothing to compare with: the ratio of a set without any force is not a unit.
    assert found.problem in (Problem.FOREIGN_FORCES, Problem.NOT_CHECKED)


def test_water_leans_where_another_oxygen_is_near() -> None:
    water = molecule("H2O")
    other = water.copy()
    # The first hydrogen points to the other oxygen, 1.9 Å away.
    direction = water.positions[1] - water.positions[0]
    other.positions += direction + 1.9 * direction / np.linalg.norm(direction)
    pair = frames_of([water + other])
    free, all_of_them = of_hydrogen(pair), of_hydrogen(frames_of([water + other] * 5), bridged=True)
    assert len(free.force) == 3
    assert len(all_of_them.force) == 20
    assert free.names == ("O-H",)


def test_heavy_bonds_are_about_their_own_mean() -> None:
    frames = spring_chain(4, 30, np.random.default_rng(0), 0.03)
    found = of_heavy_atoms(groups(frames))
    assert found.names == ("C-C",)
    assert len(np.unique(found.kind)) == 3
    assert len(found.force) == 90
    fit = stiffness(found)
    assert fit is not None
    # Badger's rule for 1.5 Å against the 30 eV/Å² of these springs, which pull at neighbours too.
    assert fit.ratio == pytest.approx(30.0 / (11.6 / (1.5 - 0.68) ** 3), rel=0.3)
    assert fit.correlation > 0.6
    assert of_heavy_atoms(groups(frames.select(np.arange(4)))).force.size == 0


@pytest.mark.parametrize(
    ("element", "wavenumber"), [(1, 4401), (9, 4138), (17, 2991), (35, 2649), (53, 2309)]
)
def test_usual_bonds_vibrate_as_spectra_say(element: int, wavenumber: float) -> None:
    """Harmonic wavenumbers of the diatomic molecules, in 1/cm (Huber and Herzberg, 1979)."""
    m_h, m_x = atomic_masses[1], atomic_masses[element]
    omega = np.sqrt(USUAL[element][0] * (m_h + m_x) / (m_h * m_x) * ACCELERATION)
    assert omega / (2 * np.pi) * 1e15 / 2.99792458e10 == pytest.approx(wavenumber, rel=0.04)


def test_bonds_grow_with_the_radius_of_the_other_atom() -> None:
    """Within a column of the periodic table longer bonds are softer too."""
    for column in ((9, 17, 35, 53), (8, 16, 34), (7, 15, 33), (6, 14, 32)):
        stiffness_, rest = zip(*(USUAL[z] for z in column), strict=True)
        assert list(rest) == sorted(rest)
        assert list(stiffness_) == sorted(stiffness_, reverse=True)


@pytest.mark.parametrize(("element", "name"), [(6, "C-H"), (7, "N-H"), (8, "O-H")])
@pytest.mark.parametrize("factor", [0.7, 1.45])
def test_bonds_that_are_well_known_are_warned_of_earlier(
    element: int, name: str, factor: float
) -> None:
    rng = np.random.default_rng(0)
    frames = hydride(element, np.clip(0.06 * rng.standard_normal(60), -0.15, 0.15), rng)
    (found,) = check_stiffness(times(frames, factor))
    assert (found.problem, found.error) == (Problem.FORCE_UNIT, False)
    assert f"({name}) are {factor:.3g} times those of usual bonds" in found.message
    assert "sound data have 0.9 to 1.1 times" in found.message
    assert check_stiffness(times(fluorides(), factor)) == []


def leaning_pairs(n_frames: int = 30) -> Frames:
    """Two HF side by side and head to tail: each hydrogen leans to the other fluorine."""
    rng = np.random.default_rng(0)
    whole = join_frames([fluorides(2, seed) for seed in range(n_frames)])
    position, force = np.zeros_like(whole.position), np.zeros_like(whole.force)
    for pair in range(n_frames):
        for half, (x, sign) in enumerate(((0.0, 1.0), (1.9, -1.0))):
            f = 4 * pair + 2 * half
            arm = whole.position[f + 1] - whole.position[f]
            length = np.linalg.norm(arm)
            pull = whole.force[f + 1] @ (arm / length)
            foot = 0.0 if sign > 0 else 0.92
            position[f], position[f + 1] = [x, 0, foot], [x, 0, foot + sign * length]
            force[f + 1, 2], force[f, 2] = sign * pull, -sign * pull
    rows = {n: getattr(whole, n)[::2] for n in ("energy", "subset", "source")}
    shift = np.repeat(rng.standard_normal((n_frames, 3)), 4, axis=0)
    return replace(whole, position=position + shift, force=force,
                   n_atoms=np.full(n_frames, 4), **rows)  # fmt: skip


def test_where_all_hydrogens_lean_they_are_looked_at_all_the_same() -> None:
    frames = leaning_pairs()
    assert of_hydrogen(frames).force.size == 0
    assert len(of_hydrogen(frames, bridged=True).force) == 60
    assert check_stiffness(frames) == []
    assert check_stiffness(times(frames, -1.0))[0].problem is Problem.FORCE_SIGN
    # Few frames of the same atoms tell nothing of bonds that a neighbour makes longer.
    assert of_hydrogen(frames.select(np.arange(4)), bridged=True).force.size == 0


def test_without_hydrogen_heavier_atoms_tell_sign_and_unit() -> None:
    frames = spring_chain(4, 30, np.random.default_rng(0), 0.05)
    assert check_stiffness(frames) == []
    (found,) = check_stiffness(times(frames, -1.0))
    assert found.problem is Problem.FORCE_SIGN
    assert "(C-C)" in found.message
    assert check_stiffness(times(frames, 27.2))[0].problem is Problem.FORCE_UNIT
    # A factor that such bonds differ by is no proof of anything.
    assert check_stiffness(times(frames, 1.7)) == []
    noise = np.random.default_rng(1).standard_normal(frames.force.shape)
    (found,) = check_stiffness(replace(frames, force=noise))
    assert found.problem is Problem.NOT_CHECKED
    assert "forces between heavier atoms (C-C) vary too much" in found.message


def test_forces_of_other_molecules_follow_no_bond() -> None:
    frames = fluorides(200)
    place, force = frames.position.reshape(-1, 2, 3), frames.force.reshape(-1, 2, 3)
    bond = place[:, 1] - place[:, 0]
    bond /= np.linalg.norm(bond, axis=1, keepdims=True)
    pull = np.random.default_rng(1).permutation((force[:, 1] * bond).sum(axis=1))
    wrong = np.stack([-pull[:, None] * bond, pull[:, None] * bond], axis=1)
    (found,) = check_stiffness(replace(frames, force=wrong.reshape(-1, 3)))
    assert (found.problem, found.error) == (Problem.FOREIGN_FORCES, True)
    assert "forces do not follow the lengths of bonds (F-H; correlation" in found.message


# Frame by frame.


def triples(n_frames: int = 40, seed: int = 0) -> Frames:
    """Frames of three separate molecules each, so that a frame has bonds enough to be judged."""
    rng = np.random.default_rng(seed)
    parts = [hydride(9, np.clip(0.06 * rng.standard_normal(3), -0.18, 0.18), rng)
             for _ in range(n_frames)]  # fmt: skip
    apart = np.repeat(20.0 * np.arange(3), 2)[:, None] * np.array([1.0, 0, 0])
    whole = join_frames(parts)
    return replace(
        whole,
        position=whole.position + np.tile(apart, (n_frames, 1)),
        n_atoms=np.full(n_frames, 6),
        **{name: getattr(whole, name)[::3] for name in ("energy", "subset", "source")},
    )


def test_each_frame_has_the_ratio_of_its_forces() -> None:
    frames = triples()
    scale = np.linspace(0.7, 1.4, len(frames))
    wrong = replace(frames, force=frames.force * np.repeat(scale, 6)[:, None])
    frame, ratio = frame_ratios(of_hydrogen(wrong))
    assert len(frame) > 20
    np.testing.assert_allclose(ratio, scale[frame], rtol=0.15)
    assert check_each_frame(of_hydrogen(frames)) == []


def test_what_pulls_at_all_bonds_of_a_kind_alike_says_nothing() -> None:
    """Neighbours make bonds longer: only how forces vary is compared."""
    sound = of_hydrogen(triples(120))
    pulled = replace(sound, force=sound.force + 4.0 * np.sign(sound.kind - np.median(sound.kind)))
    np.testing.assert_allclose(frame_ratios(pulled)[1], frame_ratios(sound)[1], atol=0.3)
    assert check_each_frame(pulled) == []
    x, y = pulled.centred()
    np.testing.assert_allclose(sound.centred(), (x, y), atol=1e-9)
    assert abs(x.mean()) < 1e-9


@pytest.mark.parametrize(("count", "error"), [(1, False), (2, False), (3, True), (5, True)])
def test_single_frames_warn_and_several_are_an_error(count: int, error: bool) -> None:
    frames = triples(120)
    looked_at, ratio = frame_ratios(of_hydrogen(frames))
    bad = looked_at[np.argsort(np.abs(ratio - 1))][:count]
    scale = np.where(np.isin(np.arange(len(frames)), bad), -1.0, 1.0)
    found = check_each_frame(
        of_hydrogen(replace(frames, force=frames.force * np.repeat(scale, 6)[:, None]))
    )
    assert [(f.problem, f.error) for f in found] == [(Problem.FOREIGN_FORCES, error)]
    assert f"forces of {count} of {len(looked_at)} frames looked at" in found[0].message
    assert f"of frame {bad.min()} they are -" in found[0].message


def test_where_all_are_wrong_they_are_judged_together() -> None:
    assert check_each_frame(of_hydrogen(times(triples(), -1.0))) == []
    assert check_stiffness(times(triples(), -1.0))[0].problem is Problem.FORCE_SIGN
