"""The check of the response: springs whose blocks are known, GFN2-xTB itself, a real network."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from closed_forms import Solvable, nothing, spring_model
from small_network import methanol_frames, methanol_network, rattled_methanol

from nearsight.collect.decay import response_ratios
from nearsight.diagnose.check import Result
from nearsight.diagnose.checks.response import CHECK
from nearsight.diagnose.checks.response.findings import findings_of
from nearsight.diagnose.checks.response.measures import FEW, measures_of, statistics
from nearsight.diagnose.checks.response.pairs import pair_table, reference_of
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.reference import open_reference
from nearsight.diagnose.subject import Subject


def clouds(count: int = 5, n_atoms: int = 14, seed: int = 1) -> list[Atoms]:
    """Atoms at all distances up to some 9 Å, the same ones a little displaced."""
    rng = np.random.default_rng(seed)
    first = rng.uniform(0, 6.0, (n_atoms, 3))
    return [
        Atoms(f"C{n_atoms}", first + (k > 0) * rng.normal(0, 0.02, first.shape))
        for k in range(count)
    ]


@pytest.fixture(scope="module")
def structures() -> list[Atoms]:
    return clouds()


def springs_beside_springs(
    structures: list[Atoms], *, power: float = 4.0, factor: float = 1.0
) -> Subject:
    """A model of springs as ``factor r^-power`` whose reference has r^-4."""
    rest = structures[0].positions
    model = spring_model(rest, power=power, factor=factor)
    return Subject(model, structures, spring_model(rest, power=4.0))


def by_name(result: Result) -> dict[str, Finding]:
    return {finding.quantity: finding for finding in result.findings}


def test_the_reference_itself_deviates_by_nothing(structures: list[Atoms]) -> None:
    found = by_name(CHECK.run(springs_beside_springs(structures)))
    assert found["response_deviation"].value == pytest.approx(0, abs=1e-12)
    assert found["response_factor_5"].value == pytest.approx(1)
    assert found["anisotropy"].value == pytest.approx(0, abs=1e-12)
    assert {finding.verdict for finding in found.values()} <= {
        Verdict.PASS,
        Verdict.NOT_APPLICABLE,
    }


@pytest.mark.parametrize(
    ("factor", "verdict", "words"),
    [
        (1.5, Verdict.PASS, "too much"),
        (3.0, Verdict.WARN, "too much"),
        (0.1, Verdict.FAIL, "too little"),
    ],
)
def test_a_common_factor_is_its_logarithm_at_every_distance(
    structures: list[Atoms], factor: float, verdict: Verdict, words: str
) -> None:
    found = by_name(CHECK.run(springs_beside_springs(structures, factor=factor)))
    size = abs(math.log10(factor))
    assert found["response_deviation"].value == pytest.approx(size)
    assert found["response_deviation"].low == pytest.approx(size)
    assert found["response_deviation_signed"].value == pytest.approx(math.log10(factor))
    assert found["response_factor_5"].value == pytest.approx(max(factor, 1 / factor))
    assert found["response_deviation"].verdict == verdict
    assert words in found["response_deviation"].reason


def test_a_slower_decay_is_too_strong_far_away_alone(structures: list[Atoms]) -> None:
    """r^-2 instead of r^-4: about 9 times too strong at 3 Å, 25 at 5 Å, of blocks at rest."""
    found = by_name(CHECK.run(springs_beside_springs(structures[:1], power=2.0)))
    r = structures[0].get_all_distances()[np.triu_indices(14, k=1)]
    for distance in (3, 5):
        near = r[(r >= distance - 0.5) & (r < distance + 0.5)]
        expected = (near**-2.0).sum() / (near**-4.0).sum()
        assert found[f"response_factor_{distance}"].value == pytest.approx(expected)
    assert found["response_deviation_signed"].value > 0
    assert "too strong" in found["response_factor_5"].reason
    assert "Near 5 Å" in CHECK.gist(list(found.values()))


def test_no_interval_of_one_structure_and_fewer_pairs(structures: list[Atoms]) -> None:
    found = by_name(CHECK.run(springs_beside_springs(structures[:1], factor=2.5)))
    assert math.isnan(found["response_deviation"].low)
    assert found["response_deviation"].value == pytest.approx(math.log10(2.5))
    assert [statistics(n).least_pairs for n in (1, 8, 40)] == [FEW, 8, 20]


def test_the_table_holds_pairs_of_model_and_reference(structures: list[Atoms]) -> None:
    subject = springs_beside_springs(structures, factor=2.0)
    table = CHECK.run(subject).table
    assert table.sizes["pair"] == len(structures) * 91
    first = table.where(table["structure"] == 0, drop=True)
    i, j = int(first["atom"][5]), int(first["atom_other"][5])
    assert first["norm"][5] == pytest.approx(np.linalg.norm(subject.blocks(0)[i, j]))
    assert first["reference_norm"][5] == pytest.approx(
        np.linalg.norm(subject.reference_blocks(0)[i, j])
    )
    assert first["distance"][5] == pytest.approx(structures[0].get_distance(i, j))
    assert table["structure_number"].to_numpy().tolist() == list(range(len(structures)))
    assert all({"units", "long_name"} <= set(table[name].attrs) for name in table.variables)


def test_the_reference_s_part_is_a_response_of_its_own(structures: list[Atoms]) -> None:
    subject = springs_beside_springs(structures, factor=2.0)
    table = pair_table(subject, [0, 1, 2])
    beside = reference_of(table)
    turned = response_ratios(table, beside, statistics(3))
    assert turned["response_ratio_5"][0][0] == pytest.approx(2.0)


def test_a_model_that_sees_nothing_is_lost_in_the_noise(structures: list[Atoms]) -> None:
    rest = structures[0].positions
    reference = spring_model(rest, power=4.0)
    reference.differentiable = False
    found = by_name(CHECK.run(Subject(Solvable(nothing), structures, reference)))
    assert found["response_deviation"].verdict == Verdict.FAIL
    assert found["response_deviation"].value > 3
    assert found["anisotropy"].verdict == Verdict.NOT_APPLICABLE
    assert "over 1,000 times too weak" in found["response_factor_5"].reason


def test_without_a_reference_the_response_is_told_and_not_judged(structures: list[Atoms]) -> None:
    subject = springs_beside_springs(structures)
    result = CHECK.run(replace(subject, reference=None))
    found = by_name(result)
    assert found["response_deviation"].verdict == Verdict.NOT_APPLICABLE
    assert "--reference" in found["response_deviation"].reason
    # Springs at rest: norm of a block is its stiffness.
    assert found["response_5"].value == pytest.approx(40 / 5**4, rel=0.3)
    assert CHECK.draw({"springs": result.table})[0].caption.endswith("There is no reference.")


def test_a_single_atom_has_no_response() -> None:
    result = CHECK.run(Subject(Solvable(nothing), [Atoms("Ar")], Solvable(nothing)))
    assert result.verdict == Verdict.NOT_APPLICABLE
    assert CHECK.draw({"nothing": result.table}) == ()


def test_too_few_pairs_are_not_judged() -> None:
    water = molecule("H2O")
    model = spring_model(water.positions)
    found = by_name(CHECK.run(Subject(model, [water], model)))
    assert found["response_deviation"].verdict == Verdict.NOT_APPLICABLE
    assert "give more structures" in found["response_deviation"].reason


def test_a_structure_on_which_the_model_fails_is_a_finding(structures: list[Atoms]) -> None:
    rest = structures[0].positions
    broken = spring_model(rest, power=4.0)
    sound, place = broken.energy_of, float(structures[2].positions.sum())

    def energy(position: torch.Tensor) -> torch.Tensor:
        lost = (position.sum(dim=(-1, -2)) - place).abs() < 1e-6
        return torch.where(lost, torch.nan, 1.0) * sound(position)

    broken.energy_of = energy
    result = CHECK.run(Subject(broken, structures, spring_model(rest, power=4.0)))
    found = by_name(result)
    assert found["structures_without_hessian"].value == 1
    assert found["structures_without_hessian"].verdict == Verdict.FAIL
    assert "structure 2" in found["structures_without_hessian"].reason
    assert result.table["structure_number"].to_numpy().tolist() == [0, 1, 3, 4]
    assert found["response_deviation"].value == pytest.approx(0, abs=1e-12)


def test_bins_about_the_cutoff_are_pooled(structures: list[Atoms]) -> None:
    """What a bin below the cutoff has too much and the one beyond too little is no deviation."""
    table = pair_table(springs_beside_springs(structures), list(range(5)))
    norm, distance = table["norm"].to_numpy(), table["distance"].to_numpy()
    below, beyond = ((distance >= start) & (distance < start + 0.5) for start in (4.5, 5.0))
    moved = 0.5 * norm[beyond].sum()
    norm[beyond] *= 0.5
    norm[below] *= 1 + moved / norm[below].sum()
    apart, pooled = (measures_of(table, cutoff).unsigned[0] for cutoff in (math.inf, 5.0))
    assert apart > 0.05
    assert pooled == pytest.approx(0, abs=1e-12)


def test_a_response_that_is_noise_far_away_is_told(structures: list[Atoms]) -> None:
    """Forces are differences of energies in single precision, as a careless calculator's are."""
    rest = structures[0].positions
    noisy = spring_model(rest, power=8.0)
    exact = noisy.potential(structures[0].numbers)

    def rounded(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        energy, force = exact(position)
        return energy, (force + 1000).float().double() - 1000

    noisy.differentiable = False
    noisy.potential = lambda *_, **__: rounded  # type: ignore[method-assign]
    quiet = by_name(CHECK.run(springs_beside_springs(structures)))["own_noise"]
    loud = by_name(CHECK.run(Subject(noisy, structures, spring_model(rest, power=4.0))))[
        "own_noise"
    ]
    assert quiet.value < 1e-6
    assert quiet.verdict == Verdict.PASS
    assert loud.value > 1 / 3
    assert loud.verdict == Verdict.WARN
    assert "double precision" in loud.advice


def test_levels_of_theory_that_differ_are_told(structures: list[Atoms]) -> None:
    measures = measures_of(pair_table(springs_beside_springs(structures), [0, 1]), math.inf)
    found = findings_of(measures, "PBE0", "PBE0 is another level of theory.")
    assert found[0].reason.endswith("PBE0 is another level of theory.")


def test_gfn2_beside_itself_on_a_real_molecule() -> None:
    reference = open_reference("gfn2")
    assert reference is not None
    found = by_name(CHECK.run(Subject(reference, rattled_methanol(5), reference)))
    assert found["response_deviation"].value == pytest.approx(0, abs=1e-9)
    assert found["response_deviation"].verdict == Verdict.PASS


def test_a_network_is_checked_and_drawn_beside_another_model() -> None:
    network, labels = methanol_network(), methanol_frames().of_subset("test")
    structures = [labels.atoms(k) for k in range(8)]
    subject = Subject(network, structures, open_reference("gfn2"), labels=labels)
    result = CHECK.run(subject)
    found = by_name(result)
    assert math.isfinite(found["response_deviation"].value)
    assert "level of theory" not in found["response_deviation"].reason
    tables = {network.label: result.table, "another": result.table}
    pictures = CHECK.draw(tables)
    assert [picture.name for picture in pictures] == ["decay", "anisotropy"]
    assert all("2 models" in picture.alt for picture in pictures)
    assert "GFN2-xTB" in pictures[0].caption
