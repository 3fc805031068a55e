"""How often the tables of association say `evidence` where nothing goes with stability.

Simulated studies of the designs of config/demo.yaml and config/decay.yaml, as the tests have them
(tests/unit/aims/stability/association/null_studies.py), in larger number. Rates are in percent,
with twice their binomial error.

    python benchmarks/association.py --studies 1000
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

TESTS = Path(__file__).parents[1] / "tests/unit/aims/stability/association"
sys.path.insert(0, str(TESTS))

from null_studies import DECAY, DEMO, null_study  # noqa: E402
from test_hazard_level import null_replicas, sandwich_p  # noqa: E402
from test_setting_level import (  # noqa: E402
    ASKED,
    CONFOUNDED,
    LEVEL,
    correlated,
    evidence,
    false_evidence,
    of_cutoffs,
    one_test,
    said,
)

from nearsight.aims.stability.association import cox  # noqa: E402
from nearsight.aims.stability.association.jackknife import rho_interval  # noqa: E402
from nearsight.aims.stability.association.orders import orders  # noqa: E402
from nearsight.aims.stability.association.spearman import rho  # noqa: E402

Draw = Callable[[np.random.Generator], bool]


def anywhere(design: dict) -> Draw:
    """Whether a null study says evidence in any test."""
    return lambda random: any(evidence(text) for _, _, text in said(null_study(design, random)))


def _hazard(random: np.random.Generator) -> bool:
    p_value = cox.permutation_p(null_replicas(random), "deviation", "force_mae", orders(6, 0, 0))
    return p_value < LEVEL


def _coverage(true: float) -> Draw:
    def covered(random: np.random.Generator) -> bool:
        low, high = rho_interval(rho, *correlated(10, true, random), confidence=0.95)
        return bool(low <= true <= high)

    return covered


def rows(studies: int) -> Iterator[tuple[str, Draw, int]]:
    """What is measured, how a study is drawn and judged, and how many."""
    yield "demo: evidence anywhere", anywhere(DEMO), studies // 10
    yield "decay: evidence anywhere", anywhere(DECAY), studies
    yield "decay, true answer: false evidence", lambda r: false_evidence(r)[1], studies
    yield "decay, true answer: found", lambda r: false_evidence(r)[0], studies // 4
    yield "one test, settings change places", lambda r: one_test(r)[0] < LEVEL, studies
    yield "one test, models as units", lambda r: one_test(r)[1] < LEVEL, studies
    for share, size in CONFOUNDED.items():
        yield (
            f"given the force error, which explains {share} of both",
            lambda r, size=size: one_test(r, given=size)[0] < LEVEL,
            studies,
        )
    yield "survival follows the cutoff: settings", lambda r: of_cutoffs(r)[0] < LEVEL, studies
    yield "survival follows the cutoff: cutoffs", lambda r: of_cutoffs(r)[1] < LEVEL, studies
    for true in (0.0, -0.7):
        yield f"interval of 10 settings holds {true}", _coverage(true), studies
    yield "hazards of 12 networks, settings change places", _hazard, studies // 3
    yield (
        "hazards of 12 networks, sandwich over networks",
        lambda r: sandwich_p(null_replicas(r)) < LEVEL,
        studies // 6,
    )


def main() -> None:
    """Print a line per rate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--only", default="", help="Rows whose text begins so.")
    arguments = parser.parse_args()
    print(f"the question is {' against '.join(ASKED)}")
    for text, draw, number in rows(arguments.studies):
        if not text.startswith(arguments.only):
            continue
        random = np.random.default_rng(0)
        rate = np.mean([draw(random) for _ in range(number)])
        error = 2 * np.sqrt(max(rate * (1 - rate), 1e-9) / number)
        print(f"{text:55s} {100 * rate:5.1f} +- {100 * error:.1f} % ({number} studies)", flush=True)


if __name__ == "__main__":
    main()
