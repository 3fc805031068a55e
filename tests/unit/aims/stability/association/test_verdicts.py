"""What is tested where, what is listed, and what the words say."""

import numpy as np
import pytest
import xarray as xr

from nearsight.aims.stability.association.descriptors import HEATING, LISTED, SURVIVAL
from nearsight.aims.stability.association.finding import Finding
from nearsight.aims.stability.association.holm import holm
from nearsight.aims.stability.association.other_tests import (
    EXPLORED,
    ON_LIST,
    correct,
    places_of,
    words,
)
from nearsight.aims.stability.association.power import detectable_rho, settings_needed
from nearsight.aims.stability.association.seeds import between_seeds, ceiling
from nearsight.aims.stability.association.study_parts import Part, parts_of, whole
from nearsight.aims.stability.association.verdict import GATE_SHUT, UNASKED, verdict
from nearsight.config import Question

SIGNED = "response_deviation_signed"
QUESTION = Question(descriptor=SIGNED, direction="negative", dataset="a")
GOOD = Finding(
    rho=-0.8, rho_low=-0.95, rho_high=-0.4, p_value=0.003, partial_rho=-0.7, partial_rho_low=-0.9,
    partial_rho_high=-0.2, partial_p_value=0.01, least_p=1e-4, n_models=40, n_settings=10,
    n_seeds=4.0, n_strata=1, detectable_rho=0.77, outcome_seed_rho=0.5, ceiling=0.894,
)  # fmt: skip


def but(**changes: float) -> Finding:
    return Finding(**(GOOD.columns() | changes))


def asked(status: list[list[int]]) -> xr.Dataset:
    """Models by data set and family; -1 where nothing was asked for."""
    families = ["painn", "schnet"][-len(status[0]) :]
    found = [("ab"[k], families[j]) for k, j in np.argwhere(np.array(status) >= 0)]
    names = zip(*found, strict=True)
    return xr.Dataset(
        coords={k: ("model", list(v)) for k, v in zip(Part._fields, names, strict=True)}
    )


@pytest.mark.parametrize(
    ("status", "parts"),
    [
        ([[0]], ["a/schnet"]),
        ([[0, 2]], ["a/all", "a/painn", "a/schnet"]),
        ([[0], [0]], ["a/schnet", "b/schnet", "all/schnet"]),
        # Each data set has a family of its own: nothing but all together is new.
        ([[-1, 0], [0, -1]], ["a/schnet", "b/painn", "all/all"]),
        ([[0, 0], [-1, 0]],
         ["a/all", "a/painn", "a/schnet", "b/schnet", "all/all", "all/schnet"]),
    ],
)  # fmt: skip
def test_no_part_is_there_twice(status: list[list[int]], parts: list[str]) -> None:
    assert ["/".join(part) for part in parts_of(asked(status))] == parts


def places(status: list[list[int]]) -> list[dict[str, str]]:
    return list(places_of(QUESTION, parts_of(asked(status))))


def test_the_question_is_asked_once_and_the_family_is_listed() -> None:
    found = places([[0, 0], [-1, 0]])
    at_home = {(p["descriptor"], p["outcome"]) for p in found
               if p["dataset"] == "a" and p["role"] == ON_LIST}  # fmt: skip
    every = {(name, outcome) for name in LISTED for outcome in (SURVIVAL, HEATING)}
    assert at_home == every - {(SIGNED, SURVIVAL), (HEATING, HEATING)}
    elsewhere = [p for p in found if p["dataset"] != "a" and p["role"] == ON_LIST]
    assert elsewhere == [
        {"dataset": "b", "family": "schnet", "outcome": SURVIVAL, "descriptor": SIGNED,
         "direction": "negative", "role": ON_LIST}
    ]  # fmt: skip
    assert next(iter(LISTED)) == SIGNED
    keys = [tuple(place.values()) for place in found]
    assert len(keys) == len(set(keys))
    assert whole(parts_of(asked([[0, 0], [-1, 0]])), "a") == Part("a", "all")
    pooled = {"dataset": "a", "family": "all", "descriptor": SIGNED, "outcome": SURVIVAL}
    assert not any(pooled.items() <= place.items() for place in found)


def test_nothing_counts_unless_the_question_does() -> None:
    """Serial gatekeeping: no corrected p-value is below that of the primary question."""
    found = [but(p_value=p) for p in (0.001, 0.02, 0.001)] + [but(n_seeds=1.0)]
    roles = [ON_LIST, ON_LIST, EXPLORED, ON_LIST]
    np.testing.assert_allclose(correct(found, roles, 0.0), [0.002, 0.02, np.nan, np.nan])
    np.testing.assert_allclose(correct(found, roles, 0.2), [0.2, 0.2, np.nan, np.nan])
    assert np.isnan(correct(found, roles, np.nan)).all()
    place = {"role": ON_LIST, "outcome": SURVIVAL}
    assert words(place, GOOD, 0.002, 0.01).startswith("evidence, also at equal force error")
    assert words(place, GOOD, 0.2, 0.2) == GATE_SHUT
    assert words(place, GOOD, np.nan, np.nan) == GATE_SHUT
    assert words({**place, "role": EXPLORED}, GOOD, np.nan, 0.0) == UNASKED


@pytest.mark.parametrize(
    ("found", "start"),
    [
        (Finding(), "no verdict: no model has"),
        (but(n_settings=7), "no verdict: 7 settings of 4 seeds, 8 settings of 2 seeds are needed"),
        (but(n_seeds=1.0), "no verdict: 10 settings of 1 seed, 8 settings of 2 seeds are needed"),
        (but(rho=np.nan), "no verdict: 10 settings, and descriptor or outcome is constant"),
        (but(least_p=0.1), "no verdict: so many settings tie that no p below 0.1 is possible"),
        (but(p_value=0.06), "no evidence: rho = -0.80 [-0.95, -0.40], p = 0.06;"),
        (GOOD, "evidence, also at equal force error: larger goes with shorter survival; rho = -0"),
        (but(partial_p_value=0.3), "evidence, but not at equal force error: larger goes with"),
        (but(partial_rho=0.7), "evidence, but not at equal force error"),
        (but(rho=0.8, partial_rho=np.nan), "evidence: larger goes with longer survival"),
        (but(rho_low=np.nan), "evidence, also at equal force error: larger goes with shorter "
         "survival; rho = -0.80 (no interval)"),
    ],
)  # fmt: skip
def test_words(found: Finding, start: str) -> None:
    assert verdict(found, SURVIVAL, found.p_value).startswith(start)


def test_every_verdict_says_what_could_have_been_seen() -> None:
    for found in (GOOD, but(p_value=0.5), but(n_seeds=1.0), but(least_p=0.1)):
        text = verdict(found, SURVIVAL, found.p_value)
        assert "10 settings show |rho| of 0.77 and more with 80 % power, and no p below" in text
        assert "survival under one seed predicts that under another with rho = 0.50" in text
        assert text.endswith("so no |rho| above 0.89 is to be expected")
    alone = verdict(but(outcome_seed_rho=np.nan), HEATING, 0.5)
    assert alone.endswith("how far heating repeats between seeds is not known")
    assert "more heating" in verdict(but(rho=0.8), HEATING, 0.01)


def test_agreement_between_seeds_and_its_ceiling() -> None:
    random = np.random.default_rng(0)
    # Reliability one half: as much spread between settings as between seeds.
    y = random.normal(size=(2, 400, 1)) + random.normal(size=(2, 400, 4))
    # Spearman's correlation of normals with Pearson's 0.5.
    assert between_seeds(y) == pytest.approx(6 / np.pi * np.arcsin(0.25), abs=0.05)
    y[1, :, 2:] = np.nan
    assert between_seeds(y) == pytest.approx(0.48, abs=0.06)
    assert np.isnan(between_seeds(y[:, :, :1]))
    assert np.isnan(between_seeds(np.ones((1, 10, 3))))
    opposite = np.stack([np.arange(9.0), -np.arange(9.0)], axis=1)[None]
    assert between_seeds(opposite) == pytest.approx(-1)
    assert ceiling(0.5, 1) == pytest.approx(np.sqrt(0.5))
    assert ceiling(0.5, 4) == pytest.approx(np.sqrt(0.8))
    assert ceiling(-0.43, 2) == 0.0
    assert ceiling(1.0, 3) == 1.0


def test_holm_by_hand() -> None:
    found = holm(np.array([0.01, np.nan, 0.04, 0.03]))
    np.testing.assert_allclose(found, [0.03, np.nan, 0.06, 0.06])
    assert holm(np.array([0.9, 0.8])).tolist() == [1.0, 1.0]


def test_power_of_the_design() -> None:
    assert settings_needed(0.6) == 23
    assert detectable_rho(23) == pytest.approx(0.6, abs=0.01)
    assert detectable_rho(10, sides=1) < detectable_rho(10)
    assert np.isnan(detectable_rho(3))
    assert detectable_rho(5) > 0.9
