"""Every setting has a lower and an upper bound, and what no number alone forbids, pairs of them do.

The list of settings is read off the models, so one that is added without bounds fails here.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nearsight.config import (
    Dynamics,
    GeneratedDataset,
    ImportedDataset,
    Machine,
    PublishedDataset,
    Sampling,
    Section,
    Study,
    Training,
    Variant,
    validate,
)
from nearsight.errors import ConfigError

Node = dict[str, Any]

LOWER, UPPER = ("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")
CHOICES = {"enum", "const"}


def leaves(path: str, node: Node) -> Iterator[tuple[str, Node]]:
    """Settings of a schema's node by key path, those inside lists and mappings too."""
    yield path, node
    inner = {
        "[]": node.get("items"),
        **{f".{key}": value for key, value in node.get("properties", {}).items()},
        **{"{}" + name: value for name, value in node.get("patternProperties", {}).items()},
    }
    extra = node.get("additionalProperties")
    if isinstance(extra, dict):
        inner["{}"] = extra
    for key, value in inner.items():
        if value is not None:
            yield from leaves(f"{path}{key}", value)
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for k, value in enumerate(node.get(key, [])):
            yield from leaves(f"{path}({k})", value)


def sections(cls: type[Section] = Section) -> Iterator[type[Section]]:
    """Those of studies; make-ups of networks are there only if another test has loaded them."""
    for inner in cls.__subclasses__():
        own = inner.__module__.startswith(("nearsight.config.", "nearsight.families."))
        if own and not inner.__module__.endswith(".makeup"):
            yield inner
            yield from sections(inner)


SETTINGS = {
    leaf: node
    for section in sections()
    for root in [section.model_json_schema()]
    for name, part in [*root.get("$defs", {}).items(), (section.__name__, root)]
    for leaf, node in leaves(name, part)
}


def of_kind(*kinds: str) -> list[str]:
    found = [leaf for leaf, node in SETTINGS.items() if node.get("type") in kinds]
    return sorted(leaf for leaf in found if not CHOICES & SETTINGS[leaf].keys())


def test_the_walk_finds_settings_of_every_kind() -> None:
    numbers = of_kind("number", "integer")
    assert {"Dynamics.duration", "Dynamics.bond_limits[]", "SchNetBlock.cutoff[]"} <= set(numbers)
    assert {"Machine.threads", "Sampling.temperature", "Training.max_epochs"} <= set(numbers)
    assert len(numbers) > 80


@pytest.mark.parametrize("leaf", of_kind("number", "integer"))
def test_numbers_have_both_bounds(leaf: str) -> None:
    node = SETTINGS[leaf]
    (low,) = [node[key] for key in LOWER if key in node]
    (high,) = [node[key] for key in UPPER if key in node]
    assert math.isfinite(low)
    assert math.isfinite(high)
    assert low < high <= 1e18


@pytest.mark.parametrize("leaf", of_kind("string"))
def test_text_has_a_greatest_length(leaf: str) -> None:
    node = SETTINGS[leaf]
    assert "maxLength" in node or "{0,63}$" in node["pattern"]


@pytest.mark.parametrize("leaf", of_kind("array"))
def test_lists_have_a_greatest_length(leaf: str) -> None:
    assert "maxItems" in SETTINGS[leaf]


def test_there_is_no_setting_without_a_type() -> None:
    """A field of any type would take what no test above looks at."""
    known = {"type", "$ref", "anyOf", "oneOf", "const", "enum", "allOf"}
    assert not [leaf for leaf, node in SETTINGS.items() if not known & node.keys()]


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.__name__)
@pytest.mark.parametrize("value", [1e300, -1e300, 1e-300, math.nan, math.inf, -math.inf, 10**400])
def test_no_number_takes_what_is_beyond_all_reason(section: type[Section], value: Any) -> None:
    """Whatever a single setting is set to, the answer is a section or an error of one line."""
    for name, field in section.model_fields.items():
        if not {float, int} & {field.annotation}:
            continue
        message = refusal(section, {**REQUIRED.get(section, {}), name: value})
        if message is None:
            assert value == 1e-300
        else:
            assert name in message
            assert len(message) < 2000
            assert "\n" not in message


def refusal(section: type[Section], values: dict[str, Any]) -> str | None:
    try:
        validate(section, values, "file")
    except ConfigError as error:
        return str(error)
    return None


REQUIRED: dict[type[Section], dict[str, Any]] = {
    Variant: {"family": "schnet", "cutoff": 5.0},
    GeneratedDataset: {"source": "generate", "molecule": "methane"},
    ImportedDataset: {"source": "import", "file": "a.xyz", "energy_unit": "eV"},
    PublishedDataset: {"source": "published", "name": "rmd17_aspirin"},
}

JOINT = [
    (Dynamics, {"duration": 1e6, "timestep": 0.001}, "1000000000000 steps"),
    (Dynamics, {"duration": 0.0001}, "shorter than one step"),
    (Dynamics, {"duration": 1e5, "replicas": 1000, "write_interval": 10**6}, "times replicas"),
    (
        Dynamics,
        {"duration": 1e5, "replicas": 1, "reference_replicas": 1000},
        "times reference_replicas",
    ),
    (Dynamics, {"duration": 1e4, "replicas": 32, "write_interval": 1}, "raise write_interval"),
    (Sampling, {"n_frames": 10**6, "stride": 10**4}, "n_frames (1000000) times stride (10000)"),
    (Sampling, {"n_trajectories": 10, "n_frames": 10, "equilibration": 10**8 * 10}, "less than"),
    (Sampling, {"n_trajectories": 100, "n_frames": 100, "equilibration": 10**8}, "equilibration"),
    (Training, {"energy_weight": 0.0, "force_weight": 1e-300}, "nothing to fit"),
]


@pytest.mark.parametrize(("section", "values", "expected"), JOINT)
def test_numbers_that_are_fine_alone_and_not_together(
    section: type[Section], values: dict[str, Any], expected: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        validate(section, values, "file")
    assert expected in str(caught.value)


def test_what_is_at_a_bound_is_taken() -> None:
    assert validate(Machine, {"threads": 256}, "file").threads == 256
    assert validate(Dynamics, {"duration": 5e5, "replicas": 1, "timestep": 0.5, "write_interval":
                               100, "reference_replicas": 1}, "file").duration == 5e5  # fmt: skip


def test_axes_that_nobody_can_plan(change: Callable[[str, Any], dict[str, Any]]) -> None:
    change("every_variant|seed", list(range(1000)))
    study = change("variants|0|features", list(range(2, 202)))
    with pytest.raises(ConfigError, match=r"variants: the axes span 200000 variants; at most"):
        validate(Study, study, "file")


def test_networks_that_nobody_can_plan(change: Callable[[str, Any], dict[str, Any]]) -> None:
    change("every_variant|seed", list(range(1000)))
    study = change("variants|0|features", list(range(2, 62)))
    with pytest.raises(ConfigError, match=r"are 120000 networks; at most"):
        validate(Study, study, "file")


@pytest.mark.parametrize("key", ["file", "test_file", "energy_key", "force_key", "level_of_theory"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [("a\nb", "line break"), ("a\x00b", "control"), ("a" * 5000, "at most"), ("\x1b[31m", "cont")],
)
def test_text_that_is_no_line(key: str, text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        validate(ImportedDataset, {**REQUIRED[ImportedDataset], key: text}, "file")
    assert f"file: {key} = " in str(caught.value)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["file", "test_file"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [("data/{ethanol}.xyz", "wildcard"), ("a}.xyz", "wildcard"), ("-x.xyz", "put ./ before")],
)
def test_paths_that_snakemake_or_a_shell_would_misread(key: str, text: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=f"file: {key} = .*{expected}"):
        validate(ImportedDataset, {**REQUIRED[ImportedDataset], key: text}, "file")
    with pytest.raises(ConfigError, match=f"downloads = .*{expected}"):
        validate(Machine, {"downloads": text}, "file")


@pytest.mark.parametrize("text", ["data/my set.xyz", "ä/ö.xyz", "./-x.xyz", "$(x)'\".xyz", "a@b"])
def test_paths_that_are_only_unusual(text: str) -> None:
    assert validate(ImportedDataset, {**REQUIRED[ImportedDataset], "file": text}, "f").file == text
