"""Stability and observables of a run that was integrated, written and read again."""

from pathlib import Path

import numpy as np
import pytest
from dimers import frames_of

from nearsight.config import Dynamics, Statistics
from nearsight.md.analysis.observables import observables
from nearsight.md.analysis.stability import stability
from nearsight.md.record.amber import write_trajectories
from nearsight.md.record.labelled import to_dataset
from nearsight.md.record.trajectories import Trajectories
from nearsight.md.replicas.starts import Starts
from nearsight.storage import check_described

SETTINGS = Statistics(n_bootstrap=100)


def test_distances_of_a_written_run_are_those_of_its_record(
    record: Trajectories, starts: Starts, settings: Dynamics, tmp_path: Path
):
    write_trajectories(record, tmp_path)
    frames = [record.position[k, :n] for k, n in enumerate(record.n_frames)]
    reference = frames_of(np.concatenate(frames), [8, 6, 8])
    result = observables(to_dataset(record, starts, settings), tmp_path, reference, SETTINGS)
    check_described(result)
    # Replica 2 broke and has fewer frames: all count, and all are the same frames.
    assert float(result["distance_error"]) == pytest.approx(0, abs=1e-5)
    assert result["spectrum_reason"].item()


def test_spread_over_replicas_is_in_the_interval(
    record: Trajectories, starts: Starts, settings: Dynamics, tmp_path: Path
):
    write_trajectories(record, tmp_path)
    reference = frames_of(record.position[0], [8, 6, 8])
    dataset = to_dataset(record, starts, settings)
    result = observables(dataset, tmp_path, reference, SETTINGS)
    value, low, high = (float(result[f"distance_error{end}"]) for end in ("", "_low", "_high"))
    assert low < value < high
    joined = stability(dataset)
    joined.update(result)
    check_described(joined)
