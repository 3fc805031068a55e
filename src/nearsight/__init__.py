"""nearsight: what a machine-learned force field has learned, and whether its dynamics will hold."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nearsight.models.ase_calculator import ModelCalculator

# HDF5 reads this once, when it is loaded. Files are written whole and renamed: no lock is needed,
# and file systems without locks (NFS without its daemon, parallel ones) would refuse every file.
os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")


def __getattr__(name: str) -> str:
    """``__version__``, looked up when asked for: this package must be imported in no time."""
    if name == "__version__":
        from importlib.metadata import version

        return version("nearsight")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def calculator(
    path: Path | str, *, device: str = "auto", precision: str = "float32"
) -> "ModelCalculator":
    """An ASE calculator of a trained model: energies in eV, forces in eV/Å.

    Args:
        path: model file (.safetensors).
        device: ``auto`` (a GPU when there is one), ``cpu`` or ``cuda``.
        precision: ``float32`` or ``float64``, of the network.

    Raises:
        MissingFileError, CorruptFileError: the file cannot be read as a model.
        ModelError: the model was not trained to an end, or knows no energies.
    """
    # Late: this package must be imported in no time.
    from nearsight.models.ase_calculator import ModelCalculator
    from nearsight.models.files import load_model

    return ModelCalculator(load_model(Path(path)), device=device, precision=precision)
