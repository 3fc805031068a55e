"""nearsight: what a machine-learned force field has learned, and whether its dynamics will hold."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ase
    import xarray as xr
    from matplotlib.figure import Figure

    from nearsight.models.ase_calculator import ModelCalculator
    from nearsight.models.open_model import OpenModel

# HDF5 reads this once, when it is loaded. Files are written whole and renamed: no lock is needed,
# and file systems without locks (NFS without its daemon, parallel ones) would refuse every file.
os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")


def __getattr__(name: str) -> str:
    """``__version__``, looked up when asked for: this package must be imported in no time."""
    if name == "__version__":
        from importlib.metadata import version

        return version("nearsight")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def open_model(model: Path | str, arguments: Mapping[str, Any] | None = None) -> "OpenModel":
    """Any model: one that was trained here, a converted SchNetPack model, or an ASE calculator.

    What comes back gives energies and forces of many copies of a molecule (``potential``), an
    energy that can be differentiated twice (``energy``), and says what is known of the model.

    Args:
        model: model file (.safetensors); folder of a converted model; or
            ``package.module:factory`` of a calculator, **which is imported and called**.
        arguments: keyword arguments of the calculator's factory.

    Raises:
        MissingFileError, CorruptFileError, ConfigError: it cannot be opened; says why.
    """
    # Late: this package must be imported in no time.
    from nearsight.models.opening import open_model as opened

    return opened(model, arguments)


def calculator(
    path: "Path | str | OpenModel",
    *,
    device: str = "auto",
    precision: str = "float32",
    arguments: Mapping[str, Any] | None = None,
) -> "ModelCalculator":
    """An ASE calculator of any model: energies in eV, forces in eV/Å, of isolated molecules.

    Args:
        path: what :func:`open_model` takes, or what it gives.
        device: ``auto`` (a GPU when there is one), ``cpu`` or ``cuda``, of a network.
        precision: ``float32`` or ``float64``, of a network.
        arguments: keyword arguments of a calculator's factory, where ``path`` names one.

    Raises:
        MissingFileError, CorruptFileError, ConfigError: the model cannot be opened.
        ModelError: it was not trained to an end, or knows no energies.
    """
    from nearsight.models.ase_calculator import ModelCalculator
    from nearsight.models.open_model import OpenModel

    model = path if isinstance(path, OpenModel) else open_model(path, arguments)
    return ModelCalculator(model, device=device, precision=precision)


def cube(table: "xr.Dataset", axes: Sequence[str] | None = None) -> "xr.Dataset":
    """The models of a study's table over its axes, for ``.sel(family="painn", cutoff=5.0)``.

    Args:
        table: of `nearsight collect`, along ``model``: the study table or its curves.
        axes: coordinates that become dimensions; by default the data set and every axis.

    Returns:
        The same numbers; NaN and status ``absent`` where the study has no such model.

    Raises:
        DataError: it is no list of models, lacks an axis, or two models share their place.
    """
    from nearsight.collect.models import cube as over_axes

    return over_axes(table, axes)


def strongest_walks(
    model: Path | str,
    structure: "ase.Atoms",
    *,
    n_atoms: Sequence[int] = (2, 3),
    count: int = 3,
    vector: str = "detach",
) -> "xr.Dataset":
    """The walks that raise and that lower the prediction of a model most, on each number of atoms.

    Args:
        model: model file (.safetensors), or folder of a converted SchNetPack model.
        structure: a molecule, in Å.
        n_atoms: numbers of distinct atoms on a walk, a list of walks for each.
        count: walks of either sign.
        vector: features that are vectors are constants (``detach``) or carry relevance (``flow``).

    Returns:
        ``walk(n_atoms, rank, step)``, ``relevance(n_atoms, rank)``, sums over all walks, and the
        molecule: what :func:`draw_walks` draws.

    Raises:
        MissingFileError, CorruptFileError: the model cannot be read.
        ConfigError: walks of this depth are not on so many atoms, or no such treatment.
        UnsupportedModelError: the model has no walks, or the structure is periodic.
        WalkLimitError: there are more walks than can be visited.
    """
    from nearsight.config.loading import load_section
    from nearsight.config.stages import Explain
    from nearsight.explain.strongest_walks import walks_of_model
    from nearsight.models.opening import open_model

    return walks_of_model(
        open_model(model),
        structure,
        load_section(Explain, None, {"vector": vector}, "vector"),
        n_atoms=n_atoms,
        count=count,
    )


def draw_walks(walks: "xr.Dataset") -> "Figure":
    """The picture of the strongest walks of a model on a molecule.

    Args:
        walks: of :func:`strongest_walks`.
    """
    from nearsight.figures.walks import draw_walks as draw

    return draw(walks)
