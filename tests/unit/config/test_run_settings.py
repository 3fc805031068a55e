"""Settings of runs, and facts of the machine: what ends, what is physical, what a shell sees."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearsight.config import Dynamics, Machine, Training, Yardstick, same_level, validate
from nearsight.config.yardstick import DEEPEST, LARGEST, LONGEST, as_section, in_words
from nearsight.errors import ConfigError
from nearsight.limits import MOST_REPLICA_STEPS, MOST_STEPS, MOST_STORED_FRAMES


def fault(kind: type, **values: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        validate(kind, values, "x")
    assert str(caught.value).startswith("x: ")
    return str(caught.value).removeprefix("x: ")


# Dynamics.


@given(
    duration=st.floats(1e-6, 1e6),
    timestep=st.floats(0.001, 5),
    replicas=st.integers(1, 100_000),
    write_interval=st.integers(1, 1_000_000),
)
def test_a_run_is_taken_exactly_if_it_ends(
    duration: float, timestep: float, replicas: int, write_interval: int
) -> None:
    values = {
        "duration": duration,
        "timestep": timestep,
        "replicas": replicas,
        "write_interval": write_interval,
        "reference_replicas": 1,
    }
    steps = round(1000 * duration / timestep)
    ends = (
        1 <= steps <= MOST_STEPS
        and steps * replicas <= MOST_REPLICA_STEPS
        and steps * replicas // write_interval <= MOST_STORED_FRAMES
    )
    try:
        validate(Dynamics, values, "x")
    except ConfigError as error:
        assert not ends, str(error)  # noqa: PT017 - either may be
        for key in ("duration", "timestep"):
            assert key in str(error)  # noqa: PT017
    else:
        assert ends


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"duration": 1e-4},
            "duration (0.0001 ps) over timestep (0.5 fs) is shorter than one step",
        ),
        ({"duration": 1e6}, "gives 2000000000 steps: at most 1000000000"),
        ({"duration": 1e4, "replicas": 100_000}, "times replicas (100000) gives 2000000000000"),
        ({"duration": 1e4, "reference_replicas": 100_000}, "times reference_replicas (100000)"),
        ({"duration": 1e4, "write_interval": 1}, "so raise write_interval (1)"),
    ],
)
def test_runs_that_never_end_say_which_key_to_turn(values: dict[str, Any], words: str) -> None:
    assert words in fault(Dynamics, **values)


@pytest.mark.parametrize(("forms", "breaks", "sound"), [(1.2, 1.5, True), (1.5, 1.5, False),
                                                       (1.6, 1.5, False)])  # fmt: skip
def test_bonds_form_below_where_they_break(forms: float, breaks: float, sound: bool) -> None:
    if sound:
        assert Dynamics(bond_forms=forms, bond_breaks=breaks).bond_breaks == breaks
    else:
        message = fault(Dynamics, bond_forms=forms, bond_breaks=breaks)
        assert f"bond_forms ({forms}) must be below bond_breaks ({breaks})" in message


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("temperature", 0.0),
        ("timestep", 0.0),
        ("replicas", 0),
        ("bond_limits", [0.5, 0.0]),
        ("bond_limits", [11.0]),
        ("temperature_factor", 1.0),
        ("precision", "float16"),
        ("source", -2),
        ("energy_deviation", 0.0),
    ],
)
def test_what_is_not_physical_is_refused_by_name(key: str, value: Any) -> None:
    assert fault(Dynamics, **{key: value}).startswith(key)


# Training.


@pytest.mark.parametrize(
    ("energy", "force", "fits"), [(0.0, 1.0, True), (1.0, 0.0, True), (0.0, 0.0, False)]
)
def test_there_is_something_to_fit(energy: float, force: float, fits: bool) -> None:
    values = {"energy_weight": energy, "force_weight": force}
    if fits:
        assert validate(Training, values, "x").force_weight == force
    else:
        assert "energy_weight and force_weight are both 0: nothing to fit" in fault(
            Training, **values
        )
    assert "nothing to fit" in fault(Training, energy_weight=1e-300, force_weight=0.0)


# The machine.


@pytest.mark.parametrize("word", ["", "gpu", "a100.40gb", "gpu,long", "A_b-c.9"])
def test_words_that_a_shell_takes_as_they_are(word: str) -> None:
    assert Machine(gpu_partition=word, gpu_model=word).gpu_model == word


@pytest.mark.parametrize("word", ["a b", "a;b", "$HOME", "`ls`", "a|b", "a&b", "a>b", "*", "é",
                                  "a\nb", "'", '"', "\\", "x" * 201])  # fmt: skip
@pytest.mark.parametrize("key", ["gpu_partition", "gpu_model"])
def test_words_that_a_shell_would_expand(key: str, word: str) -> None:
    assert fault(Machine, **{key: word}).startswith(key)


@pytest.mark.parametrize(
    ("partition", "device", "has"),
    [("", "auto", False), ("gpu", "auto", True), ("gpu", "cuda", True), ("gpu", "cpu", False),
     ("", "cuda", False)],
)  # fmt: skip
def test_gpus_are_asked_for_where_there_is_a_partition(
    partition: str, device: str, has: bool
) -> None:
    assert Machine(gpu_partition=partition, device=device).has_gpus is has  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "value"),
    [("threads", 0), ("threads", 257), ("variants_per_job", 0), ("most_minutes", 0),
     ("most_megabytes", 499), ("downloads", ""), ("downloads", "-x"), ("container", "a{b}")],
)  # fmt: skip
def test_facts_that_are_none(key: str, value: Any) -> None:
    assert fault(Machine, **{key: value}).startswith(key)


# Yardsticks.


def nested(depth: int) -> Any:
    return 1 if depth == 0 else [nested(depth - 1)]


@pytest.mark.parametrize(
    "value",
    [True, None, 3, -2.5, LARGEST, "text", [1, "a"], {"a": [1, {"b": None}]}, nested(DEEPEST),
     "x" * LONGEST, [0] * LONGEST],
)  # fmt: skip
def test_arguments_that_yaml_and_json_know(value: Any) -> None:
    found = validate(Yardstick, {"engine": "a.b:C", "arguments": {"key": value}}, "x")
    assert found.arguments == {"key": value}
    assert Yardstick.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 2 * LARGEST, "two\nlines", "x" * (LONGEST + 1), (1, 2), {1: 2},
     {"a": {2: 3}}, nested(DEEPEST + 1), [0] * (LONGEST + 1), object()],
)  # fmt: skip
def test_arguments_that_they_do_not(value: Any) -> None:
    message = fault(Yardstick, engine="a.b:C", arguments={"key": value})
    assert "key is none of what arguments may be: true, false, null, numbers up to 1e+18" in message


@pytest.mark.parametrize("engine", ["a:b", "a.b.c:D", "_a.b1:_c", "é.ü:ñ"])
def test_factories_by_name(engine: str) -> None:
    assert Yardstick(engine=engine).is_calculator


@pytest.mark.parametrize("engine", ["a", "a:", ":b", "a.b", "1a:b", "a..b:c", "a:b:c", "a b:c", ""])
def test_what_is_no_factory(engine: str) -> None:
    assert "expected package.module:factory" in fault(Yardstick, engine=engine)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("GFN2-xTB", "gfn2-XTB ", True),
        ("PBE", "PBE0", False),
        ("", " ", True),
        ("Straße", "STRASSE", True),
    ],
)
def test_levels_of_theory_however_they_are_written(one: str, other: str, same: bool) -> None:
    assert same_level(one, other) is same_level(other, one) is same


def test_a_reference_of_another_level_says_so() -> None:
    assert in_words("GFN2-xTB", "gfn2-xtb") == "GFN2-xTB"
    assert in_words("GFN2-xTB", "PBE") == "GFN2-xTB, another level of theory than the labels (PBE)"
    for unknown in ("", "unknown", "Unknown "):
        assert in_words("X", unknown) == "X, beside labels of an unknown level of theory"


def test_one_word_is_short_for_a_section() -> None:
    assert as_section("gfn2") == {"engine": "gfn2"}
    assert as_section({"engine": "gfn2"}) == {"engine": "gfn2"}
    for wrong in (3, None, ["gfn2"], 2.5):
        with pytest.raises(ValueError, match=r"expected package\.module:factory"):
            as_section(wrong)
