"""What a family may do beside what SchNetPack's do: no cutoff, no network, its own way to load."""

from typing import ClassVar, Literal

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule

from nearsight.data.frames import frames_of_atoms
from nearsight.errors import ConfigError, ModelError, UnsupportedModelError
from nearsight.explain import linearize
from nearsight.families import registry
from nearsight.families.family import Family, Weights
from nearsight.families.graph import Graph
from nearsight.families.look import Look
from nearsight.families.variant import Variant
from nearsight.models.ablation import ablate, connected_pairs
from nearsight.models.energies import build_energy
from nearsight.models.exporting import export_model
from nearsight.models.model import Model
from nearsight.models.trained_model import no_walks
from nearsight.respond import autograd_blocks
from nearsight.section import setting
from nearsight.train.predict import predict

CHARGES = torch.zeros(10, dtype=torch.float64)
CHARGES[[1, 6, 8]] = torch.tensor([0.3, -0.2, -0.6], dtype=torch.float64)


class CoulombVariant(Variant):
    """Every pair of atoms, whatever their distance: no cutoff, and nothing to choose."""

    look: ClassVar[Look] = Look("Coulomb", marker="x", line="-", color="0.5")
    family: Literal["coulomb"] = setting("coulomb", unit="", description="Point charges.")
    cutoff: ClassVar[None] = None
    depth: ClassVar[int] = 1
    features: ClassVar[int] = 1

    @property
    def own_id(self) -> tuple[list[str], list[str]]:
        """Nothing of its own."""
        return [], []

    @property
    def values_per_pair(self) -> int:
        """One distance."""
        return 1


class Charges(torch.nn.Module):
    """E = sum over pairs of q_i q_j / r."""

    def __init__(self) -> None:
        super().__init__()
        self.charge = torch.nn.Parameter(CHARGES.clone())


def values(module: torch.nn.Module, graph: Graph) -> torch.Tensor:
    charge = module.charge[graph.atomic_number]
    pairs = charge[graph.first] * charge[graph.second] / graph.vector.norm(dim=1)
    return pairs.new_zeros(len(graph)).index_add(0, graph.molecule[graph.first], pairs)


def coulomb(**options: object) -> Family:
    chosen = {
        "name": "coulomb",
        "build": lambda variant: Charges(),
        "values": values,
        "cutoff": lambda module: float("inf"),
        "last_element": lambda module: 9,
        "additive": False,
        **options,
    }
    return Family(**chosen)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    monkeypatch.setattr(registry, "family", lambda name: coulomb())
    return Model(Charges(), CoulombVariant(), {1: -1.0, 6: -2.0, 8: -3.0})


def by_hand(atoms: Atoms) -> float:
    i, j = np.triu_indices(len(atoms), 1)
    charge = CHARGES.numpy()[atoms.numbers]
    return float((charge[i] * charge[j] / atoms.get_all_distances()[i, j]).sum())


@pytest.fixture
def far_apart() -> Atoms:
    """Two waters 30 Å apart: beyond any cutoff, but not beyond charges."""
    water, other = molecule("H2O"), molecule("H2O")
    other.positions += [30.0, 0, 1.0]
    return water + other


def test_without_a_cutoff_every_pair_counts(model: Model, far_apart: Atoms) -> None:
    offset = model.energy_offset(far_apart.numbers)
    run = model.potential(far_apart.numbers, dtype=torch.float64)
    energy, force = run(torch.as_tensor(far_apart.positions)[None])
    assert float(energy[0]) == pytest.approx(by_hand(far_apart) + offset, rel=1e-12)
    alone = sum(by_hand(far_apart[k : k + 3]) for k in (0, 3))
    assert abs(by_hand(far_apart) - alone) > 1e-7
    np.testing.assert_allclose(force[0].sum(0), 0, atol=1e-12)
    value, slopes = predict(model, frames_of_atoms([far_apart]))
    assert value[0] == pytest.approx(float(energy[0]), rel=1e-12)
    np.testing.assert_allclose(slopes, force[0], atol=1e-10)


def test_response_and_ablation_reach_as_far(model: Model, far_apart: Atoms) -> None:
    energy = build_energy(model.network, torch.as_tensor(far_apart.numbers), model.variant)
    blocks = autograd_blocks(energy, far_apart.positions)
    assert np.linalg.norm(blocks[0, 3]) > 1e-7
    pairs = connected_pairs(far_apart.positions, model.variant.pair_cutoff)
    assert len(pairs) == 15
    kept = np.ones((1, 15), dtype=bool)
    kept[0] = ~((pairs[:, 0] < 3) & (pairs[:, 1] >= 3))
    left = ablate(
        model.network, model.variant, far_apart.numbers, far_apart.positions, pairs, kept
    )[0]
    alone = sum(by_hand(far_apart[k : k + 3]) for k in (0, 3))
    assert left[0] == pytest.approx(alone, rel=1e-12)


def test_a_pair_of_atoms_alone_feels_nothing(model: Model) -> None:
    """No pair at all: an energy of zero that no position moves."""
    energy, force = model.potential(np.array([8]), dtype=torch.float64)(
        torch.zeros((2, 1, 3), dtype=torch.float64)
    )
    assert energy.tolist() == [-3.0, -3.0]
    assert (force == 0).all()


def test_a_module_with_a_cutoff_does_not_fit_a_variant_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registry, "family", lambda name: coulomb(cutoff=lambda module: 5.0))
    with pytest.raises(ModelError, match=r"cutoff is 5\.0 Å but its variant .* says inf Å"):
        Model(Charges(), CoulombVariant(), {1: 0.0})


def test_what_it_lacks_is_said(model: Model, far_apart: Atoms, tmp_path: object) -> None:
    assert no_walks(model.variant).startswith("no relevance: family coulomb")
    with pytest.raises(UnsupportedModelError, match="network Charges is not covered by GNN-LRP"):
        linearize(model.network, far_apart)
    with pytest.raises(ModelError, match="family coulomb is not SchNetPack's"):
        export_model(model, tmp_path)


def test_weights_are_loaded_its_own_way_where_it_has_one() -> None:
    weights = {"charge": torch.arange(3.0)}

    def load(variant: Variant, given: Weights) -> torch.nn.Module:
        # Of another shape than what is built: a kernel's come from its file.
        made = Charges()
        made.charge = torch.nn.Parameter(given["charge"])
        return made

    restored = coulomb(load=load).restore(CoulombVariant(), weights)
    assert restored.charge.tolist() == [0.0, 1.0, 2.0]
    with pytest.raises(RuntimeError, match="size mismatch"):
        coulomb().restore(CoulombVariant(), weights)


def test_an_evaluation_follows_the_weights(far_apart: Atoms) -> None:
    module = Charges()
    evaluate = coulomb().evaluation(module)
    graph = Graph(
        torch.as_tensor(far_apart.numbers), torch.as_tensor(far_apart.positions),
        torch.tensor([6]), torch.zeros(6, dtype=torch.long), *torch.triu_indices(6, 6, 1),
    )  # fmt: skip
    before = float(evaluate(graph).detach())
    with torch.no_grad():
        module.charge.mul_(2.0)
    assert float(evaluate(graph).detach()) == pytest.approx(4 * before, rel=1e-12)


def test_a_name_that_is_not_registered() -> None:
    with pytest.raises(ConfigError, match="family 'coulomb': must be one of schnet"):
        registry.family("coulomb")
