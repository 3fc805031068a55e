"""Two study files of one study: the same settings, other networks; and the study of both."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any

from nearsight.config import AXES, Row, Study, Variant, validate
from nearsight.errors import ConfigError
from nearsight.lineage.settings import differences, study_settings
from nearsight.merging.blocks import blocks_of
from nearsight.merging.exclusions import exclusions

_SHOWN = 3


def require_one_study(ours: Study, theirs: Study, own: str, origin: str) -> None:
    """Refuse a study that differs in more than its name, its axes and what it leaves out.

    Further data sets are no difference; those of the same name must be the same.

    Args:
        ours: the study that is merged into.
        theirs: the study of the further networks.
        own: where ours stands, for messages.
        origin: where theirs stands.

    Raises:
        ConfigError: names the keys with both values.
    """
    stated, expected = _settings(theirs), _settings(ours)
    both = expected["datasets"].keys() & stated["datasets"].keys()
    expected["datasets"] = {name: expected["datasets"][name] for name in sorted(both)}
    expected["variants"] = {
        k: v for k, v in expected["variants"].items() if k in stated["variants"]
    }
    found = differences(stated, expected, {})
    if found:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise ConfigError(
            f"{origin}: {'; '.join(found[:_SHOWN])}{more}, as {own} has it: only what is trained "
            "(axes of variants, exclude, further data sets) may differ; run it with these settings"
        )


def joined(ours: Study, theirs: Study, coming: Collection[tuple[str, Row]], origin: str) -> Study:
    """The study of our networks and of those that come, and of no others.

    Args:
        ours: its settings are kept.
        theirs: where data sets come from that ours does not have.
        coming: data set, and variant or given model, of each network.
        origin: for messages.

    Raises:
        ConfigError: they are more than can be planned.
    """
    trained = [(dataset, row) for dataset, row in coming if isinstance(row, Variant)]
    wanted = {(dataset, v.id) for dataset, v in [*ours.trained(), *trained]}
    document = ours.model_dump(mode="json")
    named = {dataset for dataset, _ in coming}
    further = [name for name in theirs.datasets if name in named and name not in ours.datasets]
    given = theirs.model_dump(mode="json")
    document["datasets"].update({name: given["datasets"][name] for name in further})
    document |= blocks_of(ours, [variant for _, variant in trained])
    # As it stands in the study file where that will do, since somebody wrote it there.
    kept = document["exclude"]
    other = [entry for entry in given["exclude"] if entry not in kept]
    ways: list[list[Any]] = [[], kept, kept + other]
    for entries in ways:
        with suppress(ConfigError):
            study = validate(Study, {**document, "exclude": entries}, origin)
            if _names(study) == wanted:
                return study
    every = validate(Study, {**document, "exclude": []}, origin)
    return validate(Study, {**document, "exclude": exclusions(every, wanted)}, origin)


def changed_axes(before: Study, after: Study) -> Iterator[str]:
    """Keys of the study file that the joined study states otherwise, a line each."""
    known, found = before.axes(), after.axes()
    for axis in AXES:
        if known[axis] != found[axis]:
            yield f"{axis}: {found[axis]}"
    for name in after.datasets.keys() - before.datasets.keys():
        yield f"datasets: {name} too"
    if before.exclude != after.exclude:
        yield f"exclude: {[entry.given() for entry in after.exclude]}"


def _settings(study: Study) -> dict[str, Any]:
    """What must be the same in both: of variants, what is no axis."""
    stated = study_settings(study)
    for key in ("name", "exclude", "variants"):
        del stated[key]
    stated["variants"] = {
        block.family: {name: getattr(block, name) for name in block.spec.single}
        for block in study.variants
    }
    # As a list: also one that has models where the other has none is another study.
    stated["models"] = [[name, model.model_dump()] for name, model in study.models.items()]
    stated["every_variant"] = {"own_frames": study.every_variant.own_frames}
    return stated


def _names(study: Study) -> set[tuple[str, str]]:
    return {(dataset, variant.id) for dataset, variant in study.trained()}
