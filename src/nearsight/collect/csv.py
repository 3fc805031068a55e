"""Tables as CSV: a row per variant, or per combination of labels; units in the column names."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import xarray as xr

from nearsight.storage import atomic_path


def write_csv(table: xr.Dataset, path: Path) -> None:
    """Write the table atomically; dimensions beyond the axes become columns named by label."""
    flat = table.copy()
    for dim in [str(d) for d in table.dims if d not in table["status"].dims]:
        for name in [n for n in table.data_vars if dim in table[n].dims]:
            for label in table[dim].to_numpy():
                flat[f"{name}_{label}"] = table[name].sel({dim: label}, drop=True)
        flat = flat.drop_dims(dim)
    frame = flat.to_dataframe().reset_index()
    frame = frame[frame["status"] >= 0]
    meanings = dict(
        zip(
            table["status"].attrs["flag_values"].tolist(),
            table["status"].attrs["flag_meanings"].split(),
            strict=True,
        )
    )
    frame = frame.assign(status=frame["status"].map(meanings))
    _write(frame, flat, path)


def write_rows(table: xr.Dataset, path: Path) -> None:
    """Write a table atomically: blocks of variables of the same dimensions, one below another."""
    blocks: dict[tuple[str, ...], list[str]] = {}
    for name, values in table.data_vars.items():
        blocks.setdefault(tuple(map(str, values.dims)), []).append(str(name))
    frames = [table[names].to_dataframe().reset_index() for names in blocks.values()]
    _write(pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(), table, path)


def _write(frame: pd.DataFrame, described: xr.Dataset, path: Path) -> None:
    names = {
        column: f"{column} ({unit})"
        for column in frame.columns
        if (unit := described[column].attrs.get("units", "1")) not in ("1", "")
    }
    with atomic_path(path) as temporary:
        frame.rename(columns=names).to_csv(temporary, index=False, float_format="%.6g")


WRITERS: Mapping[str, Callable[[xr.Dataset, Path], None]] = {
    "rows": write_rows,
    "models": write_csv,
}
"""How a table becomes text, by the layout that the declaration of its aim names."""
