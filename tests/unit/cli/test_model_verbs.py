"""Networks by their verbs, in this process: train, evaluate, predict, export, explain."""

import json
from dataclasses import replace
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase.build import molecule
from typer.testing import CliRunner, Result
from waters import waters

from nearsight.cli import app
from nearsight.data.frames import SUBSETS, read_frames, write_frames
from nearsight.errors import NearsightError
from nearsight.storage import read_dataset, sha256
from nearsight.storage.names import EXPORTED

N_FRAMES = 12
VARIANT = "{family: schnet, cutoff: 3.0, depth: 1, features: 4, n_train: 4}"
QUICK = ("--set", "max_epochs=2", "--set", "batch_size=2")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def done(*arguments: object) -> Result:
    result = run(*arguments)
    assert result.exit_code == 0, result.output or repr(result.exception)
    return result


def refused(*arguments: object) -> str:
    before = sorted(Path().rglob("*"))
    result = run(*arguments)
    assert isinstance(result.exception, NearsightError), result.output
    assert sorted(Path().rglob("*")) == before
    return str(result.exception)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a data set and a network that was trained for two epochs."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_frames(waters(N_FRAMES), Path("data.nc"), title="water")
        out = ("--out", "home/model.safetensors")
        told = done("train", "data.nc", "--variant", VARIANT, *QUICK, *out)
    (folder / "told").write_text(told.stdout)
    return folder


@pytest.fixture(autouse=True)
def here(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("data.nc", "home"):
        Path(name).symlink_to(trained / name)


MODEL, DATA = "home/model.safetensors", "data.nc"


def test_training_tells_its_errors_and_leaves_what_belongs_to_a_model(trained: Path) -> None:
    told = (trained / "told").read_text()
    assert told.startswith("home/model.safetensors: schnet~rc3.0~T1~F4~n4~s0: ok, 2 epochs (")
    assert "energy_mae" in told
    assert "meV/Å" in told or "meV angstrom-1" in told
    names = {path.name for path in (trained / "home").iterdir()}
    assert names == {"model.safetensors", "history.nc", "evaluation.nc", "card.json"}
    card = json.loads((trained / "home" / "card.json").read_text())
    assert (card["epochs"], card["n_train"], card["status"]) == (2, 4, "ok")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "--variant and --variants: give one of them"),
        (("--variant", VARIANT, "--variants", "{}"), "--variant and --variants: give one of them"),
        (("--variant", "{family: schnet, cutoff: -1.0}"), "--variant: cutoff = -1.0"),
        (("--variant", "{family: nonsense}"), "--variant: family"),
        (("--variants", f"{{other: {VARIANT}}}"), "no entry 'here'"),
        (("--variant", VARIANT, "--set", "max_epochs=0"), "--set: max_epochs = 0"),
        (("--variant", VARIANT.replace("4}", "400}")), "n_train = 400, but the training subset"),
        (("--variant", VARIANT, "--device", "tpu"), "tpu"),
    ],
)
def test_what_cannot_be_trained(arguments: tuple[str, ...], words: str) -> None:
    assert words in refused("train", DATA, *arguments, "--out", "here/model.safetensors")


def test_one_of_several_variants_is_that_of_the_folder() -> None:
    several = f"{{this: {VARIANT}, other: {{family: nonsense}}}}"
    told = done("train", DATA, "--variants", several, *QUICK, "--out", "this/model.safetensors")
    assert "schnet~rc3.0" in told.stdout
    one, other = (read_dataset(Path(p) / "evaluation.nc") for p in ("home", "this"))
    # The same seed, the same data: the same network.
    np.testing.assert_array_equal(one["energy_error"], other["energy_error"])


def test_a_cutoff_that_sees_nobody_is_a_result_with_a_reason() -> None:
    blind = VARIANT.replace("3.0", "0.6")
    told = done("train", DATA, "--variant", blind, *QUICK, "--out", "here/model.safetensors")
    assert ": failed, " in told.stdout
    assert json.loads(Path("here/card.json").read_text())["status"] == "failed"
    told = done("explain", "here/model.safetensors", DATA, "--out", "relevance.nc")
    assert read_dataset(Path("relevance.nc")).attrs["status"] == "failed"


# Evaluation.


@pytest.mark.parametrize("subset", SUBSETS)
def test_errors_are_those_of_the_frames_of_a_subset(subset: str) -> None:
    told = done("evaluate", MODEL, DATA, "--subset", subset, "--out", "e.nc")
    assert f"on 4 {subset} frames: " in told.stdout
    found = read_dataset(Path("e.nc"))
    mean, spread = (found[f"energy_mae{end}"].item() for end in ("", "_spread"))
    assert f"mean absolute error of the energy {mean:.2f} ± {spread:.2f} meV" in told.stdout
    errors = found["energy_error"].to_numpy()
    assert mean == pytest.approx(np.abs(errors).mean())
    assert found.attrs["title"] == f"errors of schnet~rc3.0~T1~F4~n4~s0 on the {subset} subset"
    assert sha256(Path(DATA)) in found.attrs["inputs"]


def test_evaluation_of_no_frames_or_no_subset() -> None:
    message = refused("evaluate", MODEL, DATA, "--subset", "all", "--out", "e.nc")
    assert message == "--subset all: expected one of train, validation, test"
    write_frames(
        replace(waters(N_FRAMES), subset=np.zeros(N_FRAMES, dtype=int)), Path("t.nc"), title="t"
    )
    assert "t.nc: subset test holds 0 frames" in refused("evaluate", MODEL, "t.nc", "--out", "e.nc")


# Prediction.


@pytest.mark.parametrize("out", ["p.nc", "p.xyz"])
def test_predictions_are_the_labels_less_the_errors(out: str) -> None:
    told = done("predict", MODEL, DATA, "--subset", "test", "--out", out)
    assert told.stdout == f"{out}: energy of 4 structures\n"
    if out.endswith(".nc"):
        predicted = read_frames(Path(out))
        energy, force = predicted.energy, predicted.force
    else:
        images = ase.io.read(out, index=":")
        energy = np.array([atoms.get_potential_energy() for atoms in images])
        force = np.concatenate([atoms.get_forces() for atoms in images])
    labels = waters(N_FRAMES).of_subset("test")
    errors = read_dataset(Path("home/evaluation.nc"))
    difference = 1000 * (energy - labels.energy)
    np.testing.assert_allclose(np.abs(difference), np.abs(errors["energy_error"]), atol=0.1)
    assert force.shape == labels.force.shape
    # Forces of an isolated molecule add up to nothing.
    assert np.abs(force.reshape(-1, 3, 3).sum(axis=1)).max() < 1e-5


def test_predictions_of_structures_alone() -> None:
    ase.io.write("m.xyz", [molecule("H2O"), molecule("H2O")])
    done("predict", MODEL, "m.xyz", "--out", "p.xyz")
    one, other = (atoms.get_potential_energy() for atoms in ase.io.read("p.xyz", index=":"))
    assert one == other


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((MODEL, DATA, "--out", "p.csv"), "--out p.csv: expected a name ending in .nc, .xyz or"),
        ((MODEL, "none.xyz", "--out", "p.nc"), "none.xyz: no such file"),
        (("none", DATA, "--out", "p.nc"), "none: no such file"),
        ((DATA, DATA, "--out", "p.nc"), "data.nc"),
        ((MODEL, DATA, "--subset", "rest", "--out", "p.nc"), "--subset rest: expected one of"),
    ],
)
def test_what_cannot_be_predicted(arguments: tuple[str, ...], words: str) -> None:
    assert words in refused("predict", *arguments)


def test_an_element_that_the_network_has_not_seen_is_named() -> None:
    ase.io.write("m.xyz", molecule("CH4"))
    for verb in ("predict", "explain"):
        assert "[6]" in refused(verb, MODEL, "m.xyz", "--out", "p.nc")


# Elsewhere.


def test_an_exported_network_is_explained_as_the_one_it_was() -> None:
    told = done("export", MODEL, "--out", "elsewhere")
    assert told.stdout == "elsewhere: schnet~rc3.0~T1~F4~n4~s0 for SchNetPack\n"
    assert {path.name for path in Path("elsewhere").iterdir()} == set(EXPORTED)
    few = ("--n-structures", 1, "--out")
    done("explain", MODEL, DATA, *few, "one.nc")
    done("explain", "elsewhere", DATA, *few, "other.nc")
    one, other = read_dataset(Path("one.nc")), read_dataset(Path("other.nc"))
    assert one.attrs["status"] == other.attrs["status"] == "ok"
    for name in one.data_vars:
        if one[name].dtype.kind == "f":
            np.testing.assert_allclose(one[name], other[name], rtol=1e-9, atol=1e-12)


def test_relevance_of_so_many_structures() -> None:
    told = done("explain", MODEL, DATA, "--n-structures", 2, "--out", "r.nc")
    assert told.stdout == "r.nc: relevance of schnet~rc3.0~T1~F4~n4~s0 in 2 structures\n"
    assert read_dataset(Path("r.nc"))["structure"].max().item() == 1
    assert sorted(p.name for p in Path().iterdir()) == ["data.nc", "home", "r.nc"]
