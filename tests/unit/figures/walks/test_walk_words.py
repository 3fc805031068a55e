"""Walks in words: names of atoms, units, signs, alt text, and one row a walk."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from walk_tables import WATER, walk_table

from nearsight.collect.csv import write_csv
from nearsight.figures.walks.words import (
    describe_walks,
    in_unit,
    listed_walks,
    output_of,
    panels_of,
    path_of,
    rule_in_words,
)


def test_panels_hold_what_there_is_and_no_padding() -> None:
    two, three = panels_of(walk_table(WATER))
    assert [walk.atoms for walk in two.walks] == [(0, 0, 1), (2, 0, 0), (1, 1, 0)]
    assert [walk.rank for walk in two.walks] == [1, 2, 3]
    assert [walk.relevance for walk in three.walks] == [0.002]
    assert two.signed == pytest.approx(-0.2)


def test_atoms_have_names() -> None:
    assert path_of(walk_table(WATER), (1, 0, 2)) == "H1 → O0 → H2"


@pytest.mark.parametrize(
    ("unit", "value", "sign", "text"),
    [
        ("eV", -0.3179, True, "−317.9 meV"),
        ("eV", 0.0123, True, "+12.3 meV"),
        ("eV", 0.0123, False, "12.3 meV"),
        ("kcal/mol", -0.3179, True, "−0.318 kcal/mol"),
        ("e a0", 12.0, False, "12 e a0"),
    ],
)
def test_energies_are_told_in_mev_and_others_in_their_unit(
    unit: str, value: float, sign: bool, text: str
) -> None:
    assert in_unit(walk_table(WATER, unit=unit), value, sign=sign) == text


def test_rules_and_outputs_in_words() -> None:
    assert rule_in_words(walk_table(WATER)) == "rule gamma 0.1"
    assert rule_in_words(walk_table(WATER, vector="flow")) == "rule gamma 0.1, vectors: flow"
    assert output_of(walk_table(WATER, output="dipole_moment")) == "the dipole moment"


def test_the_alt_text_says_every_walk_and_both_sums() -> None:
    text = describe_walks(walk_table(WATER, label="best"))
    assert text.startswith("The strongest walks of best (rule gamma 0.1) drawn on H2O.")
    assert "On 2 atoms: O0 → O0 → H1 lowers the energy by 300.0 meV;" in text
    assert "H2 → O0 → O0 raises the energy by 150.0 meV" in text
    assert "sum to −200.0 meV, their sizes to 400.0 meV" in text
    assert "On 3 atoms: H1 → O0 → H2 raises the energy by 2.0 meV." in text


def test_the_alt_text_says_where_there_is_none() -> None:
    text = describe_walks(walk_table({1: [], 2: WATER[2]}))
    assert "On 1 atom no walk carries relevance." in text


def test_one_row_a_walk(tmp_path: Path) -> None:
    rows = listed_walks(walk_table(WATER))
    assert rows["walk"].to_numpy().tolist()[-1] == "H1 → O0 → H2"
    assert rows["atoms"].to_numpy().tolist() == ["0 0 1", "2 0 0", "1 1 0", "1 0 2"]
    assert rows["n_atoms"].to_numpy().tolist() == [2, 2, 2, 3]
    assert rows["rank"].to_numpy().tolist() == [1, 2, 3, 1]
    np.testing.assert_allclose(rows["relevance"], [-0.3, 0.15, -0.05, 0.002])
    assert float(rows["distance"][3]) == pytest.approx(1.526, abs=0.01)
    write_csv(rows, tmp_path / "walks.csv")
    head, first, *_ = (tmp_path / "walks.csv").read_text().splitlines()
    assert head == "walk,atoms,n_atoms,rank,relevance (eV),distance (angstrom)"
    assert first.startswith("O0 → O0 → H1,0 0 1,2,1,-0.3,")


def test_no_walks_are_no_rows() -> None:
    rows = listed_walks(walk_table({2: []}, Atoms("H")))
    assert rows.sizes["walk"] == 0
