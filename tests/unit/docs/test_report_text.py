"""The report says what its study can decide and what not, from the study's own design."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from docutils.core import publish_parts
from jinja2 import Environment

from nearsight.config import load_study

REPOSITORY = Path(__file__).parents[3]


def overview(study: str, **changes: object) -> str:
    text = (REPOSITORY / "workflow" / "report" / "workflow.rst").read_text(encoding="utf-8")
    file = REPOSITORY / "config" / f"{study}.yaml"
    config = yaml.safe_load(file.read_text(encoding="utf-8"))
    config["design"] = load_study(file).design()
    snakemake = SimpleNamespace(config={**config, **changes})
    rendered = Environment(autoescape=True).from_string(text).render(snakemake=snakemake)
    assert "system-message" not in publish_parts(rendered, writer="html")["html_body"]
    return " ".join(rendered.split())


@pytest.mark.parametrize(
    "said",
    ["1 data set(s), 6 setting(s) of each family and 1 seed(s)", "With one seed every number",
     "correlations and no verdict", "Nothing here speaks for another molecule", "Trained again"],
)  # fmt: skip
def test_the_demo_says_what_it_cannot_tell(said: str) -> None:
    assert said in overview("demo")
    assert "<!--" not in overview("demo")


def test_a_study_with_settings_seeds_and_molecules_may_decide() -> None:
    text = overview("decay")
    assert "10 setting(s) of each family and 4 seed(s)" in text
    for said in ("With one seed", "no verdict", "another molecule", "Trained again"):
        assert said not in text


def test_a_study_of_another_aim_is_left_alone() -> None:
    assert "can tell, and what not" not in overview("accuracy")
