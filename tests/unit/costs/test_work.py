"""How much a study has to do: what grows with what, and as often as its settings say."""

import pytest
import yaml

from nearsight.config import Study
from nearsight.costs.work import FRAMES, UNKNOWN_ATOMS, Work, count_dataset_atoms, work_of

STUDY = """
name: sizes
datasets:
  small: {source: generate, molecule: water, sampling: {n_frames: 2000}}
  large: {source: generate, molecule: Ac-Ala3-NHMe, sampling: {n_frames: 3000}}
  found: {source: import, file: frames.xyz, energy_unit: eV, length_unit: angstrom}
variants:
  - family: schnet
    cutoff: [3.0, 10.0]
    depth: [1, 6]
    features: [16]
    n_train: [100]
models: {gfn1: {calculator: "tblite.ase:TBLite"}}
training: {max_epochs: 20}
explain: {n_structures: 7}
respond: {n_structures: 5}
failures: {n_structures: 30}
dynamics: {duration: 10.0, timestep: 0.5, replicas: 100, halved_replicas: 8, write_interval: 10}
"""
SHALLOW, DEEP = (f"schnet~rc{c}~T{t}~F16~n100~s0" for c, t in ((3.0, 1), (10.0, 6)))


@pytest.fixture
def work() -> Work:
    return work_of(Study.model_validate(yaml.safe_load(STUDY)))


def test_atoms_are_known_before_there_are_data(work: Work) -> None:
    assert work.atoms == {"small": 3, "large": 42, "found": UNKNOWN_ATOMS}
    assert count_dataset_atoms(work.study) == work.atoms


def test_what_is_evaluated_is_counted_as_settings_say(work: Work) -> None:
    assert work.training(SHALLOW) == 3 * 100 * 20
    # Twice as many steps of the eight replicas whose step is halved, in a second run.
    assert work.dynamics("large") == (100 + 2 * 8) * 20_000
    assert work.response("large") == 5 * 42 * 6
    assert work.relevance("large", DEEP) == 7 * 42 * 6
    assert work.looked_at("large") == 130
    assert work.failures("small", SHALLOW) == 130 * 3
    assert work.pair_frames("small") == 2000 * 100 * 9
    assert (work.evaluation("large"), work.evaluation("found")) == (3000, FRAMES)


def test_pairs_stop_growing_at_all_of_a_molecule(work: Work) -> None:
    assert work.pairs("small", SHALLOW) == 3 * 2 == work.pairs("small", DEEP)
    assert work.pairs("large", SHALLOW) < work.pairs("large", DEEP) <= 42 * 41


def test_an_evaluation_grows_with_molecule_and_network(work: Work) -> None:
    sizes = [
        work.multiplications(data, name)
        for data, name in (("small", SHALLOW), ("large", SHALLOW), ("large", DEEP))
    ]
    assert sizes == sorted(sizes)
    assert sizes[2] > 6 * sizes[1]
    assert work.depth(DEEP) == 6
    assert work.values(DEEP) == 16


def test_a_given_model_is_not_trained_and_nobody_knows_its_work(work: Work) -> None:
    assert work.is_given("gfn1")
    assert not work.is_given(DEEP)
    assert work.training("gfn1") == 0
    assert work.depth("gfn1") > 0
    assert work.values("gfn1") > 0
    with pytest.raises(KeyError, match="gfn1"):
        work.multiplications("small", "gfn1")
