"""Rows of an ASE database, opened read-only and decoded by ASE, nothing of it by name."""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from ase.db.sqlite import SQLite3Database

from nearsight.data.formats.foreign_parsers import parsing, reason_of
from nearsight.errors import CorruptFileError

_WHAT = "an ASE database"


class _ReadOnly(SQLite3Database):
    """ASE would create its tables inside whatever file it is pointed to; this one cannot write."""

    def _connect(self) -> sqlite3.Connection:
        return _connection(Path(self.filename))


def _connection(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=20)


@contextmanager
def open_rows(path: Path) -> Iterator[tuple[Mapping[str, Any], Iterator[dict[str, Any]]]]:
    """Metadata of a database, and its rows one by one as plain values.

    Each row has ``id``, ``numbers``, ``positions``, ``pbc``, ``initial_charges``,
    ``initial_magmoms``, ``data``, ``pairs`` (key-value pairs) and ``labels`` (results).

    Raises:
        CorruptFileError: not SQLite, not of ASE, or damaged.
    """
    _require_ase_tables(path)
    with contextlib.ExitStack() as stack:
        with parsing(path, _WHAT):
            database = stack.enter_context(
                _ReadOnly(str(path.absolute()), use_lock_file=False, serial=True)
            )
            metadata = database.metadata
        if not isinstance(metadata, dict):
            raise CorruptFileError(f"{path}: damaged ASE database: its metadata is no table")
        yield metadata, _rows(database, path)


def _require_ase_tables(path: Path) -> None:
    try:
        with contextlib.closing(_connection(path)) as connection:
            query = "SELECT name FROM sqlite_master WHERE type = 'table'"
            tables = {name for (name,) in connection.execute(query)}
    except (sqlite3.Error, ValueError, OverflowError) as error:
        raise CorruptFileError(f"{path}: not an SQLite database ({reason_of(error)})") from None
    if not {"systems", "information"} <= tables:
        raise CorruptFileError(f"{path}: an SQLite database, but not one of ASE")


def _rows(database: SQLite3Database, path: Path) -> Iterator[dict[str, Any]]:
    with parsing(path, _WHAT):
        rows = iter(database.select())
    frame = 0
    while True:
        with parsing(f"{path}: frame {frame}", _WHAT):
            row = next(rows, None)
            if row is None:
                return
            values = _plain(row)
        if not isinstance(values["data"], dict):
            raise CorruptFileError(f"{path}: frame {frame}: damaged ASE database: data is no table")
        yield values
        frame += 1


def _plain(row: Any) -> dict[str, Any]:
    none = np.zeros(0)
    return {
        "id": int(row.id),
        "numbers": np.asarray(row.numbers),
        "positions": np.asarray(row.positions, dtype=float),
        "pbc": np.asarray(row.pbc, dtype=bool),
        "initial_charges": np.asarray(row.get("initial_charges", none), dtype=float),
        "initial_magmoms": np.asarray(row.get("initial_magmoms", none), dtype=float),
        "data": row.data,
        # Not row.key_value_pairs: ASE's own properties (charge, magmom) hide pairs of their name.
        "pairs": {str(key): vars(row).get(key) for key in row.key_value_pairs},
        "labels": {key: row[key] for key in ("energy", "forces") if key in row},
    }
