"""Small tables say where they come from, and how far runs are apart."""

import json
from pathlib import Path

import pytest
import xarray as xr
from quoting.layouts import Layouts
from quoting.spread import spread
from quoting.store import QuoteError, read
from quoting.taking import take

DEVIATION = "response_deviation_signed"
CSV = """\
dataset,family,cutoff (angstrom),depth,seed,force_mae (meV angstrom-1),survival,status
water,painn,5,2,0,70,1.0,ok
water,schnet,5,2,0,124.5,0.5,ok
water,schnet,3,2,0,,,diverged
"""


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "somewhere" / "small"
    (folder / "tables").mkdir(parents=True)
    (folder / "study.json").write_text(
        json.dumps({"name": "small", "dynamics": {"duration": 1.5}, "variants": {"seed": [0, 1]}})
    )
    (folder / "tables" / "decay_vs_stability.csv").write_text(CSV)
    association = "dataset,family,descriptor,rho,extra\nwater,all,force_mae,-0.5,1\n"
    (folder / "tables" / "association.csv").write_text(association)
    head = {"title": "decay and stability, small", "git_commit": "abc", "hardware": "2 cores"}
    xr.Dataset(attrs=head).to_netcdf(folder / "tables" / "decay_vs_stability.nc")
    return folder


def test_small_tables_are_taken(root: Path, results: Path) -> None:
    numbers = root / "docs" / "numbers"
    wanted = Layouts.read(numbers / "layouts.yaml").taken
    paths = take(results, "small", wanted, numbers)
    assert [path.name for path in paths] == [
        "small.csv", "small_settings.csv", "small_association.csv",
    ]  # fmt: skip
    taken = read(paths[0])
    assert taken.key == ("family", "cutoff")
    assert taken.facts["commit"] == "abc"
    assert taken.facts["taken"] == "python docs/quote.py take results/small --as small"
    assert taken.frame["family"].tolist() == ["schnet", "schnet", "painn"]
    assert taken.rows("schnet/5")["force_mae"].tolist() == [124.5]
    settings = read(paths[1])
    assert settings.rows("dynamics.duration")["value"].tolist() == ["1.5"]
    assert settings.rows("variants.seed")["value"].tolist() == ["0 1"]
    assert "extra" not in read(paths[2]).frame
    for path in paths:
        assert str(results.parent) not in path.read_text()


def test_results_without_a_table_are_named(tmp_path: Path) -> None:
    with pytest.raises(QuoteError, match="nothing to take"):
        take(tmp_path, "x", {"study": []}, tmp_path)


def test_how_far_runs_are_apart(root: Path) -> None:
    numbers = root / "docs" / "numbers"
    other = (numbers / "demo.csv").read_text().replace("127.0,-0.0312", "133.35,0.02")
    (numbers / "again.csv").write_text(other)
    spread(["demo", "again"], "apart", ["force_mae", "survival", DEVIATION], numbers)
    apart = read(numbers / "apart.csv")
    force = apart.rows("force_mae").iloc[0]
    assert force["again_difference"] == pytest.approx(6.35)
    assert force["again_share"] == pytest.approx(0.05)
    deviation = apart.rows(DEVIATION).iloc[0]
    assert (deviation["again_signs"], deviation["again_rows"]) == (1, 4)
    assert apart.rows("survival").iloc[0]["again_rows"] == 3
