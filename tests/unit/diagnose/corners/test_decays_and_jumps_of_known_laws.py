"""Decays of a known power, jumps of a known height, and shares and reaches that can be counted."""

import math
from functools import cache

import numpy as np
import pytest
import torch
import xarray as xr
from ase import Atoms
from ase.build import molecule
from broken import cut_springs, sound, subject_of
from closed_forms import Solvable, nothing, spring_model
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt

from nearsight.collect.decay import bin_edges
from nearsight.collect.decay.bins import bin_index
from nearsight.config import Statistics
from nearsight.diagnose.checks.cutoff.scan import (
    FURTHEST,
    NEAREST,
    energy_defects,
    outstanding,
    scan_for_jumps,
)
from nearsight.diagnose.checks.relevance.findings import gist as relevance_gist
from nearsight.diagnose.checks.relevance.measures import SHARE, agreement, conservation, reach
from nearsight.diagnose.checks.relevance.removed import gains
from nearsight.diagnose.checks.response import CHECK
from nearsight.diagnose.checks.response.measures import FEW, measures_of, model_curve, statistics
from nearsight.diagnose.checks.response.pairs import finite_structures, pair_table
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.subject import Subject

# Response.


@cache
def twelve(count: int = 6, size: int = 12) -> list[Atoms]:
    rng = np.random.default_rng(4)
    first = rng.uniform(0, 6, (size, 3))
    moved = [first + rng.normal(0, 0.02, first.shape) for _ in range(count)]
    return [Atoms(f"C{size}", position) for position in moved]


def powers(power: float, beside: float, factor: float = 1.0) -> Subject:
    """Springs as stiff as r to one power, beside springs as stiff as r to another."""
    structures = twelve()
    first = structures[0].positions
    model = spring_model(first, power=power, factor=factor)
    return Subject(model, structures, spring_model(first, power=beside), effort="full")


def table_of(subject: Subject) -> xr.Dataset:
    return pair_table(subject, list(range(len(subject.structures))))


def expected(table: xr.Dataset, curves: xr.Dataset) -> np.ndarray:
    """log10 of model over reference of the bins that count, from the blocks one by one."""
    edges = bin_edges(statistics(6).bin_width, float(table["distance"].max()))
    index = bin_index(table["distance"].to_numpy(), edges)
    rows = np.flatnonzero(curves["window"].to_numpy())
    own, beside = (
        np.array([table[name].to_numpy()[index == k].mean() for k in rows])
        for name in ("norm", "reference_norm")
    )
    return np.log10(own / beside)


@pytest.mark.parametrize(("power", "beside"), [(6.0, 6.0), (5.0, 6.0), (7.0, 6.0), (3.0, 6.0)])
def test_the_deviation_is_the_mean_of_the_logarithms_of_bins(power: float, beside: float) -> None:
    table = table_of(powers(power, beside))
    found = measures_of(table, math.inf)
    logs = expected(table, found.curves)
    assert len(logs) > 5
    assert found.signed[0] == pytest.approx(logs.mean(), abs=1e-9)
    assert found.unsigned[0] == pytest.approx(math.sqrt((logs**2).mean()), abs=1e-9)
    assert np.sign(round(found.signed[0], 9)) == np.sign(beside - power)
    assert found.unsigned[0] >= abs(found.signed[0]) - 1e-12


@pytest.mark.parametrize("factor", [0.1, 2.0, 30.0])
def test_a_common_factor_shifts_every_bin_and_every_ratio(factor: float) -> None:
    found = measures_of(table_of(powers(6.0, 6.0, factor)), math.inf)
    assert found.signed[0] == pytest.approx(math.log10(factor), abs=1e-9)
    assert found.unsigned[0] == pytest.approx(abs(math.log10(factor)), abs=1e-9)
    known = [ratio for ratio, why in found.ratios.values() if not why]
    assert known
    for value, *_ in known:
        assert value == pytest.approx(factor, rel=1e-9)
    assert found.anisotropy[0] == pytest.approx(0, abs=1e-9)


def test_half_an_order_is_the_logarithm_of_the_distance() -> None:
    """One power of r more: near r the ratio is r, whatever the stiffness."""
    found = measures_of(table_of(powers(5.0, 6.0)), math.inf)
    for distance, (ratio, why) in found.ratios.items():
        if not why:
            assert ratio[0] == pytest.approx(distance, rel=0.12)


@pytest.mark.parametrize("cutoff", [math.inf, 4.0])
def test_a_perfect_model_is_off_by_nothing_whatever_its_cutoff(cutoff: float) -> None:
    found = measures_of(table_of(powers(6.0, 6.0)), cutoff)
    assert found.unsigned[0] == pytest.approx(0, abs=1e-12)
    assert found.noise == pytest.approx(0, abs=1e-9)
    assert found.start < found.end


def test_the_curve_of_a_model_alone_is_that_beside_a_reference() -> None:
    table = table_of(powers(5.0, 6.0))
    alone = model_curve(table)
    beside = measures_of(table, math.inf).curves
    for name in ("response", "response_low", "response_high", "bin_distance"):
        np.testing.assert_array_equal(alone[name], beside[name])


@given(st.integers(1, 100))
def test_a_bin_needs_a_pair_of_every_structure_but_no_more_than_in_a_study(count: int) -> None:
    least = statistics(count).least_pairs
    of_a_study = Statistics().least_pairs
    assert min(FEW, of_a_study) <= least <= of_a_study
    assert least >= min(count, of_a_study)
    assert statistics(count + 1).least_pairs >= least


def test_structures_without_a_hessian_are_told_by_number() -> None:
    structures = twelve(3)

    def picky(position: torch.Tensor) -> torch.Tensor:
        """No energy where the first atom is where the second structure has it."""
        here = (position[..., 0, :] - position.new_tensor(structures[1].positions[0])).norm(dim=-1)
        energy = (position**2).sum(dim=(-1, -2))
        return energy + 0.0 * (here - 0.03).clamp(min=0).log()

    model = Solvable(picky, "picky")
    good, lost = finite_structures(Subject(model, structures, effort="full"))
    assert sorted([*good, *lost]) == [0, 1, 2]
    assert 1 in lost


def test_a_silent_model_beside_a_reference_is_far_off() -> None:
    structures = twelve()
    truth = spring_model(structures[0].positions)
    result = CHECK.run(Subject(Solvable(nothing), structures, truth, effort="full"))
    found = {finding.quantity: finding for finding in result.findings}
    assert found["response_deviation"].verdict == Verdict.FAIL
    assert "too little" in found["response_deviation"].reason
    assert found["anisotropy"].verdict == Verdict.NOT_APPLICABLE


@pytest.mark.parametrize("count", [1, 2, 7])
def test_figures_of_several_models_and_their_words(count: int) -> None:
    result = CHECK.run(powers(5.0, 6.0))
    pictures = CHECK.draw({f"m{k}": result.table for k in range(count)})
    assert [picture.name for picture in pictures] == ["decay", "anisotropy"]
    for picture in pictures:
        assert f"for {count} model{'s' * (count > 1)}" in picture.alt
        assert "beside" in picture.alt
    assert "6 structures" in pictures[0].caption
    left, right = pictures[0].figure.axes
    assert len(right.lines) == count + 1
    assert len(left.lines) == count + 2
    plt.close("all")


def test_figures_without_a_reference_speak_of_none() -> None:
    subject = powers(5.0, 6.0)
    subject.reference = None
    decay, anisotropy = CHECK.draw({"alone": CHECK.run(subject).table})
    assert decay.alt.endswith("the second is empty.")
    assert decay.caption.endswith("There is no reference.")
    assert "reference" not in anisotropy.alt
    plt.close("all")


@pytest.mark.parametrize("verdict", [Verdict.WARN, Verdict.FAIL])
def test_the_gist_of_response_tells_what_the_verdict_comes_from(verdict: Verdict) -> None:
    def finding(name: str, how: Verdict) -> Finding:
        return Finding(
            quantity=name, text="", value=0.0, unit="1", verdict=how, reason=f"{name} it is"
        )

    well, grave = finding("response_deviation", Verdict.PASS), finding("own_noise", verdict)
    assert CHECK.gist([well, grave]) == "Response_deviation it is. Own_noise it is."
    assert CHECK.gist([well, finding("own_noise", Verdict.PASS)]) == "Response_deviation it is."


# Jumps that are searched for.

X = 2.0 + 0.05 * np.arange(200)


@settings(max_examples=30)
@given(st.lists(st.floats(-2, 2), min_size=5, max_size=5))
def test_energies_of_degree_four_are_the_integrals_of_their_slopes(weights: list[float]) -> None:
    """The rule of four points is exact for slopes of degree three."""
    energy = np.polynomial.Polynomial(weights, domain=[2, 12], window=[-1, 1])
    defects = energy_defects(X, energy(X), energy.deriv()(X))
    np.testing.assert_allclose(defects, 0, atol=1e-12)


@settings(max_examples=30)
@given(st.integers(20, 180), st.floats(0.01, 1.0))
def test_a_step_of_the_energy_stands_out_where_it_is(place: int, height: float) -> None:
    energy, slope = X**-6.0, -6 * X**-7.0
    stepped = energy + height * (np.arange(len(X)) >= place)
    assert energy_defects(X, stepped, slope)[place - 2] == pytest.approx(height, rel=1e-2)
    (found,) = outstanding(X, stepped, slope)
    assert abs(found - (X[place] - 0.025)) < 0.06


@settings(max_examples=30)
@given(st.integers(20, 180), st.floats(0.05, 5.0))
def test_a_kink_stands_out_in_the_slope(place: int, bend: float) -> None:
    past = np.maximum(X - X[place], 0.0)
    (found, *_) = outstanding(X, X**-6.0 + bend * past, -6 * X**-7.0 + bend * (past > 0))
    assert abs(found - X[place]) < 0.15


@pytest.mark.parametrize("power", [1, 3, 6, 12])
def test_smooth_laws_have_nothing_that_stands_out(power: int) -> None:
    assert outstanding(X, X**-power, -power * X ** (-power - 1.0)) == []
    assert outstanding(X, np.zeros(len(X)), np.zeros(len(X))) == []


def test_unknown_places_neither_stand_out_nor_hide_a_step() -> None:
    energy, slope = X**-6.0 + 0.5 * (X > 7.0), -6 * X**-7.0
    energy[20:24] = np.nan
    found = outstanding(X, energy, slope)
    assert any(abs(place - 7.0) < 0.1 for place in found)
    assert not any(X[15] < place < X[28] for place in found)


def test_the_probe_is_scanned_from_near_to_far_and_ends_at_zero() -> None:
    scan = scan_for_jumps(subject_of(sound(), molecule("H2O")))
    assert scan.gap[0] < NEAREST < scan.gap[5]
    assert scan.gap[-1] == pytest.approx(FURTHEST, abs=0.2)
    assert scan.energy[-1] == 0
    assert scan.crossings == []
    numeric = np.gradient(scan.energy, scan.gap)
    far = scan.gap > 5
    np.testing.assert_allclose(scan.slope[far], numeric[far], atol=5e-3)


@pytest.mark.parametrize("cutoff", [4.0, 6.3])
def test_a_cutoff_that_nobody_told_is_found_by_its_step(cutoff: float) -> None:
    scan = scan_for_jumps(subject_of(cut_springs(cutoff, 0, 0.2), Atoms("Ar")))
    (crossing,) = scan.crossings
    assert crossing.distance == pytest.approx(cutoff, abs=0.05)
    assert crossing.jump.energy == pytest.approx(-0.2, abs=1e-6)


# Relevance.


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(0.5, 20), st.floats(0, 1)), min_size=1, max_size=30))
def test_the_reach_holds_nine_tenths_and_less_does_not(pairs: list[tuple[float, float]]) -> None:
    distance, size = np.array(pairs).T
    found = reach(distance, size)
    if not size.sum() > 0:
        assert math.isnan(found)
        return
    assert size[distance <= found].sum() >= SHARE * size.sum() * (1 - 1e-12)
    assert size[distance < found].sum() <= SHARE * size.sum() * (1 + 1e-12)
    assert reach(distance, 7.0 * size) == found
    assert reach(distance[::-1], size[::-1]) == found


def test_agreement_knows_the_sign_of_ranks_and_nothing_of_scale() -> None:
    rng = np.random.default_rng(2)
    distance, response = rng.uniform(1, 9, 60), rng.lognormal(size=60)
    assert agreement(distance, response**2, response) == pytest.approx(1, abs=1e-6)
    assert agreement(distance, 1 / response, response) == pytest.approx(-1, abs=0.1)
    holes = np.where(np.arange(60) % 7 == 0, np.nan, response)
    assert agreement(distance, response**2, holes) == pytest.approx(1, abs=1e-6)


def test_conservation_divides_by_sizes_and_never_by_zero() -> None:
    parts = ("walks", "bias", "vector", "readout_bias", "leak", "output")
    columns = {name: ("structure", np.array([-2.0, 0.0])) for name in parts}
    columns["conservation_error"] = ("structure", np.array([6e-6, 0.0]))
    assert conservation(xr.Dataset(columns)) == pytest.approx(5e-7)


@pytest.mark.parametrize(("bend", "gain"), [(0.5, 2 / 3 - 0.5), (1.0, 0.0), (2.0, 1 / 3 - 0.5)])
def test_gains_of_powers_are_differences_of_their_integrals(bend: float, gain: float) -> None:
    """The integral of x^p from 0 to 1 is 1 / (p + 1)."""
    share = np.linspace(0, 1, 2001)
    force = np.stack([[share**bend], [share]])
    table = xr.Dataset(
        {"removal_force": (("order", "structure_removed", "fraction"), 5.0 * force)},
        coords={"order": ["relevance", "random"], "fraction": share},
    )
    assert gains(table, "relevance")[0] == pytest.approx(gain, abs=1e-4)
    assert gains(table, "random")[0] == 0


def test_the_gist_of_relevance_tells_faults_first_and_three_things_at_most() -> None:
    def finding(name: str, verdict: Verdict) -> Finding:
        return Finding(
            quantity=name, text="", value=0.0, unit="1", verdict=verdict, reason=f"{name} told"
        )

    names = ("relevance_reach", "body_order", "removal", "faithfulness")
    well = [finding(name, Verdict.PASS) for name in names]
    assert relevance_gist(well) == "Relevance_reach told. Body_order told. Removal told."
    bad = [*well[:3], finding("faithfulness", Verdict.WARN)]
    assert relevance_gist(bad).startswith("Faithfulness told. Relevance_reach told.")
    unknown = [finding(name, Verdict.NOT_APPLICABLE) for name in names]
    assert relevance_gist(unknown) == "Relevance_reach told."
