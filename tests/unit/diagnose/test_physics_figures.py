"""Figures of response, dimers, minimum and errors draw what their tables hold."""

from functools import cache

import numpy as np
import pytest
import xarray as xr
from ase import Atoms
from closed_forms import Solvable, lennard_jones, spring_model
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from small_network import methanol_frames, methanol_network

from nearsight.diagnose.check import Picture
from nearsight.diagnose.checks.errors.figures import ACROSS
from nearsight.diagnose.checks.errors.tables import MOST_POINTS, PARTS
from nearsight.diagnose.looks import looks_of
from nearsight.diagnose.reference import open_reference
from nearsight.diagnose.registry import check
from nearsight.diagnose.subject import Subject


def drawn(name: str, **tables: xr.Dataset) -> dict[str, Picture]:
    return {picture.name: picture for picture in check(name).draw(tables)}


def lines_of(axis: Axes, label: str, among: tuple[str, ...]) -> list[np.ndarray]:
    """(2, point) of the lines of a model, told by its colour."""
    color = looks_of(among)[label].color
    return [np.array(line.get_data()) for line in axis.lines if line.get_color() == color]


def words_of(figure: Figure) -> str:
    """All that the legends say."""
    return " ".join(text.get_text() for legend in figure.legends for text in legend.get_texts())


# Response.


@cache
def response_table(factor: float) -> xr.Dataset:
    rng = np.random.default_rng(3)
    first = rng.uniform(0, 6, (14, 3))
    structures = [Atoms("C14", first + rng.normal(0, 0.02, first.shape)) for _ in range(4)]
    truth, model = (spring_model(first, power=4.0, factor=f) for f in (1.0, factor))
    return check("response").run(Subject(model, structures, truth)).table


def test_response_is_drawn_beside_the_reference() -> None:
    table = response_table(3.0)
    figure = drawn("response", strong=table)["decay"].figure
    left, right = figure.axes
    (own,) = lines_of(left, "strong", ("strong",))
    np.testing.assert_allclose(own[0], table["bin_distance"])
    np.testing.assert_allclose(own[1], table["response"])
    (ratio,) = lines_of(right, "strong", ("strong",))
    np.testing.assert_allclose(ratio[1], 3.0)
    assert ratio.shape[1] == int(table["window"].sum())
    assert {left.get_xscale(), left.get_yscale(), right.get_yscale()} == {"log"}
    assert "springs r^-4" in words_of(figure)


def test_models_keep_their_looks_where_one_is_missing() -> None:
    """The second of three has nothing to draw; the third does not take its colour."""
    tables = {"one": response_table(3.0), "two": xr.Dataset(), "three": response_table(1.0)}
    left = drawn("response", **tables)["decay"].figure.axes[0]
    assert len(lines_of(left, "three", tuple(tables))) == 1
    assert not lines_of(left, "two", tuple(tables))


def test_anisotropy_is_a_mean_of_pairs() -> None:
    table = response_table(3.0)
    (axis,) = drawn("response", one=table)["anisotropy"].figure.axes
    (own,) = lines_of(axis, "one", ("one",))
    near = np.abs(table["distance"] - own[0, 3]) <= 0.25
    assert own[1, 3] == pytest.approx(float(table["anisotropy"].where(near).mean()))


# Dimers.


@cache
def argon_table(factor: float, radius: float = 100.0) -> xr.Dataset:
    model = Solvable(
        lambda r: (
            factor
            * lennard_jones(r)
            * ((r[..., 0, :] - r[..., 1, :]).norm(dim=-1) < radius).double()
        ),
        "argon",
    )
    truth = Solvable(lennard_jones, "Lennard-Jones")
    return check("dimers").run(Subject(model, [Atoms("Ar")], truth)).table


def test_energies_are_drawn_in_mev_and_forces_by_size() -> None:
    table = argon_table(2.0)
    energies, forces = drawn("dimers", twice=table)["interaction"].figure.axes
    (energy,) = lines_of(energies, "twice", ("twice",))
    np.testing.assert_allclose(energy[1], 1e3 * table["interaction"][0])
    (force,) = lines_of(forces, "twice", ("twice",))
    np.testing.assert_allclose(force[1], np.abs(1e3 * table["force"][0]))
    assert forces.get_yscale() == "log"
    assert energies.get_title(loc="left") == "Ar"


def test_a_hole_of_a_model_does_not_flatten_the_reference() -> None:
    axis = drawn("dimers", deep=argon_table(500.0))["interaction"].figure.axes[0]
    depth = 9.5
    assert -8 * depth < axis.get_ylim()[0] < -depth


def test_a_force_ends_where_the_model_has_none() -> None:
    axis = drawn("dimers", cut=argon_table(1.0, 6.0))["interaction"].figure.axes[1]
    (force,) = lines_of(axis, "cut", ("cut",))
    assert np.isnan(force[1][force[0] > 6]).all()
    assert axis.get_ylim()[0] > 0


def test_molecules_of_any_model_have_a_row() -> None:
    other = argon_table(1.0).assign_coords(
        dimer=("dimer", ["xenon"], {"units": ""}), dimer_title=("dimer", ["Xe"], {"units": ""})
    )
    picture = drawn("dimers", one=argon_table(1.0), other=other)["interaction"]
    assert len(picture.figure.axes) == 4
    assert "Ar, Xe" in picture.alt


# Minimum and errors, of a real network.


@cache
def network_tables() -> dict[str, xr.Dataset]:
    frames = methanol_frames()
    subject = Subject(
        methanol_network(),
        [frames.atoms(0)],
        open_reference("gfn2"),
        labels=frames.of_subset("test"),
        train=frames.of_subset("train"),
        effort="quick",
    )
    return {name: check(name).run(subject).table for name in ("minimum", "errors")}


def test_deviations_at_the_minimum_are_drawn_over_the_reference() -> None:
    table = network_tables()["minimum"]
    if "reference_frequency" not in table:
        pytest.skip("the small network has no minimum here")
    modes, bonds = drawn("minimum", network=table)["deviations"].figure.axes
    (own,) = lines_of(modes, "network", ("network",))
    np.testing.assert_allclose(own[0], table["reference_frequency"])
    np.testing.assert_allclose(own[1], table["frequency"] - table["reference_frequency"])
    (lengths,) = lines_of(bonds, "network", ("network",))
    assert lengths.shape[1] == table.sizes["bond"] == 5


def test_parity_draws_labels_against_the_model() -> None:
    table = network_tables()["errors"]
    figure = drawn("errors", network=table)["parity"].figure
    shown = [axis for axis in figure.axes if axis.axison]
    assert len(shown) == 2
    (forces,) = lines_of(shown[0], "network", ("network",))
    np.testing.assert_allclose(forces, [table["label_force"], table["model_force"]])
    (energies,) = lines_of(shown[1], "network", ("network",))
    middle = float(table["label_energy"].mean())
    np.testing.assert_allclose(energies[1], table["model_energy"] - middle)
    assert table.sizes["component"] <= MOST_POINTS


def test_many_models_have_several_pictures_of_parity() -> None:
    table = network_tables()["errors"]
    names = {f"model_{k}": table for k in range(ACROSS + 2)}
    pictures = drawn("errors", **names)
    assert list(pictures) == ["parity_1", "parity_2", "where"]
    assert sum(axis.axison for axis in pictures["parity_2"].figure.axes) == 4


def test_errors_are_drawn_by_element_size_and_distance() -> None:
    table = network_tables()["errors"]
    by_element, by_size, by_distance = drawn("errors", network=table)["where"].figure.axes
    (points,) = lines_of(by_element, "network", ("network",))
    np.testing.assert_allclose(points[1], table["element_mae"])
    assert [text.get_text() for text in by_element.get_xticklabels()] == ["H", "C", "O"]
    (sizes,) = lines_of(by_size, "network", ("network",))
    np.testing.assert_allclose(sizes, [table["size_force"], table["size_mae"]])
    (far,) = lines_of(by_distance, "network", ("network",))
    assert far.shape[1] == PARTS


def test_unknown_training_data_leave_an_empty_panel_that_says_so() -> None:
    table = network_tables()["errors"].drop_dims("novelty_quarter")
    axis = drawn("errors", network=table)["where"].figure.axes[2]
    assert not axis.lines
    assert [text.get_text() for text in axis.texts] == ["no data"]
