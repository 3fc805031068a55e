"""The strongest walks of a network on a molecule: units, lengths, and any model that has walks."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from chains import MakeNetwork

from nearsight.config import Explain, make_variant
from nearsight.errors import ConfigError, DataError, UnsupportedModelError
from nearsight.explain import linearize
from nearsight.explain.relevance import Target
from nearsight.explain.strongest_walks import strongest_walks, walks_of_model
from nearsight.explain.walks.by_bodies import strongest_by_bodies
from nearsight.families.registry import build_network
from nearsight.models.exporting import export_model
from nearsight.models.files import save_model
from nearsight.models.model import Model
from nearsight.models.opening import open_model
from nearsight.storage.netcdf import check_described


def test_they_are_those_of_the_chain(make_network: MakeNetwork, ethanol: Atoms):
    network = make_network("painn")
    table = strongest_walks(network, ethanol, Explain(vector="flow"), n_atoms=[1, 2], count=4)
    expected = strongest_by_bodies(linearize(network, ethanol, vector="flow"), [1, 2], 4)
    np.testing.assert_array_equal(table["walk"], expected["walk"])
    np.testing.assert_allclose(table["relevance"], expected["relevance"], rtol=1e-12)
    assert table.attrs["vector"] == "flow"


def test_the_molecule_goes_with_them(make_network: MakeNetwork, ethanol: Atoms):
    table = strongest_walks(make_network(), ethanol)
    np.testing.assert_array_equal(table["atomic_number"], ethanol.numbers)
    np.testing.assert_array_equal(table["position"], ethanol.positions)
    check_described(table)


def test_rules_differ(make_network: MakeNetwork, ethanol: Atoms):
    network = make_network()
    zero = strongest_walks(network, ethanol, Explain(rule="zero"))
    gamma = strongest_walks(network, ethanol, Explain(gamma=0.5))
    assert zero.attrs["rule"] == "zero"
    assert gamma.attrs["rule_strength"] == 0.5
    assert not np.allclose(zero["absolute_sum"], gamma["absolute_sum"])


def test_a_network_in_other_units_of_length(make_network: MakeNetwork, ethanol: Atoms):
    """The molecule is in Å, the network's own unit is half an Å."""
    small = ethanol.copy()
    small.positions /= 0.5
    network = make_network(cutoff=6.0)
    target = Target("energy", "kcal/mol", 0.5)
    found = strongest_walks(network, ethanol, target=target)
    np.testing.assert_allclose(
        found["relevance"], strongest_walks(network, small)["relevance"], rtol=1e-9
    )
    assert found["relevance"].attrs["units"] == "kcal/mol"
    assert found["signed_sum"].attrs["units"] == "kcal/mol"
    np.testing.assert_array_equal(found["position"], ethanol.positions)
    assert found.attrs["cutoff"] == pytest.approx(3.0)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file with a converted twin beside it."""
    home = tmp_path_factory.mktemp("trained")
    variant = make_variant(family="schnet", cutoff=3.0, depth=2, features=8, seed=1)
    model = Model(build_network(variant), variant, {1: -13.6, 8: -430.0})
    save_model(model, home / "model.safetensors")
    export_model(model, home / "elsewhere")
    return home


def test_a_model_file_and_its_export_have_the_same_walks(trained: Path):
    water = molecule("H2O")
    own = walks_of_model(open_model(trained / "model.safetensors"), water, count=2)
    other = walks_of_model(open_model(trained / "elsewhere"), water, count=2)
    np.testing.assert_array_equal(own["walk"], other["walk"])
    np.testing.assert_allclose(own["relevance"], other["relevance"], rtol=1e-6)
    assert own.attrs["label"].startswith("schnet~rc3.0")
    assert other.attrs["label"] == "elsewhere"


def test_a_calculator_has_none(trained: Path):
    lennard_jones = open_model("ase.calculators.lj:LennardJones")
    with pytest.raises(UnsupportedModelError, match="LennardJones"):
        walks_of_model(lennard_jones, molecule("H2O"))


def test_what_has_no_walks_is_refused(trained: Path):
    opened = open_model(trained / "model.safetensors")
    with pytest.raises(ConfigError, match="n_atoms = 4"):
        walks_of_model(opened, molecule("H2O"), n_atoms=[4])
    periodic = molecule("H2O", cell=[9, 9, 9], pbc=True)
    with pytest.raises(UnsupportedModelError, match="periodic"):
        walks_of_model(opened, periodic)
    twice = Atoms("HH", [[0, 0, 0], [0, 0, 0]])
    with pytest.raises(DataError, match="at one place"):
        walks_of_model(opened, twice)
