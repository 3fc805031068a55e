"""Whatever a study file holds: a valid study or a ConfigError of one line, and nothing else."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nearsight.config import Study, Variant, make_variant, parse_yaml, validate
from nearsight.errors import ConfigError
from nearsight.families.schnet.spec import SchNetVariant

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=10),
    st.sampled_from(["1e-3", "schnet", "generate", "import", "../x", "2020-01-01"]),
)
KEYS = st.one_of(
    st.sampled_from(
        [*Study.model_fields, *SchNetVariant.model_fields, "source", "sampling", "split"]
    ),
    st.text(max_size=5),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
MARKS = [":", "\n", "- ", "? ", "&a ", "*a", "<<", "[", "]", "{", "}", ",", "'", '"', ">", "#", "%"]
TAGS = ["!!int ", "!!bool ", "!!set ", "!!omap ", "!!binary ", "!!timestamp ", "!!python/name:x "]
YAML_PIECES = st.sampled_from([*MARKS, *TAGS, "a", " ", "1e-3", "~", "2020-99-99"])


def outcome(values: Any) -> Study | str:
    try:
        return validate(Study, values, "file")
    except ConfigError as error:
        return str(error)


@given(st.dictionaries(KEYS, VALUES, max_size=6))
@settings(max_examples=150, deadline=None)
def test_any_values(values: dict[str, Any]) -> None:
    result = outcome(values)
    assert isinstance(result, Study) or (result.startswith("file: ") and "\n" not in result)


@given(st.lists(YAML_PIECES, max_size=25).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_text(text: str) -> None:
    message = "file: parsed"
    try:
        parse_yaml(text, "file")
    except ConfigError as error:
        message = str(error)
    assert message.startswith("file: ")
    assert "\n" not in message


@given(SCALARS)
@settings(max_examples=80, deadline=None)
def test_study_that_is_no_mapping(values: Any) -> None:
    assert "expected keys and values" in str(outcome(values))


@given(cutoff=st.floats(0.51, 30), depth=st.integers(1, 12), seed=st.integers(0, 2**31 - 1))
@settings(max_examples=50, deadline=None)
def test_valid_variant_survives_yaml(cutoff: float, depth: int, seed: int) -> None:
    variant = make_variant(family="painn", cutoff=cutoff, depth=depth, seed=seed)
    text = yaml.safe_dump(variant.model_dump())
    assert validate(Variant, parse_yaml(text, "file"), "file") == variant


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf"), True, "5", None, -5])
@pytest.mark.parametrize(
    "key", [k for k, f in SchNetVariant.model_fields.items() if f.annotation in (int, float)]
)
def test_no_number_of_a_variant_takes_it(key: str, wrong: Any) -> None:
    values = {"family": "schnet", "cutoff": 5.0, key: wrong}
    with pytest.raises(ConfigError, match=f"file: {key} = "):
        validate(Variant, values, "file")
