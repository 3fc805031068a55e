"""Relevance of every family: conserved where it has walks, and said to be none where not."""

from pathlib import Path

import numpy as np
import pytest
from ase.io import write
from small_models import drawn, family_with, graph_of, rattled, small
from typer.testing import CliRunner

from nearsight.cli import app
from nearsight.config import Failures
from nearsight.errors import UnsupportedModelError
from nearsight.explain import Epsilon, Gamma, Rule, Zero, balance, linearize, walks
from nearsight.failures.interactions import relevances
from nearsight.families.registry import build_network, every_family, family
from nearsight.models.files import save_model
from nearsight.models.forward import Forward
from nearsight.models.model import Model
from nearsight.storage import read_dataset

RULES = (Zero(), Gamma(0.1), Epsilon(0.2))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_conserved_under_every_rule_and_treatment(name: str, rule: Rule) -> None:
    family_with(name, "walks")
    variant = small(name)
    network, atoms = drawn(variant), rattled("NH3")
    value, _ = Forward(network, variant)(graph_of([atoms], variant), forces=False)
    for vector in variant.treatments or ("detach",):
        chain = linearize(network, atoms, rule=rule, vector=vector)
        assert chain.output == pytest.approx(float(value), rel=1e-12)
        assert chain.vector == (vector if variant.treatments else "none")
        shares = balance(chain)
        assert shares["conservation_error"].item() < 1e-11
        every = walks(chain)["relevance"].to_numpy()
        assert every.sum() == pytest.approx(shares["walks"].item(), rel=1e-9, abs=1e-11)


def test_treatments_of_the_spec_are_those_of_the_code(name: str) -> None:
    own = family_with(name, "walks").walks
    assert tuple(own.treatments) == small(name).treatments


def test_a_network_is_recognised_by_its_own_family_alone(name: str) -> None:
    network = build_network(small(name))
    for other in every_family():
        assert other.walks is None or other.walks.recognises(network) == (other.name == name)


def test_without_walks_the_file_says_so(name: str, tmp_path: Path) -> None:
    if family(name).walks is not None:
        pytest.skip(f"{name} has walks")
    variant = small(name)
    model = Model(build_network(variant), variant, dict.fromkeys((1, 7), 0.0))
    save_model(model, tmp_path / "model.safetensors")
    write(tmp_path / "ammonia.xyz", rattled("NH3"))
    with pytest.raises(UnsupportedModelError, match="not covered by GNN-LRP"):
        linearize(model.network, rattled("NH3"))
    arguments = ["explain", "model.safetensors", "ammonia.xyz", "--out", "relevance.nc"]
    arguments = [str(tmp_path / a) if "." in a else a for a in arguments]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    found = read_dataset(tmp_path / "relevance.nc")
    assert found.attrs["status"] == "not_applicable"
    assert name in found.attrs["reason"]
    assert not found.variables
    position = rattled("NH3").positions[None]
    assert np.isnan(relevances(model, np.array([7, 1, 1, 1]), position, Failures(), "cpu")).all()
