"""The settings that a file says it was made with, against those of the study."""

from collections.abc import Iterator, Mapping
from typing import Any

from nearsight.config import Section, Study
from nearsight.config.feeding import operation_of, settings_of, stages_of
from nearsight.product import Product

_NOTHING = ("", None, 0)
"""Ways to leave a setting of a data set out, which a command and a study do not write alike."""


def settings_for(
    study: Study, product: Product, dataset: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a study states of the settings that feed a stage on a data set, and their defaults.

    Args:
        study: the study.
        product: of the stage; it names the section.
        dataset: name of the data set.
    """
    name = product.section
    section: Section = study.dynamics_on(dataset) if name == "dynamics" else getattr(study, name)
    # Also what rules do not hand on, since it is as it was before there was such a key.
    whole = {
        key: _plain(getattr(section, key))
        for key in type(section).model_fields
        if product.stage in stages_of(type(section), key)
    }
    return whole | settings_of(section, product.stage), defaults_of(type(section))


def training_settings(study: Study, variant: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same of the training of a variant."""
    chosen = study.variant_table()[variant]
    training = study.training
    return (
        {
            "variant": chosen.model_dump(mode="json"),
            "training": settings_of(training, "train"),
        },
        {"variant": defaults_of(type(chosen)), "training": defaults_of(type(training))},
    )


def data_settings(study: Study, dataset: str) -> dict[str, Any]:
    """The same of a data set, under the names by which the commands store them."""
    given = study.datasets[dataset].model_dump(mode="json")
    renamed = {"test_name": "test"}
    return {
        renamed.get(key, key): value
        for key, value in given.items()
        if key not in ("source", "file", "test_file", "molecule", "dynamics_temperature")
    }


def study_settings(study: Study) -> dict[str, Any]:
    """What a table of the study states: all of it that bears on what comes out."""
    stated: dict[str, Any] = study.model_dump(mode="json")
    for name in type(study).model_fields:
        section = getattr(study, name)
        if isinstance(section, Section):
            for key in operation_of(section):
                del stated[name][key]
    return stated


def differences(
    stored: Mapping[str, Any], expected: Mapping[str, Any], defaults: Mapping[str, Any]
) -> list[str]:
    """Keys that a file was made with another value of, as ``gamma is 0.25, not 0.1``.

    Args:
        stored: what the file says; keys that nothing is expected of do not count.
        expected: what the study states.
        defaults: what a key counts as that the file of an earlier version does not have.
    """
    return list(_differences(stored, expected, defaults, ""))


def data_differences(stored: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """The same of a data set, where a key left out is the same as an empty one."""
    both = {key: value for key, value in expected.items() if key in stored}
    wanted = {key: value for key, value in both.items() if _given(value) or _given(stored[key])}
    return differences(stored, wanted, {})


def defaults_of(section: type[Section]) -> dict[str, Any]:
    """Defaults of a section's keys, of those that have one; sections within it as mappings."""
    return {
        name: _plain(field.get_default(call_default_factory=True))
        for name, field in section.model_fields.items()
        if not field.is_required()
    }


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, Section) else value


def _given(value: Any) -> bool:
    return not any(value is nothing or value == nothing for nothing in _NOTHING)


def _differences(stored: Any, expected: Any, defaults: Any, prefix: str) -> Iterator[str]:
    for key, value in expected.items():
        label = f"{prefix}{key}"
        default = defaults.get(key) if isinstance(defaults, Mapping) else None
        found = stored.get(key, default)
        if isinstance(value, Mapping) and isinstance(found, Mapping):
            yield from _differences(found, value, default or {}, f"{label}.")
        elif found != value:
            yield f"{label} is {found!r}, not {value!r}"
