"""The check of errors: made-up errors come back, constants go, what is new is far away."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from closed_forms import Solvable, distances
from small_network import methanol_frames, methanol_network, rattled_methanol

from nearsight.data.frames import Frames, frames_of_atoms
from nearsight.diagnose.check import Result
from nearsight.diagnose.checks.errors import CHECK
from nearsight.diagnose.checks.errors.novelty import described, novelty
from nearsight.diagnose.checks.errors.predicted import compositions, constants, predicted
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.reference import open_reference
from nearsight.diagnose.subject import Subject
from nearsight.models.open_model import OpenModel

MEV = 1e-3


def inverse(position: torch.Tensor) -> torch.Tensor:
    """Some energy that depends on all atoms."""
    return (1 / distances(position)).sum(dim=-1)


TRUTH = Solvable(inverse, "truth")


def labelled(structures: list[Atoms], model: OpenModel = TRUTH) -> Frames:
    """Frames with the labels of a model."""
    frames = frames_of_atoms(structures)
    energy, force = [], []
    for atoms in structures:
        value, vectors = model.potential(atoms.numbers)(torch.as_tensor(atoms.positions)[None])
        energy.append(float(value[0]))
        force.append(np.asarray(vectors[0]))
    named = {"level_of_theory": model.label}
    return replace(frames, energy=np.array(energy), force=np.concatenate(force), attributes=named)


def subject_of(model: OpenModel, labels: Frames, train: Frames | None = None) -> Subject:
    return Subject(model, [labels.atoms(0)], labels=labels, train=train)


def by_name(result: Result) -> dict[str, Finding]:
    return {finding.quantity: finding for finding in result.findings}


def pulled(field: float) -> Solvable:
    """The truth with every atom pulled along x: each x component is off, no other one."""
    return Solvable(lambda r: inverse(r) - field * r[..., 0].sum(dim=-1), "pulled")


@pytest.fixture(scope="module")
def methanol() -> Frames:
    return labelled(rattled_methanol(12))


# Errors that are put in.


def test_the_truth_is_off_by_nothing(methanol: Frames) -> None:
    result = CHECK.run(subject_of(TRUTH, methanol))
    found = by_name(result)
    assert found["force_mae"].value == pytest.approx(0, abs=1e-9)
    assert found["energy_mae_per_atom"].value == pytest.approx(0, abs=1e-9)
    assert result.verdict == Verdict.PASS


@pytest.mark.parametrize(
    ("field", "verdict"), [(0.1, Verdict.PASS), (0.2, Verdict.WARN), (0.5, Verdict.FAIL)]
)
def test_a_pull_on_x_is_a_third_of_itself(methanol: Frames, field: float, verdict: Verdict) -> None:
    model = pulled(field)
    model.label = "truth"
    found = by_name(CHECK.run(subject_of(model, methanol)))
    mae = found["force_mae"]
    assert mae.value == pytest.approx(field / 3 / MEV)
    assert mae.low == pytest.approx(mae.high) == pytest.approx(mae.value)
    assert found["force_rmse"].value == pytest.approx(field / math.sqrt(3) / MEV)
    assert mae.verdict == verdict


def test_a_constant_of_the_energy_is_taken_away_and_told(methanol: Frames) -> None:
    found = by_name(CHECK.run(subject_of(Solvable(lambda r: inverse(r) + 6.0, "truth"), methanol)))
    assert found["energy_mae_per_atom"].value == pytest.approx(0, abs=1e-9)
    assert found["energy_offset"].value == pytest.approx(1000)
    assert "a constant for each composition" in found["energy_mae_per_atom"].reason


def test_errors_are_told_by_element_and_size() -> None:
    """Hydrogens alone are pulled."""
    frames = labelled(rattled_methanol(12))
    hydrogen = torch.as_tensor(frames.atoms(0).numbers == 1)
    model = Solvable(
        lambda r: inverse(r) - 0.3 * r[..., hydrogen, 0].sum(dim=-1), "pulled hydrogens"
    )
    result = CHECK.run(subject_of(model, frames))
    table = result.table
    assert table["element_symbol"].to_numpy().tolist() == ["H", "C", "O"]
    np.testing.assert_allclose(table["element_mae"], [100, 0, 0], atol=1e-9)
    assert table["element_count"].to_numpy().tolist() == [48, 12, 12]
    assert "largest on H" in by_name(result)["worst_element"].reason
    sizes = table["size_force"].to_numpy()
    assert (np.diff(sizes) > 0).all()
    assert table["size_count"].sum() == 72
    total = (table["size_mae"] * table["size_count"]).sum() / 72
    assert float(total) == pytest.approx(float(table["force_mae"]))


def test_the_worst_structures_are_written_with_both_forces() -> None:
    """The further a bond is stretched, the more a model of stiffer bonds is off."""
    structures = [Atoms("CO", [(0, 0, 0), (1.2 + 0.02 * k, 0, 0)]) for k in range(14)]
    model = Solvable(lambda r: inverse(r) + (distances(r)[..., 0] - 1.2) ** 2, "stretched")
    frames = labelled(structures)
    worst = CHECK.run(subject_of(model, frames)).frames["worst_structures"]
    assert [atoms.info["frame"] for atoms in worst] == list(range(13, 3, -1))
    assert [atoms.info["rank"] for atoms in worst] == list(range(1, 11))
    difference = worst[0].arrays["model_forces"] - worst[0].arrays["label_forces"]
    assert abs(difference[0, 0]) == pytest.approx(2 * 0.26)
    expected = 2 * 0.26 / 3 / MEV
    assert worst[0].info["force_mae_meV_per_angstrom"] == pytest.approx(expected)


def test_frames_without_a_number_fail_and_are_left_out(methanol: Frames) -> None:
    place = float(methanol.atoms(3).positions.sum())

    def energy(position: torch.Tensor) -> torch.Tensor:
        lost = (position.sum(dim=(-1, -2)) - place).abs() < 1e-9
        return inverse(position) * torch.where(lost, torch.nan, 1.0)

    result = CHECK.run(subject_of(Solvable(energy, "truth"), methanol))
    found = by_name(result)
    assert result.verdict == Verdict.FAIL
    assert "1 of 12 frames, the first is frame 3" in found["lost_frames"].reason
    assert result.table.sizes["frame"] == 11
    assert found["force_mae"].value == pytest.approx(0, abs=1e-9)
    assert all(atoms.info["frame"] != 3 for atoms in result.frames["worst_structures"])


def test_a_model_without_any_number_has_that_finding_alone(methanol: Frames) -> None:
    result = CHECK.run(subject_of(Solvable(lambda r: inverse(r) * math.nan, "none"), methanol))
    assert [finding.quantity for finding in result.findings] == ["lost_frames"]
    assert CHECK.draw({"none": result.table}) == ()


def test_elements_that_a_network_has_not_seen_are_told_and_left_out() -> None:
    frames = labelled([*rattled_methanol(4), molecule("CH3SH")])
    result = CHECK.run(subject_of(methanol_network(), frames))
    lost = by_name(result)["lost_frames"]
    assert lost.verdict == Verdict.WARN
    assert "nuclear charge [16]" in lost.reason
    assert result.table.sizes["frame"] == 4


# Constants.


def mixed(count: int) -> list[Atoms]:
    rng = np.random.default_rng(0)
    found = []
    for name in ("H2O", "NH3", "CH3OH", "C2H6", "HCOOH")[: max(count, 2)]:
        for _ in range(3 if count == 2 else 1):
            atoms = molecule(name)
            atoms.positions += rng.normal(0, 0.03, atoms.positions.shape)
            found.append(atoms)
    return found


def elemental(atoms_energy: dict[int, float], own: Atoms) -> float:
    return sum(atoms_energy[int(z)] for z in own.numbers)


@pytest.mark.parametrize(("count", "words"), [(2, "composition"), (5, "element")])
def test_every_composition_or_element_may_have_a_zero_of_its_own(count: int, words: str) -> None:
    frames = labelled(mixed(count))
    zero = {1: -13.6, 6: -1030.0, 7: -1480.0, 8: -2040.0}
    found = predicted(subject_of(TRUTH, frames), frames)
    moved = found.energy + [elemental(zero, frames.atoms(k)) for k in range(len(frames))]
    shift, what = constants(replace(found, energy=moved))
    assert what == f"a constant for each {words}"
    np.testing.assert_allclose(moved - shift, frames.energy, atol=1e-6)


def test_too_few_compositions_have_no_energies_to_compare() -> None:
    frames = labelled(mixed(5)[:3])
    found = by_name(CHECK.run(subject_of(TRUTH, frames)))
    missing = found["energy_mae_per_atom"]
    assert missing.verdict == Verdict.NOT_APPLICABLE
    assert "occurs once" in missing.reason
    assert found["force_mae"].verdict == Verdict.PASS


def test_compositions_are_sum_formulas() -> None:
    alcohol, ether = molecule("CH3CH2OH"), molecule("CH3OCH3")
    assert len(set(compositions(frames_of_atoms([alcohol, ether])))) == 1
    assert compositions(frames_of_atoms([molecule("H2O")])) == ["H2O"]


def test_frames_of_any_order_come_back_in_their_order() -> None:
    structures = mixed(5)
    structures = [structures[k] for k in (3, 0, 3, 1, 2, 0)]
    frames = labelled(structures)
    found = predicted(subject_of(TRUTH, frames), frames)
    np.testing.assert_allclose(found.energy, frames.energy)
    np.testing.assert_allclose(found.force, frames.force)


# Distance from the training data.


def test_novelty_knows_neither_place_nor_order_nor_handedness() -> None:
    atoms = rattled_methanol(1)[0]
    other = atoms[[0, 1, 4, 2, 5, 3]]
    other.positions *= (1, -1, 1)
    other.rotate(50, (1, 1, 0))
    other.positions += 7
    frames, train = frames_of_atoms([other]), frames_of_atoms([atoms])
    assert novelty(frames, train) == pytest.approx([0], abs=1e-9)
    assert len(described(frames, 0)) == 15


def test_novelty_is_the_root_mean_square_of_inverse_distances() -> None:
    train = frames_of_atoms([Atoms("CO", [(0, 0, 0), (r, 0, 0)]) for r in (1.0, 1.25)])
    frames = frames_of_atoms([Atoms("OC", [(0, 0, 0), (0, r, 0)]) for r in (1.0, 2.0)])
    assert novelty(frames, train) == pytest.approx([0, 1 / 1.25 - 1 / 2])


def test_a_new_composition_has_no_distance() -> None:
    frames = frames_of_atoms([molecule("H2O"), molecule("NH3")])
    far = novelty(frames, frames_of_atoms([molecule("H2O")]))
    assert far[0] == pytest.approx(0)
    assert math.isnan(far[1])


def test_errors_that_grow_away_from_the_training_data_warn() -> None:
    near, far = rattled_methanol(20, seed=1, width=0.02), rattled_methanol(20, seed=2, width=0.12)
    train = labelled(rattled_methanol(30, seed=3, width=0.02))
    rest = molecule("CH3OH").positions
    lengths = distances(torch.as_tensor(rest))
    model = Solvable(lambda r: inverse(r) + ((distances(r) - lengths) ** 2).sum(dim=-1), "truth")
    model.kind = "converted"
    result = CHECK.run(subject_of(model, labelled(near + far), train))
    growth = by_name(result)["novelty"]
    assert growth.value > 2
    assert growth.low < growth.value < growth.high
    assert growth.verdict == Verdict.WARN
    assert "times as far off" in CHECK.gist(result.findings)
    assert (np.diff(result.table["novelty_middle"]) > 0).all()


def test_training_frames_of_a_file_are_none_of_a_calculator(methanol: Frames) -> None:
    found = by_name(CHECK.run(subject_of(TRUTH, methanol, methanol)))
    assert found["novelty"].verdict == Verdict.NOT_APPLICABLE
    assert "training data are not known" in found["novelty"].reason


# What is said, and not applicable.


def test_without_labels_there_is_nothing_to_tell() -> None:
    atoms = molecule("H2O")
    for labels in (None, frames_of_atoms([atoms])):
        result = CHECK.run(Subject(TRUTH, [atoms], labels=labels))
        assert result.verdict == Verdict.NOT_APPLICABLE
        assert "--labels" in result.findings[0].reason


def test_labels_of_energies_alone_will_do(methanol: Frames) -> None:
    bare = replace(methanol, force=np.full_like(methanol.force, np.nan))
    result = CHECK.run(subject_of(Solvable(lambda r: 1.1 * inverse(r), "truth"), bare))
    found = by_name(result)
    assert set(found) == {"energy_mae_per_atom", "energy_rmse_per_atom", "energy_offset"}
    difference = 0.1 * (methanol.energy - methanol.energy.mean()) / 6 / MEV
    assert found["energy_mae_per_atom"].value == pytest.approx(np.abs(difference).mean())
    pictures = CHECK.draw({"truth": result.table})
    assert [picture.name for picture in pictures] == ["parity"]
    assert len(result.frames["worst_structures"]) == 10


def test_another_level_of_theory_is_told_and_warned_of_at_most(methanol: Frames) -> None:
    result = CHECK.run(subject_of(pulled(0.6), methanol))
    assert result.verdict == Verdict.WARN
    assert "The labels are truth" in result.findings[0].reason
    assert "one level of theory" in result.findings[0].advice


def test_frames_that_may_have_been_seen_are_told(methanol: Frames) -> None:
    seen = replace(methanol, subset=np.zeros(len(methanol), dtype=int))
    result = CHECK.run(subject_of(TRUTH, seen))
    assert "may have been trained on some of them" in result.findings[0].reason


def test_few_frames_are_taken_at_quick(methanol: Frames) -> None:
    many = methanol.select(np.arange(72) % 12)
    subject = subject_of(TRUTH, many)
    sizes = [
        CHECK.run(replace(subject, effort=effort)).table.sizes["frame"]
        for effort in ("quick", "full")
    ]
    assert sizes == [60, 72]


def test_gfn2_is_off_from_its_own_labels_by_their_accuracy() -> None:
    reference = open_reference("gfn2")
    assert reference is not None
    result = CHECK.run(subject_of(reference, methanol_frames().of_subset("test")))
    found = by_name(result)
    assert result.verdict == Verdict.PASS
    assert found["force_mae"].value < 0.1
    assert "not known" not in found["force_mae"].reason


def test_a_network_is_checked_and_drawn_beside_others() -> None:
    network, frames = methanol_network(), methanol_frames()
    test, train = frames.of_subset("test"), frames.of_subset("train")
    result = CHECK.run(subject_of(network, test, train))
    table = result.table
    assert all({"units", "long_name"} <= set(table[name].attrs) for name in table.variables)
    assert "not known" not in result.findings[0].reason
    assert math.isfinite(by_name(result)["novelty"].value)
    pictures = CHECK.draw({f"network {k}": table for k in range(5)})
    assert [picture.name for picture in pictures] == ["parity_1", "parity_2", "where"]
    assert "4 models" in pictures[0].alt
