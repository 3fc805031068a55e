"""What a run keeps in memory does not depend on its length."""

from pathlib import Path

import numpy as np
import pytest
import torch
from dimers import GUARDS, moving, settings_of, springs, trimers

from nearsight.md.record.segments import Disk
from nearsight.md.run.nve import run

PAGE = 4096


def resident() -> int:
    """Bytes of this process that are in memory now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="reads Linux's /proc")
def test_run_of_ten_thousand_steps_does_not_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Every frame written, 64 replicas: 50 MB of frames pass through room for 1 MB."""
    monkeypatch.setattr("nearsight.md.record.buffer.SEGMENT_BYTES", 2**20)
    seen = []

    def watched(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        seen.append(resident())
        return springs(position)

    starts = moving(trimers(64, bend=np.pi / 2), 0, 0, [0.004, 0.0, 0.0])
    settings = settings_of(10_000, write_interval=1)
    record = run(watched, starts, GUARDS, settings, store=Disk(tmp_path, "key", np.inf))
    written = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert len(seen) == 10_001
    assert written > 50e6
    assert not record.event.any()
    first, second = np.array(seen[1000:5000]), np.array(seen[5000:])
    # Frames of half the run alone are 25 MB; a leak of one small tensor a step would be 2 MB.
    assert second.max() - first.max() < 2e6
