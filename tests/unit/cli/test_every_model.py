"""Every verb takes every model: trained, converted, calculator; one line where it cannot."""

import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import ase.io
import numpy as np
import pytest
import xarray as xr
from any_model import (
    ARGUMENTS,
    LJ,
    MODELS,
    WATER,
    done,
    expected_by_lj,
    images,
    make_models,
    refused,
    run,
)

from nearsight.data.frames import read_frames
from nearsight.models.files import load_model
from nearsight.storage import check_described, read_dataset, sha256

FEW = ("--set", "n_structures=2")
SHORT = (
    *("--set", "duration=0.01", "--set", "replicas=2", "--set", "halved_replicas=1"),
    *("--set", "write_interval=2", "--set", "temperature=200", "--set", "reference_replicas=1"),
)
KIND = pytest.mark.parametrize("kind", MODELS)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    make_models(folder)
    return folder


@pytest.fixture(autouse=True)
def here(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    for path in home.iterdir():
        Path(path.name).symlink_to(path)
    yield
    import sys

    sys.modules.pop("mine", None)


def made_from(table: xr.Dataset) -> dict[str, str]:
    return dict(json.loads(table.attrs["inputs"]))


def check_lineage(table: xr.Dataset, kind: str, data: str) -> None:
    """Files by SHA-256; a calculator by its name and arguments, which have none."""
    inputs = made_from(table)
    expected = {"trained": {"model"}, "converted": {"weights", "hyperparameters"}}.get(kind, set())
    further = {"data", "structures", "relevance", "response", "dynamics"}
    assert inputs.keys() - further == expected
    assert sha256(Path(data)) in inputs.values()
    if kind == "trained":
        assert inputs["model"] == sha256(Path("model.safetensors"))
        assert "model_kind" not in table.attrs
        return
    assert table.attrs["model_kind"] == ("converted" if kind == "converted" else "calculator")
    if kind == "converted":
        assert inputs["weights"] == sha256(Path("converted/weights.safetensors"))
        assert (table.attrs["model_cutoff"], table.attrs["model_depth"]) == (4.0, 2.0)
    if kind == "calculator":
        assert table.attrs["calculator"] == LJ
        assert json.loads(table.attrs["calculator_arguments"])["sigma"] == 0.9
        assert table.attrs["calculator_package"] == f"ase {version('ase')}"
    if kind == "own":
        files = json.loads(table.attrs["calculator_files"])
        assert files == {"mine.py": sha256(Path("mine.py"))}


def with_option(kind: str) -> tuple[str, ...]:
    name, *rest = MODELS[kind]
    return "--model", name, *rest


@KIND
def test_predict(kind: str) -> None:
    for out in ("p.nc", "p.xyz"):
        said = done("predict", *MODELS[kind], "waters.xyz", "--out", out)
        assert "energy of 4 structures" in said.stdout
    found = read_frames(Path("p.nc"))
    assert len(found) == 4
    if kind == "calculator":
        for k, atoms in enumerate(images(4)):
            energy, force = expected_by_lj(atoms)
            assert found.energy[k] == pytest.approx(energy, rel=1e-6)
            np.testing.assert_allclose(found.forces(k), force, atol=1e-4)
        assert ARGUMENTS.split(":")[0].strip("{") in found.attributes["level_of_theory"]
    check_lineage(read_dataset(Path("p.nc")), kind, "waters.xyz")
    again = ase.io.read("p.xyz", ":")
    np.testing.assert_allclose([a.get_potential_energy() for a in again], found.energy)


def test_units_do_not_matter() -> None:
    """The converted model has the weights of the trained one, which read eV, and says kcal/mol."""
    from nearsight.units import TO_EV

    for kind in ("trained", "converted"):
        done("predict", *MODELS[kind], "waters.xyz", "--out", f"{kind}.nc")
    own, other = (read_frames(Path(f"{kind}.nc")) for kind in ("trained", "converted"))
    offset = 2 * -13.5 - 2042.5
    factor = TO_EV["kcal/mol"]
    np.testing.assert_allclose(other.energy - offset, factor * (own.energy - offset), atol=2e-4)
    np.testing.assert_allclose(other.force, factor * own.force, atol=1e-5)


@KIND
def test_evaluate(kind: str) -> None:
    said = done("evaluate", *MODELS[kind], "data.nc", "--out", "e.nc", "--subset", "test")
    table = read_dataset(Path("e.nc"))
    check_described(table)
    assert table.sizes["frame"] == 6
    check_lineage(table, kind, "data.nc")
    if kind == "trained":
        assert "level" not in said.stderr
        return
    assert "the labels are Lennard-Jones; what" in said.stderr
    assert table.attrs["data_level_of_theory"] == "Lennard-Jones"
    if kind == "calculator":
        assert float(table["energy_mae"]) < 1e-6
        assert float(table["force_mae"]) < 1e-4
    level = ("--level-of-theory", "Lennard-Jones")
    said = done("evaluate", *MODELS[kind], "data.nc", "--out", "e.nc", *level)
    assert "level" not in said.stderr
    said = done("evaluate", *MODELS[kind], "data.nc", "--out", "e.nc", "--level-of-theory", "PBE")
    assert "computes PBE: the errors are differences of levels too" in said.stderr


@KIND
def test_respond(kind: str) -> None:
    done("respond", "data.nc", *with_option(kind), *FEW, "--out", "r.nc")
    table = read_dataset(Path("r.nc"))
    check_described(table)
    check_lineage(table, kind, "data.nc")
    assert (table["norm"] > 0).all()
    by_differences = kind in ("calculator", "own")
    assert table.attrs["method"] == ("central differences" if by_differences else "autograd")
    assert (table["asymmetry"] < 1e-3 * table["norm"].max()).all()


def test_a_calculator_as_model_and_as_yardstick_are_the_same_numbers() -> None:
    name, *arguments = MODELS["calculator"]
    done("respond", "waters.xyz", "--model", name, *arguments, *FEW, "--out", "model.nc")
    done("respond", "waters.xyz", "--calculator", name, *arguments, *FEW, "--out", "beside.nc")
    model, beside = (read_dataset(Path(f"{name}.nc")) for name in ("model", "beside"))
    np.testing.assert_allclose(model["norm"], beside["norm"], rtol=1e-6)
    assert "yardstick" in beside.attrs
    assert "yardstick" not in model.attrs


@KIND
def test_md_and_stability(kind: str) -> None:
    done("md", "data.nc", *with_option(kind), *SHORT, "--out", "d.nc", "--trajectories", "t")
    record = read_dataset(Path("d.nc"))
    check_lineage(record, kind, "data.nc")
    assert (record.attrs["engine"], record.sizes["replica"]) == ("model", 2)
    by_code = kind in ("calculator", "own")
    assert record.attrs["precision"] == ("its own" if by_code else "float32")
    total = (record["potential_energy"] + record["kinetic_energy"]).to_numpy()
    kinetic = record["kinetic_energy"].to_numpy()
    assert (np.ptp(total, axis=1) < 0.2 * np.ptp(kinetic, axis=1) + 1e-3).all()
    assert len(list(Path("t").glob("replica_*.nc"))) == 2
    done("stability", "d.nc", "--trajectories", "t", "--data", "data.nc", "--out", "s.nc")
    assert int(read_dataset(Path("s.nc"))["n_replicas"]) == 2


@KIND
def test_md_on_structures_alone(kind: str) -> None:
    """Starts are the frames of the file, and what is bonded is read off them."""
    done("md", "waters.xyz", *with_option(kind), *SHORT, "--out", "d.nc")
    record = read_dataset(Path("d.nc"))
    check_lineage(record, kind, "waters.xyz")
    assert "start geometries themselves" in record.attrs["guards_from"]
    assert sorted(record["start_frame"].to_numpy()) != [0, 0]
    assert record["atomic_number"].to_numpy().tolist() == [8, 1, 1]
    done("stability", "d.nc", "--out", "s.nc")
    beside = ("--trajectories", "t", "--data", "waters.xyz")
    said = refused("stability", "d.nc", *beside, "--out", "o.nc")
    assert "no distribution to compare with: leave --data" in said


def test_the_reference_engine_on_structures_alone() -> None:
    done("md", "waters.xyz", *SHORT, "--out", "d.nc")
    record = read_dataset(Path("d.nc"))
    assert record.attrs["engine"] == "GFN2-xTB"
    assert "guards_from" in record.attrs


def test_structures_of_several_molecules_are_no_starts() -> None:
    ase.io.write("both.xyz", [WATER, ase.Atoms("HF", positions=[[0, 0, 0], [0.9, 0, 0]])])
    said = refused("md", "both.xyz", "--model", "model.safetensors", *SHORT, "--out", "d.nc")
    assert "both.xyz: frame 1 has other atoms than frame 0" in said
    assert "a file of their own" in said


@KIND
def test_explain(kind: str) -> None:
    done("explain", *MODELS[kind], "data.nc", *FEW, "--out", "x.nc")
    table = read_dataset(Path("x.nc"))
    if kind in ("trained", "converted"):
        assert table.attrs["status"] == "ok"
        assert table["relevance"].attrs["units"] == ("eV" if kind == "trained" else "kcal/mol")
    else:
        assert table.attrs["status"] == "not_applicable"
        assert "a calculator is not written as a chain" in table.attrs["reason"]
    check_lineage(table, kind, "data.nc")


@KIND
def test_faithfulness(kind: str) -> None:
    """Where there are walks; whoever has none gets a file that says so."""
    model, *arguments = MODELS[kind]
    done("explain", model, *arguments, "data.nc", *FEW, "--out", "x.nc")
    done("respond", "data.nc", *with_option(kind), *FEW, "--out", "r.nc")
    files = ("--relevance", "x.nc", "--response", "r.nc")
    small = ("--set", "n_structures=1", "--set", "n_randomisations=1", "--set", "n_random=1",
             "--set", "gammas=[]", "--set", "n_fractions=2")  # fmt: skip
    done("faithfulness", model, *arguments, "data.nc", *files, *small, "--out", "f.nc")
    table = read_dataset(Path("f.nc"))
    check_lineage(table, kind, "data.nc")
    if kind not in ("trained", "converted"):
        assert table.attrs["status"] == "not_applicable"
        return
    assert table.sizes["choice"] == 2
    # Nothing is gone, then all: from eV to eV whatever the network's unit is.
    change = table["ablation_energy"].to_numpy()
    assert (change[..., 0] == 0).all()
    assert (change[..., -1] > 0).all()
    wrong = ("mine:factory", "data.nc", *files, *small, "--out", "g.nc")
    assert "make it with nearsight explain" in refused("faithfulness", *wrong)


def test_faithfulness_is_in_ev() -> None:
    """Twice the same weights, once said to give kcal/mol: all numbers differ by that factor."""
    from nearsight.units import TO_EV

    small = ("--set", "n_structures=1", "--set", "n_randomisations=1", "--set", "n_random=1",
             "--set", "gammas=[]", "--set", "n_fractions=2")  # fmt: skip
    found = {}
    for kind in ("trained", "converted"):
        model = MODELS[kind][0]
        done("explain", model, "data.nc", *FEW, "--out", "x.nc")
        done("respond", "data.nc", "--model", model, *FEW, "--out", "r.nc")
        files = ("--relevance", "x.nc", "--response", "r.nc")
        done("faithfulness", model, "data.nc", *files, *small, "--out", "f.nc")
        found[kind] = read_dataset(Path("f.nc"))
    factor = TO_EV["kcal/mol"]
    for name in ("relevance", "absolute_bodies", "ablation_energy", "ablation_force"):
        own, other = (found[kind][name].to_numpy() for kind in ("trained", "converted"))
        assert found["converted"][name].attrs["units"] == found["trained"][name].attrs["units"]
        np.testing.assert_allclose(other, factor * own, rtol=1e-4, atol=1e-7)


@KIND
def test_failures(kind: str) -> None:
    """A narrow rule ends every replica; what the table says of the pair needs no network."""
    model, *arguments = MODELS[kind]
    narrow = ("--set", "bond_deviation=0.15", "--set", "temperature=3000")
    longer = ("--set", "duration=0.05", "--set", "replicas=2", "--set", "halved_replicas=0")
    given = (*with_option(kind), *longer, *narrow, "--out", "d.nc", "--trajectories", "t")
    done("md", "data.nc", *given)
    few = ("--set", "n_structures=2", "--allow-no-yardstick")
    run_of = ("--dynamics", "d.nc", "--trajectories", "t", *few, "--out", "f.nc")
    done("failures", model, *arguments, "data.nc", *run_of)
    table = read_dataset(Path("f.nc"))
    check_lineage(table, kind, "data.nc")
    assert table.sizes["failure"] > 0
    response, relevance = (
        table[f"pair_{name}_good"].to_numpy() for name in ("response", "relevance")
    )
    assert (response > 0).any()
    assert np.isfinite(relevance).any() == (kind in ("trained", "converted"))
    other = "converted" if kind == "trained" else "model.safetensors"
    assert "make it with nearsight md" in refused("failures", other, "data.nc", *run_of)


@KIND
def test_walks(kind: str) -> None:
    """A picture where there are walks; of a calculator one line says that there are none."""
    given = ("walks", *MODELS[kind], "waters.xyz", "--n-atoms", "2", "--count", "1")
    if kind in ("trained", "converted"):
        done(*given, "--out", "w.svg", "--table", "w.csv")
        assert Path("w.svg").read_text().lstrip().startswith("<?xml")
        assert len(Path("w.csv").read_text().splitlines()) > 1
    else:
        assert "a calculator is not written as a chain" in refused(*given, "--out", "w.svg")


def test_export_says_why_not() -> None:
    assert "is code, and no network" in refused("export", LJ, "--out", "e")
    assert "converted from SchNetPack" in refused("export", "converted", "--out", "e")
    done("export", "model.safetensors", "--out", "e")
    done("predict", "e", "waters.xyz", "--out", "p.nc")
    done("predict", "model.safetensors", "waters.xyz", "--out", "q.nc")
    one, other = (read_frames(Path(name)) for name in ("p.nc", "q.nc"))
    np.testing.assert_allclose(one.energy, other.energy, atol=2e-3)


VERBS = {
    "predict": ("predict", "{}", "waters.xyz"),
    "evaluate": ("evaluate", "{}", "data.nc"),
    "explain": ("explain", "{}", "data.nc"),
    "respond": ("respond", "data.nc", "--model", "{}"),
    "md": ("md", "data.nc", "--model", "{}"),
    "walks": ("walks", "{}", "waters.xyz"),
}


def filled(verb: str, *model: str) -> list[str]:
    name, *rest = model
    return [*(name if part == "{}" else part for part in VERBS[verb]), *rest]


@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_writes_over_its_model(verb: str) -> None:
    """Neither its file, nor what belongs to a converted one, nor the module of a calculator."""
    for model, out in (
        ("model.safetensors", "model.safetensors"),
        ("converted", "converted/weights.safetensors"),
        ("converted/weights.safetensors", "converted/hyperparameters.json"),
        ("mine:factory", "mine.py"),
    ):
        said = refused(*filled(verb, model), "--out", out)
        assert "is an input of this command" in said


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_no_model(verb: str) -> None:
    out = ("--out", {"predict": "out.xyz", "walks": "out.svg"}.get(verb, "out.nc"))
    Path("folder").mkdir()
    said = refused(*filled(verb, "folder"), *out)
    assert "folder: holds no model: weights.safetensors is missing" in said
    assert "absent.safetensors: no such file" in refused(*filled(verb, "absent.safetensors"), *out)
    assert "no module 'absent_code'" in refused(*filled(verb, "absent_code:factory"), *out)
    wrong = ("--calculator-arguments", "{no_such_key: 1}")
    assert "cannot be called with" in refused(*filled(verb, "mine:factory", *wrong), *out)
    listed = ("--calculator-arguments", "[1]")
    assert "expected {key: value" in refused(*filled(verb, "mine:factory", *listed), *out)
    useless = ("--calculator-arguments", "{a: 1}")
    assert "takes no arguments of a calculator" in refused(
        *filled(verb, "model.safetensors", *useless), *out
    )


def test_settings_without_effect_are_told() -> None:
    name, *arguments = MODELS["calculator"]
    said = done(
        "md", "data.nc", "--model", name, *arguments, *SHORT, "--set", "precision=float64",
        "--device", "cpu", "--out", "d.nc",
    ).stderr  # fmt: skip
    assert "precision: of no effect" in said
    assert "--device: of no effect" in said
    many = ("--processes", "2")
    said = done("predict", "model.safetensors", "waters.xyz", *many, "--out", "p.xyz").stderr
    assert "--processes: of no effect on a network" in said


def test_files_of_arguments_are_inputs() -> None:
    Path("weights.pt").write_text("weights of a calculator")
    arguments = ("--calculator-arguments", "{path: weights.pt}")
    said = refused("predict", "mine:factory", "waters.xyz", *arguments, "--out", "weights.pt")
    assert "--out weights.pt" in said


def test_structures_have_no_labels() -> None:
    said = refused("evaluate", "model.safetensors", "waters.xyz", "--out", "e.nc")
    assert "nearsight data import" in said


def test_each_takes_models_as_items() -> None:
    given = ("predict", "{}", "waters.xyz", "--out", "{}.xyz", ":::", "mine:factory", LJ)
    done("each", *given)
    assert len(ase.io.read("mine:factory.xyz", ":")) == 4
    assert len(ase.io.read(f"{LJ}.xyz", ":")) == 4
    clash = ("predict", "{}", "waters.xyz", "--out", "mine.py", ":::", "mine:factory", LJ)
    assert "mine.py" in str(run("each", *clash).exception)


def test_records_of_trained_models_say_what_they_said() -> None:
    """Attributes of files of trained models are those of earlier versions: they stay valid."""
    done("md", "data.nc", "--model", "model.safetensors", *SHORT, "--out", "d.nc")
    done("respond", "data.nc", "--model", "model.safetensors", *FEW, "--out", "r.nc")
    for name in ("d.nc", "r.nc"):
        attributes = read_dataset(Path(name)).attrs
        assert not {key for key in attributes if key.startswith(("model", "calculator", "guards"))}
    assert load_model(Path("model.safetensors")).variant.id in read_dataset(Path("r.nc")).title
