"""From SchNetPack's own pickled model, which a user trusts, to a folder that is safe to read.

Loading a pickle runs whatever code is in it, with all that the user may do. Another process does
it, so that none of that code is ever in this one: here only what it wrote is read, as safetensors
and text, and checked before it appears.
"""

import subprocess
import sys
from pathlib import Path

from nearsight.errors import ConfigError, CorruptFileError
from nearsight.families.schnetpack.makeup import Hyperparameters
from nearsight.models.foreign import load_foreign
from nearsight.storage import atomic_path, require_file
from nearsight.storage.names import is_of_converted

_PROCESS = "nearsight.models.unpickled"


def convert_pickled(
    path: Path,
    folder: Path,
    *,
    unit: str,
    length_unit: str = "angstrom",
    output: str | None = None,
) -> Hyperparameters:
    """Convert a model that SchNetPack has pickled; **code in it is run**, in another process.

    Args:
        path: ``best_model`` of a training, of the SchNetPack that is installed here.
        folder: appears as a whole, once what was written in it can be read as a model.
        unit: of the output.
        length_unit: of positions: ``angstrom``, ``bohr`` or ``nm``.
        output: key of the output; needed if there are several heads.

    Returns:
        What the model is made of.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: it cannot be unpickled, is no model of SchNetPack's, or has a part that is
            not carried over; says why.
        DataError: ``folder`` holds what is no part of a converted model.
    """
    require_file(path)
    if not unit.strip():
        raise ConfigError("unit: expected the unit of the output, for example eV")
    with atomic_path(folder, ours=is_of_converted) as temporary:
        command = [sys.executable, "-m", _PROCESS, str(path.absolute()), str(temporary.absolute())]
        options = ["--unit", unit, "--length-unit", length_unit]
        options += [] if output is None else ["--output", output]
        ended = subprocess.run(
            [*command, *options],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if ended.returncode:
            raise CorruptFileError(f"{path}: cannot be converted: {_why(ended)}")
        for file in temporary.iterdir():
            if not is_of_converted(file.name):
                raise CorruptFileError(f"{path}: what it ran wrote {file.name} too: not converted")
        return load_foreign(temporary).hyperparameters


def _why(ended: "subprocess.CompletedProcess[str]") -> str:
    said = [line.strip() for line in ended.stderr.splitlines() if line.strip()]
    if ended.returncode < 0:
        return f"its process died of signal {-ended.returncode}"
    return said[-1] if said else f"its process ended with {ended.returncode}"
