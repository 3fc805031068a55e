"""The study table as CSV: one row per variant, units in the column names."""

from pathlib import Path

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
    names = {
        column: f"{column} ({unit})"
        for column in frame.columns
        if (unit := flat[column].attrs.get("units", "1")) not in ("1", "")
    }
    with atomic_path(path) as temporary:
        frame.rename(columns=names).to_csv(temporary, index=False, float_format="%.6g")
