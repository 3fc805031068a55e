"""Structures in text formats other than xyz: PDB, SDF and MOL, DFTB+ gen, Turbomole coord.

The text is read here and handed to the parser as a stream: a name never reaches a library that
finds meaning in ``@`` or ``-``. Charges that a format can state are looked for, since the parsers
drop them. They are imported where they are used: with ``ase.io`` comes much of SciPy, which most
commands, whose data are none of these, need not wait for.
"""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from nearsight.data.formats.foreign_parsers import one_line, parsing
from nearsight.data.formats.isolated import require_isolated, require_neutral
from nearsight.errors import CorruptFileError, DataError

Parser = Callable[[str, str], list[Atoms]]
"""From the text of a file, and its name for messages, to structures."""


def _pdb(text: str, path: str) -> list[Atoms]:
    from ase.io.proteindatabank import read_proteindatabank

    # 1 x 1 x 1 Å is how PDB says that there is no crystal.
    lines = [line for line in text.splitlines() if not _is_dummy_cell(line)]
    for number, line in enumerate(lines, start=1):
        charge = line[78:80].strip() if line.startswith(("ATOM", "HETATM")) else ""
        if match := re.fullmatch(r"(\d)([-+])", charge):
            _refuse_charge(int(match[2] + match[1]), f"{path}: line {number}")
    with parsing(path, "PDB"):
        stream = io.StringIO("\n".join(lines) + "\n")
        found = read_proteindatabank(stream, index=slice(None))
    return found if isinstance(found, list) else [found]


def _is_dummy_cell(line: str) -> bool:
    return line.startswith("CRYST1") and line[6:33].split() == 3 * ["1.000"]


def _refuse_charge(charge: int, origin: str) -> None:
    require_neutral({"charge": charge}, origin)


def _sdf(text: str, path: str) -> list[Atoms]:
    blocks = re.split(r"(?m)^\$\$\$\$[^\n]*\n?", text)
    found = [block for block in blocks if block.strip()]
    return [_mol(block, f"{path}: frame {k}")[0] for k, block in enumerate(found)]


def _mol(text: str, path: str) -> list[Atoms]:
    from ase.io.sdf import read_sdf

    lines = text.splitlines()
    if len(lines) > 3 and "V3000" in lines[3]:
        raise DataError(f"{path}: MOL of version V3000 is not read: write V2000, or xyz")
    if len(lines) > 1 and lines[1][20:22] == "2D":
        raise DataError(f"{path}: is a drawing (2D), not a geometry: embed it in space first")
    for line in lines:
        if match := re.match(r"M {2}CHG\s+\d+((?:\s+\d+\s+[-+]?\d+)+)", line):
            _refuse_charge(sum(map(int, match[1].split()[1::2])), path)
        if line.startswith("M  RAD"):
            raise DataError(f"{path}: has unpaired electrons (M  RAD): not treated")
    with parsing(path, "MOL"):
        atoms = read_sdf(io.StringIO(text))
        declared = int(lines[3][:3])
    if len(atoms) != declared:
        raise CorruptFileError(f"{path}: has {len(atoms)} of its {declared} atoms: it is cut off")
    return [atoms]


def _gen(text: str, path: str) -> list[Atoms]:
    from ase.io.gen import read_gen

    with parsing(path, "gen"):
        atoms = read_gen(io.StringIO(text))
        declared = int(text.split(maxsplit=1)[0])
    if len(atoms) != declared:
        raise CorruptFileError(f"{path}: has {len(atoms)} of its {declared} atoms: it is cut off")
    return [atoms]


def _turbomole(text: str, path: str) -> list[Atoms]:
    from ase.io.turbomole import read_turbomole

    for line in text.splitlines():
        for key, value in re.findall(r"\b(charge|unpaired)=\s*([-+]?\d+)", line):
            require_neutral({key: int(value)}, path)
        if line.lower().startswith(("$periodic", "$cell", "$lattice")):
            require_isolated({"pbc": True}, path)
    with parsing(path, "Turbomole coord"):
        return [read_turbomole(io.StringIO(text))]


PARSERS: dict[str, Parser] = {
    ".pdb": _pdb,
    ".sdf": _sdf,
    ".sd": _sdf,
    ".mol": _mol,
    ".gen": _gen,
    ".tmol": _turbomole,
    ".coord": _turbomole,
}
"""Parser by file name ending."""

LARGEST = 1 << 30
"""Characters of a file that is held in memory as a whole."""


def read_text_structures(handle: Any, ending: str, path: Path) -> list[Atoms]:
    """Structures of a file, without labels.

    Args:
        handle: the open file, read as bytes.
        ending: a key of ``PARSERS``.
        path: the file's name, for messages.

    Raises:
        CorruptFileError: it is not what its ending says.
        DataError: periodic, charged, or too large.
    """
    with parsing(path, "text"):
        raw = handle.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise DataError(f"{path}: is larger than {LARGEST >> 20} MiB: write extended xyz")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CorruptFileError(f"{path}: line {line}: is not UTF-8 text") from None
    return list(_checked(PARSERS[ending](text, str(path)), str(path)))


def _checked(images: list[Atoms], path: str) -> Iterator[Atoms]:
    for frame, atoms in enumerate(images):
        origin = f"{path}: frame {frame}"
        if atoms.pbc.any():
            require_isolated({"pbc": True}, origin)
        if (atoms.numbers < 1).any():
            symbol = one_line(atoms.symbols[int(atoms.numbers.argmin())])
            raise DataError(f"{origin}: {symbol!r} is an atom of no element")
        yield Atoms(atoms.numbers, positions=np.asarray(atoms.positions, dtype=float))
