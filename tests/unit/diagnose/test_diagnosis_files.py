"""What a diagnosis writes: a document under its schema, numbers, frames, nothing half-written."""

import json
from dataclasses import replace
from pathlib import Path

import ase.io
import jsonschema
import numpy as np
import pytest
import xarray as xr
from lennard_jones import NET_FORCE, argon

from nearsight.diagnose.command import chosen_checks, diagnosed_into
from nearsight.diagnose.document import Document, schema
from nearsight.diagnose.registry import CHECKS, every_check
from nearsight.diagnose.writing import group_of, read_tables, tables_place
from nearsight.errors import ConfigError, CorruptFileError, DataError, MissingFileError
from nearsight.labels import variable
from nearsight.storage import sha256, write_dataset

Made = tuple[Path, Document]
STORED = Path(__file__).parents[3] / "docs" / "diagnosis.schema.json"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("made")
    return folder, diagnosed_into(folder / "out", argon(folder, n_models=2), [NET_FORCE])


def test_the_document_fits_its_schema(made: Made) -> None:
    text = (made[0] / "out" / "diagnosis.json").read_text(encoding="utf-8")

    jsonschema.validate(json.loads(text), schema())
    assert Document.model_validate_json(text) == made[1]


def test_the_schema_that_is_shipped_is_that_of_the_document() -> None:
    assert json.loads(STORED.read_text(encoding="utf-8")) == schema()


def test_the_document_says_what_was_diagnosed(made: Made) -> None:
    folder, document = made

    assert document.structures_sha256 == sha256(folder / "structures.xyz")
    assert document.formulas == ["Ar2", "H2O"]
    assert document.n_structures == 2
    assert (document.reference, document.labels) == ("none", "")
    assert [model.kind for model in document.models] == ["calculator"] * 2
    assert len({model.label for model in document.models}) == 2
    (check,) = document.models[0].checks
    assert check.answer.startswith("two findings")
    assert check.findings[0].threshold is not None
    assert check.findings[0].threshold.fail == 1e-6
    assert document.verdict == "pass"


def test_numbers_stand_in_a_group_of_each_check_of_each_model(made: Made) -> None:
    path = made[0] / "out" / "diagnosis.nc"
    root = xr.open_dataset(path)
    group = xr.open_dataset(path, group=group_of(1, "symmetry"))

    assert root["value"].size == 4
    assert set(root["verdict"].values) == {"pass"}
    assert set(root["warn_beyond"].values) == {1e-9}
    assert set(root["fail_beyond"].values) == {1e-6}
    assert group["energy"].attrs["units"] == "eV"
    assert group.attrs["check"] == "symmetry"
    root.close()
    group.close()


def test_all_that_the_page_needs_comes_back_from_the_numbers(made: Made) -> None:
    stored = read_tables(tables_place(made[0] / "out"))

    assert stored.document == made[1]
    assert [set(tables) for tables in stored.tables] == [{"symmetry"}] * 2
    assert stored.tables[0]["symmetry"]["force"].shape == (1, 2, 3)
    assert stored.structure["first_atomic_number"].to_numpy().tolist() == [18, 18]
    assert stored.structure["first_position"].attrs["units"] == "angstrom"


def test_a_check_may_count_other_atoms_than_the_first_structure_has(tmp_path: Path) -> None:
    """Dimensions of the file's root are those of its groups."""
    wide = xr.Dataset({"x": variable(("atom", "axis"), np.zeros((66, 2)), "1", "any number")})
    check = replace(NET_FORCE, run=lambda subject: replace(NET_FORCE.run(subject), table=wide))
    diagnosed_into(tmp_path / "out", argon(tmp_path), [check])
    stored = read_tables(tables_place(tmp_path / "out"))
    assert stored.tables[0]["symmetry"].sizes == {"atom": 66, "axis": 2}
    assert stored.structure["first_position"].shape == (2, 3)


def test_frames_are_files_of_extended_xyz(made: Made) -> None:
    files = sorted((made[0] / "out").glob("frames_*.xyz"))

    assert [file.name for file in files] == [
        "frames_model_0_symmetry_start.xyz",
        "frames_model_1_symmetry_start.xyz",
    ]
    assert ase.io.read(files[0]).get_chemical_formula() == "Ar2"


def test_nothing_of_the_unfinished_run_is_left(made: Made) -> None:
    assert sorted(p.name for p in made[0].iterdir()) == ["out", "structures.xyz"]


def test_an_earlier_diagnosis_is_replaced_as_a_whole(tmp_path: Path) -> None:
    diagnosed_into(tmp_path / "out", argon(tmp_path, n_models=2), [NET_FORCE])
    diagnosed_into(tmp_path / "out", argon(tmp_path, n_models=1), [NET_FORCE])

    assert not (tmp_path / "out" / "frames_model_1_symmetry_start.xyz").exists()
    assert (tmp_path / "out" / "frames_model_0_symmetry_start.xyz").exists()


def test_a_folder_with_anything_else_in_it_stays(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("years", encoding="utf-8")

    with pytest.raises(DataError, match=r"thesis\.tex"):
        diagnosed_into(tmp_path / "out", argon(tmp_path), [NET_FORCE])
    assert (tmp_path / "out" / "thesis.tex").read_text(encoding="utf-8") == "years"


def test_a_file_that_is_no_diagnosis_ends_in_a_line(tmp_path: Path, made: Made) -> None:
    other = tmp_path / "other.nc"
    write_dataset(xr.Dataset(), other, title="nothing")

    with pytest.raises(CorruptFileError, match=r"no diagnosis .*make one with nearsight diagnose"):
        read_tables(other)
    with pytest.raises(MissingFileError, match=r"diagnosis\.nc: no such file"):
        read_tables(tables_place(tmp_path))
    half = tmp_path / "half.nc"
    whole = (made[0] / "out" / "diagnosis.nc").read_bytes()
    half.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CorruptFileError, match=r"half\.nc"):
        read_tables(half)


def test_checks_are_chosen_by_name_in_the_order_of_all() -> None:
    names = list(CHECKS)
    chosen = chosen_checks([names[-1], names[0]])

    assert [one.name for one in chosen] == [names[0], names[-1]]
    assert [one.name for one in every_check()] == names
    with pytest.raises(ConfigError, match="--check astrology: expected one of symmetry, "):
        chosen_checks(["astrology"])


def test_every_check_asks_a_question_of_its_own() -> None:
    checks = every_check()

    assert len({one.question for one in checks}) == len(checks)
    assert all(one.question.endswith("?") for one in checks)
