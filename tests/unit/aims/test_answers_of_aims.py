"""Every aim answers: all of its figures stand under a question, its columns are of its table."""

import numpy as np
import pytest
import xarray as xr
from figure_data import END_KINDS, make_curves, make_table, variants

from nearsight.aims.answering import Said, Tables
from nearsight.aims.interface import Aim
from nearsight.aims.registry import AIMS
from nearsight.aims.stability.answers import ANSWERS, COLUMNS, OF_GIVEN
from nearsight.collect.models import OWN_LEVEL
from nearsight.page.answer import VERDICTS

ROWS = variants(seed=(0, 1))
VERDICT = "evidence, also at equal force error: larger goes with shorter survival"


def question(verdict: str = VERDICT, rho: float = -0.6) -> xr.Dataset:
    numbers = {"rho": rho, "rho_low": rho - 0.2, "rho_high": rho + 0.2, "partial_rho": rho / 2,
               "n_settings": 12.0}  # fmt: skip
    texts = {"verdict": verdict, "descriptor": "response_deviation_signed", "dataset": "ethanol",
             "outcome": "restricted_mean_survival_time"}  # fmt: skip
    return xr.Dataset({name: ("question", [value]) for name, value in (numbers | texts).items()})


def tables(**changed: object) -> Tables:
    table = make_table(ROWS)
    count = len(ROWS)
    for name, values in changed.items():
        table[name] = ("model", np.broadcast_to(np.asarray(values, float), count).copy())
    counts = np.zeros((count, len(END_KINDS)))
    counts[:, 0], counts[:4, 1] = 8, 2
    table["end_count"] = ("model", "end_kind"), counts
    table = table.assign_coords(end_kind=list(END_KINDS))
    return {"decay_vs_stability": table, "curves": make_curves(ROWS), "question": question()}


def asked(given: Tables) -> dict[str, Said]:
    return {said.question: said for said in ANSWERS.ask(given)}


@pytest.mark.parametrize("aim", AIMS.values(), ids=list(AIMS))
def test_every_aim_has_questions_and_a_dozen_columns(aim: Aim) -> None:
    answers = aim.answers()
    assert 10 <= len(answers.columns) <= 15
    assert len({one.name for one in answers.columns}) == len(answers.columns)
    assert all(one.title for one in answers.columns)


def test_all_figures_of_stability_stand_under_a_question_once() -> None:
    shown = [name for said in ANSWERS.ask(tables()) for name in said.figures]
    assert sorted(shown) == sorted(AIMS["stability"].spec.figures)


def test_questions_are_questions_and_verdicts_are_known() -> None:
    for said in ANSWERS.ask(tables()):
        assert said.question.endswith("?")
        assert said.words.strip().endswith(".")
        assert said.verdict in VERDICTS
        assert "nan" not in said.words


def test_the_primary_question_comes_first_with_its_verdict_and_interval() -> None:
    first = ANSWERS.ask(tables())[0]
    assert first.words.startswith("Asked before the run: response deviation signed against")
    assert "over 12 settings is −0.6 [−0.8, −0.4], at equal force error −0.3." in first.words
    assert "Evidence, also at equal force error" in first.words
    assert first.verdict == "none"
    none = ANSWERS.ask({**tables(), "question": question("no verdict: 6 settings of 1 seed")})[0]
    assert none.verdict == "undecided"
    assert "config/decay.yaml" in none.advice


def test_without_the_table_of_the_question_it_says_how_to_make_it() -> None:
    given = {name: table for name, table in tables().items() if name != "question"}
    assert "nearsight associate" in ANSWERS.ask(given)[0].words


def test_a_column_of_the_table_is_one_of_the_study_table() -> None:
    table = tables()["decay_vs_stability"]
    missing = [one.name for one in COLUMNS if one.name not in table.variables]
    assert set(missing) <= {"drift"}


def test_errors_of_given_models_are_said_to_hold_two_levels_of_theory() -> None:
    found = tables()
    asked_of = "How accurate are the models, and was training finished?"
    assert OF_GIVEN not in asked(found)[asked_of].words
    table = found["decay_vs_stability"]
    levels = ["GFN1-xTB", *[""] * (len(ROWS) - 1)]
    told = {**found, "decay_vs_stability": table.assign_coords({OWN_LEVEL: ("model", levels)})}
    assert asked(told)[asked_of].words.endswith(OF_GIVEN)


def test_networks_that_lose_replicas_are_a_warning() -> None:
    said = asked(tables(survival=1.0))["Will the dynamics hold?"]
    assert said.verdict == "pass"
    assert said.words.startswith("In 24 of 24 models")
    said = asked(tables(survival=[1.0] * 20 + [0.5] * 4))["Will the dynamics hold?"]
    assert said.verdict == "warn"
    assert said.words.startswith("In 20 of 24 models")
    assert said.advice


def test_ends_are_counted_by_their_rule() -> None:
    said = asked(tables())["How do they fail, and would the reference engine?"]
    assert "Of 200 replicas ended 8 by bond." in said.words
    half = asked(tables(integrator_failure_share=0.5))[said.question]
    assert half.verdict == "warn"
    assert "dynamics.timestep" in half.advice


def test_errors_below_what_halves_of_the_data_differ_by_pass() -> None:
    name = "Is what survives right?"
    good = asked(tables(distance_error=0.1, distance_error_low=0.05, distance_error_floor=0.2))
    assert good[name].verdict == "pass"
    bad = asked(tables(distance_error=0.5, distance_error_low=0.4, distance_error_floor=0.2))
    assert bad[name].verdict == "warn"
    assert "24 lie above it" in bad[name].words


def test_signs_of_the_deviation_are_counted() -> None:
    said = asked(tables())["Do they decay too fast or too slowly for the reference method?"]
    values = tables()["decay_vs_stability"]["response_deviation_signed"].to_numpy()
    assert said.words.startswith(
        f"{(values > 0).sum()} models too slowly, {(values < 0).sum()} too fast."
    )


def test_relevance_that_does_not_go_with_response_is_a_warning() -> None:
    name = "Does relevance tell the truth about the network?"
    assert asked(tables())[name].verdict == "pass"
    bad = asked(tables(faithfulness_low=-0.1))[name]
    assert bad.verdict == "warn"
    assert "above 0 in 0 of 24 networks" in bad.words


def test_elements_are_geometric_means_over_networks() -> None:
    said = asked(tables())["How strong are they by atomic species?"]
    assert "the strongest element is C" in said.words
    given = {name: table for name, table in tables().items() if name != "curves"}
    assert asked(given)[said.question].verdict == "not_applicable"


def test_a_study_without_dynamics_and_relevance_still_answers() -> None:
    table = tables()["decay_vs_stability"][["force_mae"]]
    for said in ANSWERS.ask({"decay_vs_stability": table}):
        assert said.words
        assert "nan" not in said.words


def test_failed_networks_are_left_out_and_said() -> None:
    given = dict(tables())
    status = np.array(["ok"] * 24, dtype=object)
    status[:3] = "failed"
    table = given["decay_vs_stability"]
    table = table.assign_coords(status=("model", status.astype(str)))
    given["decay_vs_stability"] = table
    said = asked(given)
    assert said["Did all models come to an end?"].verdict == "warn"
    assert "Of 24 models 3 failed" in said["Did all models come to an end?"].words


def accuracy_table(published: float) -> xr.Dataset:
    table = make_table(ROWS)
    count = len(ROWS)
    about = {"energy_mae": 20.0, "training_seconds": 5.0, "published_force_mae": published}
    for name, value in about.items():
        table[name] = ("model", np.full(count, value))
    return table


def test_accuracy_is_put_beside_what_is_published() -> None:
    ask = AIMS["accuracy"].answers().ask
    good = {said.question: said for said in ask({"accuracy": accuracy_table(1000.0)})}
    assert good["Are they as accurate as published?"].verdict == "pass"
    bad = {said.question: said for said in ask({"accuracy": accuracy_table(1.0)})}
    assert bad["Are they as accurate as published?"].verdict == "warn"
    none = {said.question: said for said in ask({"accuracy": accuracy_table(np.nan)})}
    assert none["Are they as accurate as published?"].verdict == "not_applicable"
    assert {name for said in good.values() for name in said.figures} == {"accuracy"}


def test_properties_are_told_by_target_and_size() -> None:
    table = make_table(variants(depth=(1,)))
    count = table.sizes["model"]
    columns = {"mae": 12.0, "alkane_size_exponent": 0.97, "top_share": 0.4}
    for name, value in columns.items():
        table[name] = ("model", np.full(count, value))
    table["error_unit"] = "model", np.array(["meV"] * count)
    table = table.assign_coords(target=("model", np.array(["homo"] * count)))
    said = AIMS["properties"].answers().ask({"properties": table})
    words = " ".join(one.words for one in said)
    assert "homo at 12 meV in all" in words
    assert "0.97" in words
    assert {name for one in said for name in one.figures} == set(AIMS["properties"].spec.figures)
