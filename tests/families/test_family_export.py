"""A make-up, told once: what is built, exported, read off a network and built again."""

from pathlib import Path

import hydra
import pytest
import torch
import yaml
from small_models import TARGETS, drawn, family_with, graph_of, mixed, small

from nearsight.families.registry import family
from nearsight.families.schnetpack.network import Makeup, build_empty, makeup_of, read_makeup
from nearsight.families.targets import TARGETS as TARGET_PROPERTIES
from nearsight.models.exporting import export_model, hyperparameters_of
from nearsight.models.foreign import load_foreign
from nearsight.models.model import Model


@pytest.fixture(params=TARGETS, ids="-".join)
def made(request: pytest.FixtureRequest, name: str) -> Model:
    family_with(name, "makeup")
    target, pooling = request.param
    variant = small(name, target=target, pooling=pooling)
    # As training leaves them: references of what grows with the molecule, a mean of what does not.
    extensive = TARGET_PROPERTIES[target].extensive
    references = (
        {1: -0.5, 6: 1.0, 7: 1.5, 8: 0.25} if extensive else dict.fromkeys((1, 6, 7, 8), 0.0)
    )
    return Model(drawn(variant), variant, references, mean=0.0 if extensive else 0.125)


def test_read_off_the_network_that_it_built(made: Model) -> None:
    said = makeup_of(family(made.variant.family).makeup, made.variant)
    found = read_makeup(made.network.representation, made.network.output_modules[0])
    assert found == Makeup(said.representation, said.head)
    again = build_empty(found)
    again.load_state_dict(made.network.state_dict())


def test_exported_and_imported_it_gives_the_same(made: Model, tmp_path: Path) -> None:
    export_model(made, tmp_path / "out")
    found = load_foreign(tmp_path / "out")
    assert found.hyperparameters == hyperparameters_of(made)
    graph = graph_of(mixed(), made.variant)
    values = family(made.variant.family).values
    torch.testing.assert_close(
        values(found.network, graph), values(made.network, graph).detach(), rtol=0, atol=0
    )
    for atoms in mixed():
        assert found.offset(atoms.numbers) == made.energy_offset(atoms.numbers)


def test_hydra_builds_what_takes_the_weights(made: Model, tmp_path: Path) -> None:
    export_model(made, tmp_path / "out")
    config = yaml.safe_load((tmp_path / "out" / "model.yaml").read_text())
    network = hydra.utils.instantiate(config).double()
    network.load_state_dict(made.network.state_dict())
    graph = graph_of(mixed(), made.variant)
    values = family(made.variant.family).values
    torch.testing.assert_close(values(network, graph), values(made.network, graph))
