"""Figures of dynamics, drawn from tables that were made by hand."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes

from nearsight.diagnose.check import Picture
from nearsight.diagnose.checks.dynamics.figures import CALM, MOST_COLUMNS, draw
from nearsight.diagnose.looks import looks_of
from nearsight.md.rules.guards import EndKind

N_TIMES = 20
KINDS = [kind.code for kind in EndKind]


def table(
    ends: list[EndKind], *, wide: float = 0.2, duration: float = 2.0, heat: float = 3.0
) -> xr.Dataset:
    """Replicas that end so, halfway where a rule ended them.

    Args:
        ends: of the replicas.
        wide: meV per atom by which the energy swings.
        duration: ps.
        heat: K.
    """
    n = len(ends)
    time = np.linspace(0, duration, N_TIMES)
    event = np.array([kind not in (EndKind.SURVIVED, EndKind.COMPUTE_LIMIT) for kind in ends])
    running = ~event[:, None] | (time < duration / 2)
    swing = np.where(running, wide * np.sin(9 * time), np.nan)
    warm = np.where(running, 500 + heat * time, np.nan)
    counts = [ends.count(EndKind[code.upper()]) for code in KINDS]
    held = np.where(time < duration / 2, 1.0, 1 - event.mean())
    bands = {
        f"{name}{end}": (dim, values)
        for name, dim, values in (
            ("survival", "time", held),
            ("block_temperature", "block_time", np.nanmean(warm, axis=0)),
        )
        for end in ("", "_low", "_high")
    }
    return xr.Dataset(
        {
            **bands,
            "energy_change": (("replica", "frame_time"), swing),
            "halved_energy_change": (("halved", "frame_time"), swing[:1] / 4),
            "replica_temperature": (("replica", "block_time"), warm),
            "replica_ended": ("replica", event.astype(int)),
            "end_count": ("end_kind", counts),
            "n_replicas": n,
            "n_running": ("block_time", np.isfinite(warm).sum(axis=0)),
            "duration": duration,
            "drift": 0.01,
            "late_heating": heat,
        },
        coords={
            "time": time,
            "frame_time": time,
            "block_time": time,
            "end_kind": KINDS,
        },
        attrs={"start_temperature": 500.0},
    )


SOUND = table([EndKind.SURVIVED] * 4)
BROKEN = table([EndKind.BOND, EndKind.SURVIVED, EndKind.TOPOLOGY, EndKind.BOND], wide=8.0)


def panels(picture: Picture) -> list[Axes]:
    return [axis for axis in picture.figure.axes if axis.get_visible()]


def crosses(axis: Axes) -> int:
    return sum(line.get_marker() == "x" for line in axis.lines)


def test_a_cross_marks_every_end_and_nothing_else() -> None:
    over_time, _ = draw({"sound": SOUND, "broken": BROKEN})
    upper_sound, upper_broken, lower_sound, lower_broken = panels(over_time)
    assert [crosses(axis) for axis in (upper_sound, lower_sound)] == [0, 0]
    assert [crosses(axis) for axis in (upper_broken, lower_broken)] == [3, 3]
    ends = [line for line in upper_broken.lines if line.get_marker() == "x"]
    assert all(line.get_xdata()[0] < 1.0 for line in ends)


def test_every_replica_has_a_line_and_the_halved_ones_too() -> None:
    (upper, lower) = panels(draw({"sound": SOUND})[0])
    curves = [line for line in upper.lines if len(line.get_xdata()) == N_TIMES]
    assert len(curves) == 4 + 1
    curves = [line for line in lower.lines if len(line.get_xdata()) == N_TIMES]
    assert len(curves) == 4 + 1
    assert max(line.get_linewidth() for line in curves) > 1.5


def test_small_energies_are_drawn_linearly_and_large_ones_beyond_a_limit_are_not() -> None:
    (upper, _) = panels(draw({"sound": SOUND})[0])
    assert upper.get_yscale() == "linear"
    assert max(np.abs(upper.get_ylim())) < CALM
    shown = panels(draw({"sound": SOUND, "broken": BROKEN})[0])
    assert [axis.get_yscale() for axis in shown] == ["symlog", "symlog", "linear", "linear"]
    labels = [text.get_text() for text in shown[0].get_yticklabels()]
    assert {"-10", "0", "10"} & set(labels)


def test_models_share_scales() -> None:
    shown = panels(draw({"sound": SOUND, "broken": BROKEN})[0])
    assert shown[0].get_ylim() == shown[1].get_ylim()
    assert shown[2].get_ylim() == shown[3].get_ylim()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
def test_more_models_than_columns_begin_another_row(count: int) -> None:
    labels = [f"model {k}" for k in range(count)]
    over_time, survival = draw(dict.fromkeys(labels, SOUND))
    shown = panels(over_time)
    assert len(shown) == 2 * count
    titles = [axis.get_title(loc="left") for axis in shown]
    assert [title for title in titles if title] == labels
    height = over_time.figure.get_size_inches()[1]
    assert height < 3.4 * -(-count // MOST_COLUMNS) + 1.1
    names = [text.get_text() for text in survival.figure.axes[1].get_yticklabels()]
    assert names == labels


def test_axes_say_what_is_on_them() -> None:
    over_time, survival = draw({"a": SOUND, "b": SOUND})
    upper, _, lower, _ = panels(over_time)
    assert upper.get_ylabel() == "total energy\n(meV per atom)"
    assert lower.get_ylabel() == "temperature (K)"
    assert lower.get_xlabel() == "time (ps)"
    left, right = survival.figure.axes[:2]
    assert left.get_xlabel() == "time (ps)"
    assert "share of replicas" in left.get_ylabel()
    assert right.get_xlabel() == "share of replicas"


def test_bars_count_ends_by_cause() -> None:
    _, survival = draw({"sound": SOUND, "broken": BROKEN})
    right = survival.figure.axes[1]
    numbers = [text.get_text() for text in right.texts]
    assert numbers == ["4", "1", "2", "1"]
    widths = [bar.get_width() for bar in right.patches]
    assert widths == [1.0, 0.25, 0.5, 0.25]
    (legend,) = survival.figure.legends[:1]
    words = [text.get_text() for text in legend.get_texts()]
    assert words == ["End", "survived", "bond", "topology"]


def test_survival_falls_where_replicas_end() -> None:
    _, survival = draw({"sound": SOUND, "broken": BROKEN})
    left = survival.figure.axes[0]
    sound, broken = (line.get_ydata() for line in left.lines)
    assert set(sound) == {1.0}
    assert set(broken) == {1.0, 0.25}
    assert left.get_xlim() == (0, 2.0)


def test_numbers_on_dark_bars_are_white() -> None:
    right = draw({"broken": BROKEN})[1].figure.axes[1]
    shown = {text.get_text(): text.get_color() for text in right.texts}
    assert shown["2"] == "white"
    assert [text.get_color() for text in right.texts].count("black") == 2


def test_two_replicas_have_no_band() -> None:
    """Student's interval of two is as wide as nothing that was measured."""
    few = table([EndKind.BOND] * 2 + [EndKind.SURVIVED] * 2)
    high = np.where(np.arange(N_TIMES) < N_TIMES // 2, 900.0, 9000.0)
    few = few.assign(block_temperature_high=("block_time", high))
    (_, lower) = panels(draw({"few": few})[0])
    assert 900 < lower.get_ylim()[1] < 1500


def test_a_model_has_one_colour_in_both_figures() -> None:
    looks = looks_of(["gone", "a", "b"])
    pictures = draw({"gone": xr.Dataset(), "a": SOUND, "b": BROKEN})
    left = pictures[1].figure.axes[0]
    assert [line.get_color() for line in left.lines] == [looks["a"].color, looks["b"].color]
    upper = panels(pictures[0])[1]
    assert looks["b"].color in {line.get_color() for line in upper.lines}


def test_alt_texts_tell_what_is_seen() -> None:
    over_time, survival = draw({"a": SOUND, "b": BROKEN})
    assert over_time.alt == (
        "Energy and temperature over time of 2 models. a: drift 0.01 meV per atom and ps, late "
        "heating +3 K; b: drift 0.01 meV per atom and ps, late heating +3 K."
    )
    assert "a: 100% of 4 replicas hold for 2 ps; b: 25% of 4" in survival.alt
    unknown = SOUND.assign(drift=np.nan, late_heating=np.nan)
    assert "drift unknown, late heating unknown" in draw({"a": unknown})[0].alt


def test_a_long_name_is_folded_and_stays_whole() -> None:
    name = "a_folder_of_a_model/with_a_name_that_nobody/would_ever_type.safetensors"
    over_time, survival = draw({name: SOUND})
    title = panels(over_time)[0].get_title(loc="left")
    assert title.replace("\n", "") == name
    (label,) = survival.figure.axes[1].get_yticklabels()
    assert label.get_text().replace("\n", "") == name
