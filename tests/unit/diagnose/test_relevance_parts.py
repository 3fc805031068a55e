"""Parts of the check of relevance: units, removal, the searched walks, pictures and layers."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
from ase import Atoms
from matplotlib.axes import Axes
from small_network import methanol_network, rattled_methanol

from nearsight.diagnose.checks.relevance.explained import (
    COUNT,
    NO_ATOM,
    RENAMED,
    Explained,
    explained,
)
from nearsight.diagnose.checks.relevance.figures import DRAWN_WALKS, LEAST, draw, few
from nearsight.diagnose.checks.relevance.findings import _removal, run
from nearsight.diagnose.checks.relevance.measures import SETTINGS
from nearsight.diagnose.checks.relevance.removed import N_STEPS, gains, removals, why_not
from nearsight.diagnose.checks.relevance.view import WORDS, view, walks_of
from nearsight.diagnose.finding import Verdict
from nearsight.diagnose.looks import looks_of
from nearsight.diagnose.subject import Subject
from nearsight.models.open_model import Explicable, OpenModel
from nearsight.respond.response import response

STRUCTURES = rattled_methanol(2, seed=11)


def subject(model: OpenModel | None = None, structures: list[Atoms] = STRUCTURES) -> Subject:
    return Subject(model=model or methanol_network(), structures=structures)


def network() -> Explicable:
    found = methanol_network().explicable
    assert found is not None
    return found


@pytest.fixture(scope="module")
def made() -> Explained:
    return explained(subject(), network())


@pytest.fixture(scope="module")
def table() -> xr.Dataset:
    return run(subject()).table


def test_response_is_that_of_the_response_itself(made: Explained) -> None:
    own = subject()
    blocks = iter([own.blocks(0), own.blocks(1)])
    expected = response(STRUCTURES, lambda atoms: next(blocks), label="model")
    np.testing.assert_allclose(made.response, expected["norm"])
    np.testing.assert_array_equal(made.relevance["distance"], expected["distance"])


def test_walks_are_listed_by_their_number_of_atoms(made: Explained) -> None:
    atoms = made.walks["walk_atom"].to_numpy()
    assert made.walks["walk_order"].to_numpy().tolist() == [1, 2, 3]
    assert atoms.shape == (3, 2 * COUNT, 3)
    for order, rows in zip((1, 2, 3), atoms, strict=True):
        there = rows[(rows != NO_ATOM).all(axis=1)]
        assert len(there)
        assert {len(set(walk)) for walk in there.tolist()} == {order}
    assert made.walks.attrs["walks"] == "complete"


def test_the_molecule_of_the_walks_stands_beside_them(made: Explained) -> None:
    np.testing.assert_allclose(made.walks["walk_position"], STRUCTURES[0].positions)
    np.testing.assert_array_equal(made.walks["walk_atomic_number"], STRUCTURES[0].numbers)


def test_a_network_in_other_units_of_length_says_the_same() -> None:
    """One that takes twice as small numbers for Å on a molecule that is twice as large."""
    double = replace(network(), length=2.0)
    large = [Atoms(atoms.numbers, positions=2 * atoms.positions) for atoms in STRUCTURES]
    model = methanol_network()
    own = subject(model, large)
    own.kept.update({("blocks", k): np.zeros((6, 6, 3, 3)) for k in range(2)})
    found = explained(own, double)
    expected = explained(subject(), network())
    np.testing.assert_allclose(found.relevance["relevance"], expected.relevance["relevance"])
    np.testing.assert_allclose(
        found.relevance["distance"], 2 * expected.relevance["distance"].to_numpy()
    )


def test_another_unit_of_the_output_stands_on_all_of_it() -> None:
    found = explained(subject(), replace(network(), unit="kcal/mol"))
    assert found.relevance["relevance"].attrs["units"] == "kcal/mol"
    assert found.walks["walk_relevance"].attrs["units"] == "kcal/mol"
    assert found.relevance["distance"].attrs["units"] == "angstrom"


def test_a_molecule_of_two_atoms_has_walks_on_two_at_most() -> None:
    pair = [Atoms("CO", positions=[[0, 0, 0], [0, 0, 1.2]])]
    found = run(subject(structures=pair))
    assert found.table["walk_order"].to_numpy().tolist() == [1, 2]
    assert len(draw({"a": found.table})) == 3
    assert view(found.table).layers["relevance"].value.shape == (1,)


def test_what_is_removed_begins_with_nothing_and_ends_with_all(table: xr.Dataset) -> None:
    force = table["removal_force"]
    assert force.sizes == {"order": 4, "structure_removed": 2, "fraction": N_STEPS + 1}
    np.testing.assert_allclose(force.isel(fraction=0), 0, atol=1e-12)
    last = force.isel(fraction=-1).to_numpy()
    np.testing.assert_allclose(last, np.tile(last[0], (4, 1)), rtol=1e-6)
    assert (last > 0).all()
    np.testing.assert_allclose(gains(table, "random"), 0)


@pytest.mark.parametrize(
    ("areas", "verdict", "words"),
    [
        ((0.05, 0.06, 0.07), Verdict.PASS, ""),
        ((-0.05, 0.06, 0.07), Verdict.WARN, "3 structures cannot tell it from a random order"),
        ((-0.05, -0.06, -0.07), Verdict.WARN, ""),
        ((0.05,), Verdict.WARN, "one structure cannot tell it from a random order"),
    ],
)
def test_no_better_than_random_orders_is_no_pass(
    areas: tuple[float, ...], verdict: Verdict, words: str
) -> None:
    """Curves of two steps whose area over that of random orders is known."""
    curves = np.zeros((3, len(areas), 3))
    curves[..., 2] = 1.0
    curves[:, :, 1] = 0.5
    curves[0, :, 1] += 2 * np.array(areas)
    table = xr.Dataset(
        {"removal_force": (("order", "structure_removed", "fraction"), curves)},
        coords={"order": ["relevance", "distance", "random"], "fraction": [0.0, 0.5, 1.0]},
    )
    found = _removal(table, "")
    assert found.value == pytest.approx(np.mean(areas))
    assert found.verdict == verdict
    assert words in found.reason
    assert ("cannot tell" in found.reason) == ("cannot tell" in words)
    assert bool(found.advice) == (verdict != Verdict.PASS)


def test_relevance_in_the_wrong_order_gains_less(made: Explained) -> None:
    """The same values dealt to the pairs the other way round."""
    order = np.argsort(np.abs(made.relevance["relevance"].to_numpy()))
    turned = made.relevance.copy(deep=True)
    values = made.relevance["relevance"].to_numpy()
    for k in range(2):
        own = made.relevance.variables["structure"].values == k
        ranked = order[own[order]]
        turned["relevance"].to_numpy()[ranked] = values[ranked[::-1]]
    right, wrong = (
        gains(xr.Dataset(removals(subject(), STRUCTURES, one, made.response)), "relevance").mean()
        for one in (made.relevance, turned)
    )
    assert right > wrong


def test_networks_of_other_targets_lose_no_messages() -> None:
    class Dipole(OpenModel):
        kind, label, target = "trained", "dipole", "dipole"
        explicable = network()

        def potential(self, atomic_number: np.ndarray, **_: Any) -> Any:
            raise AssertionError("nobody asks")

    assert why_not(subject(Dipole()))
    assert not why_not(subject())
    assert removals(subject(Dipole()), STRUCTURES, xr.Dataset(), np.empty(0)) == {}


def points_of(axis: Axes) -> list[Any]:
    return [line for line in axis.lines if line.get_linestyle() == "None"]


def test_points_are_pairs_of_the_first_structure_and_lines_means_of_all(table: xr.Dataset) -> None:
    decay = draw({"a": table})[0]
    (axis,) = decay.figure.axes
    (points,) = points_of(axis)
    assert len(points.get_xdata()) == 15
    first = table.variables["structure"].values == 0
    np.testing.assert_array_equal(points.get_ydata(), np.abs(table["relevance"].to_numpy()[first]))
    curve = axis.lines[1]
    middle = curve.get_xdata()
    assert ((middle / SETTINGS.bin_width) % 1 == 0.5).all()
    assert axis.get_yscale() == "log"
    assert axis.get_ylim()[0] == pytest.approx(LEAST * float(table["bin_relevance"].max()))


def test_cutoffs_are_dotted_where_there_are_any(table: xr.Dataset) -> None:
    looks = looks_of(["a", "b"])
    endless = table.assign_attrs(cutoff=np.inf)
    (axis,) = draw({"a": table, "b": endless})[0].figure.axes
    dotted = [line for line in axis.lines if line.get_linestyle() == ":"]
    assert [line.get_xdata()[0] for line in dotted] == [3.5]
    assert dotted[0].get_color() == looks["a"].color


def test_bars_of_body_orders_add_up(table: xr.Dataset) -> None:
    bodies = draw({"a": table, "b": table})[1]
    (axis,) = bodies.figure.axes
    widths = np.array([bar.get_width() for bar in axis.patches]).reshape(2, 3)
    np.testing.assert_allclose(widths.sum(axis=1), 1)
    np.testing.assert_allclose(widths[0], table["body_order_share"])
    (legend,) = bodies.figure.legends
    assert [t.get_text() for t in legend.get_texts()] == ["1 atom", "2 atoms", "3 atoms"]
    for share in table["body_order_share"].to_numpy():
        assert f"{share:.0%} on" in bodies.alt


def test_sizes_that_are_unknown_have_no_bars(table: xr.Dataset) -> None:
    unknown = table.drop_vars([name for name in table if str(name).startswith("body_order_share")])
    names = [picture.name for picture in draw({"a": unknown})]
    assert names == ["relevance_decay", "strongest_walks_0"]


def test_no_more_than_three_models_have_their_walks_drawn(table: xr.Dataset) -> None:
    pictures = draw(dict.fromkeys("abcd", table))
    walks = [picture.name for picture in pictures if picture.name.startswith("strongest")]
    assert walks == ["strongest_walks_0", "strongest_walks_1", "strongest_walks_2"]


def walk_table(value: list[list[float]]) -> xr.Dataset:
    """Strongest walks as the search gives them, walk k of atoms (k, k, k)."""
    relevance = np.array(value)
    atoms = np.tile(np.arange(relevance.shape[1])[None, :, None], (len(value), 1, 3))
    atoms[np.isnan(relevance)] = NO_ATOM
    return xr.Dataset(
        {
            "relevance": (("n_atoms", "rank"), relevance),
            "walk": (("n_atoms", "rank", "step"), atoms),
        },
        coords={"n_atoms": np.arange(len(value)) + 2, "rank": np.arange(relevance.shape[1]) + 1},
    )


def test_a_picture_shows_a_few_of_either_sign() -> None:
    found = few(walk_table([[9.0, -8, 7, 6, 5, -4, -3, -2], [1.0] + [np.nan] * 7]))
    assert found.sizes["rank"] == 2 * DRAWN_WALKS
    assert found["relevance"].to_numpy()[0].tolist() == [9, -8, 7, 6, -4, -3]
    assert found["walk"].to_numpy()[0, :, 0].tolist() == [0, 1, 2, 3, 5, 6]
    assert np.isnan(found["relevance"].to_numpy()[1, 1:]).all()
    assert (found["walk"].to_numpy()[1, 1:] == NO_ATOM).all()
    assert found["n_atoms"].to_numpy().tolist() == [2, 3]


def test_layers_and_walks_of_the_page(table: xr.Dataset) -> None:
    shown = view(table)
    layer = shown.layers["relevance"]
    assert layer.words == WORDS
    assert (layer.atom < layer.atom_other).all()
    assert shown.walks is not None
    assert shown.walks.atom.shape[1] == 3
    assert (shown.walks.atom >= 0).all()
    assert "strongest walks" in shown.walks.words
    assert "too many" not in shown.walks.words
    assert view(xr.Dataset()).layers == {}


def test_walks_that_were_searched_for_say_so(table: xr.Dataset) -> None:
    found = walks_of(table.assign_attrs(walks="the strongest among the 2000 largest of all"))
    assert "the strongest among the 2000 largest of all" in found.words
    assert "too many to visit each" in found.words


def test_names_of_the_two_tables_do_not_meet(made: Explained) -> None:
    assert not set(RENAMED.values()) & set(made.relevance.variables)
    assert set(RENAMED.values()) <= set(made.walks.variables) | set(made.walks.dims)


def test_the_device_and_seed_are_those_of_the_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    from nearsight.diagnose.checks.relevance import explained as room

    seen: list[Any] = []
    whole = room.explain

    def watched(net: torch.nn.Module, structures: Any, settings: Any, **of: Any) -> Any:
        seen.append((settings.seed, str(of["target"].device), of["target"].dtype))
        return whole(net, structures, settings, **of)

    monkeypatch.setattr(room, "explain", watched)
    own = subject()
    own.seed = 7
    explained(own, network())
    assert seen == [(7, "cpu", "float64")]
