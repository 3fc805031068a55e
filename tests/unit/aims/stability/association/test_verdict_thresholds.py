"""Words at each threshold, on both sides of it."""

import numpy as np
import pytest

from nearsight.aims.stability.association.descriptors import HEATING, OUTCOMES, SURVIVAL
from nearsight.aims.stability.association.finding import Finding
from nearsight.aims.stability.association.verdict import (
    EVIDENCE,
    FEWEST_SEEDS,
    FEWEST_SETTINGS,
    LEVEL,
    NO_EVIDENCE,
    NO_VERDICT,
    could_show,
    missing,
    verdict,
)

BELOW = float(np.nextafter(LEVEL, 0))
GOOD = Finding(
    rho=0.5, rho_low=0.1, rho_high=0.8, p_value=0.01, partial_rho=0.4, partial_rho_low=0.05,
    partial_rho_high=0.7, partial_p_value=0.02, least_p=1e-3, n_models=16, n_settings=8,
    n_seeds=2.0, n_strata=1, detectable_rho=0.8, outcome_seed_rho=0.6, ceiling=0.87,
)  # fmt: skip


def but(**changes: float) -> Finding:
    return Finding(**(GOOD.columns() | changes))


def test_the_fewest_settings_and_seeds_are_just_enough() -> None:
    assert (GOOD.n_settings, GOOD.n_seeds) == (FEWEST_SETTINGS, FEWEST_SEEDS)
    assert missing(GOOD) == ""
    assert missing(but(n_settings=FEWEST_SETTINGS - 1)).startswith("7 settings of 2 seeds, 8 ")
    assert missing(but(n_seeds=1.5)).startswith("8 settings of 1.5 seeds, 8 settings of 2 seeds")
    assert missing(but(n_settings=1, n_seeds=1.0)).startswith("1 setting of 1 seed, ")


@pytest.mark.parametrize(("p_value", "start"), [(BELOW, EVIDENCE), (LEVEL, NO_EVIDENCE)])
def test_at_the_level_itself_there_is_no_evidence(p_value: float, start: str) -> None:
    assert verdict(GOOD, SURVIVAL, p_value).startswith(start)


def test_a_test_that_cannot_fall_below_the_level_has_no_verdict() -> None:
    assert missing(but(least_p=BELOW)) == ""
    assert "so many settings tie that no p below 0.05 is possible" in missing(but(least_p=LEVEL))
    assert missing(but(least_p=np.nan)) != ""


@pytest.mark.parametrize(
    ("changes", "also"),
    [
        ({"partial_p_value": BELOW}, True),
        ({"partial_p_value": LEVEL}, False),
        ({"partial_p_value": np.nan}, False),
        ({"partial_rho": -0.4}, False),
        ({"partial_rho": 0.0}, False),
        ({"rho": -0.5, "partial_rho": -0.4}, True),
    ],
)
def test_it_holds_at_equal_force_error_if_seen_there_with_the_same_sign(
    changes: dict[str, float], also: bool
) -> None:
    words = verdict(but(**changes), SURVIVAL, 0.01)
    start = "also" if also else "but not"
    assert words.startswith(f"{EVIDENCE}, {start} at equal force error: ")


@pytest.mark.parametrize("outcome", [SURVIVAL, HEATING])
@pytest.mark.parametrize("rho", [-0.5, 0.5])
def test_the_sign_is_said_in_words_of_the_outcome(outcome: str, rho: float) -> None:
    words = verdict(but(rho=rho), outcome, 0.01)
    less, more = OUTCOMES[outcome]
    said, other = (more, less) if rho > 0 else (less, more)
    assert f"larger goes with {said};" in words
    assert other not in words


def test_numbers_and_correction_stand_behind_the_words() -> None:
    words = verdict(GOOD, SURVIVAL, 0.0123, " (Holm)")
    assert "rho = 0.50 [0.10, 0.80], p = 0.012 (Holm);" in words
    assert "given the force error rho = 0.40 [0.05, 0.70], p = 0.02;" in words
    none = verdict(but(partial_rho_low=np.nan), SURVIVAL, 0.2)
    assert none.startswith("no evidence: rho = 0.50 [0.10, 0.80], p = 0.2;")
    held = verdict(but(partial_rho_low=np.nan), SURVIVAL, 0.01)
    assert "given the force error rho = 0.40 (no interval)" in held


def test_a_reason_goes_before_any_p_value() -> None:
    """However small the p-value, and of reasons the first alone is told."""
    words = verdict(but(n_seeds=1.0, rho=np.nan, least_p=0.5), SURVIVAL, 1e-9)
    assert words.startswith(f"{NO_VERDICT}: 8 settings of 1 seed, ")
    assert "constant" not in words
    assert EVIDENCE not in words
    assert missing(Finding()) == "no model has descriptor, outcome and force error"
    assert verdict(Finding(), SURVIVAL, np.nan).endswith("; nothing can be shown")


def test_what_could_be_seen_without_power_or_a_second_seed() -> None:
    assert could_show(but(detectable_rho=np.nan), HEATING).startswith(
        "8 settings show nothing reliably, and no p below 0.001; heating under one seed"
    )
    assert could_show(but(n_settings=1, outcome_seed_rho=np.nan), SURVIVAL) == (
        "1 setting show |rho| of 0.80 and more with 80 % power, and no p below 0.001; "
        "how far survival repeats between seeds is not known"
    )
