"""Write the locked requirements and the conda form from what is installed here.

Run by Python 3.11 it writes the pins that all versions of Python share. Run by a later one it
leaves them as they are and writes what SchNetPack's own metadata brings there beside them.
"""

import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).parent
LOCKS = ("requirements-cpu.txt", "requirements-gpu.txt")
SEPARATE = {"torch", "schnetpack", "nearsight", "pip", "setuptools", "wheel"}
LATER = '; python_version >= "3.12"'


def main() -> None:
    """Refresh the pins of all environments, keeping their head comments."""
    installed = _installed()
    if sys.version_info >= (3, 12):
        _refresh_later(installed)
    else:
        _refresh_common(installed)


def _installed() -> dict[str, str]:
    command = [sys.executable, "-m", "pip", "freeze", "--exclude-editable"]
    freeze = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(line.split("==") for line in freeze.splitlines() if "==" in line)


def _refresh_common(versions: dict[str, str]) -> None:
    dev = _names(HERE / "requirements-dev.txt")
    runtime = [n for n in versions if n not in dev and n.lower() not in SEPARATE]
    torch = f"torch=={re.sub(r'[+].*', '', versions['torch'])}"
    pins = [torch, *(f"{n}=={versions[n]}" for n in runtime)]
    shared = {canonicalize_name(pin.split("==")[0]) for pin in pins}
    for name in LOCKS:
        later = [
            pin
            for pin in _parts(HERE / name)[2]
            if canonicalize_name(pin.split("==")[0]) not in shared
        ]
        _write(HERE / name, [*pins, *later])
    _write_conda(HERE / "environment.yaml", pins)
    _write(HERE / "requirements-dev.txt", [f"{n}=={versions[n]}" for n in versions if n in dev])


def _refresh_later(versions: dict[str, str]) -> None:
    by_name = {canonicalize_name(name): f"{name}=={versions[name]}" for name in versions}
    for name in LOCKS:
        common = _parts(HERE / name)[1]
        known = {canonicalize_name(pin.split("==")[0]) for pin in common} | {"torch", "setuptools"}
        brought = sorted(_needed_by("schnetpack", known))
        _write(HERE / name, [*common, *(by_name[one] + LATER for one in brought)])


def _needed_by(package: str, known: set[str]) -> set[str]:
    """The package and what it needs here, beside what is known, and so on; extras as asked for."""
    seen, waiting = set(), [(canonicalize_name(package), "")]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen or name in known:
            continue
        try:
            needed = [Requirement(text) for text in requires(name) or []]
        except PackageNotFoundError:
            continue
        seen.add((name, extra))
        for one in needed:
            if one.marker is None or one.marker.evaluate({"extra": extra}):
                waiting += [(canonicalize_name(one.name), asked) for asked in ("", *one.extras)]
    return {name for name, _ in seen}


def _parts(path: Path) -> tuple[list[str], list[str], list[str]]:
    """Comments, pins for all versions of Python, and pins for later ones alone."""
    lines = path.read_text().splitlines()
    comments = [line for line in lines if line.startswith("#")]
    later = [line for line in lines if line.endswith(LATER)]
    return comments, [line for line in lines if line not in comments + later], later


def _names(path: Path) -> set[str]:
    return {line.split("==")[0] for line in path.read_text().splitlines() if "==" in line}


def _write(path: Path, pins: list[str]) -> None:
    path.write_text("\n".join([*_parts(path)[0], *pins]) + "\n")


def _write_conda(path: Path, pins: list[str]) -> None:
    # Snakemake copies this file elsewhere: it cannot refer to the requirements beside it.
    head = path.read_text().split("  - pip:\n")[0]
    path.write_text(head + "  - pip:\n" + "".join(f"      - {pin}\n" for pin in pins))


if __name__ == "__main__":
    main()
