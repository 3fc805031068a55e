"""A changed key runs anew the stages that it names, those and no others."""

from typing import Any

import pytest

from nearsight.config import (
    Dynamics,
    Explain,
    Failures,
    Faithfulness,
    Machine,
    Respond,
    Sampling,
    Section,
    Split,
    Statistics,
    Training,
    Yardstick,
)
from nearsight.config.feeding import operation_of, settings_of, stages_of, stages_of_keys

SECTIONS: list[type[Section]] = [
    Dynamics, Explain, Failures, Faithfulness, Respond, Sampling, Split, Statistics, Training,
]  # fmt: skip
KEYS = [
    pytest.param(section, key, id=f"{section.__name__}.{key}")
    for section in SECTIONS
    for key in section.model_fields
]
STAGES = sorted({stage for stages in stages_of_keys().values() for stage in stages})


def other_values(section: type[Section], key: str) -> list[Any]:
    """Values that the key may have beside its default, read off its bounds and choices."""
    node = section.model_json_schema()["properties"][key]
    default = section.model_fields[key].default
    if "enum" in node:
        return [choice for choice in node["enum"] if choice != default]
    if isinstance(default, bool):
        return [not default]
    if isinstance(default, int):
        return [default + 4, default + 1, default - 1, 2 * default]
    if isinstance(default, float):
        return [1.01 * default, 0.99 * default, 0.5]
    if isinstance(default, list):
        return [default[:-1], [*default, 0.7]]
    return ["other"]


def changed(section: type[Section], key: str) -> Section:
    """The section with another value of one key, the first that it takes."""
    for value in other_values(section, key):
        try:
            found = section(**{key: value})
        except ValueError:
            continue
        if getattr(found, key) != section.model_fields[key].default:
            return found
    raise AssertionError(f"{section.__name__}.{key}: no other value is known")


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_a_changed_key_is_seen_by_its_stages_alone(section: type[Section], key: str) -> None:
    before, after = section(), changed(section, key)
    feeds = stages_of(section, key)
    for stage in {*STAGES, *feeds}:
        assert (settings_of(before, stage) != settings_of(after, stage)) is (stage in feeds)
    assert (operation_of(before) != operation_of(after)) is (not feeds)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_is_handed_to_somebody_once(section: type[Section]) -> None:
    keys = set(section.model_fields)
    handed = {key for stage in STAGES for key in settings_of(section(), stage)}
    # What is younger than results that lie there is handed only where it is not as it was.
    young = {name for name, field in section.model_fields.items() if field.exclude_if is not None}
    for key in young:
        assert key not in handed
        made = changed(section, key)
        handed |= {one for stage in STAGES for one in settings_of(made, stage)}
    assert handed | set(operation_of(section())) == keys
    assert not handed & set(operation_of(section()))


def test_a_stage_that_there_is_not_gets_nothing() -> None:
    assert settings_of(Training(), "nonsense") == {}


def test_what_is_handed_on_makes_the_section_anew() -> None:
    section = Training(max_epochs=7)
    given = settings_of(section, "train")
    assert given["max_epochs"] == 7
    assert "checkpoint_every" not in given
    assert Training(**given, **operation_of(section)) == section


def test_the_table_names_every_key_of_a_study_once() -> None:
    table = stages_of_keys()
    assert table["training.max_epochs"] == ("train",)
    assert table["training.checkpoint_every"] == ()
    assert table["name"] == ("all",)
    assert table["datasets.generate.sampling.temperature"] == ("data",)
    assert table["datasets.import.file"] == ("data",)
    assert set(table["datasets.published.dynamics_temperature"]) == {
        "dynamics", "reference_dynamics",
    }  # fmt: skip
    for section, name in ((Training, "training"), (Dynamics, "dynamics"), (Explain, "explain")):
        for key in section.model_fields:
            assert table[f"{name}.{key}"] == stages_of(section, key)


def test_a_yardstick_feeds_what_it_stands_beside() -> None:
    assert "respond_reference" in stages_of(Yardstick, "engine")
    assert "train" not in stages_of(Yardstick, "engine")


def test_facts_of_the_machine_feed_nothing() -> None:
    assert all(stages_of(Machine, key) == () for key in Machine.model_fields)
