"""Models trained elsewhere: the converter run by hand, the safe pair, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import schnetpack as spk
import torch
from ase import Atoms
from ase.build import molecule
from safetensors.torch import load_file, save_file
from schnetpack import properties

from nearsight.errors import (
    ConfigError,
    CorruptFileError,
    MissingFileError,
    ModelError,
    UnsupportedModelError,
)
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.schnetpack.inputs import both_ways
from nearsight.models.converted_model import ConvertedModel
from nearsight.models.converting import write_converted
from nearsight.models.foreign import load_foreign

CUTOFF = 4.0


def potential(
    kind: str = "painn",
    head: torch.nn.Module | None = None,
    postprocessors: list[torch.nn.Module] | None = None,
    **options: object,
):
    family = {"schnet": spk.representation.SchNet, "painn": spk.representation.PaiNN}[kind]
    torch.manual_seed(7)
    parts = {
        "radial_basis": spk.nn.GaussianRBF(9, CUTOFF),
        "cutoff_fn": spk.nn.CosineCutoff(CUTOFF),
    }
    network = spk.model.NeuralNetworkPotential(
        representation=family(n_atom_basis=8, n_interactions=2, **parts | options),
        input_modules=[spk.atomistic.PairwiseDistances()],
        output_modules=[
            head or spk.atomistic.Atomwise(8, output_key="energy"),
            *([] if head else [spk.atomistic.Forces()]),
        ],
        postprocessors=postprocessors or [],
    )
    for name, parameter in network.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter, std=0.3)
    return network.eval()


def convert(network: torch.nn.Module, folder: Path, **options: Any) -> None:
    """What `nearsight convert` does once the network is in memory."""
    write_converted(network, folder / "converted", unit="eV", **options)


def output(network: torch.nn.Module, atoms: Atoms, key: str):
    """The network's own forward pass, in double precision and with its post-processing."""
    i, j = both_ways(*neighbor_pairs(torch.as_tensor(atoms.positions)[None], CUTOFF))
    inputs = {
        properties.Z: torch.as_tensor(atoms.numbers.astype(np.int64)),
        properties.R: torch.as_tensor(atoms.positions.copy()),
        properties.idx_i: i,
        properties.idx_j: j,
        properties.offsets: torch.zeros(len(i), 3, dtype=torch.float64),
        properties.idx_m: torch.zeros(len(atoms), dtype=torch.long),
        properties.n_atoms: torch.tensor([len(atoms)]),
    }
    return network(inputs)[key].item()


NETWORKS = {
    "painn": {},
    "schnet": {"kind": "schnet", "n_filters": 6, "shared_interactions": True},
    "shared filters": {"shared_filters": True, "epsilon": 1e-6, "activation": torch.nn.SiLU()},
    "bessel": {
        "kind": "schnet",
        "radial_basis": spk.nn.BesselRBF(7, CUTOFF),
        "cutoff_fn": spk.nn.MollifierCutoff(CUTOFF),
    },
    "trained basis": {"radial_basis": spk.nn.GaussianRBF(6, CUTOFF, start=0.5, trainable=True)},
    "nuclear embedding": {"nuclear_embedding": spk.nn.NuclearEmbedding(101, 8, zero_init=False)},
    "mean": {
        "head": spk.atomistic.Atomwise(8, n_layers=3, n_hidden=[7, 5], aggregation_mode="avg",
                                       activation=torch.tanh, output_key="gap"),
    },
    "linear": {"head": spk.atomistic.Atomwise(8, n_layers=1, output_key="gap")},
    "dipole": {"head": spk.atomistic.DipoleMoment(8, predict_magnitude=True)},
    "local dipoles": {
        "head": spk.atomistic.DipoleMoment(
            8, n_layers=3, predict_magnitude=True, use_vector_representation=True,
            correct_charges=False,
        ),
    },
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_a_converted_model_gives_what_the_pickled_one_gave(name: str, tmp_path: Path):
    network = potential(**NETWORKS[name])
    convert(network, tmp_path)
    found = load_foreign(tmp_path / "converted")
    atoms, key = molecule("CH3OH"), found.hyperparameters.head.output
    expected = output(network.double().eval(), atoms, key)
    assert expected != 0
    # Tabulated in single precision: an output that is small by cancellation keeps fewer digits.
    least = 1e-6 if name == "nuclear embedding" else 1e-12
    assert output(found.network, atoms, key) == pytest.approx(expected, rel=1e-12, abs=least)
    model = ConvertedModel(tmp_path / "converted")
    if model.target == "energy":
        energy, _ = model.potential(atoms.numbers)(torch.as_tensor(atoms.positions)[None])
        assert float(energy[0]) == pytest.approx(expected, rel=1e-10, abs=10 * least)


def test_offsets_are_carried_over(tmp_path: Path):
    table = torch.zeros(20)
    table[[1, 6, 8]] = torch.tensor([-13.5, -1029.0, -2042.5])
    offsets = spk.transform.AddOffsets(
        "energy", add_mean=True, add_atomrefs=True, atomrefs=table, property_mean=torch.tensor(2.5)
    )
    network = potential(postprocessors=[spk.transform.CastTo64(), offsets])
    convert(network, tmp_path, length_unit="bohr")
    model, atoms = load_foreign(tmp_path / "converted"), molecule("CH3OH")
    total = output(network.double(), atoms, "energy")
    bare = output(model.network, atoms, "energy")
    assert total - bare == pytest.approx(model.offset(atoms.numbers), rel=1e-9)
    assert model.offset(atoms.numbers) == pytest.approx(6 * 2.5 - 4 * 13.5 - 1029 - 2042.5)
    assert model.length == pytest.approx(0.529177, rel=1e-5)
    with pytest.raises(ModelError, match="no atom reference for nuclear charge 79"):
        model.offset(np.array([79]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"postprocessors": [spk.transform.ScaleProperty("energy")]}, "ScaleProperty"),
        ({"head": spk.atomistic.DipoleMoment(8)}, "magnitude"),
        ({"activation": torch.nn.functional.softplus}, "softplus"),
    ],
)
def test_what_the_converter_refuses(options: dict[str, object], message: str, tmp_path: Path):
    with pytest.raises(UnsupportedModelError, match=message):
        convert(potential(**options), tmp_path)
    assert not (tmp_path / "converted" / "weights.safetensors").exists()


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("foreign")
    convert(potential(), folder)
    return folder / "converted"


@pytest.fixture
def pair(converted: Path, tmp_path: Path):
    for file in converted.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def change(folder: Path, section: str, **values: object):
    file = folder / "hyperparameters.json"
    document = json.loads(file.read_text())
    document[section] |= values
    file.write_text(json.dumps(document))


def test_folder_and_file_are_the_same_model(pair: Path):
    first, second = load_foreign(pair), load_foreign(pair / "weights.safetensors")
    assert first.hyperparameters == second.hyperparameters
    assert all(p.dtype == torch.float64 for p in first.network.parameters())
    (pair / "hyperparameters.json").unlink()
    with pytest.raises(MissingFileError, match=r"hyperparameters\.json: no such file.*convert"):
        load_foreign(pair)


def test_yaml_does_as_well(pair: Path):
    import yaml

    document = json.loads((pair / "hyperparameters.json").read_text())
    (pair / "hyperparameters.json").unlink()
    (pair / "hyperparameters.yaml").write_text(yaml.safe_dump(document))
    assert load_foreign(pair).hyperparameters.representation.n_radial == 9


def test_loading_leaves_the_random_state_alone(pair: Path):
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    load_foreign(pair)
    assert torch.equal(torch.rand(4), expected)


def test_weights_that_do_not_fit_are_named(pair: Path):
    file = pair / "weights.safetensors"
    weights = load_file(file)
    changed = dict(weights)
    del changed["output_modules.0.outnet.0.bias"]
    changed["surprise"] = torch.zeros(2)
    changed["representation.embedding.weight"] = torch.zeros(100, 9)
    changed["representation.filter_net.bias"] = (
        weights["representation.filter_net.bias"] * torch.nan
    )
    save_file(changed, file)
    with pytest.raises(CorruptFileError) as error:
        load_foreign(pair)
    for part in (
        "missing output_modules.0.outnet.0.bias",
        "unexpected surprise",
        "shape of representation.embedding.weight (100, 9) instead of (100, 8)",
        "not finite representation.filter_net.bias",
    ):
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("section", "values", "message"),
    [
        ("representation", {"n_layers": 3}, "representation.n_layers: unknown key"),
        (
            "representation",
            {"kind": "FieldSchNet"},
            "representation.kind = 'FieldSchNet'.*one of SchNet, PaiNN",
        ),
        ("representation", {"cutoff": -1.0}, "representation.cutoff = -1.0"),
        ("head", {"aggregation": "max"}, "aggregation = 'max'"),
        ("head", {"kind": "Gate"}, "head.kind = 'Gate': expected 'Atomwise' or 'DipoleMoment'"),
        ("offsets", {"mean": "2"}, "offsets.mean = '2'"),
    ],
)
def test_hyperparameters_are_checked(
    pair: Path, section: str, values: dict[str, object], message: str
):
    change(pair, section, **values)
    with pytest.raises(ConfigError, match=message):
        load_foreign(pair)


def test_a_head_of_no_kind_is_told(pair: Path):
    text = pair / "hyperparameters.json"
    whole = json.loads(text.read_text())
    del whole["head"]["kind"]
    text.write_text(json.dumps(whole))
    with pytest.raises(ConfigError, match=r"head\.kind: required key is missing$"):
        load_foreign(pair)


def test_a_cutoff_that_is_not_that_of_the_weights(pair: Path):
    change(pair, "representation", cutoff=5.0)
    with pytest.raises(CorruptFileError, match=r"cutoff = 5.0, but the weights hold 4.0"):
        load_foreign(pair)


def test_another_depth_is_noticed(pair: Path):
    change(pair, "representation", n_interactions=3)
    with pytest.raises(CorruptFileError, match=r"missing .*interactions\.2.* and \d+ more"):
        load_foreign(pair)


@pytest.mark.parametrize("legacy", [False, True])
def test_a_pickled_file_is_not_opened(tmp_path: Path, legacy: bool):
    file = tmp_path / "best_model"
    torch.save(potential(), file, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(CorruptFileError, match=r"never loaded.*nearsight convert"):
        load_foreign(file)


def test_hyperparameters_have_bounds(tmp_path: Path) -> None:
    """A number beyond all reason would ask for more memory than there is, before it is compared."""
    convert(potential(), tmp_path)
    text = tmp_path / "converted" / "hyperparameters.json"
    good = json.loads(text.read_text())
    beyond = {"n_atom_basis": 10**9, "n_interactions": 10**6, "n_radial": 10**9, "cutoff": 1e300}
    for key, value in beyond.items():
        changed = {**good, "representation": {**good["representation"], key: value}}
        text.write_text(json.dumps(changed))
        with pytest.raises(ConfigError, match=f"representation.{key} = .*less than or equal to"):
            load_foreign(text.parent)
