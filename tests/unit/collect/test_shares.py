"""What the constants of networks take beside the walks."""

import numpy as np
import pytest
import xarray as xr

from nearsight.aims.stability.tables.case_statistics import analyse
from nearsight.aims.stability.tables.study_table import collect_table
from nearsight.collect.cases import Case
from nearsight.collect.decay.bins import bin_edges
from nearsight.config import Statistics, make_variant

SETTINGS = Statistics(n_bootstrap=200)
SIZES = 40.0
"""Sum of |walk| of each structure: far more than what is left after cancellation."""


def case(walks: list[float], **constants: list[float]):
    n, nothing = len(walks), xr.Dataset(attrs={"reason": "not run"})
    balance = {name: np.zeros(n) for name in ("bias", "vector", "readout_bias", "leak")}
    relevance = xr.Dataset(
        {
            "structure": ("pair", np.arange(n)),
            "distance": ("pair", np.full(n, 3.0)),
            "relevance": ("pair", np.ones(n)),
            "absolute_bodies": (("structures", "n_atoms"), np.full((n, 2), SIZES / 2)),
            "conservation_error": ("structures", np.zeros(n)),
            "walks": ("structures", np.array(walks)),
            **{k: ("structures", np.asarray(v)) for k, v in (balance | constants).items()},
        }
    )
    stages = {
        "evaluation", "history", "response", "stability", "faithfulness", "reference",
        "reference_curves", "reference_stability",
    }  # fmt: skip
    return Case(
        dataset="ethanol",
        variant=make_variant(family="schnet", cutoff=5.0, depth=1),
        card=None,
        relevance=relevance,
        **dict.fromkeys(stages, nothing),
    )


def constants_share(walks: list[float], **constants: list[float]):
    numbers = analyse(case(walks, **constants), bin_edges(0.5, 5.0), SETTINGS).numbers
    return numbers["constants_share_after_cancellation"]


def test_beside_the_sizes_of_walks_constants_are_little():
    """Walks of +-20 that cancel to 2: constants of 2 are half of what is left, 5 % of the sizes."""
    numbers = analyse(case([2.0], bias=[2.0]), bin_edges(0.5, 5.0), SETTINGS).numbers
    assert numbers["constants_share_after_cancellation"][0] == pytest.approx(0.5)
    assert numbers["constants_share_of_sizes"][0] == pytest.approx(2 / 42)
    assert "constants_share" not in numbers


def test_nothing_but_walks():
    assert constants_share([1.0, -2.0, 3.0]) == (0, 0, 0)


@pytest.mark.parametrize("name", ["bias", "vector", "readout_bias", "leak"])
def test_every_constant_counts_by_its_size(name: str):
    assert constants_share([1.0, -1.0], **{name: [-3.0, 3.0]}) == pytest.approx((0.75,) * 3)


def test_constants_that_cancel_each_other_are_not_hidden():
    found = constants_share([2.0], bias=[3.0], readout_bias=[-3.0])
    assert found[0] == pytest.approx(0.75)


def test_interval_is_over_structures():
    share, low, high = constants_share([1.0, 1.0, 1.0, 1.0], bias=[0.0, 0.0, 1.0, 3.0])
    assert share == pytest.approx(0.5)
    assert low < share < high


def test_share_is_in_the_table():
    one = case([1.0, 1.0], bias=[1.0, 3.0])
    table = collect_table([one], {one.id: analyse(one, bin_edges(0.5, 5.0), SETTINGS)})
    assert table["constants_share_after_cancellation"].item() == pytest.approx(4 / 6)
    assert table["constants_share_of_sizes"].item() == pytest.approx(4 / 84)
    assert (
        table["constants_share_of_sizes_low"].item()
        <= table["constants_share_of_sizes_high"].item()
    )
    assert table["constants_share_of_sizes"].attrs["units"] == "1"
