"""3-D views of a study: layers of pairs, walks, replicas with their ends, and which are shown."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from figure_data import make_table, variants
from small_results import HOME

from nearsight.data.structures import read_structures
from nearsight.page import Scene
from nearsight.report.replicas import MOST_REPLICAS, chosen_replicas, replicas_of
from nearsight.report.results import Results, read_results
from nearsight.report.scenes import MOST_SCENES, chosen_models, scene_of, scenes_of
from nearsight.storage import read_dataset

MODEL = f"{HOME.parent}/{HOME.name}"


@pytest.fixture(scope="module")
def scene(finished: Path) -> Scene:
    scenes, note = scenes_of(read_results(finished))
    assert note == ""
    (only,) = scenes
    return only


def test_the_molecule_is_the_first_test_structure(scene: Scene, finished: Path) -> None:
    first = read_structures(finished / "water" / "data.nc", n_structures=1)[0]
    assert scene.title == MODEL
    np.testing.assert_array_equal(scene.atomic_number, first.numbers)
    np.testing.assert_allclose(scene.position, first.positions)


def test_layers_are_those_of_its_files(scene: Scene, finished: Path) -> None:
    assert list(scene.layers) == ["relevance", "response"]
    for name, column, file in (("relevance", "relevance", "relevance.nc"),
                               ("response", "norm", "response.nc")):  # fmt: skip
        content = read_dataset(finished / MODEL / file)
        own = content["structure"].to_numpy() == 0
        np.testing.assert_allclose(scene.layers[name].value, content[column].to_numpy()[own])
        assert len(scene.layers[name].value) == 3
    assert (scene.layers["response"].value >= 0).all()


def test_a_reference_beside_it_is_a_layer_too(finished: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(finished, tmp_path / "copied")
    shutil.copy(copied / MODEL / "response.nc", copied / "water" / "reference_response.nc")
    made = scene_of(read_results(copied), MODEL, 100)
    assert made is not None
    assert list(made.layers) == ["relevance", "response", "reference response"]


def test_walks_are_the_strongest_of_the_model(scene: Scene, finished: Path) -> None:
    from nearsight import strongest_walks

    first = read_structures(finished / "water" / "data.nc", n_structures=1)[0]
    table = strongest_walks(finished / MODEL / "model.safetensors", first, n_atoms=[2], count=6)
    assert scene.walks is not None
    assert scene.walks.unit == "eV"
    known = table["relevance"].to_numpy()[np.isfinite(table["relevance"].to_numpy())]
    np.testing.assert_allclose(np.sort(scene.walks.relevance), np.sort(known), rtol=1e-6)
    assert set(scene.walks.body_order) == {2}


def test_replicas_play_and_say_how_they_ended(scene: Scene) -> None:
    assert 1 <= len(scene.replicas) <= 2
    for replica in scene.replicas:
        assert replica.position.shape[1:] == (3, 3)
        assert replica.time[0] == 0.0
        assert "to the end" in replica.end or " at " in replica.end


def test_a_model_without_files_has_a_molecule_alone(finished: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(finished, tmp_path / "copied")
    shutil.rmtree(copied / MODEL)
    made = scene_of(read_results(copied), MODEL, 100)
    assert made is not None
    assert not made.layers
    assert made.walks is None
    assert not made.replicas
    shutil.rmtree(copied / "water")
    assert scene_of(read_results(copied), MODEL, 100) is None


def test_why_there_is_no_relevance_is_said(finished: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(finished, tmp_path / "copied")
    reason = {"status": "not_applicable", "reason": "no relevance: it is a calculator"}
    xr.Dataset(attrs=reason).to_netcdf(copied / MODEL / "relevance.nc")
    made = scene_of(read_results(copied), MODEL, 100)
    assert made is not None
    assert "No relevance: it is a calculator." in made.words
    assert list(made.layers) == ["response"]


def record(kinds: list[str], times: list[float], n_atoms: int = 3) -> xr.Dataset:
    count = len(kinds)
    atoms = np.tile([0, 1], (count, 1))
    last = np.full((count, n_atoms, 3), 9.0)
    return xr.Dataset(
        {
            "end_kind": ("replica", kinds),
            "end_time": ("replica", times),
            "end_atom": (("replica", "two"), atoms),
            "end_position": (("replica", "atom", "xyz"), last),
            "atomic_number": ("atom", [8, 1, 1]),
        }
    )


@pytest.mark.parametrize(
    ("kinds", "times", "chosen"),
    [
        (["survived", "bond", "topology"], [9.0, 5.0, 2.0], [2, 1, 0]),
        (["survived"] * 6, [9.0] * 6, [0, 1]),
        (["bond"] * 8, list(range(8, 0, -1)), [7, 6, 5, 4, 3]),
        (["bond"] * 7 + ["survived"], [*range(7), 9.0], [0, 1, 2, 3, 7]),
    ],
)
def test_those_that_broke_first_are_shown_and_one_that_held(
    kinds: list[str], times: list[float], chosen: list[int]
) -> None:
    assert chosen_replicas(record(kinds, times)) == chosen
    assert len(chosen) <= MOST_REPLICAS


def test_a_broken_replica_ends_with_its_last_frame_and_the_guilty(
    finished: Path, tmp_path: Path
) -> None:
    copied = shutil.copytree(finished, tmp_path / "copied")
    content = read_dataset(copied / MODEL / "dynamics.nc")
    count = content.sizes["replica"]
    broken = record(["bond"] * count, [11.0] * count)
    broken.to_netcdf(copied / MODEL / "dynamics.nc")
    found = replicas_of(read_results(copied), MODEL, np.array([8, 1, 1]), 100)
    assert len(found) == count
    for replica in found:
        assert replica.guilty == (0, 1)
        assert replica.end == "bond at 0.011 ps"
        np.testing.assert_allclose(replica.position[-1], 9.0)
        assert replica.time[-1] == pytest.approx(0.011)


def test_dynamics_of_other_atoms_have_no_place(results: Results) -> None:
    assert replicas_of(results, MODEL, np.array([6, 1, 1]), 100) == []
    assert len(replicas_of(results, MODEL, np.array([8, 1, 1]), 100)) >= 1


def test_few_frames_for_many_networks(results: Results) -> None:
    for replica in replicas_of(results, MODEL, np.array([8, 1, 1]), 4):
        assert len(replica.time) == 2


def test_of_many_networks_those_at_the_ends_are_shown() -> None:
    rows = variants(datasets=("ethanol", "aspirin"), cutoff=tuple(2.0 + 0.5 * k for k in range(12)))
    table = make_table(rows)
    chosen = chosen_models(table)
    assert len(chosen) == MOST_SCENES < table.sizes["model"]
    name = "restricted_mean_survival_time"
    for dataset in ("ethanol", "aspirin"):
        for family in ("schnet", "painn"):
            mine = (table["dataset"] == dataset) & (table["family"] == family)
            values = table[name].to_numpy()
            shown = [k for k in chosen if bool(mine[k])]
            assert len(shown) == MOST_SCENES // 4
            assert values[shown].max() == values[mine.to_numpy()].max()
            assert values[shown].min() == values[mine.to_numpy()].min()
    assert chosen_models(table, most=100) == list(range(table.sizes["model"]))


def test_networks_without_survival_are_not_among_many() -> None:
    table = make_table(variants(cutoff=tuple(2.0 + 0.5 * k for k in range(12))))
    table["restricted_mean_survival_time"][:] = np.nan
    assert chosen_models(table, most=5) == []
