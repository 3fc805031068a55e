"""NetCDF of several groups: one file whose parts are data sets of their own."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nearsight.storage.netcdf import check_described, compression_of, origin, whole_netcdf
from nearsight.storage.reading import LAYOUT, layout_of, require_held, require_layout, told_of

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
        DataError: ``path`` is one of the inputs.
        OSError: it cannot be written in full; what was at ``path`` stays.
    """
    import xarray as xr

    described = {}
    for name, dataset in groups.items():
        check_described(dataset)
        described[name] = dataset.assign_attrs({LAYOUT: layout_of(dataset)})
    root = described.get("/", xr.Dataset(attrs={LAYOUT: "{}"}))
    described["/"] = root.assign_attrs(origin(title, inputs, settings))
    tree = xr.DataTree.from_dict(described)
    encoding = {node.path: compression_of(node.to_dataset(inherit=False)) for node in tree.subtree}
    with whole_netcdf(path, inputs) as temporary:
        tree.to_netcdf(temporary, engine="netcdf4", format="NETCDF4", encoding=encoding)


def read_groups(path: Path) -> dict[str, "xr.Dataset"]:
    """Read all groups of a NetCDF file into memory, by path within the file.

    Raises:
        MissingFileError: if it is not there.
        CorruptFileError: it is damaged, leads to other files, or a variable is missing or another.
    """
    import xarray as xr

    with (
        told_of(path),
        xr.open_datatree(path, engine="netcdf4", decode_times=False) as tree,
    ):
        groups = {node.path: node.to_dataset(inherit=False) for node in tree.subtree}
        require_held(path, *groups.values())
        found = {name: dataset.load().drop_encoding() for name, dataset in groups.items()}
    for dataset in found.values():
        require_layout(dataset, path)
    return found
