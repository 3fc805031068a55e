"""The potential of compiled programs: what it hands to the program, and what it makes of it.

The programs are the functions themselves, which no compiler has seen, but for the last tests;
``tests/families`` shows that these equal the networks.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from ase.build import molecule

from nearsight.config import make_variant
from nearsight.families.registry import build_network, family_of
from nearsight.families.variant import Variant
from nearsight.models import compiled_potential, network_model
from nearsight.models.compiled_potential import build_compiled
from nearsight.models.form import Form
from nearsight.models.model import Model
from nearsight.models.potential import build_potential
from nearsight.models.trained_model import TrainedModel
from nearsight.programs import Program, Source, Store

ETHANOL = molecule("CH3CH2OH")
NUMBERS = torch.as_tensor(ETHANOL.numbers)


def variant_of(family: str, **changes: Any) -> Variant:
    """A small network."""
    return make_variant(**{"family": family, "cutoff": 4.0, "depth": 2, "features": 8, **changes})


def positions(replicas: int) -> torch.Tensor:
    """(replica, atom, 3) Å: an ethanol, shaken and far from the origin."""
    noise = 0.05 * np.random.default_rng(replicas).normal(size=(replicas, 9, 3))
    return torch.as_tensor(ETHANOL.positions + noise + 1000.0)


def uncompiled(source: Source) -> Program:
    """The function in the place of its program."""
    return source.function


@pytest.fixture(params=["schnet", "painn"])
def variant(request: pytest.FixtureRequest) -> Variant:
    return variant_of(request.param)


def both(variant: Variant, dtype: torch.dtype, **options: Any) -> tuple[Any, Any]:
    """The potential as it is written, and the compiled one."""
    network = build_network(variant)
    eager = build_potential(network, NUMBERS, variant, dtype=dtype, device="cpu", **options)
    return eager, build_compiled(network, NUMBERS, variant, uncompiled, dtype=dtype, **options)


@pytest.mark.parametrize("replicas", [1, 2, 7])
def test_it_equals_the_other_in_double_precision(variant: Variant, replicas: int) -> None:
    eager, compiled = both(variant, torch.float64, offset=-12.5)
    for found, expected in zip(
        compiled(positions(replicas)), eager(positions(replicas)), strict=True
    ):
        assert found.dtype == torch.float64
        assert found.shape == expected.shape
        scale = float(expected.abs().max())
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-12 * scale)


def test_it_equals_the_other_in_single_precision(variant: Variant) -> None:
    eager, compiled = both(variant, torch.float32)
    (_, found), (_, expected) = compiled(positions(5)), eager(positions(5))
    assert found.dtype == torch.float64
    assert float((found - expected).abs().max()) < 1e-5 * float(expected.abs().max())


def test_parts_do_not_change_it(variant: Variant, monkeypatch: pytest.MonkeyPatch) -> None:
    _, whole = both(variant, torch.float64)
    monkeypatch.setattr(compiled_potential, "BYTES_AT_ONCE", 1)
    _, one_by_one = both(variant, torch.float64)
    for found, expected in zip(one_by_one(positions(5)), whole(positions(5)), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-13, atol=1e-13)


def test_units_of_a_network_are_converted() -> None:
    """One trained elsewhere, in Bohr and Hartree: the same potential, told so."""
    variant = variant_of("schnet")
    network, per_pair = build_network(variant), variant.values_per_pair
    form = Form(family_of(variant), 4.0 * 0.53, per_pair, length=0.53, unit=27.2)
    options: Any = {"dtype": torch.float64, "offset": 3.0}
    eager = build_potential(network, NUMBERS, form, device="cpu", **options)
    compiled = build_compiled(network, NUMBERS, form, uncompiled, **options)
    assert compiled is not None
    for found, expected in zip(compiled(positions(3)), eager(positions(3)), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-11, atol=1e-11)


def test_the_network_is_left_as_it_is(variant: Variant) -> None:
    network = build_network(variant).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    build_compiled(network, NUMBERS, variant, uncompiled, dtype=torch.float64)
    assert network.training
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])
    assert all(parameter.requires_grad for parameter in network.parameters())


def sources_of(*networks: Variant, numbers: torch.Tensor = NUMBERS) -> list[Source]:
    """What a store would be asked for."""
    asked: list[Source] = []

    def note(source: Source) -> Program:
        asked.append(source)
        return source.function

    for variant in networks:
        build_compiled(build_network(variant), numbers, variant, note, dtype=torch.float32)
    return asked


def test_one_program_serves_all_seeds_and_molecules(tmp_path: Any, variant: Variant) -> None:
    others = [variant.model_copy(update={"seed": seed}) for seed in (0, 1)]
    asked = sources_of(*others) + sources_of(variant, numbers=NUMBERS[:4])
    assert len({Store(tmp_path).path_of(source) for source in asked}) == 1


@pytest.mark.parametrize("change", [{"features": 12}, {"depth": 1}])
def test_another_makeup_is_another_program(tmp_path: Any, variant: Variant, change: Any) -> None:
    asked = sources_of(variant, variant.model_copy(update=change))
    assert len({Store(tmp_path).path_of(source) for source in asked}) == 2


def test_what_is_not_compiled_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_of(variant: Variant, numbers: torch.Tensor) -> bool:
        network = build_network(variant)
        return build_compiled(network, numbers, variant, uncompiled, dtype=torch.float32) is None

    assert none_of(variant_of("so3net"), NUMBERS)
    assert none_of(variant_of("schnet"), NUMBERS[:1])
    assert not none_of(variant_of("schnet"), NUMBERS)
    monkeypatch.setattr(compiled_potential, "MANY_ATOMS", 8)
    assert none_of(variant_of("schnet"), NUMBERS)


@pytest.fixture
def model() -> TrainedModel:
    variant = variant_of("schnet")
    references = {1: -13.0, 6: -1000.0, 8: -2000.0}
    return TrainedModel(Model(build_network(variant), variant, atom_reference=references))


def test_a_model_asks_the_store_of_the_user(
    model: TrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Callable[..., Any]] = []
    monkeypatch.setattr(network_model, "Store", lambda: made.append(uncompiled) or uncompiled)
    compiled = model.compiled_potential(ETHANOL.numbers, precision="float64")
    assert compiled is not None
    assert made
    energy, _ = model.potential(ETHANOL.numbers, precision="float64")(positions(2))
    torch.testing.assert_close(compiled(positions(2))[0], energy, rtol=1e-13, atol=1e-10)


def test_what_an_evaluation_holds(model: TrainedModel) -> None:
    assert model.values_of_evaluation(9) == 36 * 8 * 2
    assert model.values_of_evaluation(1) == 0


def test_pairs_of_many_copies_are_near_ones(
    variant: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Along a path on which atoms come near and leave; a cutoff within the molecule.

    Bit by bit it is of compiled programs alone: ``tests/unit/md/run/test_compiled_runs.py``.
    """
    variant = variant.model_copy(update={"cutoff": 2.5})
    listed: list[int] = []

    def watched(source: Source) -> Program:
        def program(*arguments: torch.Tensor) -> tuple[torch.Tensor, ...]:
            listed.append(len(arguments[2]))
            return source.function(*arguments)

        return program

    network, step = build_network(variant), torch.linspace(0, 1.5, 6, dtype=torch.float64)
    stretch = positions(4)[:1] * 0.3
    monkeypatch.setattr(compiled_potential, "WORTH_A_LIST", 4 * 36)
    one = build_compiled(network, NUMBERS, variant, watched, dtype=torch.float64)
    assert one is not None
    for far in step:
        found = one(positions(4) + far * stretch)
        last = listed[-1]
        with monkeypatch.context() as without:
            without.setattr(compiled_potential, "WORTH_A_LIST", np.inf)
            expected = one(positions(4) + far * stretch)
        assert last < listed[-1] == 36
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-14)
    assert len(set(listed)) > 2
