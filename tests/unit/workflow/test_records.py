"""Changes that Snakemake cannot see are told."""

from pathlib import Path

import pytest
import yaml

from nearsight.config import Study
from nearsight.workflow.records import unseen_changes

STUDY = """
name: two
datasets: {water: {source: generate, molecule: water}}
variants: [{family: schnet, cutoff: [3.0], depth: [1], n_train: [4]}]
training: {max_epochs: 30}
"""


def study(**training: int) -> Study:
    document = yaml.safe_load(STUDY)
    document["training"] |= training
    return Study.model_validate(document)


def test_results_from_elsewhere_tell_which_keys_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written = Path("results/two/study.json")
    assert unseen_changes(study(), written) == ""
    written.parent.mkdir(parents=True)
    written.write_text(study().model_dump_json())
    assert unseen_changes(study(), written) == ""
    warning = unseen_changes(study(max_epochs=12, batch_size=7), written)
    assert "other values of training.batch_size, training.max_epochs, and" in warning
    assert "--forcerun study_file" in warning
    written.write_text("{")
    assert unseen_changes(study(max_epochs=12), written) == ""
