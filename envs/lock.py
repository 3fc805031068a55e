"""Write the locked requirements and the conda form from what is installed here."""

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SEPARATE = {"torch", "schnetpack", "nearsight", "pip", "setuptools", "wheel"}


def main() -> None:
    """Refresh the pins of all environments, keeping their head comments."""
    command = [sys.executable, "-m", "pip", "freeze", "--exclude-editable"]
    freeze = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    versions = dict(line.split("==") for line in freeze.splitlines() if "==" in line)
    torch = f"torch=={re.sub(r'[+].*', '', versions['torch'])}"
    dev = _names(HERE / "requirements-dev.txt")
    runtime = [n for n in versions if n not in dev and n.lower() not in SEPARATE]
    for name in ("requirements-cpu.txt", "requirements-gpu.txt"):
        _write(HERE / name, [torch, *(f"{n}=={versions[n]}" for n in runtime)])
    _write_conda(HERE / "environment.yaml", [torch, *(f"{n}=={versions[n]}" for n in runtime)])
    _write(HERE / "requirements-dev.txt", [f"{n}=={versions[n]}" for n in versions if n in dev])


def _names(path: Path) -> set[str]:
    return {line.split("==")[0] for line in path.read_text().splitlines() if "==" in line}


def _write(path: Path, pins: list[str]) -> None:
    comments = [line for line in path.read_text().splitlines() if line.startswith("#")]
    path.write_text("\n".join([*comments, *pins]) + "\n")


def _write_conda(path: Path, pins: list[str]) -> None:
    # Snakemake copies this file elsewhere: it cannot refer to the requirements beside it.
    head = path.read_text().split("  - pip:\n")[0]
    path.write_text(head + "  - pip:\n" + "".join(f"      - {pin}\n" for pin in pins))


if __name__ == "__main__":
    main()
