"""The study of the networks of two: exactly these, and said as shortly as it was before."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from parts import part_of
from study_folder import study_of

from nearsight.config import Study, load_study, validate
from nearsight.merging.exclusions import exclusions
from nearsight.merging.studies import changed_axes, joined

GRID = {"family": ["schnet", "painn"], "cutoff": [3.0, 4.0, 5.0], "depth": [1, 2]}


def names(study: Study) -> set[tuple[str, str]]:
    return {(dataset, variant.id) for dataset, variant in study.cases()}


def both(ours: Study, theirs: Study) -> Study:
    found = joined(ours, theirs, theirs.cases(), "test")
    assert names(found) == names(ours) | names(theirs)
    return found


def test_further_seeds_need_no_exclusion() -> None:
    found = both(part_of(seed=[0, 1]), part_of(seed=[5, 2]))
    assert found == part_of(seed=[0, 1, 2, 5])


def test_exclusions_of_the_study_file_stay_as_they_are() -> None:
    kept = [{"family": ["painn"], "cutoff": [3.0, 5.0]}]
    found = both(part_of(**GRID, exclude=kept), part_of(**GRID, exclude=kept, seed=[1]))
    assert found == part_of(**GRID, exclude=kept, seed=[0, 1])
    assert list(changed_axes(part_of(**GRID, exclude=kept), found)) == ["seed: [0, 1]"]


def test_an_order_that_somebody_chose_stays() -> None:
    found = both(part_of(seed=[3, 1]), part_of(seed=[2, 0]))
    assert found.axes()["seed"] == [3, 1, 2, 0]


def test_a_grid_that_is_ragged() -> None:
    """A cutoff of one part and seeds of the other: what neither has is left out."""
    found = both(part_of(cutoff=[3.0, 4.0]), part_of(cutoff=[8.0], seed=[0, 1, 2]))
    assert [entry.given() for entry in found.exclude] == [{"cutoff": [3.0, 4.0], "seed": [1, 2]}]


def test_seeds_that_draw_their_own_frames() -> None:
    found = both(part_of(seed=[0, 1], own_frames=True), part_of(seed=[2], own_frames=True))
    assert found == part_of(seed=[0, 1, 2], own_frames=True)
    ragged = both(
        part_of(seed=[0], own_frames=True), part_of(seed=[1], cutoff=[5.0], own_frames=True)
    )
    assert names(ragged) == {
        ("ethanol", "schnet~rc4.0~T1~F8~n50~s0"), ("ethanol", "schnet~rc5.0~T1~F8~n50~s1~f1"),
    }  # fmt: skip


def test_a_further_data_set() -> None:
    water = {"source": "generate", "molecule": "water"}
    ethanol = {"source": "generate", "molecule": "ethanol"}
    theirs = part_of(seed=[1], sections={"datasets": {"ethanol": ethanol, "water": water}})
    found = both(part_of(seed=[0]), theirs)
    assert list(found.datasets) == ["ethanol", "water"]
    assert [entry.given() for entry in found.exclude] == [{"dataset": ["water"], "seed": [0]}]


def test_the_example_of_the_docs(repository: Path) -> None:
    """Further seeds of config/decay.yaml, as docs/cluster.md has it."""
    ours = load_study(repository / "config" / "decay.yaml")
    document = ours.model_dump(mode="json")
    document["every_variant"]["seed"] = [4, 5, 6, 7]
    for entry in document["exclude"]:
        entry["seed"] = [{2: 6, 3: 7}[seed] for seed in entry["seed"]]
    found = both(ours, validate(Study, document, "test"))
    assert found.axes()["seed"] == list(range(8))
    assert len(found.cases()) == 2 * len(ours.cases())
    # Both files keep their own words.
    assert found.exclude[: len(ours.exclude)] == ours.exclude


@pytest.mark.parametrize("seed", range(20))
def test_any_selection_can_be_stated(seed: int) -> None:
    """Random selections of a grid over two data sets, each of which keeps one network."""
    rng = np.random.default_rng(seed)
    names_of = {"ethanol": "ethanol", "water": "water"}
    datasets = {n: {"source": "generate", "molecule": m} for n, m in names_of.items()}
    every = part_of(**GRID, seed=[0, 1, 2], sections={"datasets": datasets})
    share = rng.uniform(0.05, 0.95)
    wanted = {name for name in names(every) if rng.random() < share}
    wanted |= {next(n for n in sorted(names(every)) if n[0] == d) for d in datasets}
    entries = exclusions(every, wanted)
    document: dict[str, Any] = {**every.model_dump(mode="json"), "exclude": entries}
    assert names(validate(Study, document, "test")) == wanted
    assert len(entries) <= len(names(every)) - len(wanted)


def test_a_product_of_values_is_one_entry() -> None:
    every = part_of(**GRID, seed=[0, 1, 2])
    left_out = product(["painn"], [3.0, 5.0], [1, 2], [1, 2])
    gone = {f"{a}~rc{c}~T{d}~F8~n50~s{s}" for a, c, d, s in left_out}
    entries = exclusions(every, {name for name in names(every) if name[1] not in gone})
    assert entries == [{"family": ["painn"], "cutoff": [3.0, 5.0], "seed": [1, 2]}]


@pytest.mark.parametrize("seed", range(10))
def test_families_with_other_axes_are_left_out_by_what_they_have(seed: int) -> None:
    """An axis that one family lacks names no network of it."""
    rng = np.random.default_rng(seed)
    blocks = [
        {"family": "schnet", "cutoff": [3.0, 4.0], "features": [8]},
        {"family": "so3net", "cutoff": [3.0, 4.0], "features": [8], "lmax": [1, 2]},
    ]
    shared = {"n_train": [50], "seed": [0, 1]}
    every = study_of(variants=blocks, every_variant=shared)
    wanted = {name for name in names(every) if rng.random() < 0.5} | {sorted(names(every))[0]}
    entries = exclusions(every, wanted)
    document: dict[str, Any] = {**every.model_dump(mode="json"), "exclude": entries}
    assert names(validate(Study, document, "test")) == wanted
    assert all("lmax" not in entry for entry in entries if entry.get("family") == ["schnet"])
