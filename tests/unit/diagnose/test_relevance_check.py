"""The check of relevance on a small trained network, and on models without walks."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
from small_network import methanol_network, rattled_methanol
from water_springs import Springs, subject_of

from nearsight.diagnose.check import Result
from nearsight.diagnose.checks.relevance import explained as room
from nearsight.diagnose.checks.relevance.explained import COUNT
from nearsight.diagnose.checks.relevance.view import walks_of
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.registry import check
from nearsight.diagnose.subject import Subject
from nearsight.explain import linearize, pairs, walks
from nearsight.models.energies import Energy
from nearsight.models.force_field import Potential
from nearsight.models.open_model import OpenModel
from nearsight.storage import read_dataset, write_dataset

CHECK = check("relevance")
STRUCTURES = rattled_methanol(3, seed=7)


class Elsewhere(OpenModel):
    """The same network as if it had been trained elsewhere."""

    kind = "converted"

    def __init__(self) -> None:
        own = methanol_network()
        self.label, self.files, self.attributes = "elsewhere", {}, {}
        self.cutoff, self.depth, self.explicable = own.cutoff, own.depth, own.explicable
        self.own = own

    def potential(self, atomic_number: np.ndarray, **options: object) -> Potential:
        return self.own.potential(atomic_number, **options)  # type: ignore[arg-type]

    def energy(
        self, atomic_number: np.ndarray, *, device: torch.device | str = "cpu"
    ) -> Energy | None:
        return self.own.energy(atomic_number, device=device)


def subject(model: OpenModel, effort: str = "default") -> Subject:
    return Subject(model=model, structures=STRUCTURES, effort=effort)  # type: ignore[arg-type]


def by_name(result: Result) -> dict[str, Finding]:
    return {finding.quantity: finding for finding in result.findings}


@pytest.fixture(scope="module")
def result() -> Result:
    return CHECK.run(subject(methanol_network()))


@pytest.fixture(scope="module")
def table(result: Result, tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    """As the page has it: from a file."""
    path = tmp_path_factory.mktemp("relevance") / "table.nc"
    write_dataset(result.table, path, title="relevance")
    return read_dataset(path)


def test_every_question_has_an_answer_in_words(result: Result) -> None:
    assert list(by_name(result)) == [
        "conservation",
        "relevance_reach",
        "decay_exponent",
        "body_order",
        "constants_share",
        "faithfulness",
        "removal",
    ]
    for finding in result.findings:
        assert finding.reason
        assert "nan" not in finding.reason
        assert math.isnan(finding.value) == (finding.verdict == Verdict.NOT_APPLICABLE)


def test_only_what_has_a_scale_of_its_own_is_judged(result: Result) -> None:
    judged = {f.quantity for f in result.findings if f.threshold is not None}
    assert judged <= {"conservation", "removal"}
    assert all(f.threshold.source for f in result.findings if f.threshold is not None)
    told = [f for f in result.findings if f.threshold is None]
    assert {f.verdict for f in told} <= {Verdict.PASS, Verdict.NOT_APPLICABLE}


def test_the_sum_of_everything_is_the_output(result: Result) -> None:
    found = by_name(result)["conservation"]
    assert found.value < 1e-12
    assert found.verdict == Verdict.PASS


def test_too_few_pairs_for_a_fit_are_said(result: Result) -> None:
    """Methanol is too small for four bins of twenty pairs."""
    found = by_name(result)["decay_exponent"]
    assert found.verdict == Verdict.NOT_APPLICABLE
    assert "4 are needed" in found.reason


def test_reach_and_orders_are_of_the_molecule(result: Result) -> None:
    found = by_name(result)
    assert 0.9 < found["relevance_reach"].value <= 3.5
    assert "where the cutoff is 3.5 Å" in found["relevance_reach"].reason
    assert 1 <= found["body_order"].value <= 3
    assert -1 <= found["faithfulness"].value <= 1
    for name in ("relevance_reach", "body_order", "faithfulness"):
        assert found[name].low <= found[name].value <= found[name].high


def test_pairs_of_the_first_structure_are_those_of_the_chain(table: xr.Dataset) -> None:
    chain = linearize(methanol_network().model.network, STRUCTURES[0])
    expected = pairs(chain, "exact")["relevance"].to_numpy()
    layer = CHECK.view(table).layers["relevance"]
    assert len(layer.value) == 15
    np.testing.assert_allclose(layer.value, expected[layer.atom, layer.atom_other], rtol=1e-9)
    assert layer.unit == "eV"
    distance = table["distance"].to_numpy()[:15]
    own = STRUCTURES[0].get_all_distances()
    np.testing.assert_allclose(distance, own[layer.atom, layer.atom_other], rtol=1e-6)


def test_the_strongest_walks_are_those_of_all_walks(table: xr.Dataset) -> None:
    every = walks(linearize(methanol_network().model.network, STRUCTURES[0]))
    value = every["relevance"].to_numpy()
    atoms = every["walk"].to_numpy()
    order = np.array([len(set(walk)) for walk in atoms.tolist()])
    shown = CHECK.view(table).walks
    assert shown is not None
    assert set(shown.body_order) == {1, 2, 3}
    for n in (1, 2, 3):
        for sign in (1, -1):
            largest = np.sort(sign * value[(order == n) & (sign * value > 0)])[::-1][:COUNT]
            own = sign * shown.relevance[(shown.body_order == n) & (sign * shown.relevance > 0)]
            np.testing.assert_allclose(np.sort(own)[::-1], largest, rtol=1e-9)


def test_more_walks_than_can_be_visited_are_searched_for(
    table: xr.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The largest of all stand for those of each order, and the page says so."""
    whole = walks_of(table)
    choose = Subject.choose
    monkeypatch.setattr(
        Subject,
        "choose",
        lambda self, **of: 10 if of["full"] == 1_000_000_000 else choose(self, **of),
    )
    found = CHECK.run(subject(methanol_network(), "quick"))
    some = walks_of(found.table)
    assert "too many to visit each" in some.words
    for n in (1, 2):
        own = some.relevance[some.body_order == n]
        expected = whole.relevance[whole.body_order == n]
        np.testing.assert_allclose(np.sort(own), np.sort(expected), rtol=1e-9)
    names = [picture.name for picture in CHECK.draw({"a": found.table})]
    assert names == ["relevance_decay", "body_orders"]


def test_a_network_from_elsewhere_is_told_as_one_of_ours(result: Result) -> None:
    """Its messages are taken away too."""
    found = by_name(CHECK.run(subject(Elsewhere())))
    for name in ("relevance_reach", "body_order", "faithfulness", "removal"):
        assert found[name].value == pytest.approx(by_name(result)[name].value)


def test_no_walks_are_a_reason_and_no_fault() -> None:
    found = CHECK.run(subject_of(Springs()))
    assert found.verdict == Verdict.NOT_APPLICABLE
    assert found.findings[0].reason == "no relevance: springs are no network"
    assert CHECK.gist(found.findings) == "No relevance: springs are no network."
    assert not found.table.variables
    assert CHECK.draw({"springs": found.table}) == ()
    assert CHECK.view(found.table).walks is None


def test_figures_are_drawn_from_the_table_alone(table: xr.Dataset, tmp_path: Path) -> None:
    pictures = CHECK.draw({"a": table, "none": xr.Dataset(), "b": table})
    assert [picture.name for picture in pictures] == [
        "relevance_decay",
        "body_orders",
        "strongest_walks_0",
        "strongest_walks_1",
    ]
    for picture in pictures:
        assert picture.caption.endswith(".")
        assert "nan" not in picture.alt
        picture.figure.savefig(tmp_path / f"{picture.name}.png", dpi=40)
        assert (tmp_path / f"{picture.name}.png").stat().st_size > 1500
    assert all(f"{label}: " in pictures[0].alt for label in "ab")
    assert "strongest walks of b" in pictures[3].alt.lower()


def test_every_variable_has_a_unit_and_a_name(result: Result) -> None:
    for name, values in result.table.variables.items():
        assert {"units", "long_name"} <= set(values.attrs), name


@pytest.mark.parametrize(("effort", "count"), [("quick", 1), ("default", 3)])
def test_more_effort_explains_more_structures(
    effort: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    explain: Callable[..., xr.Dataset] = room.explain

    def counted(network: torch.nn.Module, structures: list, *rest: object, **of: object) -> object:
        seen.append(len(structures))
        return explain(network, structures, *rest, **of)

    monkeypatch.setattr(room, "explain", counted)
    CHECK.run(subject(Elsewhere(), effort))
    assert seen == [count]


def test_the_gist_tells_how_far_on_how_many_and_whether_it_is_true(result: Result) -> None:
    text = CHECK.gist(result.findings)
    assert "90% of the relevance of pairs is within" in text
    assert "atoms on average" in text
    assert "random order" in text
