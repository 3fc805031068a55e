"""Relevance against size and shares of the top atoms, from relevances that are known."""

from pathlib import Path

import numpy as np
import pytest
from pooled_results import SIZES, STUDY, write_results
from typer.testing import CliRunner

from nearsight.aims.properties.table import collect_pooling
from nearsight.aims.registry import AIMS
from nearsight.cli import app
from nearsight.config import Study, validate
from nearsight.storage import check_described, write_json


@pytest.fixture
def study() -> Study:
    return validate(Study, STUDY, "test")


@pytest.fixture
def folder(study: Study, tmp_path: Path) -> Path:
    return write_results(tmp_path, study)


def test_impossible_combinations_are_left_out(study: Study) -> None:
    kinds = {(v.target, v.pooling) for v in study.variant_table().values()}
    assert len(kinds) == 7
    assert ("dipole", "dipole") in kinds
    assert ("gap", "dipole") not in kinds


def test_numbers(study: Study, folder: Path) -> None:
    table = collect_pooling(study, folder)
    check_described(table)
    assert table.sizes["model"] == 7
    for k in range(7):
        case = table.isel(model=k)
        if str(case["reason"].item()):
            assert (case["target"].item(), case["pooling"].item()) == ("dipole", "average")
            assert "evaluation.nc is missing: the stage did not run or crashed" in str(
                case["reason"].item()
            )
            assert np.isnan(case["size_exponent"]).all()
            continue
        extensive = str(case["pooling"].item()) == "sum"
        power, top = (1.0, 0.05) if extensive else (0.0, 0.5)
        np.testing.assert_allclose(case["size_exponent"], power, atol=1e-9)
        np.testing.assert_allclose(case["absolute"], SIZES**power, rtol=1e-12)
        share = [
            np.sort(np.r_[top, np.full(n - 1, (1 - top) / (n - 1))])[::-1][:3].sum() for n in SIZES
        ]
        np.testing.assert_allclose(case["top_share"].sel(top=3), np.mean(share), rtol=1e-12)
        np.testing.assert_allclose(
            case["even_share"].sel(top=3), np.mean(np.minimum(3, SIZES) / SIZES), rtol=1e-12
        )
        assert case["top_share_low"].sel(top=3) < case["top_share_high"].sel(top=3)
        np.testing.assert_array_equal(case["carbon"], [1, 2, 3, 4])
        np.testing.assert_allclose(case["alkane_size_exponent"], power, atol=1e-9)
        np.testing.assert_array_equal(case["alkane_output"], -1.0 * (3 * np.arange(1, 5) + 2))
        np.testing.assert_array_equal(case["alkane_value"], 9.0 * (3 * np.arange(1, 5) + 2))
        assert case["mae"] == 42.0
    assert {str(e) for e in table["element"].to_numpy()} == {"C", "H"}


def test_collected_and_drawn_by_the_command(study: Study, folder: Path) -> None:
    write_json(study.model_dump(), folder / "study.json")
    out = folder / "tables" / "properties.nc"
    runner = CliRunner()
    result = runner.invoke(app, ["collect", str(folder / "study.json"), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "size_exponent" in out.with_suffix(".csv").read_text()
    result = runner.invoke(app, ["figures", str(out), "--out", str(folder / "figures")])
    assert result.exit_code == 0, result.output
    for name in ("pooling", "species"):
        assert (folder / "figures" / f"{name}.svg").stat().st_size > 10_000
    text = (folder / "figures" / "pooling.txt").read_text()
    assert "energy by sum: p 1" in text
    assert "6 networks" in text
    refused = runner.invoke(app, ["figures", str(folder / "set"), "--out", str(folder / "x")])
    assert refused.exit_code != 0


def test_every_case_missing_is_a_figure_that_says_so(study: Study, tmp_path: Path) -> None:
    table = collect_pooling(study, tmp_path)
    assert table.sizes["model"] == 7
    for spec in AIMS["properties"].figures():
        shown = spec.select(table)
        assert "No variant" in spec.describe(shown)
        spec.draw(shown)
