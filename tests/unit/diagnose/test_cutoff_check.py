"""Jumps of known size at known places, and noise of known width."""

import numpy as np
import pytest
import torch
from ase import Atoms
from broken import Forced, cut_springs, dead, ethanol, single, sound, subject_of, with_energy
from closed_forms import Solvable, distances

from nearsight.config import make_variant
from nearsight.diagnose.checks.cutoff import CHECK
from nearsight.diagnose.checks.cutoff.crossings import (
    crossings_per_ps,
    known_crossings,
    lone_pairs,
    moved,
    pairs_near,
    slope_along,
)
from nearsight.diagnose.checks.cutoff.edges import jump_of, offsets
from nearsight.diagnose.checks.cutoff.rounding import heating
from nearsight.diagnose.checks.cutoff.scan import energy_defects, outstanding, scan_for_jumps
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.probes import beside, place_at, probe_for, random_directions
from nearsight.models.open_model import OpenModel


def found(model: OpenModel, *structures: Atoms, **options: object) -> dict[str, Finding]:
    result = CHECK.run(subject_of(model, *structures, **options))
    return {finding.quantity: finding for finding in result.findings}


def known(model: Solvable, cutoff: float) -> Solvable:
    model.cutoff = cutoff
    return model


@pytest.mark.parametrize(
    ("power", "quantity", "height", "expected"),
    [
        (0, "energy_jump", 0.02, 20.0),
        (1, "slope_jump", 0.03, 30.0),
        (2, "curvature_jump", 0.1, 0.2),
    ],
)
def test_jumps_have_the_size_that_was_put_there(
    power: int, quantity: str, height: float, expected: float
) -> None:
    of = found(known(cut_springs(2.5, power, height), 2.5))
    assert of[quantity].value == pytest.approx(expected, rel=1e-3)
    assert of[quantity].verdict == (Verdict.WARN if power == 2 else Verdict.FAIL)
    assert "2.50 Å" in of[quantity].reason
    assert of[quantity].advice
    others = {"energy_jump", "slope_jump", "curvature_jump"} - {quantity}
    lower = [name for name in others if of[name].verdict == Verdict.FAIL]
    assert not lower
    assert of[quantity].low <= expected <= of[quantity].high


def test_what_a_jump_means_for_nve_is_said() -> None:
    said = found(known(cut_springs(2.5, 0, 0.02), 2.5))["energy_jump"].reason
    assert "pairs a ps" in said
    assert "lets the energy of NVE walk" in said


def test_a_smooth_end_passes() -> None:
    result = CHECK.run(subject_of(known(cut_springs(2.5, 4, 0.05), 2.5)))
    assert result.verdict == Verdict.PASS
    assert "no jump of the energy beyond" in CHECK.gist(result.findings)


@pytest.mark.parametrize(("power", "quantity"), [(0, "energy_jump"), (1, "slope_jump")])
def test_an_unknown_cutoff_is_found(power: int, quantity: str) -> None:
    of = found(
        cut_springs(4.3, power, 0.03), Atoms("OH2", [[0, 0, 0], [0.76, 0.59, 0], [-0.76, 0.59, 0]])
    )
    assert of[quantity].verdict == Verdict.FAIL
    assert "H2 drawn away" in of[quantity].reason
    per_atom = of[quantity].value / 30.0
    assert per_atom == pytest.approx(round(per_atom), abs=0.1)


def test_nothing_is_found_where_nothing_is() -> None:
    soft = Solvable(lambda r: (0.5 / distances(r) ** 3).sum(-1), differentiable=False)
    result = CHECK.run(subject_of(soft))
    assert result.verdict == Verdict.PASS
    assert "would have stood out" in result.findings[0].reason
    assert "scan_energy" in result.table


def test_single_precision_of_large_energies_clears_no_jump() -> None:
    """At -4000 eV neighbours in single precision are 0.24 meV apart."""
    heavy = single(with_energy(lambda r: 0 * r[..., 0].sum(-1) - 4000.0))
    heavy.cutoff = 2.5
    result = CHECK.run(subject_of(heavy))
    assert result.findings[0].verdict == Verdict.NOT_APPLICABLE
    assert result.verdict == Verdict.PASS
    assert "may be hidden that fails" in CHECK.gist(result.findings)
    assert "Nothing jumps" not in CHECK.gist(result.findings)


def test_what_would_have_stood_out_is_ten_times_the_noise() -> None:
    """Steps of an energy that is rough by 0.1 meV are rough by sqrt(2) times that."""
    exact, rng = sound().potential(np.array([])), np.random.default_rng(0)

    def rough(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        energy, force = exact(position)
        return energy + 1e-4 * torch.as_tensor(rng.normal(size=len(energy))), force

    scan = scan_for_jumps(subject_of(Forced(rough), effort="full"))
    assert not scan.crossings
    assert scan.seen == pytest.approx(10 * 0.6745 * np.sqrt(2) * 0.1, rel=0.2)


def test_a_kink_stands_out_from_a_steep_curve() -> None:
    x = np.arange(2.0, 12.0, 0.05)
    steep = 3.0 / x**6
    slope = -18.0 / x**7
    assert not outstanding(x, steep, slope)
    kinked = slope + 1e-4 * np.maximum(0, 7.0 - x)
    energy = steep - 5e-5 * np.maximum(0, 7.0 - x) ** 2
    places = outstanding(x, energy, kinked)
    assert places
    assert places[0] == pytest.approx(7.0, abs=0.11)
    assert np.abs(energy_defects(x, steep, slope)[60:]).max() < 1e-8


def test_the_two_sides_of_a_point() -> None:
    x = offsets()
    energy = np.where(x < 0, np.exp(x), 2.0 + 3.0 * x + 4.0 * x**2)
    slope = np.where(x < 0, np.exp(x), 3.0 + 8.0 * x)
    jump = jump_of(x, energy, slope)
    assert jump.energy == pytest.approx(1.0, abs=1e-6)
    assert jump.slope == pytest.approx(2.0, abs=1e-6)
    assert jump.curvature == pytest.approx(7.0, abs=1e-5)
    noisy = jump_of(x, energy + np.random.default_rng(0).normal(0, 1e-4, len(x)), slope)
    assert abs(noisy.energy - 1.0) < 3 * noisy.energy_error
    assert np.isnan(jump_of(x, energy * np.nan, slope).energy)


def test_a_place_that_is_not_known_makes_kinks_less_sure() -> None:
    """A jump of the curvature, looked for 0.01 Å off, looks like one of the slope."""
    x = offsets()
    slope = np.where(x > 0, 3.0 * x, 0.0)
    sure, unsure = (jump_of(x, np.zeros_like(x), slope, uncertain=u) for u in (0.0, 0.01))
    assert unsure.slope_error - sure.slope_error == pytest.approx(0.01 * 3.0)
    assert unsure.curvature_error == sure.curvature_error


def test_pairs_of_a_molecule_are_taken_or_else_two_atoms_alone() -> None:
    near = known_crossings(subject_of(sound()), 2.5)
    far = known_crossings(subject_of(sound()), 20.0)
    assert [one.text.endswith("of structure 0") for one in near] == [True] * 3
    assert [one.text for one in far] == ["H and H alone", "H and C alone", "H and O alone"]


def test_pairs_are_taken_through_alone() -> None:
    atoms = ethanol()
    (pair, *_) = pairs_near([atoms], 2.5, 5)
    copies = moved(pair, np.array([2.4, 2.6]))
    apart = np.linalg.norm(copies[:, pair.first] - copies[:, pair.second], axis=1)
    np.testing.assert_allclose(apart, [2.4, 2.6])
    still = np.delete(np.arange(len(atoms)), [pair.first, pair.second])
    np.testing.assert_array_equal(copies[0, still], atoms.positions[still])
    assert not pairs_near([atoms], 12.0, 5)
    lone = lone_pairs([atoms], 12.0, 3)
    assert [len(pair.atoms) for pair in lone] == [2, 2, 2]


def test_the_slope_along_a_pair_is_that_of_its_energy() -> None:
    atoms = ethanol()
    (pair, *_) = pairs_near([atoms], 2.5, 1)
    potential = sound().potential(atoms.numbers)
    d = 2.5
    energy, _ = potential(torch.as_tensor(moved(pair, np.array([d - 1e-4, d + 1e-4]))))
    _, force = potential(torch.as_tensor(moved(pair, np.array([d]))))
    slope = slope_along(pair, force.numpy())
    assert slope[0] == pytest.approx(float(energy[1] - energy[0]) / 2e-4, rel=1e-6)


def test_how_often_pairs_pass() -> None:
    """Two hydrogen atoms at the cutoff: reduced mass 0.504 u, mean speed 17.7 Å/ps over 1 Å."""
    pair = Atoms("H2", [[0, 0, 0], [0, 0, 3.0]])
    assert crossings_per_ps([pair], 3.0) == pytest.approx(17.7, abs=0.1)
    assert crossings_per_ps([pair], 5.0) == 0
    assert crossings_per_ps([pair, pair], 3.0) == pytest.approx(crossings_per_ps([pair], 3.0))


def test_single_precision_is_noticed() -> None:
    exact, rounded = found(sound()), found(single(sound()))
    assert "double precision" in exact["force_noise"].reason
    assert "single precision" in rounded["force_noise"].reason
    assert rounded["force_noise"].value > 1e4 * exact["force_noise"].value


def test_noise_has_the_width_that_was_put_there() -> None:
    exact = sound().potential(np.array([]))
    generator = torch.Generator().manual_seed(0)

    def answer(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        energy, force = exact(position)
        noise = torch.randn(force.shape, generator=generator, dtype=force.dtype)
        return energy, force + 0.05 * noise

    rough = found(Forced(answer))["force_noise"]
    assert rough.value == pytest.approx(50.0, rel=0.1)
    assert rough.verdict == Verdict.WARN
    assert heating(10.0) == pytest.approx(0.72, abs=0.01)
    assert heating(100.0) == pytest.approx(100 * heating(10.0))


def test_a_model_that_fails_is_said_to() -> None:
    result = CHECK.run(subject_of(dead()))
    assert {finding.verdict for finding in result.findings} == {Verdict.NOT_APPLICABLE}
    assert all("no finite" in finding.reason for finding in result.findings)
    assert CHECK.draw({"dead": result.table})


def test_probes_stand_where_they_should() -> None:
    atoms = ethanol()
    probe = probe_for(atoms)
    assert probe.name == "H2"
    assert probe_for(Atoms("CO2", np.eye(3))).name == "O"
    for direction in random_directions(5, np.random.default_rng(0)):
        places = np.array([place_at(atoms.positions, direction, gap) for gap in (3.0, 30.0)])
        positions = beside(atoms.positions, probe, direction, places)
        for gap, copy in zip((3.0, 30.0), positions, strict=True):
            apart = np.linalg.norm(copy[:9] - copy[9], axis=1)
            assert apart.min() == pytest.approx(gap)
            assert np.linalg.norm(copy[10] - copy[9]) == pytest.approx(0.741)


@pytest.fixture(scope="module")
def network() -> OpenModel:
    from small_diagnosed import drawn_model

    return drawn_model(make_variant(family="schnet", cutoff=3.0, depth=2, features=8, seed=3))


def test_the_cosine_cutoff_jumps_in_its_curvature_alone(network: OpenModel) -> None:
    result = CHECK.run(subject_of(network))
    of = {finding.quantity: finding for finding in result.findings}
    assert of["energy_jump"].verdict == of["slope_jump"].verdict == Verdict.PASS
    assert of["curvature_jump"].value > 1e-4
    assert of["precision"].verdict == Verdict.PASS
    assert of["precision"].value > 0
    assert "float32" in of["force_noise"].reason
    # The noise of single precision is that of the network, not of the file's.
    noise = result.table["force_noise"].sel(precision=["float32", "float64"]).to_numpy()
    assert noise[0] > 1e3 * noise[1]


def test_figures_hold_all_models(network: OpenModel) -> None:
    tables = {
        "network": CHECK.run(subject_of(network)).table,
        "cut": CHECK.run(subject_of(known(cut_springs(2.5, 1, 0.03), 2.5))).table,
        "smooth": CHECK.run(subject_of(sound())).table,
    }
    through, noise = CHECK.draw(tables)
    assert len(through.figure.axes) == 3
    assert "No jump was found of smooth" in through.caption
    assert "cut jumps by" in through.alt
    assert "30 meV/Å" in through.alt
    assert [text.get_text() for text in noise.figure.axes[0].get_yticklabels()] == list(tables)
    assert "network" in noise.alt
