"""A process of its own that unpickles a SchNetPack model and writes it as two safe files.

The one place where a pickle is loaded, which runs whatever code is in it. It is run as
``python -m nearsight.models.unpickled``, by :mod:`nearsight.models.pickled` alone, on a file whose
user said that it is to be trusted; no other module imports this one.
"""

import argparse
import logging
import sys
from pathlib import Path

import torch

from nearsight.errors import NearsightError
from nearsight.models.converting import write_converted
from nearsight.units import TO_ANGSTROM

REFUSED = 3
"""Exit code of a refusal, whose reason is the last line of standard error."""


def main(arguments: list[str]) -> int:
    """Convert one file.

    Args:
        arguments: of the command line.

    Returns:
        0, or the exit code of a refusal.
    """
    parser = argparse.ArgumentParser(prog="nearsight.models.unpickled")
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--unit", required=True)
    parser.add_argument("--length-unit", default="angstrom", choices=tuple(TO_ANGSTROM))
    parser.add_argument("--output")
    given = parser.parse_args(arguments)
    logging.disable(logging.WARNING)
    try:
        network = _loaded(given.model)
        write_converted(
            network,
            given.folder,
            unit=given.unit,
            length_unit=given.length_unit,
            output=given.output,
            origin=f"{given.model.name}, SchNetPack {getattr(network, 'spk_version', 'unknown')}",
        )
    except NearsightError as error:
        return _refuse(str(error))
    except Exception as error:
        # Code of the user's: whatever it raises is a fact about it and no fault of ours.
        return _refuse(f"{type(error).__name__}: {' '.join(str(error).split())}")
    return 0


def _loaded(path: Path) -> torch.nn.Module:
    # weights_only=False unpickles: the step that only the user may decide on.
    network = torch.load(path, map_location="cpu", weights_only=False)
    return network.eval() if isinstance(network, torch.nn.Module) else network


def _refuse(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return REFUSED


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
