"""What the tests of relevance hold, against the functions that it stands for."""

import numpy as np
import pytest
import torch
import xarray as xr
from probed_model import Probed

from nearsight.config import Faithfulness
from nearsight.errors import DataError
from nearsight.faithfulness import probe
from nearsight.storage import check_described

SETTINGS = Faithfulness(n_randomisations=2, n_random=2, n_fractions=4)


@pytest.fixture(scope="module")
def result(probed: Probed) -> xr.Dataset:
    return probe(probed.opened, probed.structures, probed.relevance, probed.response, SETTINGS)


def test_only_structures_that_both_files_know(result: xr.Dataset) -> None:
    assert result.variables["structure"].values.max() == 1
    assert result.sizes["pair"] == 15 + 3
    check_described(result)


def test_choices_are_named(probed: Probed, result: xr.Dataset) -> None:
    names = result["choice"].to_numpy().tolist()
    if probed.model.variant.family == "schnet":
        assert names == ["zero", "gamma 0.1", "gamma 0.25"]
    else:
        rules = ("zero", "gamma 0.1", "gamma 0.25")
        assert names == [f"{rule}, {v}" for v in ("detach", "flow") for rule in rules]
    assert result.attrs["own_choice"] in names


def test_the_own_choice_is_the_relevance_file(probed: Probed, result: xr.Dataset) -> None:
    own = result["relevance"].sel(choice=result.attrs["own_choice"])
    expected = probed.relevance["relevance"][: len(own)]
    np.testing.assert_allclose(own, expected, rtol=1e-10, atol=1e-14)
    bodies = result["absolute_bodies"].sel(choice=result.attrs["own_choice"])
    np.testing.assert_allclose(bodies, probed.relevance["absolute_bodies"][:2], rtol=1e-10)


def test_choices_and_weights_matter(result: xr.Dataset) -> None:
    own = result["relevance"].sel(choice=result.attrs["own_choice"]).to_numpy()
    others = [
        *result["relevance"].drop_sel(choice=result.attrs["own_choice"]).to_numpy(),
        *result["relevance_randomised"].to_numpy(),
    ]
    for other in others:
        assert np.abs(other - own).max() > 1e-3 * np.abs(own).max()
    first, second = result["relevance_randomised"].to_numpy()
    assert np.abs(first - second).max() > 1e-3 * np.abs(first).max()


def test_removal_begins_at_nothing_and_ends_at_atoms(probed: Probed, result: xr.Dataset) -> None:
    """All messages gone, no forces are left: the change is the forces themselves."""
    force = result["ablation_force"]
    assert (force.isel(fraction=0) == 0).all()
    assert (result["ablation_energy"].isel(fraction=0) == 0).all()
    for k, atoms in enumerate(probed.structures[:2]):
        potential = probed.model.potential(atoms.numbers)
        own = potential(torch.as_tensor(atoms.positions)[None])[1].numpy()
        expected = np.sqrt(np.square(own).mean())
        np.testing.assert_allclose(force.isel(structure=k, fraction=-1), expected, rtol=1e-5)
    # Water has three pairs: a sixteenth of them is none.
    assert (force.isel(fraction=slice(2, None)) > 0).all()


def test_other_structures_are_refused(probed: Probed) -> None:
    moved = [atoms.copy() for atoms in probed.structures]
    moved[1].positions *= 1.001
    with pytest.raises(DataError, match="the relevance file is of other structures"):
        probe(probed.opened, moved, probed.relevance, probed.response, SETTINGS)
    longer = probed.response.assign(distance=probed.response["distance"] + 1e-3)
    with pytest.raises(DataError, match="the response file is of other structures"):
        probe(probed.opened, probed.structures, probed.relevance, longer, SETTINGS)


def test_the_same_again(probed: Probed, result: xr.Dataset) -> None:
    again = probe(probed.opened, probed.structures, probed.relevance, probed.response, SETTINGS)
    xr.testing.assert_equal(again, result)
