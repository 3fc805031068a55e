"""Items of `each` do not write over each other's files, and checkpoints alone are discarded."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from nearsight.cli import app
from nearsight.cli.items import check_items
from nearsight.errors import ConfigError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.nc", "b.nc", "data.nc", "dynamics.nc"):
        Path(name).write_text(name)


def filled(*arguments: str) -> dict[str, list[str]]:
    return {item: [part.replace("{}", item) for part in arguments] for item in ("a", "b")}


def test_items_apart() -> None:
    check_items(filled("evaluate", "{}.nc", "data.nc", "--out", "{}/errors.nc"))
    check_items(filled("md", "data.nc", "--out", "{}/d.nc", "--trajectories", "{}/t"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("evaluate", "{}.nc", "data.nc", "--out", "errors.nc"),
        # Beside two models of one folder would lie one checkpoint.
        ("train", "data.nc", "--out", "{}.safetensors"),
        ("md", "data.nc", "--out", "{}.d.nc", "--trajectories", "t"),
    ],
)
def test_two_items_that_write_one_file(arguments: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match=r"each: b: .* is what a writes too"):
        check_items(filled(*arguments))


@pytest.mark.parametrize("linked", [False, True])
def test_item_that_writes_what_another_reads(linked: bool) -> None:
    items = filled("evaluate", "{}.nc", "data.nc", "--out", "{}/errors.nc")
    items["a"][-1] = "link.nc" if linked else "b.nc"
    Path("link.nc").symlink_to("b.nc")
    with pytest.raises(ConfigError, match=r"each: a: --out .*: is an input of b"):
        check_items(items)


def test_arguments_that_are_wrong_are_left_to_the_item() -> None:
    check_items(filled("evaluate", "{}.nc", "--subset", "--threads", "many"))


@pytest.mark.parametrize(
    "name",
    [".", "data.nc", "notes", "{}/trajectories", ".hidden", "checkpoint.safetensors/", "link"],
)
def test_nothing_but_checkpoints_is_discarded(name: str) -> None:
    """Whatever was named was removed, with all that lay in it."""
    Path("checkpoint.safetensors").mkdir()
    Path("checkpoint.safetensors/mine").write_text("mine")
    Path("a.nc.finished").mkdir()
    Path("link").symlink_to("a.nc.finished")
    before = sorted(Path().rglob("*"))
    arguments = ["each", "--discard", name, "evaluate", "{}.nc", "data.nc", "--out", "{}/e.nc"]
    result = CliRunner().invoke(app, [*arguments, ":::", "a"])
    assert isinstance(result.exception, ConfigError)
    assert "only checkpoints are removed" in str(result.exception)
    assert sorted(Path().rglob("*")) == before
