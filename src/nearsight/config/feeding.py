"""Which stages of the workflow a key feeds: a changed key runs those anew and what follows.

Every key says it where it is declared. Rules hand a stage only the keys that feed it
(:func:`settings_of`), so the table (:func:`stages_of_keys`), the commands and what Snakemake
compares cannot differ.
"""

from collections.abc import Iterator
from typing import Any, get_args

from nearsight.config.given import GivenModel
from nearsight.config.study import Study
from nearsight.section import Section

EVERY_STAGE = "all"
"""Of the name of a study: another name is another folder of results."""


def stages_of(section: type[Section], key: str) -> tuple[str, ...]:
    """Stages that a key of a section feeds."""
    extra = section.model_fields[key].json_schema_extra
    own = extra.get("stages") if isinstance(extra, dict) else None
    return section.stages if own is None else tuple(map(str, own))  # type: ignore[arg-type]


def settings_of(section: Section, stage: str) -> dict[str, Any]:
    """Values of the keys of a section that feed a stage."""
    return section.model_dump(
        include={
            key for key in type(section).model_fields if stage in stages_of(type(section), key)
        }
    )


def operation_of(section: Section) -> dict[str, Any]:
    """Values of the keys that feed no stage: how the work is done, not what comes of it."""
    return section.model_dump(
        include={key for key in type(section).model_fields if not stages_of(type(section), key)}
    )


def stages_of_keys() -> dict[str, tuple[str, ...]]:
    """Stages by key of a study file, as ``training.max_epochs``; of data sets by source."""
    return dict(_walk(Study, ""))


def _walk(section: type[Section], prefix: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for key, field in section.model_fields.items():
        inner = field.annotation
        if key == "datasets" and section is Study:
            for source in _sources(inner):
                name = get_args(source.model_fields["source"].annotation)[0]
                yield from _walk(source, f"datasets.{name}.")
        elif key == "models" and section is Study:
            yield f"{prefix}{key}", stages_of(section, key)
            yield from _walk(GivenModel, "models.NAME.")
        elif isinstance(inner, type) and issubclass(inner, Section):
            yield from _walk(inner, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", stages_of(section, key)


def _sources(annotation: Any) -> tuple[type[Section], ...]:
    """Kinds of data sets out of ``dict[Name, Annotated[A | B, ...]]``."""
    union = get_args(get_args(annotation)[1])[0]
    return get_args(union)
