"""What a diagnosis is asked for is opened, labelled and checked before any work."""

from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from lennard_jones import ARGUMENTS, FACTORY, argon

from nearsight.data.frames import SUBSETS, frames_of_atoms, write_frames
from nearsight.diagnose.given import MOST_STRUCTURES, open_models, read_given
from nearsight.errors import ConfigError, DataError, ReferenceEngineError

EMT = "ase.calculators.emt:EMT"


def test_models_are_called_what_they_call_themselves() -> None:
    models = open_models([FACTORY, EMT])

    assert [label for label, _ in models] == [FACTORY, EMT]


def test_models_of_one_name_are_told_apart() -> None:
    models = open_models([FACTORY, EMT, FACTORY])

    assert [label for label, _ in models] == [f"{FACTORY} (1)", EMT, f"{FACTORY} (2)"]


def test_labels_are_given_in_the_order_of_the_models() -> None:
    models = open_models([FACTORY, EMT], [], ["pairs", "metals"])

    assert [(label, model.label) for label, model in models] == [
        ("pairs", FACTORY),
        ("metals", EMT),
    ]


@pytest.mark.parametrize(
    ("names", "arguments", "labels", "message"),
    [
        ([FACTORY] * 3, [{}, {}], [], "given 2 times for 3 calculators"),
        ([FACTORY] * 2, [], ["a"], "--label: given 1 times for 2 models"),
        ([FACTORY] * 2, [], ["a", "a"], "--label a: names two models"),
        (["tests:nothing_there"], [], [], "nothing_there"),
        ([FACTORY], [{"sigma": 1.0, "spin": 3}, {}], [], "given 2 times for 1 calculators"),
    ],
)
def test_what_does_not_fit_together_ends_in_a_line(
    names: list[str], arguments: list[dict[str, float]], labels: list[str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        open_models(names, arguments, labels)


def test_arguments_without_a_calculator_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no model here is a calculator"):
        open_models([str(tmp_path / "model.safetensors")], [{"sigma": 1.0}])


def test_arguments_given_once_are_those_of_all_calculators() -> None:
    (_, one), (_, other) = open_models([FACTORY, FACTORY], [ARGUMENTS])

    assert one.attributes == other.attributes
    assert '"epsilon": 0.1' in one.attributes["calculator_arguments"]


def test_arguments_given_for_each_are_theirs() -> None:
    (_, one), (_, other) = open_models([FACTORY, FACTORY], [{"sigma": 1.0}, {"sigma": 2.0}])

    assert one.attributes["calculator_arguments"] == '{"sigma": 1.0}'
    assert other.attributes["calculator_arguments"] == '{"sigma": 2.0}'


def test_what_results_follow_from_changes_with_what_is_asked(tmp_path: Path) -> None:
    def key(**changed: object) -> object:
        models = open_models([FACTORY], [changed.pop("arguments", ARGUMENTS)])
        return read_given(models, file, **{"reference": "none", **changed}).made_from

    argon(tmp_path)
    file = tmp_path / "structures.xyz"
    first = key()

    assert key() == first
    changes = [
        {"seed": 1}, {"effort": "quick"}, {"reference": "gfn2"}, {"arguments": {}},
        {"device": "cuda"}, {"labels": labelled(tmp_path, ["test"])},
    ]  # fmt: skip
    assert all(key(**change) != first for change in changes)
    ase.io.write(file, molecule("CH4"))
    assert key() != first


def test_effort_says_how_many_structures_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "many.xyz"
    ase.io.write(file, [molecule("H2O")] * 30)
    models = open_models([FACTORY])

    for effort, most in MOST_STRUCTURES.items():
        given = read_given(models, file, reference="none", effort=effort)
        assert len(given.common.structures) == most
        assert all(subject.effort == effort for _, subject in given.subjects)


def labelled(folder: Path, subsets: list[str], value: float = 0.0) -> Path:
    """A data set of waters that are moved a little, with energies and forces."""
    rng = np.random.default_rng(0)
    images = [molecule("H2O") for _ in subsets]
    for atoms in images:
        atoms.positions += rng.normal(0, 0.02, (3, 3))
    frames = frames_of_atoms(images)
    frames.energy[:], frames.force[:] = value, value
    frames.subset[:] = [SUBSETS.index(name) for name in subsets]
    write_frames(frames, folder / "data.nc", title="waters")
    return folder / "data.nc"


def test_a_data_set_brings_its_labels_along(tmp_path: Path) -> None:
    file = labelled(tmp_path, ["train"] * 4 + ["validation"] + ["test"] * 3)
    given = read_given(open_models([FACTORY]), file, reference="none")

    assert given.common.labels is not None
    assert given.common.train is not None
    assert (len(given.common.labels), len(given.common.train), len(given.common.structures)) == (
        3,
        4,
        3,
    )
    assert given.labels_file == file


def test_data_without_labels_are_structures_alone(tmp_path: Path) -> None:
    file = labelled(tmp_path, ["test"] * 3, value=np.nan)
    given = read_given(open_models([FACTORY]), file, reference="none")

    assert (given.common.labels, given.common.train) == (None, None)
    assert len(given.common.structures) == 3


def test_labels_may_come_from_another_file(tmp_path: Path) -> None:
    labels = labelled(tmp_path, ["test"] * 5)
    argon(tmp_path)
    given = read_given(
        open_models([FACTORY]), tmp_path / "structures.xyz", reference="none", labels=labels
    )

    assert given.common.labels is not None
    assert len(given.common.labels) == 5
    assert given.inputs["labels"] == labels
    assert given.inputs["structures"].name == "structures.xyz"


def test_labels_that_are_named_come_before_those_of_the_structures(tmp_path: Path) -> None:
    own = labelled(tmp_path, ["test"] * 2)
    (tmp_path / "other").mkdir()
    other = labelled(tmp_path / "other", ["test"] * 5)
    given = read_given(open_models([FACTORY]), own, reference="none", labels=other)

    assert given.labels_file == other
    assert given.common.labels is not None
    assert (len(given.common.labels), len(given.common.structures)) == (5, 2)


def test_a_file_without_structures_ends_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "empty.xyz").write_text("", encoding="utf-8")

    with pytest.raises(DataError, match=r"empty\.xyz"):
        read_given(open_models([FACTORY]), tmp_path / "empty.xyz", reference="none")


def test_a_calculator_of_which_nothing_can_be_measured_is_refused(tmp_path: Path) -> None:
    """As a model or as the reference, before any check is made."""
    ase.io.write(tmp_path / "xenon.xyz", Atoms("Xe2", positions=[[0, 0, 0], [4.4, 0, 0]]))
    lj = "ase.calculators.lj:LennardJones"
    with pytest.raises(ReferenceEngineError, match="failed on Xe2: NotImplementedError"):
        read_given(open_models([EMT]), tmp_path / "xenon.xyz", reference="none")
    with pytest.raises(ReferenceEngineError, match="failed on Xe2"):
        read_given(open_models([lj]), tmp_path / "xenon.xyz", reference=EMT)
    assert read_given(open_models([lj]), tmp_path / "xenon.xyz", reference="none").subjects
