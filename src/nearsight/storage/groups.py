"""NetCDF of several groups: one file whose parts are data sets of their own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nearsight.errors import CorruptFileError
from nearsight.hdf5 import require_own_bytes
from nearsight.storage.atomic import atomic_path
from nearsight.storage.files import require_file
from nearsight.storage.netcdf import check_described, compression_of
from nearsight.storage.provenance import config_hash, provenance
from nearsight.storage.reading import FAULTS, LAYOUT, layout_of, require_layout

if TYPE_CHECKING:
    import xarray as xr


def write_groups(
    groups: Mapping[str, "xr.Dataset"],
    path: Path,
    *,
    title: str,
    inputs: Mapping[str, Path] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Write data sets as groups of one NetCDF-4 file, atomically, with provenance at its root.

    Args:
        groups: by path within the file; ``/`` is the root. Every variable carries ``units`` and
            ``long_name``.
        path: where the file appears once it is whole.
        title: one line on what the file holds.
        inputs: files it was made from, by role.
        settings: the settings it was made with.

    Raises:
        ValueError: a variable has no units (a fault of ours).
        OSError: it cannot be written in full; what was at ``path`` stays.
    """
    import xarray as xr

    settings = settings or {}
    described = {}
    for name, dataset in groups.items():
        check_described(dataset)
        described[name] = dataset.assign_attrs({LAYOUT: layout_of(dataset)})
    root = described.get("/", xr.Dataset(attrs={LAYOUT: "{}"}))
    described["/"] = root.assign_attrs(
        title=title,
        settings=json.dumps(settings, sort_keys=True),
        config_hash=config_hash(settings),
        **provenance(inputs),
    )
    tree = xr.DataTree.from_dict(described)
    encoding = {node.path: compression_of(node.to_dataset(inherit=False)) for node in tree.subtree}
    with atomic_path(path) as temporary:
        tree.to_netcdf(temporary, engine="netcdf4", format="NETCDF4", encoding=encoding)


def read_groups(path: Path) -> dict[str, "xr.Dataset"]:
    """Read all groups of a NetCDF file into memory, by path within the file.

    Raises:
        MissingFileError: if it is not there.
        CorruptFileError: it is damaged, leads to other files, or a variable is missing or another.
    """
    import xarray as xr

    require_own_bytes(require_file(path), "NetCDF")
    try:
        with xr.open_datatree(path, engine="netcdf4", decode_times=False) as tree:
            found = {
                node.path: node.to_dataset(inherit=False).load().drop_encoding()
                for node in tree.subtree
            }
    except FAULTS as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise CorruptFileError(f"{path}: cannot be read as NetCDF ({reason})") from error
    for dataset in found.values():
        require_layout(dataset, path)
    return found
