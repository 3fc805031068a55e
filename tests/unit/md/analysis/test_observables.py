import json
import warnings
from pathlib import Path

import MDAnalysis
import numpy as np
import pytest
import xarray as xr
from dimers import frames_of
from MDAnalysis.coordinates.TRJ import NCDFWriter
from records import flags, make_record, with_halved, with_limits
from typer.testing import CliRunner

from nearsight import units
from nearsight.cli import dynamics as _registered  # noqa: F401
from nearsight.cli.app import app
from nearsight.config import Statistics
from nearsight.data.frames import Frames, write_frames
from nearsight.errors import CorruptFileError, DataError, MissingFileError
from nearsight.labels import variable
from nearsight.md.analysis.observables import observables
from nearsight.md.record.identity import ATTRIBUTE, trajectory_hashes
from nearsight.md.record.ledger import NEVER
from nearsight.storage import check_described, read_dataset, write_dataset

SETTINGS = Statistics(n_bootstrap=100)
WAVENUMBER, LENGTH, SWING = 1800.0, 1.2, 0.08
NUMBERS = [8, 6]
MASS = np.array([16.0, 12.0])


def dimer(time: np.ndarray, phase: float) -> tuple[np.ndarray, np.ndarray]:
    """Positions (Å) and velocities (Å/ps), (frame, atom, 3), of a vibrating CO at times in fs."""
    omega = 2 * np.pi * WAVENUMBER / units.WAVENUMBER_PER_THZ
    angle = omega * time / units.FS_PER_PS + phase
    position, velocity = np.zeros((2, len(time), 2, 3))
    share = np.array([-12.0, 16.0]) / 28
    position[..., 0] = share * (LENGTH + SWING * np.sin(angle))[:, None]
    velocity[..., 0] = share * (SWING * omega * np.cos(angle))[:, None]
    return position, velocity


def write(folder: Path, replica: int, position: np.ndarray, velocity: np.ndarray | None) -> None:
    """A trajectory as ``nearsight md`` leaves it, frames 4 fs apart."""
    universe = MDAnalysis.Universe.empty(2, trajectory=True, velocities=velocity is not None)
    universe.add_TopologyAttr("names", ["O1", "C1"])
    universe.add_TopologyAttr("elements", ["O", "C"])
    moment = universe.trajectory.ts
    path = str(folder / f"replica_{replica:03d}.nc")
    with NCDFWriter(path, 2, velocities=velocity is not None) as writer:
        for k in range(len(position)):
            moment.positions, moment.time = position[k], 0.004 * k
            if velocity is not None:
                moment.velocities = velocity[k]
            writer.write(universe)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        universe.atoms.write(str(folder / "topology.pdb"))


def record_of(end_step: list[int], kinds: list[str], n_steps: int = 5000) -> xr.Dataset:
    made = make_record(end_step, kinds, n_steps=n_steps, interval=8)
    return made.drop_vars("atomic_number").assign(
        atomic_number=variable("atom", NUMBERS, units.ONE, "nuclear charge"),
        mass=variable("atom", MASS, units.MASS, "mass"),
    )


RECORD = record_of([5000, 5000, 0, 3000], ["survived", "survived", "bond", "bond"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Replica 2 broke at once and left no frame."""
    folder = tmp_path_factory.mktemp("trajectories")
    time = RECORD["time"].to_numpy()
    for replica, phase, n in ((0, 0.3, 626), (1, 1.7, 626), (3, 2.2, 375)):
        write(folder, replica, *dimer(time[:n], phase))
    return folder


@pytest.fixture(scope="module")
def reference() -> Frames:
    """The same vibration at many phases."""
    return frames_of(dimer(np.arange(0, 4000, 3.7), 0.0)[0], NUMBERS)


@pytest.fixture(scope="module")
def result(folder: Path, reference: Frames) -> xr.Dataset:
    return observables(RECORD, folder, reference, SETTINGS)


@pytest.mark.filterwarnings("error::UserWarning")
def test_everything_is_described_and_has_its_interval(result: xr.Dataset):
    check_described(result)
    for name in ("distance_distribution", "spectrum", "distance_error"):
        value, low, high = (result[f"{name}{end}"] for end in ("", "_low", "_high"))
        assert bool(((low <= value + 1e-9) & (value <= high + 1e-9)).all()), name
    assert result["distance_error_reason"].item() == result["spectrum_reason"].item() == ""
    assert result["distance_error_floor_reason"].item() == ""
    floor = [float(result[f"distance_error_floor{end}"]) for end in ("_low", "", "_high")]
    assert 0 < floor[0] < floor[1] < floor[2] < 2


def test_vibration_is_found_in_the_spectrum(result: xr.Dataset):
    step = float(result["wavenumber"][1])
    peak = float(result["wavenumber"][int(result["spectrum"].argmax("wavenumber"))])
    assert abs(peak - WAVENUMBER) <= step / 2 + 1e-9
    assert float(result["spectrum"].sum()) * step == pytest.approx(1)


def test_same_vibration_has_the_same_distances(result: xr.Dataset):
    width = SETTINGS.distribution_bin
    assert float(result["distance_distribution"].sum()) * width == pytest.approx(1)
    assert float(result["data_distance_distribution"].sum()) * width == pytest.approx(1)
    assert float(result["distance_error"]) < 0.06


def test_frames_of_the_reference_have_no_error(tmp_path: Path):
    position, velocity = dimer(RECORD["time"].to_numpy(), 0.3)
    for replica in (0, 1):
        write(tmp_path, replica, position, velocity)
    record = RECORD.isel(replica=[0, 1])
    same = observables(record, tmp_path, frames_of(position, NUMBERS), SETTINGS)
    np.testing.assert_allclose(same["distance_error"], 0, atol=1e-6)
    xr.testing.assert_allclose(
        same["distance_distribution"].variable, same["data_distance_distribution"].variable
    )


def test_longer_bonds_are_an_error(folder: Path, reference: Frames):
    longer = frames_of(1.5 * reference.position.reshape(-1, 2, 3), NUMBERS)
    assert float(observables(RECORD, folder, longer, SETTINGS)["distance_error"]) > 1.9


def test_frames_from_the_end_on_do_not_count(tmp_path: Path, reference: Frames):
    position, velocity = dimer(RECORD["time"].to_numpy(), 0.3)
    position[375:] *= 4
    write(tmp_path, 3, position, velocity)
    write(tmp_path, 0, *dimer(RECORD["time"].to_numpy(), 0.3))
    record = RECORD.isel(replica=[0, 2, 2, 3])
    assert float(observables(record, tmp_path, reference, SETTINGS)["distance_error"]) < 0.05


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(
    ("end_step", "interval", "with_velocity", "expected"),
    [
        (1000, 8, True, "no replica has velocities for 1 ps"),
        (5000, 8, False, "no replica has velocities for 1 ps"),
        (5000, 20, True, "frames every 10 fs do not resolve"),
        (0, 8, True, "no replica has velocities for 1 ps"),
    ],
)
def test_no_spectrum_says_why(
    tmp_path: Path,
    reference: Frames,
    end_step: int,
    interval: int,
    with_velocity: bool,
    expected: str,
):
    record = record_of([end_step], ["bond"])
    record = record.assign_coords(time=record["time"] * (interval / 8))
    position, velocity = dimer(RECORD["time"].to_numpy(), 0.3)
    write(tmp_path, 0, position, velocity if with_velocity else None)
    result = observables(record, tmp_path, reference, SETTINGS)
    assert expected in result["spectrum_reason"].item()
    assert np.isnan(result["spectrum"]).all()
    assert (end_step == 0) == bool(np.isnan(result["distance_error"]))
    assert np.isnan(result["distance_error_low"])
    assert bool(result["distance_error_reason"].item()) == (end_step == 0)


# MDAnalysis's reader stumbles over itself when it goes away without having opened its file.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_missing_and_broken_trajectories_are_named(tmp_path: Path, folder: Path, reference: Frames):
    with pytest.raises(MissingFileError, match=r"topology\.pdb"):
        observables(RECORD, tmp_path, reference, SETTINGS)
    position, velocity = dimer(RECORD["time"].to_numpy(), 0.3)
    write(tmp_path, 0, position[:5], velocity)
    with pytest.raises(CorruptFileError, match=r"replica_000\.nc: 5 frames where .* 626"):
        observables(RECORD, tmp_path, reference, SETTINGS)
    write(tmp_path, 0, position, velocity)
    with pytest.raises(CorruptFileError, match="no trajectory of replica 1"):
        observables(RECORD, tmp_path, reference, SETTINGS)
    (tmp_path / "replica_001.nc").write_text("nothing of the kind")
    with pytest.raises(CorruptFileError, match=r"replica_001\.nc: cannot be read"):
        observables(RECORD, tmp_path, reference, SETTINGS)


def test_other_molecules_are_refused(folder: Path):
    other = frames_of(np.zeros((2, 2, 3)), [6, 8])
    with pytest.raises(DataError, match="other atoms"):
        observables(RECORD, folder, other, SETTINGS)


def test_verb_joins_stability_and_observables(folder: Path, reference: Frames, tmp_path: Path):
    data = tmp_path / "data.nc"
    write_frames(reference, data, title="test")
    limits = with_limits(
        RECORD,
        [[NEVER] * 3, [NEVER] * 3, [0] * 3, [3000] * 3],
        other_step=[NEVER] * 4,
        followed_step=[5000, 5000, 0, 3000],
    )
    record = with_halved(limits, [2], [0.01], [0.0], ["bond"]).assign(
        other_kind=flags("replica", ["survived"] * 4),
        degrees_of_freedom=variable("replica", [1] * 4, units.ONE, "degrees of freedom"),
    )
    record = record.assign_attrs({ATTRIBUTE: json.dumps(trajectory_hashes(folder))})
    write_dataset(record, tmp_path / "dynamics.nc", title="test", inputs={"data": data})
    out = tmp_path / "stability.nc"
    files = ["--trajectories", str(folder), "--data", str(tmp_path / "data.nc"), "--out", str(out)]
    run = CliRunner().invoke(app, ["stability", str(tmp_path / "dynamics.nc"), *files])
    assert run.exit_code == 0, run.output
    result = read_dataset(out)
    assert float(result["survival"][-1]) == 0.5
    assert float(result["distance_error"]) < 0.06
    assert json.loads(result.attrs["inputs"]).keys() == {"dynamics", "data"}
