"""Laws of forces: models that keep them pass, and each that breaks one is found by that one."""

import numpy as np
import pytest
import torch
from ase import Atoms
from broken import dead, ethanol, single, sound, subject_of, with_energy, with_force

from nearsight.config import make_variant
from nearsight.diagnose import differences
from nearsight.diagnose.check import Result
from nearsight.diagnose.checks.symmetry import CHECK
from nearsight.diagnose.checks.symmetry.motions import KINDS, motions
from nearsight.diagnose.finding import Verdict
from nearsight.models.open_model import OpenModel


def verdicts(model: OpenModel, *structures: Atoms) -> dict[str, Verdict]:
    result = CHECK.run(subject_of(model, *structures))
    return {finding.quantity: finding.verdict for finding in result.findings}


def values(result: Result) -> dict[str, float]:
    return {finding.quantity: finding.value for finding in result.findings}


def failed(model: OpenModel, *structures: Atoms) -> set[str]:
    found = verdicts(model, *structures)
    return {name for name, verdict in found.items() if verdict == Verdict.FAIL}


def test_soft_pairs_keep_every_law() -> None:
    result = CHECK.run(subject_of(sound()))
    assert result.verdict == Verdict.PASS
    found = values(result)
    assert max(found.values()) < 1e-4
    assert "Forces are minus the gradient" in CHECK.gist(result.findings)
    assert not any(finding.advice for finding in result.findings)


FOUR = Atoms("HCNO", [[0.0, 0, 0], [1.1, 0.1, 0], [1.8, 1.1, 0.3], [2.5, 0.2, 1.1]])
"""No two of one element: there is nothing to exchange."""


def swirl(position: torch.Tensor) -> torch.Tensor:
    """A whirl of 50 meV/Å about the first bond, of no energy, that goes along with rotations."""
    force = torch.zeros_like(position)
    turned = torch.cross(position[:, 1] - position[:, 0], position[:, 2] - position[:, 0], dim=-1)
    around = torch.cross(turned, position[:, 2] - position[:, 0], dim=-1)
    force[:, 2] = 0.05 * around / around.norm(dim=-1, keepdim=True)
    force[:, 3] = -force[:, 2]
    return force


def test_a_force_without_an_energy_is_no_gradient() -> None:
    result = CHECK.run(subject_of(with_force(swirl), FOUR))
    gradient = next(f for f in result.findings if f.quantity == "gradient")
    assert gradient.verdict == Verdict.FAIL
    assert 5 < gradient.value <= 50.001
    assert "derivative of the energy" in gradient.advice
    assert failed(with_force(swirl), FOUR) <= {"gradient", "net_torque"}
    assert "noise of the energy" in CHECK.gist(result.findings)


def test_torque_is_about_the_middle_wherever_a_molecule_lies() -> None:
    """A pull that is alike on all atoms turns nothing; the sum of forces is that of 9 atoms."""
    away = ethanol()
    away.positions += [30.0, 0.0, 0.0]
    pulled = with_force(lambda r: torch.zeros_like(r) + torch.tensor([0.0, 0.02, 0.0]))
    found = values(CHECK.run(subject_of(pulled, away)))
    assert found["net_force"] == pytest.approx(9 * 20, rel=1e-6)
    assert found["net_torque"] < 1e-4


def test_an_energy_of_places_is_found_by_translation_alone() -> None:
    """A valley in x: conservative, but different elsewhere."""
    uphill = with_energy(lambda r: 1e-2 * r[..., 0].square().sum(-1))
    found = failed(uphill)
    assert {"translation", "far_1e3", "far_1e4", "energy"} <= found <= {
        "translation", "far_1e3", "far_1e4", "energy", "rotation", "reflection", "net_force",
        "net_torque",
    }  # fmt: skip
    assert verdicts(uphill)["gradient"] == Verdict.PASS


def test_a_constant_pull_shows_in_the_sum_of_forces() -> None:
    pulled = with_energy(lambda r: 0.02 * r[..., 3, 2])
    result = CHECK.run(subject_of(pulled))
    assert values(result)["net_force"] == pytest.approx(20.0)
    assert {"net_force", "rotation", "reflection", "energy"} <= failed(pulled)
    assert "translation" not in failed(pulled)


def test_handedness_is_found_by_reflection_alone() -> None:
    def handed(position: torch.Tensor) -> torch.Tensor:
        a, b, c = (position[..., k, :] - position[..., 0, :] for k in (1, 2, 3))
        return 0.05 * (a * torch.cross(b, c, dim=-1)).sum(-1)

    assert failed(with_energy(handed), FOUR) == {"reflection", "energy"}


def test_the_order_of_atoms_is_found_by_permutation_alone() -> None:
    first = with_energy(lambda r: 0.2 * (r[..., 8, :] - r[..., 2, :]).square().sum(-1))
    assert failed(first) == {"permutation", "energy"}


def test_chance_is_found_by_asking_twice() -> None:
    generator = torch.Generator().manual_seed(0)

    def drawn(position: torch.Tensor) -> torch.Tensor:
        return 0.03 * torch.randn(position.shape, generator=generator, dtype=position.dtype)

    assert "again" in failed(with_force(drawn))


def test_single_precision_is_lost_far_from_the_origin() -> None:
    found = verdicts(single(sound()))
    assert found["far_1e4"] != Verdict.PASS
    assert found["gradient"] == found["rotation"] == found["translation"] == Verdict.PASS


def test_a_model_that_fails_is_said_to() -> None:
    result = CHECK.run(subject_of(dead()))
    assert result.verdict == Verdict.FAIL
    assert all("no finite number" in finding.reason for finding in result.findings)
    assert CHECK.draw({"dead": result.table})


def test_every_motion_undoes_itself() -> None:
    atoms = ethanol()
    rng = np.random.default_rng(0)
    moves = motions(atoms.numbers, 2, rng)
    assert {move.name for move in moves} == set(KINDS)
    for move in moves:
        there = move.move(atoms.positions)
        assert there.shape == atoms.positions.shape
        distances = np.linalg.norm(there - there.mean(0), axis=1)
        about = np.linalg.norm(atoms.positions - atoms.positions.mean(0), axis=1)
        np.testing.assert_allclose(np.sort(distances), np.sort(about), atol=1e-9)
        if move.name in ("rotation", "reflection", "permutation"):
            np.testing.assert_allclose(move.back(there), atoms.positions, atol=1e-12)
    assert moves[-1].name == "again"


def test_slopes_and_their_noise() -> None:
    rng = np.random.default_rng(1)
    places = np.stack([differences.offsets(step) for step in differences.STEPS])
    frequency = rng.uniform(1, 3, (200, 1, 1))
    exact = np.sin(1.0) * frequency[:, 0, 0]
    smooth = -np.cos(1.0 + frequency * places)
    slope, allowed = differences.slopes(smooth)
    np.testing.assert_allclose(slope, exact, atol=1e-10)
    assert (allowed < 1e-9).all()
    noisy = smooth + rng.normal(0, 1e-6, smooth.shape)
    assert differences.noise(noisy) == pytest.approx(1e-6, rel=0.2)
    slope, allowed = differences.slopes(noisy)
    assert (np.abs(slope - exact) < allowed).all()
    assert np.isnan(differences.noise(np.full((3, 9), np.nan)))


def test_the_short_step_sees_through_a_sharp_bend() -> None:
    """A norm that nearly vanishes: |x| rounded off over 0.002 Å, as PaiNN's."""
    places = np.stack([differences.offsets(step) for step in differences.STEPS])[None]
    values = np.sqrt((places - 0.004) ** 2 + 4e-6)
    exact = -0.004 / np.sqrt(0.004**2 + 4e-6)
    slope, _ = differences.slopes(np.repeat(values, 3, axis=0))
    np.testing.assert_allclose(slope, exact, atol=0.05)


@pytest.fixture(scope="module")
def network() -> OpenModel:
    from small_diagnosed import drawn_model

    return drawn_model(make_variant(family="painn", cutoff=3.0, depth=2, features=8, seed=3))


def test_a_network_keeps_them_in_both_precisions(network: OpenModel) -> None:
    result = CHECK.run(subject_of(network))
    assert result.verdict == Verdict.PASS
    assert set(result.table["precision"].to_numpy()) == {"float32", "float64"}
    found = values(result)
    assert 0 < found["rotation_float32"] < 0.1
    assert found["rotation_float64"] < 1e-6
    assert "10,000 Å" in CHECK.gist(result.findings)


def test_the_figure_holds_all_models(network: OpenModel) -> None:
    tables = {
        "a network": CHECK.run(subject_of(network)).table,
        "soft pairs": CHECK.run(subject_of(sound())).table,
    }
    (picture,) = CHECK.draw(tables)
    axis = picture.figure.axes[0]
    assert len(axis.get_yticklabels()) == len(KINDS) + 3
    assert len([line for line in axis.lines if line.get_linestyle() == "None"]) == 3
    assert "soft pairs at most" in picture.alt
    assert "meV/Å" in picture.caption
    texts = [text.get_text() for text in picture.figure.legends[0].get_texts()]
    assert {"a network", "soft pairs", "filled: single precision", "failure beyond"} <= set(texts)
