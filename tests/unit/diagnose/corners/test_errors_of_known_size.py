"""Errors that are put into frames come back: constants, quarters, elements, growth."""

import math
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from ase import Atoms
from ase.build import molecule
from broken import Forced
from closed_forms import Solvable
from matplotlib import pyplot as plt

from nearsight.data.frames import Frames, frames_of_atoms
from nearsight.diagnose.check import Result
from nearsight.diagnose.checks.errors import CHECK
from nearsight.diagnose.checks.errors.findings import findings_of, gist
from nearsight.diagnose.checks.errors.predicted import Predicted, compositions, constants
from nearsight.diagnose.checks.errors.running import WORST
from nearsight.diagnose.checks.errors.tables import MOST_POINTS, PARTS, table_of
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.subject import Subject

WATER = molecule("H2O")
METHANE = molecule("CH4")


def frames(structures: list[Atoms], seed: int = 0) -> Frames:
    """Moved molecules with drawn labels: whatever they are, errors are told beside them."""
    rng = np.random.default_rng(seed)
    bare = frames_of_atoms(structures)
    return replace(
        bare,
        energy=rng.normal(0, 1, len(structures)),
        force=rng.normal(0, 1, bare.position.shape),
        attributes={"level_of_theory": "made up"},
    )


def moved(atoms: Atoms, count: int, seed: int = 0, width: float = 0.05) -> list[Atoms]:
    rng = np.random.default_rng(seed)
    found = [atoms.copy() for _ in range(count)]
    for one in found:
        one.positions += rng.normal(0, width, one.positions.shape)
    return found


def off_by(
    labels: Frames, energy: np.ndarray | float = 0.0, force: np.ndarray | float = 0.0
) -> Predicted:
    """A model that is off by so many eV (frame,) and eV/Å (atom, 3)."""
    return Predicted(labels, labels.energy + energy, labels.force + force)


def told(found: Predicted, far: np.ndarray | None = None) -> dict[str, Finding]:
    return {f.quantity: f for f in findings_of(table(found, far))}


def table(found: Predicted, far: np.ndarray | None = None) -> xr.Dataset:
    unknown = np.full(len(found.frames), np.nan)
    return table_of(found, unknown if far is None else far, seed=0)


# Energies.


@pytest.mark.parametrize("scatter", [0.0, 0.003, 0.3])
def test_energies_that_are_off_by_plus_and_minus(scatter: float) -> None:
    """Half of the frames up, half down: mean and root mean square are the same number."""
    labels = frames(moved(WATER, 10))
    signs = np.where(np.arange(10) % 2, 1.0, -1.0)
    found = table(off_by(labels, 5.0 + scatter * signs))
    expected = 1e3 * scatter / 3
    assert float(found["energy_mae_per_atom"]) == pytest.approx(expected)
    assert float(found["energy_rmse_per_atom"]) == pytest.approx(expected)
    assert float(found["energy_offset"]) == pytest.approx(5000 / 3)
    np.testing.assert_allclose(found["energy_error"], 1e3 * scatter * signs, atol=1e-9)


def test_one_wild_energy_weighs_more_in_the_root_mean_square() -> None:
    labels = frames(moved(WATER, 10))
    wild = np.zeros(10)
    wild[3] = 1.0
    found = table(off_by(labels, wild))
    assert float(found["energy_mae_per_atom"]) == pytest.approx(1e3 * 2 * 0.9 * 0.1 / 3)
    assert float(found["energy_rmse_per_atom"]) == pytest.approx(1e3 * math.sqrt(0.09) / 3)


def test_each_composition_has_a_zero_of_its_own() -> None:
    labels = frames([*moved(WATER, 6), *moved(METHANE, 4)])
    shift, words = constants(off_by(labels, np.repeat([7.0, -2.0], [6, 4])))
    np.testing.assert_allclose(shift, np.repeat([7.0, -2.0], [6, 4]))
    assert words == "a constant for each composition"
    assert compositions(labels) == ["H2O"] * 6 + ["CH4"] * 4


def test_elements_have_zeros_where_compositions_occur_once() -> None:
    names = ("H2O", "CH4", "CH3OH", "C2H6", "CO2", "C2H4", "H2O2", "CO", "CH3CH2OH")
    labels = frames([molecule(name) for name in names])
    zero = {1: -13.0, 6: -1030.0, 8: -2040.0}
    each = np.array([zero[int(z)] for z in labels.atomic_number])
    owner = np.repeat(np.arange(len(labels)), labels.n_atoms)
    shift, words = constants(off_by(labels, np.bincount(owner, each)))
    np.testing.assert_allclose(shift, np.bincount(owner, each), rtol=1e-9)
    assert words == "a constant for each element"
    assert float(table(off_by(labels, shift))["energy_mae_per_atom"]) == pytest.approx(0, abs=1e-6)


def test_a_frame_without_an_energy_is_left_out_of_its_constant() -> None:
    labels = frames(moved(WATER, 6))
    off = np.full(6, 2.0)
    off[0] = np.nan
    shift, _ = constants(off_by(labels, off))
    assert np.isnan(shift[0])
    np.testing.assert_allclose(shift[1:], 2.0)


def test_single_compositions_are_left_out_and_counted() -> None:
    labels = frames([*moved(WATER, 6), METHANE])
    energies = told(off_by(labels, 1.0))["energy_mae_per_atom"]
    assert energies.reason.endswith("1 frames of single compositions not.")
    assert energies.threshold is not None
    # 1 kcal/mol over three atoms: 4184 J/mol over 6.02214e23 and 1.602177e-19.
    assert energies.threshold.warn == pytest.approx(4184 / 96485.332 * 1e3 / 3)


# Forces.


@pytest.mark.parametrize("push", [0.02, -0.2])
def test_a_push_on_every_component_is_told_as_it_is(push: float) -> None:
    found = told(off_by(frames(moved(WATER, 8)), force=push))
    assert found["force_mae"].value == pytest.approx(1e3 * abs(push))
    assert found["force_rmse"].value == pytest.approx(1e3 * abs(push))
    assert found["force_mae"].low == pytest.approx(found["force_mae"].high)
    assert found["large_forces"].value == pytest.approx(1e3 * abs(push))


@pytest.mark.parametrize(
    ("push", "verdict"), [(0.043, Verdict.PASS), (0.044, Verdict.WARN), (0.131, Verdict.FAIL)]
)
def test_a_kilocalorie_is_the_limit(push: float, verdict: Verdict) -> None:
    assert told(off_by(frames(moved(WATER, 8)), force=push))["force_mae"].verdict == verdict


def test_an_element_that_is_off_alone_is_named() -> None:
    labels = frames([*moved(WATER, 5), *moved(METHANE, 5)])
    push = np.where(labels.atomic_number == 6, 0.3, 0.0)[:, None] * np.array([1.0, 0, 0])
    found = told(off_by(labels, force=push))["worst_element"]
    assert found.value == pytest.approx(100)
    assert found.reason == "largest on C; by element in meV/Å: H 0, C 100, O 0."


def test_errors_that_grow_with_the_force_stand_in_the_last_quarter() -> None:
    labels = frames(moved(WATER, 40))
    found = table(off_by(labels, force=0.1 * labels.force))
    mae, size = found["size_mae"].to_numpy(), found["size_force"].to_numpy()
    assert (np.diff(mae) > 0).all()
    assert (np.diff(size) > 0).all()
    assert found["size_count"].to_numpy().sum() == 120
    reason = told(off_by(labels, force=0.1 * labels.force))["force_mae"].reason
    assert "10% of their mean size" in reason


def test_labels_without_any_force_are_no_division_by_zero() -> None:
    """Single atoms, or a minimum to the last digit."""
    labels = frames([Atoms("Ar")] * 6)
    found = told(off_by(replace(labels, force=np.zeros((6, 3))), force=0.01))
    assert found["force_mae"].reason.endswith("over 6 frames, where all labels are zero.")
    assert found["force_mae"].value == pytest.approx(10)
    assert found["large_forces"].verdict == Verdict.NOT_APPLICABLE
    assert "of one size" in found["large_forces"].reason


def test_no_more_points_are_kept_than_are_drawn() -> None:
    labels = frames(moved(WATER, 400))
    found = table(off_by(labels, force=0.5))
    assert found.sizes["component"] == MOST_POINTS
    np.testing.assert_allclose(found["model_force"] - found["label_force"], 0.5)
    few = table(off_by(frames(moved(WATER, 3)), force=0.5))
    np.testing.assert_array_equal(few["label_force"], frames(moved(WATER, 3)).force.ravel())


# Distance from the training data.


@pytest.mark.parametrize(
    ("factor", "verdict"), [(1.0, Verdict.PASS), (1.9, Verdict.PASS), (2.1, Verdict.WARN)]
)
def test_growth_is_the_last_quarter_over_the_first(factor: float, verdict: Verdict) -> None:
    labels = frames(moved(WATER, 16))
    far = np.arange(16.0)
    push = np.repeat(np.where(far >= 12, factor, 1.0), 3)[:, None] * np.full(3, 0.01)
    found = told(off_by(labels, force=push), far)["novelty"]
    assert found.value == pytest.approx(factor)
    assert found.verdict == verdict
    assert ("worst_structures" in found.advice) == (verdict == Verdict.WARN)


def test_frames_of_unknown_distance_are_in_no_quarter() -> None:
    labels = frames(moved(WATER, 20))
    far = np.where(np.arange(20) < 4, np.nan, np.arange(20.0))
    push = np.repeat(np.where(np.isnan(far), 9.0, 0.01), 3)[:, None] * np.ones(3)
    found = table(off_by(labels, force=push), far)
    np.testing.assert_allclose(found["novelty_mae"], 10.0)
    np.testing.assert_allclose(found["novelty_middle"], [5.5, 9.5, 13.5, 17.5])


@pytest.mark.parametrize("known", [2 * PARTS - 1, 2 * PARTS])
def test_quarters_need_two_frames_each(known: int) -> None:
    labels = frames(moved(WATER, 12))
    far = np.where(np.arange(12) < known, np.arange(12.0), np.nan)
    found = table(off_by(labels, force=0.01), far)
    assert ("novelty_growth" in found) == (known == 2 * PARTS)
    if known < 2 * PARTS:
        assert "too few frames" in told(off_by(labels, force=0.01), far)["novelty"].reason


@pytest.mark.parametrize("push", [0.0, 0.01])
def test_frames_that_were_all_seen_have_no_growth(push: float) -> None:
    """All at distance zero: there is no nearest quarter. A model off by nothing has none either."""
    far = np.zeros(12) if push else np.arange(12.0)
    found = told(off_by(frames(moved(WATER, 12)), force=push), far)["novelty"]
    assert found.verdict == Verdict.NOT_APPLICABLE
    assert "equally far" in found.reason
    assert not re.search(r"\bnan\b", found.reason)


# The check.


def answering(labels: Frames, change: Callable[[int, np.ndarray], np.ndarray]) -> Forced:
    """A model that knows frames by their positions and gives labels with a change of forces."""
    known = {
        labels.atoms(k).positions.tobytes(): (k, labels.energy[k], labels.first_atom[k])
        for k in range(len(labels))
    }

    def answer(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        energy, force = position.new_zeros(len(position)), position.new_zeros(position.shape)
        for row, one in enumerate(position):
            k, value, start = known[one.numpy().tobytes()]
            own = labels.force[start : start + len(one)]
            energy[row] = float(value)
            force[row] = position.new_tensor(change(k, own))
        return energy, force

    return Forced(answer, "made up")


def checked(labels: Frames, change: Callable[[int, np.ndarray], np.ndarray]) -> Result:
    model = answering(labels, change)
    return CHECK.run(Subject(model, [labels.atoms(0)], labels=labels))


def test_the_worst_frames_are_written_worst_first() -> None:
    labels = frames(moved(WATER, 14))
    result = checked(labels, lambda k, own: own + 0.01 * ((5 * k) % 14))
    images = result.frames["worst_structures"]
    assert len(images) == WORST
    assert [atoms.info["rank"] for atoms in images] == list(range(1, WORST + 1))
    errors = [atoms.info["force_mae_meV_per_angstrom"] for atoms in images]
    np.testing.assert_allclose(errors, 10.0 * np.arange(13, 3, -1))
    first = images[0]
    assert (5 * first.info["frame"]) % 14 == 13
    np.testing.assert_allclose(first.arrays["model_forces"] - first.arrays["label_forces"], 0.13)


def test_a_frame_without_forces_is_lost_and_named() -> None:
    labels = frames(moved(WATER, 10))
    result = checked(labels, lambda k, own: own * (np.nan if k == 7 else 1.0))
    lost = result.findings[0]
    assert (lost.quantity, lost.value, lost.verdict) == ("lost_frames", 1.0, Verdict.FAIL)
    assert "1 of 10 frames, the first is frame 7" in lost.reason
    assert result.table.sizes["frame"] == 9
    assert 7 not in [atoms.info["frame"] for atoms in result.frames["worst_structures"]]
    assert gist(result.findings).startswith("The model gives nothing finite for 1 of 10 frames")


def test_labels_of_zeros_end_in_findings() -> None:
    bare = frames_of_atoms(moved(WATER, 4))
    labels = replace(bare, energy=np.zeros(4), force=np.zeros(bare.position.shape))
    model = Solvable(lambda r: (r**2).sum(dim=(-1, -2)), "hill")
    result = CHECK.run(Subject(model, [WATER], labels=labels))
    assert "where all labels are zero" in result.findings[0].reason
    assert len(CHECK.draw({"hill": result.table})) == 2
    plt.close("all")


@pytest.mark.parametrize("count", [1, 2, 6])
def test_alt_texts_count_models_and_tell_the_span(count: int) -> None:
    labels = frames(moved(WATER, 12))
    tables = {
        f"off by {k}": table(off_by(labels, force=0.01 * (k + 1)), np.arange(12.0))
        for k in range(count)
    }
    *parity, where = CHECK.draw(tables)
    assert len(parity) == -(-count // 4)
    span = "10 meV/Å" if count == 1 else f"10 to {10 * count} meV/Å"
    assert where.alt.endswith(f"for {count} model{'s' * (count > 1)}; by element {span}.")
    assert all(picture.caption.endswith("the model agrees.") for picture in parity)
    plt.close("all")


def test_energies_alone_have_one_row_and_say_so() -> None:
    labels = replace(frames(moved(WATER, 12)), force=np.full((36, 3), np.nan))
    alone = table(Predicted(labels, labels.energy + 1.0, np.zeros((36, 3))))
    (picture,) = CHECK.draw({"m": alone})
    assert picture.caption.startswith("Energies, up to constants")
    assert "forces are off" not in picture.alt
    assert len(picture.figure.axes) == 2
    plt.close("all")
