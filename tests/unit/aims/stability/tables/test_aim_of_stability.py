"""The aim stability: what it declares is what it makes, and what it refuses it says."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from study_folder import PAINN, SCHNET, study_of, write_study

from nearsight.aims.stability.aim import STABILITY, collect, figures
from nearsight.aims.stability.spec import NO_FORCES, check
from nearsight.config import Study
from nearsight.storage import check_described


@pytest.fixture(scope="module")
def study() -> Study:
    return study_of()


def test_the_tables_are_those_that_are_declared(study: Study, tmp_path: Path) -> None:
    """Of files without arrays: nothing is known, and every network keeps its row."""
    write_study(tmp_path, study)
    tables = collect(study, tmp_path)
    assert [*tables] == [table.name for table in STABILITY.spec.made_by("collect")]
    for name in ("decay_vs_stability", "curves"):
        assert tables[name]["model"].to_numpy().tolist() == [SCHNET, PAINN]
    for table in tables.values():
        check_described(table)
    assert tables["failures"].sizes["row"] == 0


def test_networks_whose_files_are_gone_stay_and_say_so(study: Study, tmp_path: Path) -> None:
    write_study(tmp_path, study)
    (tmp_path / PAINN / "stability.nc").unlink()
    table = collect(study, tmp_path)["decay_vs_stability"]
    assert table["model"].to_numpy().tolist() == [SCHNET, PAINN]
    assert table["status"].to_numpy()[1] == "failed"
    assert "stability.nc" in str(table["reason"].to_numpy()[1])


def test_figures_stand_in_the_order_in_which_they_are_declared() -> None:
    assert [figure.name for figure in figures()] == [*STABILITY.spec.figures]


def test_figures_are_drawn_from_tables_that_it_has() -> None:
    names = {table.name for table in STABILITY.spec.tables}
    assert set(STABILITY.spec.figures.values()) <= names
    assert {name for table in STABILITY.spec.tables for name in table.made_from} <= names


def test_what_is_associated_is_made_from_what_is_collected() -> None:
    collected = {table.name for table in STABILITY.spec.made_by("collect")}
    for table in STABILITY.spec.made_by("associate"):
        assert set(table.made_from) <= collected, table.name
    made = STABILITY.spec.made_by("collect") + STABILITY.spec.made_by("associate")
    assert set(made) == set(STABILITY.spec.tables)


def planned(target: str = "energy", force_key: str = "forces") -> SimpleNamespace:
    """What the check sees of a study: one network, one data set."""
    data = SimpleNamespace(force_key=force_key, file="mine.xyz")
    variant = SimpleNamespace(target=target)
    return SimpleNamespace(datasets={"mine": data}, cases=lambda: [("mine", variant)])


def test_energies_with_forces_are_taken() -> None:
    check(planned())
    check(SimpleNamespace(datasets={"generated": SimpleNamespace()}, cases=list))


def test_another_target_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match="target lists dipole: set aim to properties"):
        check(planned(target="dipole"))


def test_data_without_forces_are_refused_with_key_and_file() -> None:
    message = f"datasets.mine.force_key is {NO_FORCES}: name the key of the forces in mine.xyz"
    with pytest.raises(ValueError, match=message):
        check(planned(force_key=NO_FORCES))
