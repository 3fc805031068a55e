"""A figure on disk: SVG and PNG, the data behind it, and its alt text."""

from collections.abc import Mapping
from pathlib import Path

import xarray as xr

from nearsight.figures import style
from nearsight.figures.spec import FigureSpec
from nearsight.storage import atomic_path, write_dataset

# The date would make two files of the same picture differ.
METADATA = {"svg": {"Date": None, "Creator": "nearsight"}, "png": {"Software": "nearsight"}}


@style.styled
def save_figure(
    spec: FigureSpec, content: xr.Dataset, folder: Path, *, inputs: Mapping[str, Path] | None = None
) -> list[Path]:
    """Write ``<name>.svg``, ``.png``, ``.nc`` and ``.txt``, each atomically.

    Args:
        spec: the figure.
        content: of the file it is made from.
        folder: where the files go; made if need be.
        inputs: files behind ``content``, for the provenance of the ``.nc``.

    Returns:
        The files written.
    """
    data = spec.select(content)
    alt = spec.describe(data)
    figure = spec.draw(data)
    files = files_of(spec.name, folder)
    *pictures, behind, text = files
    for path, (kind, metadata) in zip(pictures, METADATA.items(), strict=True):
        with atomic_path(path) as temporary:
            figure.savefig(temporary, format=kind, metadata=metadata)
        # Laid out once: the pictures are the same in all formats, and an eighth cheaper.
        figure.set_layout_engine("none")
    write_dataset(data.assign_attrs(alt_text=alt), behind, title=spec.title, inputs=inputs)
    with atomic_path(text) as temporary:
        temporary.write_text(alt + "\n", encoding="utf-8")
    return files


def files_of(name: str, folder: Path) -> list[Path]:
    """The files of a figure: its pictures, the data behind them and the alt text."""
    return [folder / f"{name}.{kind}" for kind in (*METADATA, "nc", "txt")]
